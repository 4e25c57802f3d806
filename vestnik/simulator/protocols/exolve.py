"""MTS Exolve as it answers: SendSMS, GetList and GetBalance (https://docs.exolve.ru).

The numbers of ``delivery_status`` are our own: no copy of the provider's table could be read.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import orjson

from vestnik.simulator.answers import json_answer
from vestnik.simulator.bills import Bill, Bills
from vestnik.simulator.protocols.protocol import Asked, Due, Post, Sms, SmsProtocol, read_phone

#: What ``delivery_status`` says here: a gateway must be told that 3 means delivered and 4 undelivered.
STATUSES = {"accepted": 1, "on_its_way": 2, "delivered": 3, "undelivered": 4}
#: Characters of a text, at most.
_MAX_TEXT = 2_000


class ExolveProtocol(SmsProtocol):
    """MTS Exolve."""

    name: ClassVar[str] = "exolve"

    def read(self, asked: Asked, bills: Bills) -> Sms | bytes:
        """A message for SendSMS; anything else is answered."""
        if asked.method != "POST":
            return _error(405, "Method Not Allowed")
        if not asked.good(asked.authorization.removeprefix("Bearer ")):
            return _error(401, "Unauthorized")
        values = _object(asked.body)
        match asked.path:
            case "/messaging/v1/SendSMS":
                return _message(values, bills)
            case "/messaging/v1/GetList":
                return _list(str(values.get("message_id", "")), bills)
            case "/finance/v1/GetBalance":
                return json_answer(200, {"balance": 1000.5, "credit_limit": 0})
        return _error(404, "Not Found")

    def accepted(self, sms: Sms, parts: int) -> tuple[int, bytes]:
        """The message's id, as text."""
        del parts
        return 200, orjson.dumps({"message_id": sms.provider_id})

    def fault(self, name: str, sms: Sms | None) -> bytes | None:
        """Errors are words beside a status."""
        del sms
        match name:
            case "code" | "400":
                return _error(400, "destination is not allowed")
            case "401" | "403":
                return _error(int(name), "Unauthorized")
            case "funds":
                return _error(400, "insufficient balance")
        return None

    def post(self, dues: Sequence[Due], url: str, secret: str) -> Post:
        """A JSON object, unsigned."""
        del secret
        due = dues[0]
        moment = datetime.fromtimestamp(due.at, UTC).isoformat()
        body = {"message_id": due.sms.provider_id, "delivery_status": STATUSES[due.fate], "date": moment}
        return Post("POST", url, (("Content-Type", "application/json"),), orjson.dumps(body))


def _object(body: bytes) -> dict[str, Any]:
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return values if isinstance(values, dict) else {}


def _message(values: Mapping[str, Any], bills: Bills) -> Sms | bytes:
    phone, text = read_phone(str(values.get("destination", ""))), values.get("text")
    if phone is None:
        return _error(400, "wrong destination")
    if not values.get("number") or not isinstance(text, str) or not 0 < len(text) <= _MAX_TEXT:
        return _error(400, "wrong number or text")
    return Sms(phone=phone, text=text, provider_id=str(439_166_538_639_000_000 + bills.next_number()), extra={})


def _list(message_id: str, bills: Bills) -> bytes:
    bill = bills.find("exolve", message_id)
    return json_answer(200, {"messages": [] if bill is None else [_row(bill)]})


def _row(bill: Bill) -> dict[str, Any]:
    moment = datetime.fromtimestamp(bill.at, UTC).isoformat()
    row = {"message_id": bill.provider_id, "delivery_status": STATUSES[bill.fate], "date": moment}
    return row | {"receiver": bill.phone, "text": bill.text, "direction": 2, "segments_count": bill.parts}


def _error(status: int, words: str) -> bytes:
    return json_answer(status, {"error": words})
