"""SMSC.ru as it answers: send.php, status.php and balance.php with ``fmt=3`` (https://smsc.ru/api/)."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from vestnik.simulator.answers import json_answer
from vestnik.simulator.bills import Bills
from vestnik.simulator.protocols.protocol import Asked, Due, Post, Sms, SmsProtocol, read_phone

_STATUSES = {"accepted": (-1, 0), "on_its_way": (0, 0), "delivered": (1, 0), "undelivered": (20, 13)}
_TEXT_ID = re.compile(r"[A-Za-z0-9._-]{1,40}")
_OUR_ID = re.compile(r"v([0-9]{1,19})")
#: Characters of a text, at most.
_MAX_TEXT = 1_000


class SmscProtocol(SmsProtocol):
    """SMSC.ru."""

    name: ClassVar[str] = "smsc"

    def read(self, asked: Asked, bills: Bills) -> Sms | bytes:
        """A message for send.php; anything else is answered."""
        form = asked.form
        if not asked.good(form.get("apikey") or form.get("psw", "")) or not (form.get("apikey") or form.get("login")):
            return _error(2, "authorise error")
        if form.get("fmt") != "3":
            return _error(1, "parameters error")
        if asked.path == "/sys/balance.php":
            return json_answer(200, {"balance": "1000.00", "currency": "RUR"})
        if asked.path == "/sys/status.php":
            return _statuses(form.get("id", ""), form.get("phone", ""), bills)
        return _message(form, bills) if asked.path == "/sys/send.php" else _error(1, "parameters error")

    def accepted(self, sms: Sms, parts: int) -> tuple[int, bytes]:
        """``{"id": …, "cnt": parts}``; with ``op=1`` also what is known of the number."""
        numbers = [{"phone": sms.phone, "mccmnc": "25001", "cost": "1.00", "status": "-1", "error": "0"}]
        body = {"id": sms.provider_id, "cnt": parts} | ({"phones": numbers} if sms.extra["op"] == "1" else {})
        return 200, orjson.dumps(body)

    def fault(self, name: str, sms: Sms | None) -> bytes | None:
        """Errors come with a 200."""
        provider_id = None if sms is None else sms.provider_id
        match name:
            case "code":
                return _error(8, "can't to deliver", provider_id)
            case "401" | "403":
                return _error(2, "authorise error")
            case "funds":
                return _error(3, "no money", provider_id)
            case "429":
                return _error(9, "too many concurrent requests")
        return None

    def post(self, dues: Sequence[Due], url: str, secret: str) -> Post:
        """A form; signed as the names in the address ask for it (``?sha1``, ``?md5``)."""
        due = dues[0]
        status, reason = _STATUSES[due.fate]
        form = {"id": due.sms.provider_id, "phone": due.sms.phone, "status": str(status), "err": str(reason)}
        signed = ":".join((form["id"], form["phone"], form["status"], secret)).encode()
        wanted = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        for by in ("sha1", "md5"):
            if by in wanted:
                form[by] = hashlib.new(by, signed, usedforsecurity=False).hexdigest()
        body = urlencode(form | {"ts": str(int(due.at)), "type": "0"}).encode()
        return Post("POST", url, (("Content-Type", "application/x-www-form-urlencoded"),), body)


def _message(form: Mapping[str, str], bills: Bills) -> Sms | bytes:
    provider_id, text = form.get("id") or str(bills.next_number()), form.get("mes", "")
    if not _good_id(provider_id) or not 0 < len(text) <= _MAX_TEXT:
        return _error(1, "parameters error")
    phone = read_phone(form.get("phones", ""))
    if phone is None:
        return _error(7, "invalid number", provider_id)
    ours = _OUR_ID.fullmatch(provider_id)
    return Sms(
        phone=phone, text=text, provider_id=provider_id, message=int(ours[1]) if ours else None,
        extra={"op": form.get("op", "")},
    )  # fmt: skip


def _good_id(provider_id: str) -> bool:
    return _TEXT_ID.fullmatch(provider_id) is not None and (not provider_id.isdigit() or int(provider_id) < 2**31)


def _error(code: int, words: str, provider_id: str | None = None) -> bytes:
    return json_answer(200, {"error": words, "error_code": code} | ({"id": provider_id} if provider_id else {}))


def _statuses(ids: str, phones: str, bills: Bills) -> bytes:
    """A list if the ids have a comma, one object if not."""
    pairs = list(zip(ids.rstrip(",").split(","), phones.rstrip(",").split(","), strict=False))
    rows = []
    for provider_id, phone in pairs:
        bill = bills.find("smsc", provider_id)
        known = bill is not None and bill.phone == read_phone(phone)
        status, reason = _STATUSES[bill.fate] if bill is not None and known else (-3, 0)
        times = {"last_date": "15.08.2021 20:27:22", "last_timestamp": 1_629_048_442, "err": reason} if known else {}
        rows.append({"status": status, **times, "id": provider_id, "phone": phone})
    return json_answer(200, rows if "," in ids else rows[0])
