"""Encrypts the secrets of gateways, so that a copy of the database does not show them.

The text is a Fernet token (https://github.com/fernet/spec: AES-128-CBC, then HMAC-SHA256, with the time it was made).
Its key is derived from ``SECRET_KEY`` by HKDF (RFC 5869), so that it is no key for anything else. After a change of
``SECRET_KEY`` the earlier key stays in ``SECRET_KEY_FALLBACKS`` until everything is encrypted again
(docs/how-to/operations.md, Change SECRET_KEY).
"""

import base64
from collections.abc import Mapping
from functools import lru_cache

import orjson
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from vestnik.errors import WrongKey

#: What the derived key is for (RFC 5869, 3.2). Another purpose would have another word, and so another key.
_PURPOSE = b"vestnik secrets 1"
#: Bytes of a Fernet key.
_KEY_LENGTH = 32


def encrypt(plain: Mapping[str, str]) -> str:
    """Encrypt these named secrets with today's ``SECRET_KEY``. Two results for the same secrets differ."""
    return _fernet(settings.SECRET_KEY).encrypt(orjson.dumps(dict(plain))).decode()


def decrypt(text: str) -> dict[str, str]:
    """Return the secrets that :func:`encrypt` made ``text`` of.

    Raises:
        WrongKey: neither ``SECRET_KEY`` nor one of ``SECRET_KEY_FALLBACKS`` made it, or it was changed or cut.
    """
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return _read(key, text)
        except InvalidToken:
            continue
    raise WrongKey(
        _(
            "Stored secrets cannot be read: they were encrypted with another SECRET_KEY. Add that key to"
            " SECRET_KEY_FALLBACKS, or enter the secrets again."
        )
    )


def reencrypted(text: str) -> str | None:
    """Encrypt with today's ``SECRET_KEY`` what an earlier key encrypted; None: today's key did so already.

    Raises:
        WrongKey: as :func:`decrypt`.
    """
    try:
        _read(settings.SECRET_KEY, text)
    except InvalidToken:
        return encrypt(decrypt(text))
    return None


def _read(key: str, text: str) -> dict[str, str]:
    secrets: dict[str, str] = orjson.loads(_fernet(key).decrypt(text.encode()))
    return secrets


@lru_cache(16)
def _fernet(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=_KEY_LENGTH, salt=None, info=_PURPOSE).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
