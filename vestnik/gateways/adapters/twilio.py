"""Twilio Programmable Messaging.

Facts are from https://www.twilio.com/docs (Messages resource, Messaging webhooks, Track the Message Status of Outbound
Messages, Secure webhooks, Error and Warning Dictionary) and from Twilio's OpenAPI (``twilio_api_v2010.json``).
``tests/generators/test_twilio_openapi.py`` checks requests by that OpenAPI, ``tests/gateways/test_twilio_callbacks.py``
signatures by Twilio's own library.

A status callback goes to the address that comes with the message. Ours carries our id in its query, so that a message
whose answer was lost is still known by its receipt. Twilio takes a repeated request as another message.

Not verified: that Twilio calls with the query exactly as it was given (it signs what it calls), and the codes and
statuses of channels other than SMS.
"""

import base64
import re
import time
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import (
    BadCallback,
    Callback,
    Checked,
    Facts,
    Fate,
    Field,
    HttpAdapter,
    HttpAnswer,
    Inbound,
    Receipt,
    ReceiptsBy,
    Received,
    Request,
    Wanted,
)  # fmt: skip
from vestnik.gateways.adapters.forms import FORM, callback_fields, strange_status, whole
from vestnik.gateways.adapters.twilio_codes import CODES
from vestnik.gateways.adapters.twilio_signature import check_signature
from vestnik.gateways.outcome import Kind, Outcome, classify_status, clean_words, garbage, retry_seconds
from vestnik.gateways.words import gettext_noop
from vestnik.gateways.wrapping import json_object

#: Seconds: the longest ``ValidityPeriod``.
MAX_VALIDITY = 36_000
#: The parameter of our status callback that holds our id.
OUR_ID = "message"
#: What Twilio calls a message's state, https://www.twilio.com/docs/messaging/api/message-resource#message-status-values.
STATUSES: Mapping[str, Fate] = {
    "accepted": Fate.ACCEPTED, "scheduled": Fate.ACCEPTED, "queued": Fate.ACCEPTED, "sending": Fate.ACCEPTED,
    "sent": Fate.ON_ITS_WAY, "partially_delivered": Fate.ON_ITS_WAY,
    "delivered": Fate.DELIVERED, "read": Fate.DELIVERED,
    "undelivered": Fate.UNDELIVERED, "failed": Fate.UNDELIVERED, "canceled": Fate.UNDELIVERED,
}  # fmt: skip
_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_API_KEY = re.compile(r"SK[0-9a-fA-F]{32}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
#: Its magic numbers: messages from them are answered and never delivered.
_TEST_NUMBER = re.compile(r"\+?1500555000[0-9]")
_TEST_MODE = gettext_noop(
    "Its sender is one of Twilio's numbers for tests: no message is delivered. Enter a sender of yours and the "
    "credentials of the account before you write to people."
)
_MESSAGE = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
#: The answer to an inbound text that sends none back.
_NO_REPLY = b"<Response/>"


class Twilio(HttpAdapter):
    """Twilio's REST API of 2010-04-01."""

    kind: ClassVar[str] = "twilio"
    title: ClassVar[str] = "Twilio"
    facts: ClassVar[Facts] = Facts(
        knows_repeated_ids=False, receipts_carry_our_id=True, receipts_by=ReceiptsBy.CALLBACK, signed=True,
        sender=True, validity=True, max_text=1_600,
        documented_at=(
            "https://www.twilio.com/docs/messaging/api/message-resource", "https://www.twilio.com/docs/api/errors",
            "https://www.twilio.com/docs/messaging/guides/track-outbound-message-status",
            "https://www.twilio.com/docs/usage/webhooks/webhooks-security",
            "https://www.twilio.com/docs/usage/webhooks/messaging-webhooks",
        ),
    )  # fmt: skip
    logins: ClassVar[tuple[str, ...]] = ("account_sid", "api_key_sid")
    receipts_setting: ClassVar[str] = "callback_url"
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            name="account_sid", label=gettext_noop("Account SID"), required=True, example="AC" + "0" * 32,
            help=gettext_noop("From the first page of Twilio's console, Account Info."),
        ),
        Field(
            name="auth_token", label=gettext_noop("Auth token"), wanted=Wanted.SECRET, required=True,
            help=gettext_noop("Beside the Account SID. Receipts are signed with it, also where an API key is used."),
        ),
        Field(
            name="api_key_sid", label=gettext_noop("API key SID"), example="SK" + "0" * 32,
            help=gettext_noop("Optional: an API key that sends instead of the auth token. Console: API keys & tokens."),
        ),
        Field(
            name="api_key_secret", label=gettext_noop("API key secret"), wanted=Wanted.SECRET,
            help=gettext_noop("Twilio shows it once, when the key is made."),
        ),
        Field(
            name="sender", label=gettext_noop("Sender"), example="+15005550006",
            help=gettext_noop("A number of yours or an alphanumeric Sender ID. Leave empty for a Messaging Service."),
        ),
        Field(
            name="messaging_service_sid", label=gettext_noop("Messaging Service SID"), example="MG" + "0" * 32,
            help=gettext_noop("Console: Messaging, Services. It chooses the sender of each message."),
        ),
        Field(
            name="callback_url", label=gettext_noop("Address for receipts"), wanted=Wanted.URL,
            help=gettext_noop("The address that Twilio calls, as this gateway's page shows it. Empty: no receipts."),
        ),
        Field(
            name="shared_key", label=gettext_noop("Shared key"), wanted=Wanted.SECRET,
            help=gettext_noop("Only if a Webhooks Rule signs the receipts: the secret of its shared key."),
        ),
        Field(
            name="url", label=gettext_noop("Address"), wanted=Wanted.URL, default="https://api.twilio.com",
            help=gettext_noop("Another edge or region of Twilio."), example="https://api.dublin.ie1.twilio.com",
        ),
    )  # fmt: skip

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        given = {field.name: str(settings.get(field.name) or "").strip() for field in self.fields}
        _check(given)
        self._given = given
        self._url = (given["url"] or "https://api.twilio.com").rstrip("/")
        user, password = given["account_sid"], given["auth_token"]
        if given["api_key_sid"]:
            user, password = given["api_key_sid"], given["api_key_secret"]
        login = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._head = (("Authorization", f"Basic {login}"), *FORM)
        self._account = f"{urlsplit(self._url).path}/2010-04-01/Accounts/{given['account_sid']}"

    @classmethod
    def why_not_delivered(cls, settings: Mapping[str, Any]) -> str:
        """A number that only test credentials may send from (https://www.twilio.com/docs/iam/test-credentials)."""
        return _TEST_MODE if _TEST_NUMBER.fullmatch(str(settings.get("sender") or "")) else ""

    @property
    def url(self) -> str:
        """The base; ``/2010-04-01/Accounts/…`` stands behind it."""
        return self._url

    def max_rate(self) -> int | None:
        """Twilio queues by itself what a sender cannot send at once."""
        return None

    def compose(self, text: str, *, expires_at: float) -> Callable[[int, int], Request]:
        """A form for Messages.json."""
        given, target = self._given, f"{self._account}/Messages.json"
        pairs = {"From": given["sender"], "MessagingServiceSid": given["messaging_service_sid"], "Body": text}
        fixed = urlencode({name: value for name, value in pairs.items() if value})
        callback = given["callback_url"]
        # Encoded twice: the address is a value of this form. The id is put behind it, as digits.
        receipts = urlencode({"StatusCallback": f"{callback}{'&' if '?' in callback else '?'}{OUR_ID}="})

        def request(message_id: int, phone: int) -> Request:
            left = max(1, min(MAX_VALIDITY, int(expires_at - time.time())))
            body = f"To=%2B{phone}&{fixed}&ValidityPeriod={left}" + (f"&{receipts}{message_id}" if callback else "")
            return Request(method="POST", target=target, headers=self._head, body=body.encode())

        return request

    def outcome(self, answer: HttpAnswer) -> Outcome:
        """A message with its ``sid``, or an error with its ``code``; what is no answer of Twilio's is neither."""
        found = json_object(answer.body)
        if 200 <= answer.status < 300:
            return garbage(answer.body) if found is None else _accepted(found, answer.body)
        code = None if found is None else whole(found.get("code"))
        if found is None or code is None or not 400 <= answer.status < 500:
            return strange_status(answer)
        words = clean_words(str(found.get("message") or ""))
        usual = classify_status(answer.status, words, answer.headers.get("retry-after"), answer.now)
        kind, meaning = CODES.get(code, (usual.kind, ""))
        wait = retry_seconds(answer.headers.get("retry-after"), answer.now) if kind is Kind.THROTTLED else None
        detail = words or meaning or usual.detail
        return Outcome(kind=kind, code=str(code), detail=detail, retry_after=wait, answered=True)

    def check_request(self) -> Request | None:
        """Ask for the account, or, since API keys may not see it, for one message."""
        target = f"{self._account}/Messages.json?PageSize=1" if self._given["api_key_sid"] else f"{self._account}.json"
        return Request(method="GET", target=target, headers=self._head[:1])

    def checked(self, answer: HttpAnswer) -> Checked:
        """An account that is ``active``, or a list of messages."""
        found = json_object(answer.body) if answer.status == 200 else None
        if found is None or not ("status" in found or "messages" in found):
            return Checked(good=False, words=self.outcome(answer).detail)
        status = str(found.get("status", "active"))
        kind = f" ({found['type']})" if found.get("type") else ""
        return Checked(good=status == "active", words=clean_words(f"{status}{kind}"))

    def poll_request(self, messages: Sequence[tuple[int, str]]) -> Request | None:
        """Ask for the first of them: Twilio tells of one message at a time."""
        if not messages or not _MESSAGE.fullmatch(messages[0][1]):
            return None
        return Request(method="GET", target=f"{self._account}/Messages/{messages[0][1]}.json", headers=self._head[:1])

    def polled(self, answer: HttpAnswer, messages: Sequence[tuple[int, str]]) -> tuple[Receipt, ...]:
        """A message as it is now."""
        found = json_object(answer.body) if answer.status == 200 else None
        if found is None or not isinstance(found.get("status"), str):
            return ()
        ours = {provider_id: message_id for message_id, provider_id in messages}
        sid = str(found.get("sid"))
        words = clean_words(str(found.get("error_message") or ""))
        if sid not in ours:
            return ()
        return _receipts(
            found["status"], found.get("error_code"), words=words, sid=sid, message_id=ours[sid],
            at=_instant(found.get("date_updated")),
        )  # fmt: skip

    def received(self, callback: Callback) -> Received:
        """A status (``MessageStatus``, ``ErrorCode``) or an inbound text (``From``, ``To``, ``Body``)."""
        check_signature(callback, auth_token=self._given["auth_token"], shared_key=self._given["shared_key"])
        found = callback_fields(callback)
        sid = found.get("MessageSid") or found.get("SmsSid") or ""
        if not _MESSAGE.fullmatch(sid):
            raise BadCallback("a callback of Twilio names no message")
        if "MessageStatus" in found:
            ours = whole(found.get(OUR_ID))
            message_id = ours if ours is not None and 0 < ours < 2**63 else None
            words = clean_words(found.get("ErrorMessage", ""))
            status, code = found["MessageStatus"], found.get("ErrorCode")
            return Received(receipts=_receipts(status, code, words=words, sid=sid, message_id=message_id))
        if "From" not in found or found.get("SmsStatus", "received") != "received":
            raise BadCallback("a callback of Twilio is neither a status nor a text")
        text = Inbound(phone=found["From"], to=found.get("To", ""), text=found.get("Body", ""), provider_id=sid)
        return Received(inbound=(text,), reply=_NO_REPLY, reply_type="text/xml")


def _check(given: Mapping[str, str]) -> None:
    """Refuse settings with which no message would go out.

    Raises:
        InvalidInput: by field.
    """
    wrong: dict[str, list[str]] = {}
    for name, form, sentence in (
        ("account_sid", _ACCOUNT, gettext_noop("Enter the Account SID: AC and 32 hexadecimal digits.")),
        ("api_key_sid", _API_KEY, gettext_noop("Enter the SID of the key: SK and 32 hexadecimal digits.")),
        ("messaging_service_sid", _SERVICE, gettext_noop("Enter the service's SID: MG and 32 hexadecimal digits.")),
    ):
        if not form.fullmatch(given[name]) and (given[name] or name == "account_sid"):
            wrong[name] = [sentence]
    if bool(given["api_key_sid"]) != bool(given["api_key_secret"]):
        wrong["api_key_secret"] = [gettext_noop("Enter both SID and secret of the API key, or neither.")]
    if bool(given["sender"]) == bool(given["messaging_service_sid"]):
        wrong["sender"] = [gettext_noop("Enter a sender or a Messaging Service SID, one of the two.")]
    if wrong:
        raise InvalidInput(wrong)


def _accepted(found: Mapping[str, Any], body: bytes) -> Outcome:
    """The message that was made; it may have failed at once."""
    sid = found.get("sid")
    if not isinstance(sid, str) or not _MESSAGE.fullmatch(sid):
        return garbage(body)
    status, code = found.get("status"), whole(found.get("error_code"))
    parts = whole(found.get("num_segments"))
    if STATUSES.get(str(status)) is Fate.UNDELIVERED:
        kind, meaning = CODES.get(code or 0, (Kind.REFUSED, str(status)))
        words = clean_words(str(found.get("error_message") or "")) or meaning
        return Outcome(kind=kind, code=str(code or status), detail=words, answered=True, provider_ids=(sid,))
    # Of a Messaging Service it is 0 until the service has chosen a sender.
    return Outcome(
        kind=Kind.SUCCESS, code="0", detail="OK", answered=True, provider_ids=(sid,),
        parts=parts if parts and parts > 0 else None,
    )  # fmt: skip


def _receipts(
    status: str, code: object, *, words: str, sid: str, message_id: int | None, at: float | None = None
) -> tuple[Receipt, ...]:
    """A status that the documentation does not name is kept as the least that it can mean; of an inbound text none."""
    number = whole(code)
    if status in {"receiving", "received"}:
        return ()
    receipt = Receipt(
        fate=STATUSES.get(status, Fate.ACCEPTED), provider_id=sid, message_id=message_id, at=at,
        code=clean_words(str(number) if number else status), words=words or CODES.get(number or 0, (None, ""))[1],
    )  # fmt: skip
    return (receipt,)


def _instant(value: object) -> float | None:
    """Unix seconds of a date as RFC 2822 writes it."""
    try:
        return parsedate_to_datetime(str(value)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
