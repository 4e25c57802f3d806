"""What adapters share whose provider takes forms and answers with JSON and a 200, refusals included. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson

from vestnik.gateways.adapter import Callback
from vestnik.gateways.channel import Compose
from vestnik.gateways.outcome import Kind, Outcome, classify_status, clean_words
from vestnik.gateways.request import HttpAnswer, Request
from vestnik.gateways.wrapping import plain_text, unwrapped

#: Characters of a provider's id, at most.
MAX_ID = 100
FORM = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"))


def post(target: str, pairs: Sequence[tuple[str, str]]) -> Request:
    """A form posted to ``target`` (a path): secrets in a query would stand in the logs of every proxy."""
    return Request(method="POST", target=target, headers=FORM, body=urlencode(pairs).encode())


def posts(target: str, body: Callable[[int, int], str]) -> Callable[[int, int], Request]:
    """What gives such forms: ``body`` is the encoded form of (message id, phone)."""
    return lambda message_id, phone: Request(
        method="POST", target=target, headers=FORM, body=body(message_id, phone).encode()
    )


def posts_bytes(authority: str, target: str, body: Callable[[int, int], str]) -> Compose:
    """What writes whole requests of such forms, from one template.

    Args:
        authority: host and port.
        target: a path.
        body: gives the encoded form of (message id, phone).
    """
    lines = [f"POST {target} HTTP/1.1", f"Host: {authority}", "User-Agent: vestnik"]
    lines += [f"{name}: {value}" for name, value in FORM]
    head = "\r\n".join((*lines, "Content-Length: ")).encode()

    def compose(message_id: int, phone: int) -> bytes:
        written = body(message_id, phone).encode()
        return b"%b%d\r\n\r\n%b" % (head, len(written), written)

    return compose


def strange_status(answer: HttpAnswer) -> Outcome:
    """What another status than 200 means of a provider that refuses messages with a 200.

    A 4xx is not about the message then: the address is wrong, or something on the way refuses us. A person must look.
    """
    words = clean_words(plain_text(answer.body))
    found = classify_status(answer.status, words, answer.headers.get("retry-after"), answer.now)
    if found.kind is not Kind.REFUSED:
        return found
    # 408: the server had not read the request when it gave up (RFC 9110, 15.5.9); a proxy may have passed it on.
    kind = Kind.AMBIGUOUS if answer.status == 408 else Kind.UNAUTHORIZED
    return Outcome(kind=kind, code=found.code, detail=found.detail, answered=True)


def json_value(body: bytes) -> Any:
    """The JSON value that ``body`` is, below all wrappings; None when it is none."""
    for plain in unwrapped(body):
        try:
            return orjson.loads(plain)
        except orjson.JSONDecodeError:
            continue
    return None


def whole(value: object) -> int | None:
    """A whole number that stands in JSON or in a form as a number or as its digits; None: it is none."""
    if type(value) is int:
        return value
    digits = value.strip() if isinstance(value, str) else ""
    sign, digits = (-1, digits[1:]) if digits.startswith("-") else (1, digits)
    return sign * int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 19 else None


def identifier(value: object) -> str | None:
    """An id that a provider gave, as text; None: it is none."""
    text = str(value).strip() if isinstance(value, str | int) and type(value) is not bool else ""
    return text if 0 < len(text) <= MAX_ID and text.isprintable() else None


def minutes_left(expires_at: float, now: float, *, most: int) -> int:
    """Whole minutes until ``expires_at`` (unix seconds), rounded down, between 1 and ``most``."""
    return max(1, min(most, int((expires_at - now) // 60)))


def callback_fields(callback: Callback) -> Mapping[str, str]:
    """What a callback says, by name: from its query, a JSON object or a form; of two that are not empty the last."""
    found: dict[str, str] = {name: value for name, value in callback.query if value}
    value = None if callback.form else json_value(callback.body)
    if isinstance(value, dict):
        found |= {name: str(each) for name, each in value.items() if isinstance(each, str | int | float)}
    return found | {name: value for name, value in callback.form if value}
