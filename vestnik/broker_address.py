"""Reads ``BROKER_URL``. ``rediss://`` and ``amqps://`` check certificates unless the URL says otherwise.

Kombu checks none of a ``rediss://`` without parameters, and the names of no ``amqps://``. Here the certificate and its
name are checked by default, against the system's authorities or a file of one's own. Parameters go by redis-py's names
(``ssl_ca_certs``) or RabbitMQ's (``cacertfile``, https://www.rabbitmq.com/docs/uri-query-parameters).
"""

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from vestnik.errors import SettingError

_NAME = "BROKER_URL"
#: Parameters by either name, and what each is to us.
_PARAMETERS = {
    "ssl_ca_certs": "authorities", "cacertfile": "authorities",
    "ssl_certfile": "certificate", "certfile": "certificate",
    "ssl_keyfile": "key", "keyfile": "key",
    "ssl_cert_reqs": "check", "verify": "check",
    "ssl_check_hostname": "check_name",
}  # fmt: skip
_CHECKS = {
    "required": True, "cert_required": True, "verify_peer": True, "optional": True, "cert_optional": True,
    "none": False, "cert_none": False, "verify_none": False,
}  # fmt: skip
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerAddress:
    """Where the broker is.

    Args:
        url: for Celery, without parameters about TLS; several brokers with semicolons.
        tls: Celery's ``broker_use_ssl``; None: no TLS.
    """

    url: str
    tls: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tls:
    authorities: str | None = None
    certificate: str | None = None
    key: str | None = None
    check: bool = True
    check_name: bool = True


class _AmqpTls(dict[str, Any]):
    """Kombu writes the host's name in here once, if there is none: of several brokers each has a name of its own."""

    def __getitem__(self, name: str) -> Any:
        return None if name == "server_hostname" else super().__getitem__(name)


def read_broker_address(value: str) -> BrokerAddress:
    """Read it; a wrong one is never repeated, since it holds a password.

    Raises:
        SettingError: a parameter is wrong, a file cannot be read, or several brokers differ in their TLS.
    """
    read = [_read(each) for each in value.split(";")]
    (scheme, tls), *others = [(scheme, tls) for _, scheme, tls in read]
    if any(other != (scheme, tls) for other in others):
        raise SettingError(_NAME, "names several brokers with different schemes or TLS: give all of them the same.")
    return BrokerAddress(url=";".join(url for url, _, _ in read), tls=None if tls is None else _ARGUMENTS[scheme](tls))


def _read(url: str) -> tuple[str, str, _Tls | None]:
    scheme = urlsplit(url).scheme
    start, _, query = url.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    about = [(name, text) for name, text in pairs if name in _PARAMETERS]
    if scheme not in _ARGUMENTS:
        if about:
            raise SettingError(_NAME, f"says {about[0][0]}, but does not use TLS: begin it with rediss:// or amqps://.")
        return url, scheme, None
    left = urlencode([pair for pair in pairs if pair not in about])
    tls = _Tls(**{_PARAMETERS[name]: _value(name, text) for name, text in about})
    if tls.key and not tls.certificate:
        raise SettingError(_NAME, "names a key without a certificate: give ssl_certfile, too.")
    return f"{start}?{left}" if left else start, scheme, tls


def _value(name: str, text: str) -> Any:
    known = {"check": _CHECKS, "check_name": _FLAGS}.get(_PARAMETERS[name])
    if known is None:
        if not (Path(text).is_file() and os.access(text, os.R_OK)):
            raise SettingError(_NAME, f"says {name}={text}, which is not a readable file.")
        return text
    if text.lower() not in known:
        raise SettingError(_NAME, f"says {name}={text}: use one of {', '.join(known)}.")
    return known[text.lower()]


def _of_redis(tls: _Tls) -> dict[str, Any]:
    """What redis-py's SSLConnection takes."""
    return {
        "ssl_cert_reqs": ssl.CERT_REQUIRED if tls.check else ssl.CERT_NONE,
        "ssl_check_hostname": tls.check and tls.check_name,
        "ssl_ca_certs": tls.authorities, "ssl_certfile": tls.certificate, "ssl_keyfile": tls.key,
    }  # fmt: skip


def _of_amqp(tls: _Tls) -> dict[str, Any]:
    """What py-amqp's SSLTransport takes: a name that is None is the host's, one that is missing is not checked."""
    taken: dict[str, Any] = {
        "cert_reqs": ssl.CERT_REQUIRED if tls.check else ssl.CERT_NONE,
        "ca_certs": tls.authorities, "certfile": tls.certificate, "keyfile": tls.key,
    }  # fmt: skip
    return _AmqpTls(taken, server_hostname=None) if tls.check and tls.check_name else taken


_ARGUMENTS: dict[str, Callable[[_Tls], dict[str, Any]]] = {"rediss": _of_redis, "amqps": _of_amqp}
