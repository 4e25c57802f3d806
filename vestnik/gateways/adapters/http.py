"""Any provider with HTTP, by configuration: the request is a template, and rules read the answer and the receipts.

Everything is checked when it is entered (:mod:`.http_template`, :mod:`.http_body`, :mod:`.http_answers`): a template
that has taken the check cannot write a request that says something else than its text.
"""

import base64
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from vestnik.gateways.adapter import Callback, Checked, Facts, Field, HttpAdapter, HttpAnswer, ReceiptsBy, Received
from vestnik.gateways.adapters.http_body import ESCAPES, as_it_is, escape_url
from vestnik.gateways.adapters.http_fields import FIELDS
from vestnik.gateways.adapters.http_settings import read_settings
from vestnik.gateways.adapters.http_template import names_in
from vestnik.gateways.adapters.plain_receipts import read_receipts
from vestnik.gateways.outcome import Outcome, clean_words
from vestnik.gateways.request import Request
from vestnik.gateways.words import gettext_noop, sentence
from vestnik.gateways.wrapping import plain_text

_NO_BALANCE = gettext_noop(
    "The answer to the check has nothing at the path to the balance. Check that path and the address (%(detail)s)."
)


class Http(HttpAdapter):
    """A provider that has no adapter of its own."""

    kind: ClassVar[str] = "http"
    title: ClassVar[str] = "HTTP"
    facts: ClassVar[Facts] = Facts(
        knows_repeated_ids=None, receipts_carry_our_id=False, receipts_by=ReceiptsBy.CALLBACK, signed=False,
        sender=True, validity=True, max_text=2_000, documented_at=(),
    )  # fmt: skip
    fields: ClassVar[tuple[Field, ...]] = FIELDS
    logins: ClassVar[tuple[str, ...]] = ("login",)
    account: ClassVar[tuple[str, ...]] = (
        "url", "method", "headers", "format", "body", "login", "secret", "client_certificate",
    )  # fmt: skip

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._read = read_settings(settings)
        self._fixed = {name: str(settings.get(name) or "") for name in ("login", "secret", "sender")}
        pair = f"{self._fixed['login']}:{self._fixed['secret']}".encode()
        self._fixed["basic"] = base64.b64encode(pair).decode()

    @classmethod
    def sends_our_id(cls, settings: Mapping[str, Any]) -> bool:
        """Only if a template says so."""
        return any("id" in names_in(str(settings.get(name) or "")) for name in ("url", "headers", "body"))

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self._read.base

    def max_rate(self) -> int | None:
        """Nobody has said."""
        return None

    def compose(self, text: str, *, expires_at: float) -> Callable[[int, int], Request]:
        """Fill the templates."""
        ends = datetime.fromtimestamp(expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        known = self._fixed | {"text": text, "expires_at": ends, "expires_at_unix": str(int(expires_at))}
        read, escape = self._read, ESCAPES[self._read.format]
        target = read.target.bind(known, escape_url)
        headers = [(name, value.bind(known, as_it_is)) for name, value in read.headers]
        body = read.body.bind(known, escape) if read.body else None

        # What differs from message to message is digits and the plus, which only addresses and forms escape.
        in_url, in_body = escape_url("+"), escape("+")

        def request(message_id: int, phone: int) -> Request:
            left = max(1, int(expires_at - time.time()))
            values = {
                "id": str(message_id), "phone": str(phone), "phone_plus": f"{in_url}{phone}", "expires_in": str(left),
                "expires_in_minutes": str(max(1, left // 60)),
            }  # fmt: skip
            path = target.fill(values)
            values["phone_plus"] = f"{in_body}{phone}"
            written = body.fill(values).encode() if body else b""
            values["phone_plus"] = f"+{phone}"
            lines = tuple((name, value.fill(values)) for name, value in headers)
            return Request(method=read.method, target=path, headers=lines, body=written)

        return request

    def outcome(self, answer: HttpAnswer) -> Outcome:
        """By the rules that were entered."""
        return self._read.answers.outcome(answer)

    def check_request(self) -> Request | None:
        """The address of a check, if there is one, with the headers that name no message."""
        if self._read.check_target is None:
            return None
        headers = tuple(
            (name, value.render(self._fixed, as_it_is))
            for name, value in self._read.headers
            if value.names <= self._fixed.keys()
        )
        target = self._read.check_target.render(self._fixed, escape_url)
        return Request(method="GET", target=target, headers=headers)

    def checked(self, answer: HttpAnswer) -> Checked:
        """A 2xx is good in which no list names the code, and in which the balance stands where it should."""
        objection = self.objection(answer)
        if objection is not None:
            code = self._read.answers.code(answer)
            words = f"{code}: {objection.detail}" if code and code not in objection.detail else objection.detail
            return Checked(good=False, words=words)
        place = self._read.balance_at
        found = place.find(answer.body) if place else None
        if place is not None and not found:
            detail = clean_words(plain_text(answer.body)) or f"status {answer.status}"
            return Checked(good=False, words=sentence(_NO_BALANCE, detail=self.masking.hide(detail)))
        return Checked(good=True, words="OK", balance=clean_words(found or ""))

    def objection(self, answer: HttpAnswer) -> Outcome | None:
        """By the lists of codes; what a success of a message looks like does not count."""
        return self._read.answers.objection(answer)

    def received(self, callback: Callback) -> Received:
        """By the rules that were entered; in our own form, if none were.

        Raises:
            BadCallback: it does not say what the rules want.
        """
        return read_receipts(callback) if self._read.receipts is None else self._read.receipts.received(callback)
