"""The outcome table: what an answer of the gateway, or its absence, means for a message. Pure."""

import re
from dataclasses import dataclass
from enum import Enum

import orjson

#: libcurl's error numbers that have a word of their own.
_CURL_WORDS = {
    5: "dns", 6: "dns", 7: "connect", 28: "timeout", 35: "tls", 51: "tls", 52: "reset", 53: "tls", 54: "tls",
    55: "reset", 56: "reset", 58: "tls", 59: "tls", 60: "tls", 65: "reset", 66: "tls", 77: "tls", 80: "tls",
    81: "reset", 83: "tls", 90: "tls", 91: "tls", 98: "tls",
}  # fmt: skip
#: Seconds: a Retry-After beyond this is taken as this.
MOST_RETRY_AFTER = 86_400.0
_DETAIL_CHARACTERS = 200
_PHONE = re.compile(r"\d{11,}")


class Kind(Enum):
    """What is known about a message after an attempt."""

    SUCCESS = "the gateway took it"
    NOT_SENT = "no byte of the request left"
    THROTTLED = "429: not processed, safe to send again"
    AMBIGUOUS = "it may have been taken: no definite answer"
    REFUSED = "the gateway said no, for good"
    UNAUTHORIZED = "401 or 403: our settings are wrong, the message is not"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt came to.

    ``code`` is a stable short word, ``detail`` the gateway's words. ``retry_after`` seconds from now. ``answered``: an
    HTTP answer arrived. ``server_error``: it was a 5xx. ``transport_failure``: there was none.
    """

    kind: Kind
    code: str
    detail: str
    retry_after: float | None = None
    answered: bool = True
    server_error: bool = False
    transport_failure: bool = False


#: The usual answer, one object for all.
SUCCESS = Outcome(Kind.SUCCESS, "0", "OK")
_USUAL_BODIES = frozenset({b'{"code":0,"message":"OK"}', b'{"code": 0, "message": "OK"}'})


def classify_answer(status: int, body: bytes, retry_after: float | None = None) -> Outcome:
    """Judge an HTTP answer.

    Args:
        status: the HTTP status.
        body: the answer's body, as far as it was read.
        retry_after: seconds to wait by the Retry-After header (RFC 9110, section 10.2.3; libcurl reads both its
            forms, seconds and date), if any.
    """
    if status == 200:
        return SUCCESS if body in _USUAL_BODIES else _judge_body(body)
    words = _clean(body.decode("utf-8", "replace"))
    code = f"http_{status}"
    wait = None if retry_after is None else min(retry_after, MOST_RETRY_AFTER)
    if status == 429:
        return Outcome(Kind.THROTTLED, code, words, retry_after=wait)
    if status in {401, 403}:
        return Outcome(Kind.UNAUTHORIZED, code, words)
    if 400 <= status < 500:
        return Outcome(Kind.REFUSED, code, words)
    return Outcome(Kind.AMBIGUOUS, code, words, retry_after=wait, server_error=status >= 500)


def _judge_body(body: bytes) -> Outcome:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Outcome(Kind.AMBIGUOUS, "garbage", "200 with a body that is not JSON")
    code = answer.get("code") if isinstance(answer, dict) else None
    if type(code) is not int:
        return Outcome(Kind.AMBIGUOUS, "garbage", "200 with JSON that has no integer code")
    if code == 0:
        return SUCCESS
    return Outcome(Kind.REFUSED, str(code), _clean(str(answer.get("message", ""))))


def classify_failure(curl_code: int, message: str, *, request_size: int) -> Outcome:
    """Judge a transfer that ended without an answer.

    Args:
        curl_code: libcurl's CURLE number.
        message: its words.
        request_size: bytes of the request that were written (CURLINFO_REQUEST_SIZE); 0 is proof that nothing was sent.
    """
    kind = Kind.NOT_SENT if request_size == 0 else Kind.AMBIGUOUS
    word = _CURL_WORDS.get(curl_code, f"curl_{curl_code}")
    return Outcome(kind, word, _clean(message), answered=False, transport_failure=True)


def _clean(words: str) -> str:
    """Words of others, fit to be kept: short, printable, and without anybody's phone number."""
    printable = "".join(character if character.isprintable() else " " for character in words[: 4 * _DETAIL_CHARACTERS])
    return _PHONE.sub(lambda found: found[0][:4] + "***" + found[0][-4:], printable)[:_DETAIL_CHARACTERS].strip()
