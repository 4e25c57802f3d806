"""Settings, read once from the environment, typed, and loud.

Every name here is described in ``.env.example`` (a test holds the two together). A wrong value raises
:class:`vestnik.errors.SettingError` with one sentence that says what to set.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from email.utils import parseaddr
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vestnik.broker_address import read_broker_address
from vestnik.errors import SettingError
from vestnik.instants import read_time_of_day
from vestnik.openid_connect import ROLES, OpenIdConnect, read_group_roles, read_scope

#: The names of all settings. Nothing else of the environment is read here.
SETTINGS = (
    "ALLOWED_HOSTS", "BROKER_URL", "CORS_ALLOWED_ORIGINS", "DATABASE_URL", "EMAIL_FROM", "EMAIL_URL",
    "GATEWAY_CONCURRENCY", "GATEWAY_IDEMPOTENT", "GATEWAY_MAX_RATE", "GATEWAY_TIMEOUT", "GATEWAY_TOKEN",
    "GATEWAY_URL", "LOG_FORMAT", "LOG_LEVEL", "LOG_MESSAGES", "MESSAGE_RETENTION_DAYS", "METRICS_PORT",
    "METRICS_TOKEN", "NUM_PROXIES", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_GROUPS_CLAIM", "OIDC_GROUP_ROLES",
    "OIDC_ISSUER", "OIDC_NAME", "OIDC_ROLE", "OIDC_SCOPE", "PHONE_RETENTION_DAYS", "PUBLIC_URL", "REGISTRATION",
    "REPORT_TIME", "SECRET_KEY", "TIME_ZONE", "VESTNIK_HOME", "VESTNIK_SIMULATOR",
)  # fmt: skip
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


#: What the start and doctor say where it is so.
OPEN_REGISTRATION = "REGISTRATION=open: whoever reaches the web can register, and then send messages to all clients"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """All settings. Durations are seconds, rates messages per second.

    ``first_may_register``: REGISTRATION is not set, and an outside gateway is: closed, but for the first account.
    ``gateway_is_simulator``: no outside gateway was named, so nothing that is sent reaches a person.
    ``home``: the folder of the embedded cluster that this process is part of; empty when it is part of none.
    """

    database_url: str
    broker_url: str
    secret_key: str
    gateway_url: str
    gateway_token: str
    gateway_is_simulator: bool
    gateway_idempotent: bool
    gateway_max_rate: int | None
    gateway_concurrency: int
    gateway_timeout: float
    allowed_hosts: tuple[str, ...]
    public_url: str
    time_zone: str
    registration_open: bool
    first_may_register: bool
    email_url: str
    email_from: str
    report_time: time
    log_format: str
    log_level: str
    log_messages: bool
    num_proxies: int
    cors_allowed_origins: tuple[str, ...]
    home: str
    metrics_port: int | None
    metrics_token: str
    openid_connect: OpenIdConnect | None
    phone_retention_days: int | None
    message_retention_days: int | None

    @property
    def strangers_may_send(self) -> bool:
        """May whoever reaches the port make an account that sends to real people?"""
        return self.registration_open and not self.gateway_is_simulator


def read_environment(source: Mapping[str, str] | None = None) -> Environment:
    """Read and check every setting from ``source`` (default: the process's environment).

    Raises:
        SettingError: naming the first setting that is missing or wrong.
    """
    given = os.environ if source is None else source
    env = {name: given[name] for name in SETTINGS if name in given}
    simulator = env.get("VESTNIK_SIMULATOR", "") in _TRUE
    return Environment(
        database_url=_database_url(env),
        broker_url=_broker_url(env),
        secret_key=_secret_key(env),
        gateway_url=_url(env, "GATEWAY_URL", ("http", "https")).rstrip("/"),
        gateway_token=_token(env, "GATEWAY_TOKEN"),
        gateway_is_simulator=simulator,
        gateway_idempotent=_flag(env, "GATEWAY_IDEMPOTENT", default=simulator),
        gateway_max_rate=_optional(env, "GATEWAY_MAX_RATE", lambda name: _number(env, name, 0, 1, 1_000_000)),
        gateway_concurrency=_number(env, "GATEWAY_CONCURRENCY", 256, 1, 10_000),
        gateway_timeout=float(_number(env, "GATEWAY_TIMEOUT", 30, 1, 600)),
        allowed_hosts=_hosts(env, "ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"),
        public_url=_public_url(env),
        time_zone=_zone(env),
        registration_open=_choice(env, "REGISTRATION", ("open", "closed") if simulator else ("closed", "open"))
        == "open",
        first_may_register=not simulator and not env.get("REGISTRATION"),
        email_url=_email_url(env),
        email_from=_sender(env, "EMAIL_FROM", "Vestnik <vestnik@localhost>"),
        report_time=_time_of_day(env, "REPORT_TIME", "23:59"),
        log_format=_choice(env, "LOG_FORMAT", ("console", "json")),
        log_level=_choice(env, "LOG_LEVEL", ("info", "debug", "warning", "error")),
        log_messages=_flag(env, "LOG_MESSAGES", default=True),
        num_proxies=_number(env, "NUM_PROXIES", 0, 0, 10),
        cors_allowed_origins=_origins(env, "CORS_ALLOWED_ORIGINS"),
        home=env.get("VESTNIK_HOME") or "",
        metrics_port=_optional(env, "METRICS_PORT", lambda name: _number(env, name, 0, 1, 65_535)),
        metrics_token=_token(env, "METRICS_TOKEN"),
        openid_connect=_openid_connect(env),
        phone_retention_days=_optional(env, "PHONE_RETENTION_DAYS", lambda name: _number(env, name, 0, 1, 36_500)),
        message_retention_days=_optional(env, "MESSAGE_RETENTION_DAYS", lambda name: _number(env, name, 0, 1, 36_500)),
    )


def _url(env: Mapping[str, str], name: str, schemes: tuple[str, ...], default: str | None = None) -> str:
    value = env.get(name) or default
    if not value:
        raise SettingError(name, f"is not set: give a URL such as {schemes[0]}://… or start through `vestnik up`.")
    try:
        scheme = urlsplit(value).scheme
    except ValueError as error:
        raise SettingError(name, f"is not a URL ({error}): it should start with {schemes[0]}://.") from error
    if scheme not in schemes:
        raise SettingError(name, f"should start with one of {', '.join(s + '://' for s in schemes)}.")
    if scheme in {"http", "https"} and not _names_a_host(value):
        raise SettingError(name, f"names no host or a wrong port: say e.g. {scheme}://host.example.org.")
    return value


def _public_url(env: Mapping[str, str]) -> str:
    """Scheme, host and port as browsers write them (RFC 6454): links, cookies and the check of forms stand on it."""
    name = "PUBLIC_URL"
    parts = urlsplit(_url(env, name, ("http", "https"), default="http://localhost:8000"))
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        words = "is more than scheme, host and port: Vestnik stands at the root of its host, so say e.g."
        raise SettingError(name, f"{words} {parts.scheme}://vestnik.example.org, and give it a host of its own.")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in {None, usual} else "")


def _names_a_host(url: str) -> bool:
    return bool(urlsplit(url).hostname) and _port_is_right(url)


def _port_is_right(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _broker_url(env: Mapping[str, str]) -> str:
    """It may name several brokers, and no host where the usual one is meant."""
    name = "BROKER_URL"
    value = _url(env, name, ("redis", "rediss", "redis+socket", "amqp", "amqps", "memory"))
    if not all(_port_is_right(each) for each in value.split(";")):
        raise SettingError(name, "has a wrong port: say e.g. redis://broker.example.org:6379/0.")
    read_broker_address(value)  # loud now, not at the first nudge
    return value


def _database_url(env: Mapping[str, str]) -> str:
    """Libpq's words about a wrong one may repeat the password: they are not shown."""
    from psycopg import ProgrammingError  # noqa: PLC0415 - `vestnik --help`, which reads no settings, takes half as long
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 - the same

    value = _url(env, "DATABASE_URL", ("postgres", "postgresql"))
    try:
        ports = conninfo_to_dict(value).get("port") or ""
    except ProgrammingError:
        ports = "wrong"
    if not re.fullmatch(r"[0-9,]*", str(ports)):
        words = (
            "is not as libpq reads it: give e.g. postgresql://user:password@host:5432/vestnik, odd characters as %XX."
        )
        raise SettingError("DATABASE_URL", words)
    return value


def _email_url(env: Mapping[str, str]) -> str:
    """Its password must not be shown, so a wrong one is described, never repeated."""
    value = env.get("EMAIL_URL", "")
    if not value:
        return ""
    _url(env, "EMAIL_URL", ("smtp+tls", "smtp+ssl", "smtp"))
    if not _names_a_host(value):
        raise SettingError("EMAIL_URL", "names no host or a wrong port: say e.g. smtp+tls://user:password@host:587.")
    return value


def _sender(env: Mapping[str, str], name: str, default: str) -> str:
    """What the report says that it is from: it goes into a header, and its domain into the Message-ID."""
    value = env.get(name) or default
    if not (value.isprintable() and re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1])):
        raise SettingError(name, f"is {value!r}: give an address such as {default}.")
    return value


def _hosts(env: Mapping[str, str], name: str, default: str) -> tuple[str, ...]:
    """As Django compares them: no scheme, no port, nothing behind; whatever else would refuse every request."""
    hosts = tuple(each.strip() for each in (env.get(name) or default).split(",") if each.strip())
    for host in hosts:
        if not re.fullmatch(r"\*|\.?[\w-]+(\.[\w-]+)*\.?|\[[0-9a-f:.]+\]", host, re.IGNORECASE):
            raise SettingError(
                name, f"names {host!r}: say hosts such as vestnik.example.org, without port, with commas."
            )
    return hosts


def _origins(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """As a browser writes them: scheme, host and port, nothing behind."""
    origins = tuple(each.strip() for each in env.get(name, "").split(",") if each.strip())
    for origin in origins:
        if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?", origin):
            raise SettingError(name, f"names {origin!r}: say origins such as https://shop.example.org, with commas.")
    return origins


def _openid_connect(env: Mapping[str, str]) -> OpenIdConnect | None:
    """All of it or nothing. What the provider says is believed because TLS says that it is the provider."""
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    role, name = _choice(env, "OIDC_ROLE", ROLES), env.get("OIDC_NAME") or "SSO"
    scope, group_roles = read_scope(env), read_group_roles(env)
    claim = env.get("OIDC_GROUPS_CLAIM") or "groups"
    given = [each for each in names if env.get(each)]
    if not given:
        return None
    for each in names:
        if each not in given:
            raise SettingError(each, f"is not set, but {given[0]} is: give all of {', '.join(names)}, or none.")
    issuer = _url(env, "OIDC_ISSUER", ("https", "http")).rstrip("/")
    if issuer.startswith("http://") and urlsplit(issuer).hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise SettingError(
            "OIDC_ISSUER", "must be reached by HTTPS: give e.g. https://login.example.org/realms/office."
        )
    client, secret = env["OIDC_CLIENT_ID"], env["OIDC_CLIENT_SECRET"]
    return OpenIdConnect(
        issuer=issuer, client_id=client, client_secret=secret, role=role, name=name, scope=scope, groups_claim=claim,
        group_roles=group_roles,
    )  # fmt: skip


def _secret_key(env: Mapping[str, str]) -> str:
    value = env.get("SECRET_KEY", "")
    if len(value) < 32:
        raise SettingError(
            "SECRET_KEY",
            "needs at least 32 random characters, e.g. from "
            '`python -c "import secrets; print(secrets.token_urlsafe(48))"`.',
        )
    return value


def _token(env: Mapping[str, str], name: str) -> str:
    """It goes into a header as it stands: a line break in it would become a header of its own."""
    value = env.get(name, "").strip()
    if any(not "!" <= char <= "~" for char in value):
        raise SettingError(name, "has a space or an odd character inside: give the token alone, on one line.")
    return value


def _flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = env.get(name)
    if value is None or value == "":
        return default
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise SettingError(name, f"is {value!r}: say true or false.")


def _number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = env.get(name, "") or str(default)
    # Not int() alone: it takes digits of any script, and underscores.
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", value.strip()):
        raise SettingError(name, f"is {value[:40]!r}: give a whole number from {low} to {high}.")
    number = int(value)
    if not low <= number <= high:
        raise SettingError(name, f"is {number}: give a whole number from {low} to {high}.")
    return number


def _optional(env: Mapping[str, str], name: str, read: Callable[[str], int]) -> int | None:
    return read(name) if env.get(name) else None


def _choice(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = (env.get(name) or choices[0]).lower()
    if value not in choices:
        raise SettingError(name, f"is {value!r}: say {' or '.join(choices)}.")
    return value


def _zone(env: Mapping[str, str]) -> str:
    value = env.get("TIME_ZONE") or "Europe/Moscow"
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingError("TIME_ZONE", f"is {value!r}, which is no IANA time zone: say e.g. Europe/Moscow.") from error
    return value


def _time_of_day(env: Mapping[str, str], name: str, default: str) -> time:
    value = env.get(name) or default
    read = read_time_of_day(value)
    if read is None:
        raise SettingError(name, f"is {value!r}: give a time of day such as 23:59.")
    return read
