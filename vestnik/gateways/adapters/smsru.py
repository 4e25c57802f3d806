"""SMS.ru.

Facts are from https://sms.ru/api/send (parameters, answer, codes), https://sms.ru/api/status,
https://sms.ru/api/balance and https://sms.ru/api/cb (callbacks: ``data[0]`` to ``data[100]`` and ``hash``, to be
answered with 100).

Not verified: whether callbacks are an urlencoded or a multipart form (clients read both; either is a form to us), and
what they call an inbound text, if they bring any: records of another kind than ``sms_status`` are answered and left.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
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
    ForgedCallback,
    HttpAdapter,
    Receipt,
    ReceiptsBy,
    Received,
    Wanted,
)
from vestnik.gateways.adapters import forms
from vestnik.gateways.adapters.smsru_codes import CODES, OF_THE_ACCOUNT, STATUSES
from vestnik.gateways.channel import Compose
from vestnik.gateways.outcome import Kind, Outcome, clean_words, garbage
from vestnik.gateways.request import HttpAnswer, Request
from vestnik.gateways.words import gettext_noop
from vestnik.gateways.wrapping import json_object

#: Minutes: the longest validity (``ttl``).
MAX_VALIDITY = 1_440
#: Seconds to wait after a code that says "later".
A_MOMENT, A_MINUTE = 10.0, 60.0

_TEST_MODE = gettext_noop(
    "It is in test mode: the provider accepts messages and delivers none of them. Switch the setting “test” off before "
    "you write to people."
)
_RECORD = re.compile(r"data\[([0-9]{0,4})\]")


class SmsRu(HttpAdapter):
    """SMS.ru."""

    kind: ClassVar[str] = "smsru"
    title: ClassVar[str] = "SMS.ru"
    #: It takes no id of ours. A text may be eight parts: 1,224 Latin characters, 536 Cyrillic ones.
    facts: ClassVar[Facts] = Facts(
        knows_repeated_ids=False, receipts_carry_our_id=False, receipts_by=ReceiptsBy.CALLBACK, signed=True,
        sender=True, validity=True, max_text=1_224, max_parts=8,
        documented_at=(
            "https://sms.ru/api/send", "https://sms.ru/api/status", "https://sms.ru/api/balance",
            "https://sms.ru/api/cb",
        ),
    )  # fmt: skip
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            name="api_id", label=gettext_noop("api_id"), wanted=Wanted.SECRET, required=True,
            help=gettext_noop("From the first page of the cabinet, under API. It signs receipts, too."),
        ),
        Field(
            name="sender", label=gettext_noop("Sender"), example="VESTNIK",
            help=gettext_noop("A sender's name that the provider has approved. Empty: the cabinet's default."),
        ),
        Field(
            name="test", label=gettext_noop("Test mode"), wanted=Wanted.FLAG, default=False,
            help=gettext_noop(
                "The provider answers as usual, but delivers nothing and takes no money. Switch it off before you "
                "write to people."
            ),
        ),
        Field(
            name="url", label=gettext_noop("Address"), wanted=Wanted.URL, default="https://sms.ru",
            help=gettext_noop("Another address of the same provider, if it gave you one."),
            example="https://sms.ru",
        ),
    )  # fmt: skip

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._url = str(settings.get("url") or "https://sms.ru").rstrip("/")
        self._api_id = str(settings.get("api_id") or "")
        if not self._api_id:
            raise InvalidInput({"api_id": [gettext_noop("Enter the api_id of the cabinet.")]})

    @classmethod
    def why_not_delivered(cls, settings: Mapping[str, Any]) -> str:
        """``test``: it answers as usual."""
        return _TEST_MODE if settings.get("test") else ""

    @property
    def url(self) -> str:
        """The base; ``/sms/send`` stands behind it."""
        return self._url

    def max_rate(self) -> int | None:
        """It does not say."""
        return None

    def compose(self, text: str, *, expires_at: float) -> Callable[[int, int], Request]:
        """A form for sms/send."""
        return forms.posts(self._target("sms/send"), self._body(text, expires_at))

    def compose_bytes(self, text: str, *, expires_at: float) -> Compose:
        """As :meth:`compose`, from one template."""
        return forms.posts_bytes(self.authority, self._target("sms/send"), self._body(text, expires_at))

    def outcome(self, answer: HttpAnswer) -> Outcome:
        """``{"status": "OK", "status_code": 100, "sms": {phone: {"status_code": …, "sms_id": …}}}``."""
        if answer.status != 200:
            return forms.strange_status(answer)
        found = json_object(answer.body)
        code = None if found is None else forms.whole(found.get("status_code"))
        if found is None or code is None:
            return garbage(answer.body)
        if code != 100:
            return _failure(found, code)
        number = _only(found.get("sms"))
        code = forms.whole(number.get("status_code"))
        if code is None:
            return garbage(answer.body)
        if CODES.get(code, (Kind.AMBIGUOUS, ""))[0] is not Kind.SUCCESS:
            return _of_number(_failure(number, code), code)
        sms_id = forms.identifier(number.get("sms_id"))
        ids = () if sms_id is None else (sms_id,)
        return Outcome(kind=Kind.SUCCESS, code=str(code), detail="OK", answered=True, provider_ids=ids)

    def check_request(self) -> Request | None:
        """Ask for the balance."""
        return forms.post(self._target("my/balance"), self._account)

    def checked(self, answer: HttpAnswer) -> Checked:
        """``{"status": "OK", "status_code": 100, "balance": …}``."""
        found = json_object(answer.body) if answer.status == 200 else None
        if found is not None and forms.whole(found.get("status_code")) == 100 and "balance" in found:
            return Checked(good=True, words="OK", balance=clean_words(str(found["balance"])))
        return Checked(good=False, words=self.outcome(answer).detail)

    def poll_request(self, messages: Sequence[tuple[int, str]]) -> Request | None:
        """Ask sms/status."""
        ids = ",".join(provider_id for _, provider_id in messages)
        return forms.post(self._target("sms/status"), (*self._account, ("sms_id", ids)))

    def polled(self, answer: HttpAnswer, messages: Sequence[tuple[int, str]]) -> tuple[Receipt, ...]:
        """``{"sms": {id: {"status_code": …, "status_text": …}}}``."""
        del messages
        found = json_object(answer.body) if answer.status == 200 else None
        rows = (found or {}).get("sms")
        pairs = rows.items() if isinstance(rows, dict) else ()
        receipts = (
            _receipt(sms_id, forms.whole(row.get("status_code")), None, str(row.get("status_text") or ""))
            for sms_id, row in pairs
            if isinstance(row, dict)
        )
        return tuple(receipt for receipt in receipts if receipt is not None)

    def received(self, callback: Callback) -> Received:
        """Records ``sms_status``, id, status, unix time, a line each; the hash is over ``api_id`` and all records."""
        records = _records(callback)
        if not records:
            raise BadCallback("a callback of SMS.ru has no data")
        made = hashlib.sha256("".join((self._api_id, *records)).encode()).hexdigest()
        sent = next((value for name, value in callback.form if name == "hash"), "")
        if not hmac.compare_digest(made.encode(), sent.strip().lower().encode()):
            raise ForgedCallback("a callback of SMS.ru has another hash than ours")
        receipts, bad = [], []
        for number, record in enumerate(records, 1):
            kind, *line = record.replace("\r\n", "\n").split("\n")
            if kind != "sms_status":
                continue
            sms_id, status, at, *_ = (*line, "", "", "")
            if forms.whole(status) is None or forms.identifier(sms_id) is None:
                bad.append(f"record {number} names no message or no status")
            elif (receipt := _receipt(sms_id, forms.whole(status), forms.whole(at), "")) is not None:
                receipts.append(receipt)
        return Received(receipts=tuple(receipts), bad=tuple(bad), reply=b"100")

    @property
    def _account(self) -> tuple[tuple[str, str], ...]:
        return ("api_id", self._api_id), ("json", "1")

    def _target(self, method: str) -> str:
        return f"{urlsplit(self._url).path}/{method}"

    def _body(self, text: str, expires_at: float) -> Callable[[int, int], str]:
        sender = str(self.settings.get("sender") or "")
        pairs = (*self._account, ("msg", text), *((("from", sender),) if sender else ()))
        fixed = urlencode((*pairs, *((("test", "1"),) if self.settings.get("test") else ())))

        def body(_: int, phone: int) -> str:
            return f"{fixed}&ttl={forms.minutes_left(expires_at, time.time(), most=MAX_VALIDITY)}&to={phone}"

        return body


def _failure(found: Mapping[str, Any], code: int) -> Outcome:
    """A code that the documentation does not name says nothing about the message."""
    kind, meaning = CODES.get(code, (Kind.AMBIGUOUS, f"code {code}"))
    kind = Kind.AMBIGUOUS if kind is Kind.SUCCESS else kind
    wait = (A_MOMENT if code == 220 else A_MINUTE) if kind is Kind.THROTTLED else None
    words = clean_words(str(found.get("status_text") or "")) or meaning
    return Outcome(
        kind=kind, code=str(code), detail=words, retry_after=wait, answered=True, server_error=code == 500
    )  # fmt: skip


def _of_number(failure: Outcome, code: int) -> Outcome:
    """The error of one number in a request that was accepted."""
    refused = failure.kind is Kind.UNAUTHORIZED and code not in OF_THE_ACCOUNT
    return replace(failure, kind=Kind.REFUSED) if refused else failure


def _only(numbers: object) -> Mapping[str, Any]:
    """What is said of the one number that was asked for; empty: it is not one."""
    rows = list(numbers.values()) if isinstance(numbers, dict) else []
    return rows[0] if len(rows) == 1 and isinstance(rows[0], dict) else {}


def _records(callback: Callback) -> list[str]:
    """``data[0]``, ``data[1]`` … in the order of their numbers; ``data[]`` as they came."""
    found = ((_RECORD.fullmatch(name), value) for name, value in callback.form)
    numbered = [(int(name[1] or 0), value) for name, value in found if name]
    return [value for _, value in sorted(numbered, key=lambda pair: pair[0])]


def _receipt(sms_id: str, status: int | None, at: int | None, words: str) -> Receipt | None:
    """A status that the documentation does not name is kept with its number as the least that it can mean."""
    fate = None if status is None else STATUSES.get(status, Fate.ACCEPTED)
    provider_id = forms.identifier(sms_id)
    if fate is None or status is None or provider_id is None:
        return None
    said = clean_words(words) or CODES.get(status, (None, ""))[1]
    return Receipt(
        fate=fate, provider_id=provider_id, code=str(status), words=said, at=None if at is None else float(at)
    )  # fmt: skip
