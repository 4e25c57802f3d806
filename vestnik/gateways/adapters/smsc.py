"""SMSC.ru, and its sisters at smsc.kz and elsewhere that speak the same protocol.

Facts are from https://smsc.ru/api/ (Russian) and https://smscentre.com/api/ (the same in English): send.php and its
answers, status.php, balance.php, the tables of codes, and "Transmitting statuses and messages to the Client handler".

Not seen in their own pages, but in two or more public clients that agree: what is signed (``id:phone:status:secret``,
for an inbound text ``phone:mes:to:secret``), and that an id may be up to 40 Latin letters, digits and ``.-_``.
Not verified: the form of JSON callbacks (``fmt=3`` in our address; one object is understood), and ``mccmnc`` in them.
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping, Sequence
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
    Inbound,
    Receipt,
    ReceiptsBy,
    Received,
    Wanted,
)
from vestnik.gateways.adapters import forms
from vestnik.gateways.channel import Compose
from vestnik.gateways.outcome import Kind, Outcome, clean_words, garbage
from vestnik.gateways.request import HttpAnswer, Request
from vestnik.gateways.words import gettext_noop
from vestnik.gateways.wrapping import json_object

#: Fifteen requests at once under one login are refused (send.php, error 9). One is left for a check or a test message.
MAX_AT_ONCE = 13
#: Seconds to wait after error 9: the same text to the same phone is taken again after a minute.
SAME_REQUEST_WAIT, CONCURRENT_WAIT = 60.0, 1.0
#: Minutes: the longest validity (``valid``: "hh:mm", 00:01 to 24:00).
MAX_VALIDITY = 24 * 60
#: Errors of send.php. Error 6 names text and sender in one: only the message is sure to be refused. It is also the
#: answer to bulk or advertising messages without a contract. Error 4 ends by itself, but only once we are quiet.
ERRORS: Mapping[int, tuple[Kind, str]] = {
    1: (Kind.REFUSED, "error in the parameters"),
    2: (Kind.UNAUTHORIZED, "wrong login or password, or our address is not among those allowed"),
    3: (Kind.UNAUTHORIZED, "not enough money in the account"),
    4: (Kind.UNAUTHORIZED, "our address is blocked for a while because of many errors"),
    5: (Kind.REFUSED, "wrong form of a date"),
    6: (Kind.REFUSED, "the message is forbidden, by its text or by its sender"),
    7: (Kind.REFUSED, "wrong form of the phone number"),
    8: (Kind.REFUSED, "a message to this number cannot be delivered"),
    9: (Kind.THROTTLED, "the same request twice in a minute, or too many requests at once"),
}
#: Statuses of messages; None says nothing: the message is not found.
STATUSES: Mapping[int, tuple[Fate | None, str]] = {
    -3: (None, "Сообщение не найдено"),
    -2: (Fate.ACCEPTED, "Остановлено"),
    -1: (Fate.ACCEPTED, "Ожидает отправки"),
    0: (Fate.ON_ITS_WAY, "Передано оператору"),
    1: (Fate.DELIVERED, "Доставлено"),
    2: (Fate.DELIVERED, "Прочитано"),
    3: (Fate.UNDELIVERED, "Просрочено"),
    4: (Fate.DELIVERED, "Нажата ссылка"),
    20: (Fate.UNDELIVERED, "Невозможно доставить"),
    22: (Fate.UNDELIVERED, "Неверный номер"),
    23: (Fate.UNDELIVERED, "Запрещено"),
    24: (Fate.UNDELIVERED, "Недостаточно средств"),
    25: (Fate.UNDELIVERED, "Недоступный номер"),
}
#: Why: the ``err`` beside a status.
REASONS: Mapping[int, str] = {
    1: "Абонент не существует", 6: "Абонент не в сети", 11: "Нет услуги SMS", 12: "Ошибка в телефоне абонента",
    13: "Абонент заблокирован", 21: "Нет поддержки SMS", 200: "Виртуальная отправка", 219: "Замена SIM-карты",
    220: "Переполнена очередь у оператора", 237: "Абонент не отвечает", 238: "Нет шаблона",
    239: "Запрещённый IP-адрес", 240: "Абонент занят", 241: "Ошибка конвертации", 242: "Зафиксирован автоответчик",
    243: "Не заключён договор", 244: "Рассылка запрещена", 245: "Статус не получен", 246: "Ограничение по времени",
    247: "Превышен лимит сообщений", 248: "Нет маршрута", 249: "Неверный формат номера",
    250: "Номер запрещён настройками", 251: "Превышен лимит на один номер", 252: "Номер запрещён",
    253: "Запрещено спам-фильтром", 254: "Незарегистрированный sender id", 255: "Отклонено оператором",
}  # fmt: skip
#: What is signed of a callback that has this field, the secret behind it.
_SIGNED: Mapping[str, tuple[str, ...]] = {
    "mes": ("phone", "mes", "to"), "waitcall": ("phone", "ts"), "status": ("id", "phone", "status"),
}  # fmt: skip
_OUR_ID = re.compile(r"v([0-9]{1,19})")


class Smsc(HttpAdapter):
    """SMSC.ru. A message's id there is ours behind a ``v``: a plain number may have 31 bits only."""

    kind: ClassVar[str] = "smsc"
    title: ClassVar[str] = "SMSC.ru"
    #: An id "need not be unique": a repeated message is sent again. ``mes``: at most 1,000 characters.
    facts: ClassVar[Facts] = Facts(
        knows_repeated_ids=False, receipts_carry_our_id=True, receipts_by=ReceiptsBy.CALLBACK, signed=True,
        sender=True, validity=True, max_text=1_000,
        documented_at=(
            "https://smsc.ru/api/http/send/sms/", "https://smsc.ru/api/http/send/sms/sms_answer/",
            "https://smsc.ru/api/http/status_messages/", "https://smsc.ru/api/http/balance/",
            "https://smsc.ru/api/http/miscellaneous/callback/",
        ),
    )  # fmt: skip
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            name="apikey", label=gettext_noop("API key"), wanted=Wanted.SECRET,
            help=gettext_noop("From the cabinet: Settings, API. Instead of login and password."),
        ),
        Field(
            name="login", label=gettext_noop("Login"),
            help=gettext_noop("The login of the cabinet, if there is no API key."),
        ),
        Field(
            name="password", label=gettext_noop("Password"), wanted=Wanted.SECRET,
            help=gettext_noop("From the cabinet: Settings, Change the password: the password for the API."),
        ),
        Field(
            name="sender", label=gettext_noop("Sender"), example="VESTNIK",
            help=gettext_noop("A sender's name that the provider has approved. Empty: the cabinet's default."),
        ),
        Field(
            name="callback_secret", label=gettext_noop("Secret of receipts"), wanted=Wanted.SECRET,
            help=gettext_noop(
                "The secret word set in the cabinet beside the address of the handler. Receipts without a "
                "signature made with it are rejected. Add ?charset=utf-8&sha1 to the address there."
            ),
        ),
        Field(
            name="url", label=gettext_noop("Address"), wanted=Wanted.URL, default="https://smsc.ru",
            help=gettext_noop("Another address of the same provider, if it gave you one."),
            example="https://www2.smsc.ru",
        ),
    )  # fmt: skip

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._url = str(settings.get("url") or "https://smsc.ru").rstrip("/")
        self._secret = str(settings.get("callback_secret") or "")
        apikey, login, password = (str(settings.get(name) or "") for name in ("apikey", "login", "password"))
        if apikey:
            self._account: tuple[tuple[str, str], ...] = (("apikey", apikey),)
        elif login and password:
            self._account = (("login", login), ("psw", password))
        else:
            raise InvalidInput({"apikey": [gettext_noop("Enter an API key, or login and password.")]})

    @property
    def url(self) -> str:
        """The base; ``/sys/send.php`` stands behind it."""
        return self._url

    def max_at_once(self) -> int | None:
        """Requests at once under one login."""
        return MAX_AT_ONCE

    def max_rate(self) -> int | None:
        """It does not say; requests at once are limited instead."""
        return None

    def compose(self, text: str, *, expires_at: float) -> Callable[[int, int], Request]:
        """A form for send.php."""
        return forms.posts(self._target("send"), self._body(text, expires_at))

    def compose_bytes(self, text: str, *, expires_at: float) -> Compose:
        """As :meth:`compose`, from one template."""
        return forms.posts_bytes(self.authority, self._target("send"), self._body(text, expires_at))

    def outcome(self, answer: HttpAnswer) -> Outcome:
        """``{"id": …, "cnt": parts}``, or ``{"error": words, "error_code": number}``."""
        if answer.status != 200:
            return forms.strange_status(answer)
        found = json_object(answer.body)
        if found is None:
            return garbage(answer.body)
        if "error" in found or "error_code" in found:
            return _failure(found)
        provider_id = forms.identifier(found.get("id"))
        if provider_id is None:
            return garbage(answer.body)
        operator, wrong = _of_number(found)
        return Outcome(
            kind=Kind.AMBIGUOUS if wrong else Kind.SUCCESS, code=wrong or "0", answered=True, operator=operator,
            detail=f"the number is marked as wrong, code {wrong}" if wrong else "OK",
            provider_ids=(provider_id,), parts=forms.whole(found.get("cnt")) or None,
        )  # fmt: skip

    def check_request(self) -> Request | None:
        """Ask for the balance."""
        return forms.post(self._target("balance"), (*self._account, ("fmt", "3"), ("cur", "1"), ("charset", "utf-8")))

    def checked(self, answer: HttpAnswer) -> Checked:
        """``{"balance": "…"}``, or an error as of sending."""
        found = json_object(answer.body) if answer.status == 200 else None
        if found is not None and "balance" in found:
            balance = clean_words(f"{found['balance']} {found.get('currency', '')}")
            return Checked(good=True, words="OK", balance=balance)
        return Checked(good=False, words=self.outcome(answer).detail)

    def poll_request_with_phones(self, messages: Sequence[tuple[int, str, int]]) -> Request | None:
        """Ask status.php, which finds a message only by its id and phone. A comma after the last asks for a list."""
        ids = ",".join(provider_id for _, provider_id, _ in messages)
        phones = ",".join(f"+{phone}" for *_, phone in messages)
        pairs = (*self._account, ("phone", f"{phones},"), ("id", f"{ids},"), ("fmt", "3"), ("charset", "utf-8"))
        return forms.post(self._target("status"), pairs)

    def polled(self, answer: HttpAnswer, messages: Sequence[tuple[int, str]]) -> tuple[Receipt, ...]:
        """A list of ``{"status", "last_timestamp", "err", "id", "phone"}``; what names no id stands in its order."""
        found = forms.json_value(answer.body) if answer.status == 200 else None
        rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        in_order = [provider_id for _, provider_id in messages] if len(rows) == len(messages) else [""] * len(rows)
        receipts = (
            _receipt(forms.identifier(row.get("id")) or provider_id, row, row.get("last_timestamp"))
            for row, provider_id in zip(rows, in_order, strict=True)
        )
        return tuple(receipt for receipt in receipts if receipt is not None)

    def received(self, callback: Callback) -> Received:
        """A status (``id``, ``phone``, ``status``, ``ts``, ``err``), an inbound text (``mes``) or a call's notice."""
        found = forms.callback_fields(callback)
        if self._secret:
            self._check(found)
        at = forms.whole(found.get("ts"))
        if "mes" in found:
            text = Inbound(
                phone=found.get("phone", ""), to=found.get("to", ""), text=found["mes"],
                provider_id=found.get("id", ""), at=None if at is None else float(at),
            )  # fmt: skip
            return Received(inbound=(text,), reply=b"OK")
        if "waitcall" in found:
            return Received(reply=b"OK")
        if forms.whole(found.get("status")) is None or "id" not in found:
            raise BadCallback("a callback of SMSC.ru names no id or no status")
        receipt = _receipt(found["id"], found, at)
        return Received(receipts=() if receipt is None else (receipt,), reply=b"OK")

    def _check(self, found: Mapping[str, str]) -> None:
        """CRC32 is offered too, but anybody can make one that fits."""
        what = next((name for name in _SIGNED if name in found), "status")
        signed = ":".join((*(found.get(name, "") for name in _SIGNED[what]), self._secret)).encode()
        by = next((name for name in ("sha1", "md5") if name in found), None)
        made = hashlib.new(by, signed, usedforsecurity=False).hexdigest() if by else ""
        if by is None or not hmac.compare_digest(made.encode(), found[by].strip().lower().encode()):
            raise ForgedCallback("a callback of SMSC.ru has no signature of ours")

    def _target(self, script: str) -> str:
        return f"{urlsplit(self._url).path}/sys/{script}.php"

    def _body(self, text: str, expires_at: float) -> Callable[[int, int], str]:
        """``+`` before the phone: else the provider may correct the number. ``op``: the answer names operators."""
        sender = str(self.settings.get("sender") or "")
        pairs = (*self._account, *((("sender", sender),) if sender else ()), ("mes", text))
        fixed = urlencode((*pairs, ("charset", "utf-8"), ("fmt", "3"), ("op", "1")))

        def body(message_id: int, phone: int) -> str:
            hours, minutes = divmod(forms.minutes_left(expires_at, time.time(), most=MAX_VALIDITY), 60)
            return f"{fixed}&valid={hours:02}%3A{minutes:02}&id=v{message_id}&phones=%2B{phone}"

        return body


def _failure(found: Mapping[str, Any]) -> Outcome:
    """An error that the documentation does not name says nothing about the message."""
    number = forms.whole(found.get("error_code"))
    kind, meaning = ERRORS.get(number or 0, (Kind.AMBIGUOUS, f"error {found.get('error_code')}"))
    words = clean_words(str(found.get("error") or "")) or clean_words(meaning)
    wait = None
    if kind is Kind.THROTTLED:
        wait = CONCURRENT_WAIT if "concurrent" in words.lower() else SAME_REQUEST_WAIT
    code = "error" if number is None else str(number)
    return Outcome(kind=kind, code=code, detail=words, retry_after=wait, answered=True)


def _of_number(found: Mapping[str, Any]) -> tuple[str | None, str]:
    """Of the one number in ``phones``: its operator (MCC and MNC), and the code of what is wrong with it, if it is."""
    numbers = found.get("phones")
    number = numbers[0] if isinstance(numbers, list) and numbers and isinstance(numbers[0], dict) else {}
    wrong = forms.whole(number.get("error"))
    return clean_words(str(number.get("mccmnc") or "")) or None, str(wrong) if wrong else ""


def _receipt(provider_id: str, found: Mapping[str, Any], at: object) -> Receipt | None:
    """A status that the documentation does not name is kept with its number as the least that it can mean."""
    status, reason, when = forms.whole(found.get("status")), forms.whole(found.get("err")), forms.whole(at)
    fate, words = STATUSES.get(-3 if status is None else status, (Fate.ACCEPTED, ""))
    if fate is None or not provider_id:
        return None
    ours = _OUR_ID.fullmatch(provider_id)
    message_id = int(ours[1]) if ours and int(ours[1]) < 2**63 else None
    return Receipt(
        fate=fate, provider_id=provider_id, message_id=message_id,
        code=f"{status}:{reason}" if reason else str(status),
        words=": ".join(part for part in (words, REASONS.get(reason or 0, "")) if part),
        at=None if when is None else float(when), operator=clean_words(str(found.get("mccmnc") or "")) or None,
    )  # fmt: skip
