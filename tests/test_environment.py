"""Settings are refused with one sentence that says what to set."""

import pytest

from vestnik.environment import Environment, read_environment
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
