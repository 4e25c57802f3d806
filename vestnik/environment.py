"""Reads the settings once from the environment, with types. A wrong value stops the process.

Every name here is described in ``.env.example`` (a test holds the two together). A wrong value raises
:class:`vestnik.errors.SettingError` with one sentence that says what to set.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import TypedDict
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vestnik.broker_address import read_broker_address
from vestnik.errors import SettingError
from vestnik.openid_connect import ROLES, OpenIdConnect, read_group_roles, read_scope
from vestnik.setting_values import (
    TRUE,
    names_a_host,
    port_is_right,
    read_certificates,
    read_choice,
    read_flag,
    read_hosts,
    read_number,
    read_optional_number,
    read_origins,
    read_proxy,
    read_sender,
    read_time,
    read_token,
    read_url,
)

#: The names of all settings. Nothing else of the environment is read here.
SETTINGS = (
    "ALLOWED_HOSTS", "BROKER_URL", "CORS_ALLOWED_ORIGINS", "DATABASE_URL", "DRAFT_RETENTION_DAYS",
    "EMAIL_FROM", "EMAIL_URL",
    "GATEWAY_CA_FILE", "GATEWAY_CERTIFICATE", "GATEWAY_CONCURRENCY", "GATEWAY_IDEMPOTENT", "GATEWAY_MAX_RATE",
    "GATEWAY_PROXY", "GATEWAY_TIMEOUT", "GATEWAY_TOKEN", "GATEWAY_URL", "LOG_FORMAT", "LOG_LEVEL", "LOG_MESSAGES",
    "MESSAGES_PER_MINUTE", "MESSAGE_RETENTION_DAYS", "METRICS_PORT", "METRICS_TOKEN", "NUM_PROXIES",
    "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET",
    "OIDC_GROUPS_CLAIM", "OIDC_GROUP_ROLES", "OIDC_ISSUER", "OIDC_NAME", "OIDC_ROLE", "OIDC_SCOPE",
    "PHONE_RETENTION_DAYS", "PUBLIC_URL", "REGISTRATION", "REPORT_TIME", "SECRET_KEY", "SECRET_KEY_FALLBACKS",
    "TIME_ZONE", "VESTNIK_HOME",
    "VESTNIK_SIMULATOR", "VIEWERS_SEE_PHONES", "WEBHOOK_ALLOW_PRIVATE",
)  # fmt: skip


#: What the start and doctor say where it is so.
OPEN_REGISTRATION = "REGISTRATION=open: anybody who reaches the web can register, and then send messages to all clients"


class ConnectionOptions(TypedDict, total=False):
    """Arguments of the transport that say how connections are made."""

    verify_file: str | None
    client_certificate: str | None
    proxy: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """All settings. Durations are seconds, rates messages per second.

    ``first_may_register``: REGISTRATION is not set, and an outside gateway is: closed, but for the first account.
    ``registration_by_default``: REGISTRATION is not set: what is open closes with the first gateway that is enabled.
    ``gateway_is_simulator``: no outside gateway was named, so ``default`` delivers nothing. Those that were added
    in the console may (:mod:`vestnik.routing.reach`).
    ``gateway_ca_file``: certificates to trust instead of the machine's, PEM. ``gateway_certificate``: our own with its
    key, PEM. ``gateway_proxy``: ``http://[user:password@]host:port``.
    ``secret_key_fallbacks``: earlier keys, which still read what they encrypted or signed.
    ``viewers_see_phones``: else viewers get phones masked, and no files.
    ``home``: the folder of the embedded cluster that this process is part of; empty when it is part of none.
    """

    database_url: str
    broker_url: str
    secret_key: str
    secret_key_fallbacks: tuple[str, ...]
    gateway_url: str
    gateway_token: str
    gateway_is_simulator: bool
    gateway_idempotent: bool
    gateway_max_rate: int | None
    gateway_concurrency: int
    gateway_timeout: float
    gateway_ca_file: str | None
    gateway_certificate: str | None
    gateway_proxy: str | None
    allowed_hosts: tuple[str, ...]
    public_url: str
    time_zone: str
    registration_open: bool
    first_may_register: bool
    registration_by_default: bool
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
    draft_retention_days: int
    phone_retention_days: int | None
    message_retention_days: int | None
    viewers_see_phones: bool
    webhook_allow_private: bool
    messages_per_minute: int

    @property
    def gateway_connection(self) -> ConnectionOptions:
        """How connections to the gateway are made."""
        return {
            "verify_file": self.gateway_ca_file,
            "client_certificate": self.gateway_certificate,
            "proxy": self.gateway_proxy,
        }


def read_environment(source: Mapping[str, str] | None = None) -> Environment:
    """Read and check every setting from ``source`` (default: the process's environment).

    Raises:
        SettingError: naming the first setting that is missing or wrong.
    """
    given = os.environ if source is None else source
    env = {name: given[name] for name in SETTINGS if name in given}
    simulator = env.get("VESTNIK_SIMULATOR", "") in TRUE
    return Environment(
        database_url=_database_url(env),
        broker_url=_broker_url(env),
        secret_key=_secret_key(env),
        secret_key_fallbacks=_secret_key_fallbacks(env),
        gateway_url=_gateway_url(env),
        gateway_token=read_token(env, "GATEWAY_TOKEN"),
        gateway_is_simulator=simulator,
        gateway_idempotent=read_flag(env, "GATEWAY_IDEMPOTENT", default=simulator),
        gateway_max_rate=read_optional_number(env, "GATEWAY_MAX_RATE", 1, 1_000_000),
        gateway_concurrency=read_number(env, "GATEWAY_CONCURRENCY", 256, 1, 10_000),
        gateway_timeout=float(read_number(env, "GATEWAY_TIMEOUT", 30, 1, 600)),
        gateway_ca_file=read_certificates(env, "GATEWAY_CA_FILE"),
        gateway_certificate=read_certificates(env, "GATEWAY_CERTIFICATE", with_key=True),
        gateway_proxy=read_proxy(env, "GATEWAY_PROXY"),
        allowed_hosts=read_hosts(env, "ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"),
        public_url=_public_url(env),
        time_zone=_zone(env),
        registration_open=read_choice(env, "REGISTRATION", ("open", "closed") if simulator else ("closed", "open"))
        == "open",
        first_may_register=not simulator and not env.get("REGISTRATION"),
        registration_by_default=not env.get("REGISTRATION"),
        email_url=_email_url(env),
        email_from=read_sender(env, "EMAIL_FROM", "Vestnik <vestnik@localhost>"),
        report_time=read_time(env, "REPORT_TIME", "23:59"),
        log_format=read_choice(env, "LOG_FORMAT", ("console", "json")),
        log_level=read_choice(env, "LOG_LEVEL", ("info", "debug", "warning", "error")),
        log_messages=read_flag(env, "LOG_MESSAGES", default=True),
        num_proxies=read_number(env, "NUM_PROXIES", 0, 0, 10),
        cors_allowed_origins=read_origins(env, "CORS_ALLOWED_ORIGINS"),
        home=env.get("VESTNIK_HOME") or "",
        metrics_port=read_optional_number(env, "METRICS_PORT", 1, 65_535),
        metrics_token=read_token(env, "METRICS_TOKEN"),
        openid_connect=_openid_connect(env),
        draft_retention_days=read_number(env, "DRAFT_RETENTION_DAYS", 90, 1, 36_500),
        phone_retention_days=read_optional_number(env, "PHONE_RETENTION_DAYS", 1, 36_500),
        message_retention_days=read_optional_number(env, "MESSAGE_RETENTION_DAYS", 1, 36_500),
        viewers_see_phones=read_flag(env, "VIEWERS_SEE_PHONES", default=True),
        webhook_allow_private=read_flag(env, "WEBHOOK_ALLOW_PRIVATE", default=False),
        messages_per_minute=read_number(env, "MESSAGES_PER_MINUTE", 60_000, 1_000, 100_000_000),
    )


def _gateway_url(env: Mapping[str, str]) -> str:
    """Scheme, host, port and path, without a slash at the end: ``/send/{id}`` is put behind it in the request."""
    url = read_url(env, "GATEWAY_URL", ("http", "https")).rstrip("/")
    parts = urlsplit(url)
    if parts.query or parts.fragment or parts.username is not None:
        words = "is more than scheme, host, port and path: the rest has no place in requests. Example:"
        raise SettingError("GATEWAY_URL", f"{words} {parts.scheme}://gateway.example.org/v1.")
    if not re.fullmatch(r"[!-~]*", parts.path):
        raise SettingError("GATEWAY_URL", "has signs in its path that no address has: write them as %XX (RFC 3986).")
    return url


def _public_url(env: Mapping[str, str]) -> str:
    """Scheme, host and port as browsers write them (RFC 6454): links, cookies and the check of forms stand on it."""
    name = "PUBLIC_URL"
    parts = urlsplit(read_url(env, name, ("http", "https"), default="http://localhost:8000"))
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None:
        words = "is more than scheme, host and port: Vestnik is served at the root of its host. Example:"
        raise SettingError(name, f"{words} {parts.scheme}://vestnik.example.org, on its own host.")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in {None, usual} else "")


def _broker_url(env: Mapping[str, str]) -> str:
    """It may name several brokers, and no host where the usual one is meant."""
    name = "BROKER_URL"
    value = read_url(env, name, ("redis", "rediss", "redis+socket", "amqp", "amqps", "memory"))
    if not all(port_is_right(each) for each in value.split(";")):
        raise SettingError(name, "has a wrong port. Example: redis://broker.example.org:6379/0.")
    read_broker_address(value)  # raise now, not at the first nudge
    return value


def _database_url(env: Mapping[str, str]) -> str:
    """Libpq's words about a wrong one may repeat the password: they are not shown."""
    from psycopg import ProgrammingError  # noqa: PLC0415 - `vestnik --help`, which reads no settings, takes half as long
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 - the same

    value = read_url(env, "DATABASE_URL", ("postgres", "postgresql"))
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
    read_url(env, "EMAIL_URL", ("smtp+tls", "smtp+ssl", "smtp"))
    if not names_a_host(value):
        raise SettingError("EMAIL_URL", "names no host or a wrong port. Example: smtp+tls://user:password@host:587.")
    return value


def _openid_connect(env: Mapping[str, str]) -> OpenIdConnect | None:
    """All of it or nothing. What the provider says is believed because TLS says that it is the provider."""
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    role, name = read_choice(env, "OIDC_ROLE", ROLES), env.get("OIDC_NAME") or "SSO"
    scope, group_roles = read_scope(env), read_group_roles(env)
    claim = env.get("OIDC_GROUPS_CLAIM") or "groups"
    given = [each for each in names if env.get(each)]
    if not given:
        return None
    for each in names:
        if each not in given:
            raise SettingError(each, f"is not set, but {given[0]} is: give all of {', '.join(names)}, or none.")
    issuer = read_url(env, "OIDC_ISSUER", ("https", "http")).rstrip("/")
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


def _secret_key_fallbacks(env: Mapping[str, str]) -> tuple[str, ...]:
    """Earlier keys, with commas. A part of one would decrypt nothing, so it is refused; no key is shown."""
    name = "SECRET_KEY_FALLBACKS"
    keys = tuple(each.strip() for each in env.get(name, "").split(",") if each.strip())
    if any(len(key) < 32 for key in keys):
        raise SettingError(name, "has a key under 32 characters: give whole earlier values of SECRET_KEY, with commas.")
    return keys


def _zone(env: Mapping[str, str]) -> str:
    value = env.get("TIME_ZONE") or "Europe/Moscow"
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingError(
            "TIME_ZONE", f"is {value!r}, which is not an IANA time zone. Example: Europe/Moscow."
        ) from error
    return value
