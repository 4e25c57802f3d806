"""The JSON Web Tokens that the simulator accepts (RFC 7519, HS256)."""

import time

import jwt

from vestnik.errors import SettingError

_ALGORITHM = "HS256"
#: Bytes: RFC 7518, 3.2 wants a key at least as long as the hash.
_MIN_SECRET = 32
#: Verified tokens remembered, at most; a gateway's client has one.
_MAX_REMEMBERED = 1_000


def make_token(secret: str) -> str:
    """A token for this secret, without an end.

    Raises:
        SettingError: the secret is too short.
    """
    return jwt.encode({"sub": "vestnik", "iat": int(time.time())}, checked_secret(secret), algorithm=_ALGORITHM)


def checked_secret(secret: str) -> str:
    """The secret, if it is long enough.

    Raises:
        SettingError: it is not.
    """
    if len(secret.encode()) < _MIN_SECRET:
        raise SettingError("SIMULATOR_SECRET", f"needs at least {_MIN_SECRET} random characters.")
    return secret


class Verifier:
    """Checks ``Authorization`` headers; a good one is verified once and then remembered until it ends."""

    def __init__(self, secret: str) -> None:
        self._secret = checked_secret(secret)
        self._good_until: dict[bytes, float] = {}

    def accepts(self, header: bytes, now: float) -> bool:
        """Is this header's token one of ours, and valid at ``now`` (unix seconds)?"""
        until = self._good_until.get(header)
        if until is None:
            until = self._verified_until(header)
            if until is None:
                return False
            if len(self._good_until) >= _MAX_REMEMBERED:
                self._good_until.clear()
            self._good_until[header] = until
        return now < until

    def _verified_until(self, header: bytes) -> float | None:
        scheme, _, token = header.partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            # The end is compared at each request, not once.
            claims = jwt.decode(token.strip(), self._secret, algorithms=[_ALGORITHM], options={"verify_exp": False})
            return float(claims.get("exp", "inf"))
        except (jwt.InvalidTokenError, ValueError, TypeError):
            return None
