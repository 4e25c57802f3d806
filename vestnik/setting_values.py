"""Reads the value of a setting: one function for each type.

Each takes the environment and a name, and raises :class:`vestnik.errors.SettingError` with one sentence that says what
to set.
"""

import re
import ssl
from collections.abc import Mapping
from datetime import time
from email.utils import parseaddr
from urllib.parse import urlsplit

from vestnik.errors import SettingError
from vestnik.instants import read_time_of_day

#: The words for true, and those for false.
TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def read_url(env: Mapping[str, str], name: str, schemes: tuple[str, ...], default: str | None = None) -> str:
    """A URL of one of these schemes; without a default it must be set."""
    value = env.get(name) or default
    if not value:
        raise SettingError(name, f"is not set: give a URL such as {schemes[0]}://… or start through `vestnik up`.")
    try:
        scheme = urlsplit(value).scheme
    except ValueError as error:
        raise SettingError(name, f"is not a URL ({error}): it should start with {schemes[0]}://.") from error
    if scheme not in schemes:
        raise SettingError(name, f"should start with one of {', '.join(s + '://' for s in schemes)}.")
    if scheme in {"http", "https"} and not names_a_host(value):
        raise SettingError(name, f"names no host or a wrong port. Example: {scheme}://host.example.org.")
    return value


def names_a_host(url: str) -> bool:
    """Does this URL have a host that can be one, and no wrong port?"""
    return _can_be_a_host(urlsplit(url).hostname or "") and port_is_right(url)


def _can_be_a_host(name: str) -> bool:
    """No part of it may be empty or over 63 characters: Python's TLS and look-ups raise UnicodeError for those."""
    try:
        return bool(name.encode("idna"))
    except UnicodeError:
        return False


def port_is_right(url: str) -> bool:
    """Is its port a number from 1, or none?"""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def read_sender(env: Mapping[str, str], name: str, default: str) -> str:
    """What the report says that it is from: it goes into a header, and its domain into the Message-ID."""
    value = env.get(name) or default
    if not (value.isprintable() and re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1])):
        raise SettingError(name, f"is {value!r}: give an address such as {default}.")
    return value


def read_hosts(env: Mapping[str, str], name: str, default: str) -> tuple[str, ...]:
    """As Django compares them: no scheme, no port, nothing behind; whatever else would refuse every request."""
    hosts = tuple(each.strip() for each in (env.get(name) or default).split(",") if each.strip())
    for host in hosts:
        if not re.fullmatch(r"\*|\.?[\w-]+(\.[\w-]+)*\.?|\[[0-9a-f:.]+\]", host, re.IGNORECASE):
            raise SettingError(
                name, f"names {host!r}: use hosts such as vestnik.example.org, without port, with commas."
            )
    return hosts


def read_origins(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """As a browser writes them: scheme, host and port, nothing behind."""
    origins = tuple(each.strip() for each in env.get(name, "").split(",") if each.strip())
    for origin in origins:
        if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?", origin):
            raise SettingError(name, f"names {origin!r}: use origins such as https://shop.example.org, with commas.")
    return origins


def read_token(env: Mapping[str, str], name: str) -> str:
    """It goes into a header as it stands: a line break in it would become a header of its own."""
    value = env.get(name, "").strip()
    if any(not "!" <= char <= "~" for char in value):
        raise SettingError(name, "has a space or an odd character inside: give the token alone, on one line.")
    return value


def read_certificates(env: Mapping[str, str], name: str, *, with_key: bool = False) -> str | None:
    """Read the path of a PEM file with certificates; ``with_key``: and the private key of the first."""
    path = env.get(name) or None
    if path is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # An encrypted key would make OpenSSL ask at the terminal.
    try:
        if with_key:
            context.load_cert_chain(path, password="")
        else:
            context.load_verify_locations(path)
    except (OSError, ValueError) as error:
        what = "a certificate and its key without a password" if with_key else "certificates"
        raise SettingError(name, f"is {path!r}, which cannot be read as {what} in PEM: {_reason(error)}.") from error
    return path


def _reason(error: Exception) -> str:
    words = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
    return str(words).replace("_", " ")


def read_proxy(env: Mapping[str, str], name: str) -> str | None:
    """Read the address of an HTTP proxy. A wrong one is not shown, since a password may stand in it."""
    url = env.get(name) or None
    if url is None:
        return None
    try:
        right = urlsplit(url).scheme == "http" and names_a_host(url) and urlsplit(url).path in {"", "/"}
    except ValueError:
        right = False
    if not right:
        raise SettingError(name, "is not the address of a proxy: give http://[user:password@]host:port.")
    return url


def read_flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    """True or false, in the usual words."""
    value = env.get(name)
    if value is None or value == "":
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise SettingError(name, f"is {value!r}: use true or false.")


def read_number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``."""
    value = env.get(name, "") or str(default)
    # Not int() alone: it takes digits of any script, and underscores.
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", value.strip()):
        raise SettingError(name, f"is {value[:40]!r}: give a whole number from {low} to {high}.")
    number = int(value)
    if not low <= number <= high:
        raise SettingError(name, f"is {number}: give a whole number from {low} to {high}.")
    return number


def read_optional_number(env: Mapping[str, str], name: str, low: int, high: int) -> int | None:
    """A whole number from ``low`` to ``high``; None: it is not set."""
    return read_number(env, name, low, low, high) if env.get(name) else None


def read_choice(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of these words; the first is the default."""
    value = (env.get(name) or choices[0]).lower()
    if value not in choices:
        raise SettingError(name, f"is {value!r}: use {' or '.join(choices)}.")
    return value


def read_time(env: Mapping[str, str], name: str, default: str) -> time:
    """A time of day such as 23:59."""
    value = env.get(name) or default
    read = read_time_of_day(value)
    if read is None:
        raise SettingError(name, f"is {value!r}: give a time of day such as 23:59.")
    return read
