"""What came of one request to the gateway: the outcome table (docs/explanation/design.md, Outcomes).

Foreign answers and failed connections become one small vocabulary here, and nowhere else. Pure.
"""

import email.utils
import re
from dataclasses import dataclass
from datetime import UTC
from enum import Enum
from http import HTTPStatus

from vestnik.gateway.wrapping import json_object, plain_text
from vestnik.phones.display import mask_phones

#: Characters of the gateway's words that are kept.
DETAIL_LENGTH = 200
#: Seconds: the longest ``Retry-After`` that is believed.
MAX_RETRY_AFTER = 86_400.0
#: Bytes of an answer that are looked at for the gateway's words.
_WORDS_LENGTH = 2_000
#: The success of the Probe gateway, in the two ways that JSON writers space it.
USUAL_BODIES = frozenset((b'{"code":0,"message":"OK"}', b'{"code": 0, "message": "OK"}'))


class Kind(Enum):
    """What is known about the message after an attempt.

    - ``SUCCESS``: the gateway took it.
    - ``NOT_SENT``: no byte of the request was written (no connection, no name, no trust).
    - ``THROTTLED``: 429, the gateway did not process it.
    - ``AMBIGUOUS``: it may have been delivered, or not.
    - ``REFUSED``: a definite no.
    - ``UNAUTHORIZED``: 401 or 403, our settings are wrong; says nothing about the message.
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
    """

    kind: Kind
    code: str
    detail: str
    retry_after: float | None = None
    answered: bool = False
    server_error: bool = False
    transport_failure: bool = False


#: The usual outcome; one instance, so that the hot path compares by identity.
SUCCESS = Outcome(kind=Kind.SUCCESS, code="0", detail="OK", answered=True)


def classify_answer(status: int, body: bytes, retry_after: str | None, now: float) -> Outcome:
    """The outcome of an HTTP answer. Success is a 200 with a JSON object whose ``code`` is the integer 0.

    It may be packed, also unasked (gzip, deflate, Brotli, Zstandard), begin with a byte order mark or be in UTF-16
    (:mod:`vestnik.gateway.wrapping`). What is broken, too big unpacked, or names two different codes is ambiguous.

    Args:
        status: the HTTP status.
        body: the whole body, packed as it came; its content type and coding are ignored.
        retry_after: the ``Retry-After`` header as it came, if it did.
        now: unix seconds, to read a ``Retry-After`` that is a date.
    """
    if status == 200:
        return SUCCESS if body in USUAL_BODIES else _classify_ok(body)
    code, detail = f"http_{status}", _words(body) or _phrase(status)
    wait = _seconds(retry_after, now)
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
    return Outcome(kind=kind, code=code, detail=_clean(detail) or code, transport_failure=True)


def _classify_ok(body: bytes) -> Outcome:
    answer = json_object(body)
    code = None if answer is None else answer.get("code")
    if type(code) is not int:  # true is an int to isinstance(), and no code to anybody
        return Outcome(kind=Kind.AMBIGUOUS, code="garbage", detail=_garbage(body), answered=True)
    if code == 0:
        return SUCCESS
    return Outcome(kind=Kind.REFUSED, code=str(code), detail=_words(body) or f"code {code}", answered=True)


def _garbage(body: bytes) -> str:
    words = _clean(plain_text(body))
    return f"not an answer: {words}"[:DETAIL_LENGTH] if words else "an empty answer"


def _words(body: bytes) -> str:
    """The gateway's own words: the ``message`` of a JSON answer, else its text."""
    answer = json_object(body) or {}
    for name in ("message", "detail", "error"):
        if isinstance(answer.get(name), str) and answer[name]:
            return _clean(answer[name])
    return _clean(plain_text(body))


def _clean(text: str) -> str:
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


def _seconds(header: str | None, now: float) -> float | None:
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
