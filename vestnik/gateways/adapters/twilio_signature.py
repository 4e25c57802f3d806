"""Whether Twilio made a callback: its signature (https://www.twilio.com/docs/usage/webhooks/webhooks-security)."""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from vestnik.gateways.adapter import Callback, ForgedCallback

_ALGORITHMS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}


def check_signature(callback: Callback, *, auth_token: str, shared_key: str) -> None:
    """Check the HMAC over the address and the sorted form. Of another body the SHA-256 stands in the address.

    Args:
        callback: the request.
        auth_token: the account's; signs with SHA-1.
        shared_key: of a Webhooks Rule, whose header names the algorithm; empty: there is none.

    Raises:
        ForgedCallback: the signature is missing or wrong, or of a kind that cannot be checked.
    """
    key, algorithm = auth_token, "sha1"
    settings = callback.headers.get("x-twilio-webhooks-signature-settings", "")
    if settings:
        named = re.search(r"(?:^|,)\s*algorithm\s*=\s*(\w+)", settings)
        key, algorithm = shared_key, _ALGORITHMS.get(named[1].upper() if named else "HMAC_SHA1", "")
    signature = _bytes(callback.headers.get("x-twilio-signature", ""))
    if not (key and algorithm and signature):
        raise ForgedCallback("a callback of Twilio has no signature that we can check")
    if callback.body and not callback.form:
        told = next((value for name, value in callback.query if name == "bodySHA256"), "")
        if not hmac.compare_digest(hashlib.sha256(callback.body).hexdigest().encode(), _bytes(told)):
            raise ForgedCallback("the body of a callback of Twilio is not the one that was signed")
    form = "".join(name + value for name, value in sorted(set(callback.form)))
    for url in _with_and_without_port(callback.url):
        made = hmac.digest(key.encode(), _bytes(url + form), algorithm)
        if hmac.compare_digest(base64.b64encode(made), signature):
            return
    raise ForgedCallback("a callback of Twilio has a wrong signature")


def _with_and_without_port(url: str) -> Iterator[str]:
    """Twilio signs the address with its port or without, whichever it was given."""
    yield url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return
    usual = 443 if parts.scheme == "https" else 80
    other = parts.netloc.rpartition(":")[0] if port is not None else f"{parts.netloc}:{usual}"
    head = url.partition("://")[0]
    yield f"{head}://{other}{url[len(head) + 3 + len(parts.netloc) :]}"


def _bytes(text: str) -> bytes:
    """What a stranger sent may hold halves of characters."""
    return text.encode(errors="surrogatepass")
