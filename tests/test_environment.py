"""Settings are refused with one sentence that says what to set."""

import re
from pathlib import Path

import pytest

from vestnik import environment, openid_connect
from vestnik.environment import SETTINGS, Environment, read_environment
from vestnik.errors import SettingError

GOOD = {
    "DATABASE_URL": "postgresql://u:p@localhost/d",
    "BROKER_URL": "memory://",
    "GATEWAY_URL": "http://localhost",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
}


def read(**settings: str) -> Environment:
    return read_environment(GOOD | settings)


def test_the_gateways_token_may_come_from_a_file_that_ends_with_a_line_break() -> None:
    assert read(GATEWAY_TOKEN=" abc.def-_~+/=\n").gateway_token == "abc.def-_~+/="


@pytest.mark.parametrize("token", ["a b", "a\r\nX-Injected: 1", "ключ", "a\x00b"])
def test_a_token_that_would_make_headers_of_its_own_is_refused(token: str) -> None:
    with pytest.raises(SettingError, match=r"^GATEWAY_TOKEN .* give the token alone"):
        read(GATEWAY_TOKEN=token)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "postgresql://u:s3cret@h:abc/d", "is not as libpq reads it: give e.g. postgresql://"),
        ("DATABASE_URL", "postgresql://u:s3cret%zz@h/d", "is not as libpq reads it: give e.g. postgresql://"),
        ("DATABASE_URL", "postgresql://u:s3cret@h/d?ssl=1", "is not as libpq reads it: give e.g. postgresql://"),
        ("BROKER_URL", "redis://:s3cret@h:abc", "has a wrong port. Example: redis://"),
        ("GATEWAY_URL", "http://", "names no host or a wrong port. Example: http://"),
        ("GATEWAY_URL", "https://gateway..example", "names no host or a wrong port. Example: https://"),
        ("GATEWAY_URL", f"https://{'a' * 64}.example", "names no host or a wrong port. Example: https://"),
        ("GATEWAY_URL", "https://h/v1?key=s3cret", "is more than scheme, host, port and path"),
        ("GATEWAY_URL", "https://u:s3cret@h/v1", "is more than scheme, host, port and path"),
        ("GATEWAY_URL", "https://h/v1#a", "is more than scheme, host, port and path"),
        ("GATEWAY_URL", "https://h/a b", "has signs in its path that no address has: write them as %XX"),
        ("GATEWAY_URL", "https://h/шлюз", "has signs in its path that no address has"),
        ("GATEWAY_URL", "https://h:99999", "names no host or a wrong port. Example: https://"),
        (
            "PUBLIC_URL",
            "https://office.example.org/vestnik",
            "is more than scheme, host and port: Vestnik is served at the root",
        ),
        ("PUBLIC_URL", "https://example.org/?a=1", "is more than scheme, host and port"),
        ("PUBLIC_URL", "https://user@example.org", "is more than scheme, host and port"),
        ("PUBLIC_URL", "vestnik.example.org", "should start with one of http://, https://"),
        ("PUBLIC_URL", "https://", "names no host or a wrong port. Example: https://"),
        ("ALLOWED_HOSTS", "https://vestnik.example.org", "names 'https://vestnik.example.org': use hosts such as"),
        ("ALLOWED_HOSTS", "vestnik.example.org:8000", "names 'vestnik.example.org:8000': use hosts such as"),
        ("EMAIL_FROM", "nobody", "is 'nobody': give an address such as"),
        ("EMAIL_FROM", "v@example.org\nBcc: x@example.org", "is 'v@example.org\\nBcc: x@example.org': give an address"),
        ("REPORT_TIME", "²:00", "is '²:00': give a time of day such as 23:59"),
        ("METRICS_PORT", "70000", "is 70000: give a whole number from 1 to 65535"),
        ("PHONE_RETENTION_DAYS", "0", "is 0: give a whole number from 1"),
        ("LOG_LEVEL", "loud", "is 'loud': use info or debug"),
        (
            "GATEWAY_CA_FILE",
            "/nowhere/ca.pem",
            "is '/nowhere/ca.pem', which cannot be read as certificates in PEM: No such",
        ),
        ("GATEWAY_CA_FILE", "pyproject.toml", "is 'pyproject.toml', which cannot be read as certificates in PEM"),
        (
            "GATEWAY_CERTIFICATE",
            "harness/tls/cert.pem",
            "is 'harness/tls/cert.pem', which cannot be read as a certificate and its",
        ),
        ("GATEWAY_PROXY", "proxy.example.org:3128", "is not the address of a proxy: give http://[user:password@]host"),
        ("GATEWAY_PROXY", "https://u:s3cret@proxy.example.org", "is not the address of a proxy"),
        ("GATEWAY_PROXY", "http://u:s3cret@:3128", "is not the address of a proxy"),
        ("GATEWAY_PROXY", "http://u:s3cret@proxy:99999", "is not the address of a proxy"),
        ("SECRET_KEY_FALLBACKS", f"{'k' * 40},s3cret", "has a key under 32 characters: give whole earlier values"),
        ("LOG_MESSAGES", "maybe", "is 'maybe': use true or false"),
    ],
)
def test_what_is_wrong_is_told_at_the_start_and_not_by_whoever_needs_it_first(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingError) as told:
        read(**{name: value})
    assert str(told.value).startswith(f"{name} {said}")
    assert "\n" not in str(told.value)
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql:///vestnik?host=/run/postgresql"),
        ("DATABASE_URL", "postgresql://u:p%40@one:5432,two:5433/d?sslmode=verify-full&target_session_attrs=primary"),
        ("BROKER_URL", "amqp://"),
        ("BROKER_URL", "amqp://one:5672;amqp://two:5672"),
        ("BROKER_URL", "redis+socket:///run/valkey.sock?virtual_host=1"),
        ("GATEWAY_URL", "https://[::1]:8080/v1"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", ".example.org, [::1],10.0.0.1, my_host, вестник.рф"),
        ("EMAIL_FROM", "Вестник <vestnik@example.org>"),
        ("EMAIL_FROM", "vestnik@localhost"),
    ],
)
def test_what_the_engines_take_is_taken(name: str, value: str) -> None:
    assert read(**{name: value})


@pytest.mark.parametrize(
    ("value", "origin"),
    [
        ("https://Vestnik.Example.org:443/", "https://vestnik.example.org"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://example.org:80", "http://example.org"),
    ],
)
def test_the_public_url_is_written_as_browsers_write_an_origin(value: str, origin: str) -> None:
    assert read(PUBLIC_URL=value).public_url == origin


def test_every_listed_setting_is_read_and_every_name_that_is_read_is_listed() -> None:
    """What is not listed would have no effect; what is not read would promise one."""
    sources = [Path(environment.__file__), Path(openid_connect.__file__)]
    quoted = re.findall(r'"([A-Z]{2,}[A-Z_]*)"', "\n".join(file.read_text() for file in sources))
    assert {name for name in quoted if quoted.count(name) > 1} >= set(SETTINGS)
    assert set(quoted) - set(SETTINGS) <= {"SSO"}


def test_earlier_keys_stand_with_commas() -> None:
    assert read().secret_key_fallbacks == ()
    assert read(SECRET_KEY_FALLBACKS=f" {'a' * 32} ,{'b' * 40},").secret_key_fallbacks == ("a" * 32, "b" * 40)
