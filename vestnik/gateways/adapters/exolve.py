"""MTS Exolve (MTT), the SMS API: ``POST https://api.exolve.ru/messaging/v1/SendSMS``.

Facts are from https://docs.exolve.ru/docs/ru/api-reference/: sms-api/sending-sms (SendSMS), its neighbour
sms-api/getting-messages-list (GetList), and the tables "Возможные ошибки" of other methods (400 with
``{"error": words}``, 401, 404). Public clients agree that an answer is ``{"message_id": …}``, and that GetBalance
answers ``{"balance": number}``.

Not verified, since no copy of these parts could be read:

- The numbers of ``DeliveryStatus``. None is guessed: two settings say which of them mean delivered and undelivered, and
  without them a status is kept, but decides nothing. Names are read where they stand instead of numbers.
- The fields of webhooks: they are read by the names that GetList has. They carry no signature; the secret in our
  address protects them.
- Words of a refusal for lack of money. Where they speak of money or balance, the account is refused, not the message.
- The longest text.

Nothing says that a repeated request is recognised, and there is no field for an id of ours or for a validity period.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

import orjson

from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import (
    BadCallback,
    Callback,
    Checked,
    Facts,
    Fate,
    Field,
    HttpAdapter,
    Inbound,
    Receipt,
    ReceiptsBy,
    Received,
    Wanted,
)
from vestnik.gateways.adapters.forms import callback_fields, identifier, whole
from vestnik.gateways.outcome import Kind, Outcome, classify_status, clean_words, garbage
from vestnik.gateways.request import HttpAnswer, Request
from vestnik.gateways.words import gettext_noop
from vestnik.gateways.wrapping import json_object, plain_text

#: What a name of a status says. The first that is found counts, so what says "not" stands before what it denies.
WORDS: Sequence[tuple[str, Fate]] = (
    ("undeliver", Fate.UNDELIVERED), ("not_deliver", Fate.UNDELIVERED), ("fail", Fate.UNDELIVERED),
    ("reject", Fate.UNDELIVERED), ("expire", Fate.UNDELIVERED), ("error", Fate.UNDELIVERED),
    ("delivering", Fate.ON_ITS_WAY), ("deliver", Fate.DELIVERED), ("sent", Fate.ON_ITS_WAY),
)  # fmt: skip
#: ``Direction`` of a message that somebody sent to us, as public clients ask GetList for them.
INCOMING = 1
_MONEY = re.compile(r"balance|insufficient|not enough|funds|payment|средств|баланс|оплат", re.IGNORECASE)
_NUMBERS = re.compile(r"[0-9]{1,9}(?:[ ,]+[0-9]{1,9})*")


class Exolve(HttpAdapter):
    """MTS Exolve."""

    kind: ClassVar[str] = "exolve"
    title: ClassVar[str] = "MTS Exolve"
    facts: ClassVar[Facts] = Facts(
        knows_repeated_ids=False, receipts_carry_our_id=False, receipts_by=ReceiptsBy.POLLING, signed=False,
        sender=True, validity=False, max_text=2_000,
        documented_at=(
            "https://docs.exolve.ru/docs/ru/api-reference/sms-api/sending-sms",
            "https://docs.exolve.ru/docs/ru/api-reference/sms-api/getting-messages-list",
        ),
    )  # fmt: skip
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            name="api_key", label=gettext_noop("API key"), wanted=Wanted.SECRET, required=True,
            help=gettext_noop("From the cabinet: the application, API key. It is a long text of letters and dots."),
        ),
        Field(
            name="sender", label=gettext_noop("Sender"), required=True, example="VESTNIK",
            help=gettext_noop("A sender's name that the provider has approved, or a mobile number of the application."),
        ),
        Field(
            name="template", label=gettext_noop("Template"), example="1234567890",
            help=gettext_noop("The number of an approved template (template_resource_id), if texts follow one."),
        ),
        Field(
            name="delivered", label=gettext_noop("Statuses: delivered"), example="3",
            help=gettext_noop(
                "Which numbers of DeliveryStatus mean delivered, as the provider's page of GetList has them. "
                "Empty: statuses are kept, but none of them says that a message arrived."
            ),
        ),
        Field(
            name="undelivered", label=gettext_noop("Statuses: undelivered"), example="4",
            help=gettext_noop("Which numbers of DeliveryStatus mean not delivered, from the same page."),
        ),
        Field(
            name="url", label=gettext_noop("Address"), wanted=Wanted.URL, default="https://api.exolve.ru",
            help=gettext_noop("Another address of the same provider, if it gave you one."),
        ),
    )  # fmt: skip

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        given = {field.name: str(settings.get(field.name) or "") for field in self.fields}
        self._url = (given["url"] or "https://api.exolve.ru").rstrip("/")
        self._head = (
            ("Authorization", f"Bearer {given['api_key']}"),
            ("Accept", "application/json"),
            ("Content-Type", "application/json"),
        )
        self._fixed: dict[str, object] = {"number": given["sender"]}
        if given["template"]:
            self._fixed["template_resource_id"] = _template(given["template"])
        self._fates = _fates(given["delivered"], given["undelivered"])

    @property
    def url(self) -> str:
        """The base; ``/messaging/v1/…`` stands behind it."""
        return self._url

    def max_rate(self) -> int | None:
        """It does not say."""
        return None

    def compose(self, text: str, *, expires_at: float) -> Callable[[int, int], Request]:
        """As JSON; it cannot be told when a message expires."""
        del expires_at
        fixed = orjson.dumps(self._fixed | {"text": text})[1:]

        def request(message_id: int, phone: int) -> Request:
            del message_id
            return self._post("messaging/v1/SendSMS", b'{"destination":"%d",%b' % (phone, fixed))

        return request

    def outcome(self, answer: HttpAnswer) -> Outcome:
        """``{"message_id": …}``, or ``{"error": words}`` with a status that says what kind of error it is."""
        found = json_object(answer.body)
        if answer.status == 200:
            provider_id = identifier((found or {}).get("message_id")) or identifier((found or {}).get("messageId"))
            if provider_id is None:
                return garbage(answer.body)
            return Outcome(kind=Kind.SUCCESS, code="0", detail="OK", answered=True, provider_ids=(provider_id,))
        words = _words(found) or clean_words(plain_text(answer.body))
        usual = classify_status(answer.status, words, answer.headers.get("retry-after"), answer.now)
        return usual if usual.kind is not Kind.REFUSED else _refused(answer.status, usual, found)

    def check_request(self) -> Request | None:
        """Ask for the balance."""
        return self._post("finance/v1/GetBalance", b"{}")

    def checked(self, answer: HttpAnswer) -> Checked:
        """``{"balance": number}``, in roubles."""
        found = json_object(answer.body) if answer.status == 200 else None
        if found is None or "balance" not in found:
            return Checked(good=False, words=self.outcome(answer).detail)
        return Checked(good=True, words="OK", balance=clean_words(str(found["balance"])))

    def poll_request(self, messages: Sequence[tuple[int, str]]) -> Request | None:
        """Ask GetList for the first of them: it takes one id. As text, which an ``int64`` may be, too."""
        if not messages:
            return None
        return self._post("messaging/v1/GetList", orjson.dumps({"message_id": messages[0][1], "limit": 1}))

    def polled(self, answer: HttpAnswer, messages: Sequence[tuple[int, str]]) -> tuple[Receipt, ...]:
        """``{"messages": [{"message_id", "delivery_status", "date", …}]}``; only what was asked for counts."""
        found = json_object(answer.body) if answer.status == 200 else None
        rows = (found or {}).get("messages")
        ours = {provider_id: message_id for message_id, provider_id in messages}
        listed = rows if isinstance(rows, list) else []
        receipts = (self._receipt(row, ours) for row in listed if isinstance(row, dict))
        return tuple(receipt for receipt in receipts if receipt is not None and receipt.provider_id in ours)

    def received(self, callback: Callback) -> Received:
        """A status or an inbound text, by the names that GetList has."""
        found = callback_fields(callback)
        provider_id = identifier(found.get("message_id")) or ""
        status = found.get("delivery_status") or found.get("status")
        direction = found.get("direction", "")
        incoming = whole(direction) == INCOMING or "incoming" in direction.lower()
        if incoming or (not direction and not status):
            sender = found.get("sender") or found.get("number")
            if not sender or "text" not in found:
                raise BadCallback("a callback of MTS Exolve is neither a status nor a text")
            to = found.get("receiver") or found.get("destination") or ""
            return Received(inbound=(Inbound(phone=sender, to=to, text=found["text"], provider_id=provider_id),))
        receipt = self._receipt(found, {})
        if receipt is None:
            raise BadCallback("a callback of MTS Exolve names no message or no status")
        return Received(receipts=(receipt,))

    def _receipt(self, row: Mapping[str, Any], ours: Mapping[str, int]) -> Receipt | None:
        provider_id, status = identifier(row.get("message_id")), row.get("delivery_status", row.get("status"))
        if provider_id is None or not isinstance(status, int | str) or isinstance(status, bool) or status == "":
            return None
        number = whole(status)
        named = next((fate for word, fate in WORDS if word in str(status).lower()), Fate.ACCEPTED)
        return Receipt(
            fate=named if number is None else self._fates.get(number, Fate.ACCEPTED), provider_id=provider_id,
            message_id=ours.get(provider_id), code=clean_words(str(status)), at=_instant(row.get("date")),
        )  # fmt: skip

    def _post(self, method: str, body: bytes) -> Request:
        return Request(method="POST", target=f"{urlsplit(self._url).path}/{method}", headers=self._head, body=body)


def _refused(status: int, usual: Outcome, found: Mapping[str, Any] | None) -> Outcome:
    """A 4xx about the message only where the provider's own error says what is wrong with it."""
    about_us = status in {402, 404, 405} or found is None or _MONEY.search(usual.detail) is not None
    # 408: the server gave up before it had the request (RFC 9110, 15.5.9), but a proxy may have passed it on.
    kind = Kind.AMBIGUOUS if status == 408 else Kind.UNAUTHORIZED if about_us else Kind.REFUSED
    return Outcome(kind=kind, code=usual.code, detail=usual.detail, answered=True)


def _words(found: Mapping[str, Any] | None) -> str:
    """``error`` is words, or an object with a ``message``."""
    error = (found or {}).get("error") or (found or {}).get("message")
    inner = error.get("message") or error.get("details") if isinstance(error, dict) else error
    return clean_words(inner) if isinstance(inner, str) else ""


def _template(given: str) -> int:
    number = whole(given)
    if number is None or not 0 < number < 2**63:
        raise InvalidInput({"template": [gettext_noop("Enter the number of the template, in digits.")]})
    return number


def _fates(delivered: str, undelivered: str) -> Mapping[int, Fate]:
    """Which numbers mean what.

    Raises:
        InvalidInput: something else than numbers stands there, or a number in both.
    """
    found: dict[int, Fate] = {}
    for name, given, fate in (("delivered", delivered, Fate.DELIVERED), ("undelivered", undelivered, Fate.UNDELIVERED)):
        if given and not _NUMBERS.fullmatch(given):
            raise InvalidInput({name: [gettext_noop("Enter numbers, with commas, such as 3, 5.")]})
        for number in map(int, re.findall("[0-9]+", given)):
            if found.setdefault(number, fate) is not fate:
                raise InvalidInput({name: [gettext_noop("A number is in both: it can mean one of the two.")]})
    return found


def _instant(value: object) -> float | None:
    """Unix seconds of a date as RFC 3339 writes it."""
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None
