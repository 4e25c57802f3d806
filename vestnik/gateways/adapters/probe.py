"""The Probe gateway: ``POST {url}/send/{id}`` with a bearer token, answered by ``{"code": 0, "message": "OK"}``.

The protocol that Vestnik spoke first, and that its simulator speaks. Its receipts are in the form of
:mod:`vestnik.gateways.adapters.plain_receipts`.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

import orjson

from vestnik.gateways.adapter import (
    Callback,
    Compose,
    ComposeOwn,
    Facts,
    Field,
    HttpAdapter,
    HttpAnswer,
    ReceiptsBy,
    Received,
    Request,
    Wanted,
)  # fmt: skip
from vestnik.gateways.adapters.plain_receipts import read_receipts
from vestnik.gateways.outcome import SUCCESS, Kind, Outcome, classify_status, clean_words, garbage
from vestnik.gateways.words import gettext_noop
from vestnik.gateways.wrapping import json_object, plain_text

#: The success, in the two ways that JSON writers space it.
USUAL_BODIES = frozenset((b'{"code":0,"message":"OK"}', b'{"code": 0, "message": "OK"}'))


class Probe(HttpAdapter):
    """The Probe gateway."""

    kind: ClassVar[str] = "probe"
    title: ClassVar[str] = "Probe"
    facts: ClassVar[Facts] = Facts(
        knows_repeated_ids=None, receipts_carry_our_id=True, receipts_by=ReceiptsBy.CALLBACK, signed=False,
        sender=False, validity=False, max_text=2_000, documented_at=(),
    )  # fmt: skip
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            name="url", label=gettext_noop("Address"), wanted=Wanted.URL, required=True,
            help=gettext_noop("Messages are posted to this address followed by /send/ and the message's id."),
            example="https://gateway.example.org/v1",
        ),
        Field(
            name="token", label=gettext_noop("Token"), wanted=Wanted.SECRET,
            help=gettext_noop("Goes into each request as a bearer token."),
        ),
    )  # fmt: skip
    account: ClassVar[tuple[str, ...]] = ("url", "token", "client_certificate")
    usual_bodies: ClassVar[frozenset[bytes]] = USUAL_BODIES

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._url = str(settings["url"]).rstrip("/")
        token = settings.get("token")
        self._head = (
            *([("Authorization", f"Bearer {token}")] if token else []),
            ("Accept", "application/json"),
            ("Content-Type", "application/json"),
        )

    @property
    def url(self) -> str:
        """The base; ``/send/{id}`` stands behind it."""
        return self._url

    def max_rate(self) -> int | None:
        """It does not say."""
        return None

    def compose(self, text: str, *, expires_at: float) -> Callable[[int, int], Request]:
        """As JSON; it cannot be told when a message expires."""
        del expires_at
        path, written = urlsplit(self._url).path, orjson.dumps(text)

        def request(message_id: int, phone: int) -> Request:
            body = b'{"id":%d,"phone":%d,"text":%b}' % (message_id, phone, written)
            return Request(method="POST", target=f"{path}/send/{message_id}", headers=self._head, body=body)

        return request

    def compose_bytes(self, text: str, *, expires_at: float) -> Compose:
        """As :meth:`compose`, from two templates: 0.35 µs a message instead of 4."""
        del expires_at
        head = self._template()
        body = b'{"id":%d,"phone":%d,"text":' + orjson.dumps(text).replace(b"%", b"%%") + b"}"

        def compose(message_id: int, phone: int) -> bytes:
            written = body % (message_id, phone)
            return head % (message_id, len(written), written)

        return compose

    def compose_own(self, *, expires_at: float) -> ComposeOwn:
        """As :meth:`compose_bytes`: the text is escaped as a whole, for each message."""
        del expires_at
        head, dumps = self._template(), orjson.dumps

        def compose(text: str, message_id: int, phone: int) -> bytes:
            written = b'{"id":%d,"phone":%d,"text":%b}' % (message_id, phone, dumps(text))
            return head % (message_id, len(written), written)

        return compose

    def _template(self) -> bytes:
        """The head, with places for id, length and body."""
        lines = [f"POST {urlsplit(self._url).path}/send/\0 HTTP/1.1", f"Host: {self.authority}", "User-Agent: vestnik"]
        lines += [f"{name}: {value}" for name, value in self._head]
        head = "\r\n".join((*lines, "Content-Length: \0", "", "\1")).encode()
        return head.replace(b"%", b"%%").replace(b"\0", b"%d").replace(b"\1", b"%b")

    def outcome(self, answer: HttpAnswer) -> Outcome:
        """See :func:`classify_answer`."""
        return classify_answer(answer.status, answer.body, answer.headers.get("retry-after"), answer.now)

    def received(self, callback: Callback) -> Received:
        """Receipts: JSON with our names."""
        return read_receipts(callback)


def classify_answer(status: int, body: bytes, retry_after: str | None, now: float) -> Outcome:
    """The outcome of an HTTP answer. Success is a 200 with a JSON object whose ``code`` is the integer 0.

    It may be packed, also unasked (gzip, deflate, Brotli, Zstandard), begin with a byte order mark or be in UTF-16
    (:mod:`vestnik.gateways.wrapping`). What is broken, too big unpacked, or names two different codes is ambiguous.

    Args:
        status: the HTTP status.
        body: the whole body, packed as it came; its content type and coding are ignored.
        retry_after: the ``Retry-After`` header as it came, if it did.
        now: unix seconds, to read a ``Retry-After`` that is a date.
    """
    if status != 200:
        return classify_status(status, _words(body), retry_after, now)
    answer = json_object(body)
    code = None if answer is None else answer.get("code")
    if type(code) is not int:  # true is an int to isinstance(), and no code to anybody
        return garbage(body)
    if code == 0:
        return SUCCESS
    return Outcome(kind=Kind.REFUSED, code=str(code), detail=_words(body) or f"code {code}", answered=True)


def _words(body: bytes) -> str:
    """The gateway's own words: the ``message`` of a JSON answer, else its text."""
    answer = json_object(body) or {}
    for name in ("message", "detail", "error"):
        if isinstance(answer.get(name), str) and answer[name]:
            return clean_words(answer[name])
    return clean_words(plain_text(body))
