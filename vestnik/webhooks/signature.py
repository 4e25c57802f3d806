"""Secrets and signatures as Standard Webhooks has them.

The rules: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
import secrets
from collections.abc import Sequence

#: Bytes of a secret: the specification asks for 24 to 64.
_SECRET_BYTES = 32
_PREFIX = "whsec_"


def new_secret() -> str:
    """Return a secret in the form that libraries of Standard Webhooks take."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(*, secrets: Sequence[str], uid: str, at: int, body: bytes) -> dict[str, str]:
    """Return the three headers of an attempt.

    Args:
        secrets: one, or two while one is rotated: then there is a signature by each.
        uid: of the event, the same with each attempt.
        at: when this attempt is made, in unix seconds; receivers refuse what is older than five minutes.
        body: to the byte.
    """
    signed = f"{uid}.{at}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(_key(each), signed, "sha256")).decode() for each in secrets]
    return {
        "webhook-id": uid,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(_PREFIX))
