"""The signature of an access token is verified once; what may change about it is asked each time."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken

from vestnik.accounts.tokens import MAX_REMEMBERED, RememberingBackend

KEY = "a key of the test's own, long enough for HS256"


@pytest.fixture
def backend() -> RememberingBackend:
    return RememberingBackend("HS256", KEY)


def encoded(*, key: str = KEY, seconds: float = 60, **claims: Any) -> str:
    return jwt.encode({"exp": datetime.now(UTC) + timedelta(seconds=seconds), **claims}, key, "HS256")


def test_a_signature_is_verified_once(backend: RememberingBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    token = encoded(sid="7")
    first = backend.decode(token)
    monkeypatch.setattr(jwt, "decode", None)
    assert backend.decode(token) == first
    assert first["sid"] == "7"


def test_one_that_expires_is_refused_from_then_on(backend: RememberingBackend) -> None:
    token = encoded(seconds=1.5)
    assert backend.decode(token)
    time.sleep(1.6)
    with pytest.raises(TokenBackendExpiredToken):
        backend.decode(token)


def test_another_signature_or_other_claims_are_another_token(backend: RememberingBackend) -> None:
    good = encoded(sid="7")
    backend.decode(good)
    head, claims, signature = good.split(".")
    other_claims = encoded(sid="8").split(".")[1]
    forged = [f"{head}.{other_claims}.{signature}", f"{head}.{claims}.{signature[::-1]}", encoded(sid="7", key=KEY * 2)]
    for token in [*forged, *forged]:
        with pytest.raises(TokenBackendError):
            backend.decode(token)


def test_whoever_changes_the_claims_changes_them_for_himself(backend: RememberingBackend) -> None:
    token = encoded(sid="7")
    backend.decode(token)["sid"] = "8"
    assert backend.decode(token)["sid"] == "7"


def test_no_more_are_remembered_than_is_said(backend: RememberingBackend) -> None:
    for number in range(MAX_REMEMBERED + 10):
        backend.decode(encoded(sid=str(number)))
    assert backend._verified.cache_info().currsize == MAX_REMEMBERED
