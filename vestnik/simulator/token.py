"""The JSON Web Tokens that the simulator accepts (RFC 7519, HS256)."""

import hmac
import time

import jwt

from vestnik.errors import SettingError

_ALGORITHM = "HS256"
#: The minimum length in bytes. RFC 7518, 3.2 requires a key at least as long as the hash.
_MIN_SECRET = 32
#: The length of a password that SMPP carries.
_SHORT = 8
#: The maximum number of verified tokens to remember. A client of the gateway usually has one.
_MAX_REMEMBERED = 1_000


def make_token(secret: str) -> str:
    """Return a token for this secret. It never expires.

    Raises:
        SettingError: The secret is too short.
    """
    return jwt.encode({"sub": "vestnik", "iat": int(time.time())}, checked_secret(secret), algorithm=_ALGORITHM)


def checked_secret(secret: str) -> str:
    """Return the secret if it is long enough.

    Raises:
        SettingError: The secret is too short.
    """
    if len(secret.encode()) < _MIN_SECRET:
        raise SettingError("SIMULATOR_SECRET", f"needs at least {_MIN_SECRET} random characters.")
    return secret


class Verifier:
    """Checks ``Authorization`` headers. A good token is verified once, and then remembered until it expires."""

    def __init__(self, secret: str) -> None:
        self._secret = checked_secret(secret)
        self._good_until: dict[bytes, float] = {}

    def accepts(self, header: bytes, now: float) -> bool:
        """Return whether this token is good at ``now`` (unix seconds)."""
        until = self._good_until.get(header)
        if until is None:
            until = self._verified_until(header)
            if until is None:
                return False
            if len(self._good_until) >= _MAX_REMEMBERED:
                self._good_until.clear()
            self._good_until[header] = until
        return now < until

    def is_password(self, password: str, now: float) -> bool:
        """Return whether a provider's account may have this password: the secret itself, or a token that is good."""
        given = password.encode()
        return hmac.compare_digest(given, self._secret.encode()) or self.accepts(b"Bearer " + given, now)

    def is_short_password(self, password: str) -> bool:
        """Return whether it is the beginning of the secret: SMPP carries eight characters (SMPP 3.4, 4.1.1)."""
        return len(password) >= _SHORT and hmac.compare_digest(
            password.encode(), self._secret.encode()[: len(password)]
        )

    def _verified_until(self, header: bytes) -> float | None:
        scheme, _, token = header.partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            # The expiry is checked at each request.
            claims = jwt.decode(token.strip(), self._secret, algorithms=[_ALGORITHM], options={"verify_exp": False})
            return float(claims.get("exp", "inf"))
        except (jwt.InvalidTokenError, ValueError, TypeError):
            return None
