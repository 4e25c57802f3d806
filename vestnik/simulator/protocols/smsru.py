"""SMS.ru as it answers: sms/send, sms/status and my/balance with ``json=1`` (https://sms.ru/api)."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

import orjson

from vestnik.simulator.answers import json_answer
from vestnik.simulator.bills import Bills, count_parts
from vestnik.simulator.protocols.protocol import Asked, Due, Post, Sms, SmsProtocol, read_phone

_STATUSES = {"accepted": 100, "on_its_way": 102, "delivered": 103, "undelivered": 105}
#: Parts of a text, at most.
_MAX_PARTS = 8


class SmsRuProtocol(SmsProtocol):
    """SMS.ru."""

    name: ClassVar[str] = "smsru"
    receipts_at_once: ClassVar[int] = 100

    def read(self, asked: Asked, bills: Bills) -> Sms | bytes:
        """A message for sms/send; anything else is answered."""
        form = asked.form
        if not asked.good(form.get("api_id", "")):
            return _error(200, "Неправильный api_id")
        if asked.method != "POST":
            return _error(210, "Используется GET, где необходимо использовать POST")
        if asked.path == "/my/balance":
            return json_answer(200, {"status": "OK", "status_code": 100, "balance": 4122.56})
        if asked.path == "/sms/status":
            return _statuses(form.get("sms_id", ""), bills)
        if asked.path != "/sms/send":
            return _error(211, "Метод не найден")
        return _message(form, bills)

    def accepted(self, sms: Sms, parts: int) -> tuple[int, bytes]:
        """The request's status, and the number's with its id."""
        del parts
        number = {"status": "OK", "status_code": 100, "sms_id": sms.provider_id}
        return 200, orjson.dumps(_numbers(sms.phone, number))

    def fault(self, name: str, sms: Sms | None) -> bytes | None:
        """Errors come with a 200; a refusal of one number is told of that number."""
        match name:
            case "code":
                number = {"status": "ERROR", "status_code": 207, "status_text": "На этот номер нет маршрута"}
                return json_answer(200, _numbers("" if sms is None else sms.phone, number))
            case "401" | "403":
                return _error(200, "Неправильный api_id")
            case "funds":
                return _error(201, "Не хватает средств на лицевом счету")
            case "429":
                return _error(220, "Сервис временно недоступен, попробуйте чуть позже")
        return None

    def post(self, dues: Sequence[Due], url: str, secret: str) -> Post:
        """Up to a hundred records in one form, with a hash over ``api_id`` and all of them."""
        records = [f"sms_status\n{due.sms.provider_id}\n{_STATUSES[due.fate]}\n{int(due.at)}" for due in dues]
        pairs = [(f"data[{number}]", record) for number, record in enumerate(records)]
        made = hashlib.sha256("".join((secret, *records)).encode()).hexdigest()
        body = urlencode([*pairs, ("hash", made)]).encode()
        return Post("POST", url, (("Content-Type", "application/x-www-form-urlencoded"),), body)

    def is_kept(self, status: int, body: bytes) -> bool:
        """The answer must be 100."""
        return status == 200 and body.strip() == b"100"


def _message(form: Mapping[str, str], bills: Bills) -> Sms | bytes:
    text, phone = form.get("msg", ""), read_phone(form.get("to", ""))
    if form.get("json") != "1" or not text:
        return _error(203, "Нет текста сообщения")
    if phone is None or count_parts(text) > _MAX_PARTS:
        code = 202 if phone is None else 205
        number = {"status": "ERROR", "status_code": code, "status_text": f"Код {code}"}
        return json_answer(200, _numbers(phone or "", number))
    return Sms(
        phone=phone, text=text, provider_id=f"202648-{1_000_000 + bills.next_number()}", secret=form["api_id"],
        free=form.get("test") == "1", extra={},
    )  # fmt: skip


def _numbers(phone: str, number: Mapping[str, Any]) -> dict[str, Any]:
    return {"status": "OK", "status_code": 100, "sms": {phone: number}, "balance": 4122.56}


def _error(code: int, words: str) -> bytes:
    return json_answer(200, {"status": "ERROR", "status_code": code, "status_text": words})


def _statuses(ids: str, bills: Bills) -> bytes:
    rows: dict[str, Any] = {}
    for sms_id in ids.split(","):
        bill = bills.find("smsru", sms_id)
        if bill is None:
            rows[sms_id] = {"status": "ERROR", "status_code": -1, "status_text": "Сообщение не найдено"}
        else:
            rows[sms_id] = {"status": "OK", "status_code": _STATUSES[bill.fate], "cost": 1.0, "status_text": "…"}
    return json_answer(200, {"status": "OK", "status_code": 100, "sms": rows})
