"""Twilio as it answers: Messages of 2010-04-01 (https://www.twilio.com/docs/messaging/api/message-resource)."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

import orjson

from vestnik.simulator.answers import json_answer
from vestnik.simulator.bills import Bills
from vestnik.simulator.protocols.protocol import Asked, Due, Post, Sms, SmsProtocol, read_phone

_PATH = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})(/Messages(?:/((?:SM|MM)[0-9a-f]{32}))?)?\.json")
_STATUSES = {"accepted": "queued", "on_its_way": "sent", "delivered": "delivered", "undelivered": "undelivered"}
#: "Unreachable destination handset".
_UNREACHABLE = 30_003
#: Characters of a text, at most.
_MAX_TEXT = 1_600


class TwilioProtocol(SmsProtocol):
    """Twilio."""

    name: ClassVar[str] = "twilio"

    def read(self, asked: Asked, bills: Bills) -> Sms | bytes:
        """A message that is posted; accounts and messages that are asked for are answered."""
        found = _PATH.fullmatch(asked.path)
        if found is None:
            return _error(404, 20_404, "The requested resource was not found")
        token = _password(asked.authorization)
        if not asked.good(token):
            return _error(401, 20_003, "Authenticate")
        account, messages, sid = found.groups()
        if asked.method == "POST" and messages and not sid:
            return _message(asked.form, account, token, bills)
        if asked.method != "GET":
            return _error(405, 20_004, "Method not allowed")
        if not messages:
            return json_answer(200, {"sid": account, "status": "active", "type": "Full"})
        return _one(sid, bills) if sid else json_answer(200, {"messages": [], "page": 0, "page_size": 1})

    def accepted(self, sms: Sms, parts: int) -> tuple[int, bytes]:
        """A 201 with the message as it is now."""
        return 201, orjson.dumps(_resource(sms.provider_id, "accepted", sms.phone, sms.text, parts, sms.extra))

    def fault(self, name: str, sms: Sms | None) -> bytes | None:
        """Errors have a status and a code."""
        del sms
        match name:
            case "code" | "400":
                return _error(400, 21_610, "Attempt to send to unsubscribed recipient")
            case "401" | "403":
                return _error(401, 20_003, "Authenticate")
            case "funds":
                return _error(403, 20_005, "Account is not active")
            case "429":
                return _error(429, 20_429, "Too Many Requests")
            case "500" | "503":
                return _error(int(name), 20_500, "Internal Server Error")
        return None

    def post(self, dues: Sequence[Due], url: str, secret: str) -> Post:
        """A form, signed over the address and its fields in their order."""
        due = dues[0]
        form = {
            "MessageSid": due.sms.provider_id, "SmsSid": due.sms.provider_id, "MessageStatus": _STATUSES[due.fate],
            "SmsStatus": _STATUSES[due.fate], "To": f"+{due.sms.phone}", "From": due.sms.extra["from"],
            "AccountSid": due.sms.extra["account"], "ApiVersion": "2010-04-01",
        }  # fmt: skip
        if due.fate == "undelivered":
            form["ErrorCode"] = str(_UNREACHABLE)
        signed = url + "".join(name + value for name, value in sorted(form.items()))
        signature = base64.b64encode(hmac.digest(secret.encode(), signed.encode(), hashlib.sha1)).decode()
        headers = (("Content-Type", "application/x-www-form-urlencoded"), ("X-Twilio-Signature", signature))
        return Post("POST", url, headers, urlencode(form).encode())


def _password(authorization: str) -> str:
    """The password of Basic (RFC 7617)."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2] if scheme == "Basic" else ""
    except ValueError:
        return ""


def _message(form: Mapping[str, str], account: str, token: str, bills: Bills) -> Sms | bytes:
    text, phone, sender = form.get("Body", ""), read_phone(form.get("To", "")), form.get("From", "")
    if phone is None or not form.get("To", "").startswith("+"):
        return _error(400, 21_211, "Invalid 'To' Phone Number")
    if not (sender or form.get("MessagingServiceSid")):
        return _error(400, 21_603, "A 'From' phone number is required")
    if not 0 < len(text) <= _MAX_TEXT:
        return _error(400, 21_602 if not text else 21_617, "The message body is missing or too long")
    return Sms(
        phone=phone, text=text, provider_id=f"SM{bills.next_number():032x}", callback=form.get("StatusCallback", ""),
        secret=token, extra={"account": account, "from": sender},
    )  # fmt: skip


def _one(sid: str, bills: Bills) -> bytes:
    bill = bills.find("twilio", sid)
    if bill is None:
        return _error(404, 20_404, "The requested resource was not found")
    return json_answer(200, _resource(sid, bill.fate, bill.phone, bill.text, bill.parts, {}))


def _resource(sid: str, fate: str, phone: str, text: str, parts: int, extra: Mapping[str, str]) -> dict[str, Any]:
    return {
        "sid": sid, "status": _STATUSES[fate], "to": f"+{phone}", "body": text, "num_segments": str(parts),
        "num_media": "0", "direction": "outbound-api", "account_sid": extra.get("account"), "from": extra.get("from"),
        "error_code": _UNREACHABLE if fate == "undelivered" else None, "error_message": None,
        "api_version": "2010-04-01", "date_updated": "Thu, 24 Aug 2023 05:01:45 +0000",
    }  # fmt: skip


def _error(status: int, code: int, words: str) -> bytes:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return json_answer(status, {"code": code, "message": words, "more_info": more, "status": status})
