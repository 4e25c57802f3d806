"""Secrets are stored as nobody can read them without SECRET_KEY, and SECRET_KEY can be changed."""

import base64
import hashlib
import hmac
from contextlib import suppress
from typing import Any

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from vestnik.encryption import decrypt, encrypt, reencrypted
from vestnik.errors import WrongKey

OLD, NEW, OTHER = "old-" * 10, "new-" * 10, "other-" * 10
SECRETS = {"token": "a-very-secret-word", "password": "Пароль 🔑"}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.fixture(autouse=True)
def keys(settings: Any) -> Any:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OLD, ()
    return settings


@given(st.dictionaries(TEXTS, TEXTS, max_size=5))
def test_secrets_come_back_as_they_were(plain: dict[str, str]) -> None:
    assert decrypt(encrypt(plain)) == plain


def test_the_stored_text_shows_nothing_and_is_another_each_time() -> None:
    stored = encrypt(SECRETS)
    raw = base64.urlsafe_b64decode(stored)
    assert not any(word.encode() in raw for word in (*SECRETS, *SECRETS.values()))
    assert stored != encrypt(SECRETS)


def test_the_key_is_derived_as_rfc_5869_says() -> None:
    """Whoever has SECRET_KEY and the documentation can read a backup without us."""
    extracted = hmac.digest(bytes(32), OLD.encode(), hashlib.sha256)
    expanded = hmac.digest(extracted, b"vestnik secrets 1\x01", hashlib.sha256)
    plain = Fernet(base64.urlsafe_b64encode(expanded)).decrypt(encrypt({"token": "x"}))
    assert plain == b'{"token":"x"}'


def test_a_new_key_reads_what_the_earlier_one_encrypted_and_encrypts_it_anew(keys: Any) -> None:
    stored = encrypt(SECRETS)
    keys.SECRET_KEY, keys.SECRET_KEY_FALLBACKS = NEW, (OTHER, OLD)
    assert decrypt(stored) == SECRETS
    anew = reencrypted(stored)
    assert anew is not None
    assert reencrypted(anew) is None
    keys.SECRET_KEY_FALLBACKS = ()
    assert decrypt(anew) == SECRETS


@pytest.mark.parametrize("read", [decrypt, reencrypted])
def test_without_its_key_a_secret_says_what_to_do(keys: Any, read: Any) -> None:
    stored = encrypt(SECRETS)
    keys.SECRET_KEY, keys.SECRET_KEY_FALLBACKS = NEW, (OTHER,)
    with pytest.raises(WrongKey, match=r"Add that key to SECRET_KEY_FALLBACKS, or enter the secrets again\.$") as told:
        read(stored)
    assert not any(key in str(told.value) for key in (OLD, NEW, OTHER))


@given(at=st.integers(0, 10_000), sign=st.sampled_from("Aa0-_é "), flipped=st.integers(1, 255))
def test_a_text_that_was_changed_or_cut_is_never_read_as_something_else(at: int, sign: str, flipped: int) -> None:
    stored = encrypt(SECRETS)
    raw = bytearray(base64.urlsafe_b64decode(stored))
    raw[at % len(raw)] ^= flipped
    place = at % len(stored)
    for wrong in (stored[:place], base64.urlsafe_b64encode(raw).decode()):
        with pytest.raises(WrongKey):
            decrypt(wrong)
    with suppress(WrongKey):
        # The last sign before the padding has bits that mean nothing.
        assert decrypt(stored[:place] + sign + stored[place + 1 :]) == SECRETS
