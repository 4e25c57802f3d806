"""Error answers of the front itself, in the same shape as the errors of the REST API."""

import json
from email.utils import formatdate

_REASONS = {
    200: "OK", 400: "Bad Request", 408: "Request Timeout", 413: "Content Too Large",
    431: "Request Header Fields Too Large", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip
#: Status, code, and the message in English and Russian.
BAD_REQUEST = (400, "bad_request", "The request cannot be read.", "Запрос не удаётся прочитать.")
TOO_SLOW = (408, "too_slow", "The request came too slowly.", "Запрос поступал слишком медленно.")
HEAD_TOO_LARGE = (431, "head_too_large", "The head of the request is too large.", "Слишком большой заголовок запроса.")
NO_ANSWER = (
    502, "no_answer", "The request was cut off here: it may or may not have been carried out.",
    "Обработка запроса прервалась: он мог быть выполнен, а мог и не быть.",
)  # fmt: skip
BUSY = (
    503, "busy", "Too many requests at the moment: try again.",
    "Сейчас выполняется слишком много запросов: повторите попытку.",
)  # fmt: skip
STARTING = (503, "starting", "The web is starting: try again.", "Веб-сервер запускается: повторите попытку.")
TOO_LONG = (504, "too_long", "The request took too long.", "Запрос выполнялся слишком долго.")
#: Seconds for the ``Retry-After`` header.
RETRY_AFTER = 5

Problem = tuple[int, str, str, str]


def problem(of: Problem, *, russian: bool = False) -> bytes:
    """Return the bytes of an error answer. It also tells the client that the connection is closed."""
    status, code, english, other = of
    body = json.dumps({"detail": other if russian else english, "code": code}, ensure_ascii=False).encode()
    more = f"Retry-After: {RETRY_AFTER}\r\n" if status == 503 else ""
    language = f"Content-Language: {'ru' if russian else 'en'}\r\nVary: Accept-Language\r\n"
    return _head(status, len(body), f"{more}{language}Connection: close\r\n") + body


def json_answer(status: int, body: object, *, head_only: bool, close: bool) -> bytes:
    """Return the bytes of a JSON answer. ``head_only`` leaves out the body, for a HEAD request."""
    content = json.dumps(body).encode()
    head = _head(status, len(content), "Connection: close\r\n" if close else "")
    return head if head_only else head + content


def _head(status: int, length: int, more: str) -> bytes:
    return (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nDate: {formatdate(usegmt=True)}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
        f"{more}\r\n"
    ).encode()
