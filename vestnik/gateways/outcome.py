"""What came of one request to a gateway, in words that all adapters share (docs/explanation/design.md, Outcomes).

An adapter turns its provider's answers into them, :func:`classify_failure` failed connections. Pure.
"""

import email.utils
import re
from dataclasses import dataclass
from datetime import UTC
from enum import Enum
from http import HTTPStatus

from vestnik.gateways.wrapping import plain_text
from vestnik.phones.display import mask_phones

#: Characters of the gateway's words that are kept.
DETAIL_LENGTH = 200
#: Seconds: the longest ``Retry-After`` that is believed.
MAX_RETRY_AFTER = 86_400.0
#: Bytes of an answer that are looked at for the gateway's words.
_WORDS_LENGTH = 2_000


class Kind(Enum):
    """What is known about the message after an attempt.

    - ``SUCCESS``: the gateway took it.
    - ``NOT_SENT``: no byte of the request was written (no connection, no name, no trust).
    - ``THROTTLED``: 429, the gateway did not process it.
    - ``AMBIGUOUS``: it may have been delivered, or not.
    - ``REFUSED``: a definite no.
    - ``UNAUTHORIZED``: the gateway refuses us, not the message: 401 or 403, no funds, a blocked account, an address
      that is not allowed. Nothing was sent, and no message is taken until a person mends it.
    """

    SUCCESS = "success"
    NOT_SENT = "not_sent"
    THROTTLED = "throttled"
    AMBIGUOUS = "ambiguous"
    REFUSED = "refused"
    UNAUTHORIZED = "unauthorized"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of one request.

    - ``code``: a short stable word: the gateway's own code ("0"), ``http_503``, ``timeout``, ``connect``, ``dns``,
      ``proxy``, ``tls``, ``reset`` or ``garbage``.
    - ``detail``: the gateway's words or ours, one line, at most 200 characters, phone numbers masked.
    - ``retry_after``: seconds from now that the gateway asked to wait, if it did.
    - ``answered``: an HTTP answer arrived. It burns the retry budget, unless throttled or unauthorized.
    - ``server_error``: the answer was a 5xx. ``transport_failure``: no whole answer came. Both feed the breaker.
    - ``provider_ids``: what the gateway calls the message, or each of its parts in their order; receipts come with
      them. Empty: a part without a name, because it was not accepted or was given none.
    - ``parts``: how many the gateway says it was sent in. ``operator``: that of the phone, if the gateway names it.
    """

    kind: Kind
    code: str
    detail: str
    retry_after: float | None = None
    answered: bool = False
    server_error: bool = False
    transport_failure: bool = False
    provider_ids: tuple[str, ...] = ()
    parts: int | None = None
    operator: str | None = None


#: The usual outcome; one instance, so that the hot path compares by identity.
SUCCESS = Outcome(kind=Kind.SUCCESS, code="0", detail="OK", answered=True)


def classify_status(status: int, detail: str, retry_after: str | None, now: float) -> Outcome:
    """What the status of an HTTP answer means that is no success and says nothing better itself (RFC 9110, 15).

    Args:
        status: not 200.
        detail: the gateway's words, cleaned; empty: the status in words.
        retry_after: the ``Retry-After`` header as it came, if it did.
        now: unix seconds, to read a ``Retry-After`` that is a date.
    """
    code, detail = f"http_{status}", detail or _phrase(status)
    wait = retry_seconds(retry_after, now)
    if status == 429:
        return Outcome(kind=Kind.THROTTLED, code=code, detail=detail, retry_after=wait, answered=True)
    if status in (401, 403):
        return Outcome(kind=Kind.UNAUTHORIZED, code=code, detail=detail, answered=True)
    if 400 <= status < 500:
        return Outcome(kind=Kind.REFUSED, code=code, detail=detail, answered=True)
    # 5xx; and 1xx, other 2xx, redirects (never followed) and invented numbers, which say nothing definite.
    server_error = 500 <= status < 600
    return Outcome(
        kind=Kind.AMBIGUOUS, code=code, detail=detail, retry_after=wait, answered=True, server_error=server_error
    )


def classify_failure(code: str, detail: str, *, sent: bool) -> Outcome:
    """The outcome of a request that got no whole answer.

    Args:
        code: what failed, one of :class:`Outcome`'s words.
        detail: a sentence.
        sent: a byte of the request left this process; if not, the gateway cannot have got it.
    """
    kind = Kind.AMBIGUOUS if sent else Kind.NOT_SENT
    return Outcome(kind=kind, code=code, detail=clean_words(detail) or code, transport_failure=True)


def garbage(body: bytes) -> Outcome:
    """The outcome of an answer that cannot be read."""
    words = clean_words(plain_text(body))
    detail = f"not an answer: {words}"[:DETAIL_LENGTH] if words else "an empty answer"
    return Outcome(kind=Kind.AMBIGUOUS, code="garbage", detail=detail, answered=True)


def clean_words(text: str) -> str:
    """One printable line without phone numbers. A number cut in half at the end would not be recognised: it goes."""
    kept = text[:_WORDS_LENGTH]
    if len(kept) == _WORDS_LENGTH:
        kept = kept.rstrip("0123456789 ().-+")
    printable = "".join(char if char.isprintable() else " " for char in kept)
    return mask_phones(" ".join(printable.split()))[:DETAIL_LENGTH]


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP status {status}"


def retry_seconds(header: str | None, now: float) -> float | None:
    """``Retry-After`` in either form (RFC 9110, 10.2.3), between 0 and a day; None for anything else."""
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]+", text):
        return min(float(text), MAX_RETRY_AFTER)
    try:
        when = email.utils.parsedate_to_datetime(text)
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return min(max(0.0, aware.timestamp() - now), MAX_RETRY_AFTER)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
