"""Twilio as tests play it: answers in its form, callbacks signed by its own library."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from twilio.request_validator import RequestValidator

from vestnik.gateways.adapter import Callback, HttpAnswer
from vestnik.gateways.adapters.twilio import Twilio

ACCOUNT, KEY, SERVICE, SID = "AC" + "0a" * 16, "SK" + "1b" * 16, "MG" + "2c" * 16, "SM" + "3d" * 16
TOKEN, SHARED = "an-auth-token", "a-shared-key"
RECEIPTS = "https://sms.example.org/gateways/main/receipts/s3cret"
SETTINGS = {"account_sid": ACCOUNT, "auth_token": TOKEN, "sender": "+15005550006", "callback_url": RECEIPTS}
NOW = 1_800_000_000.0
ID, PHONE = 96_000_000_000_001, 79110000001
#: Twilio's own example of a message (its OpenAPI, CreateMessage), shortened to what is read.
MADE = {"sid": SID, "status": "queued", "num_segments": "2", "error_code": None, "error_message": None}


def adapter(**more: str) -> Twilio:
    return Twilio({**SETTINGS, **more})


def answer(status: int, body: object, **headers: str) -> HttpAnswer:
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(status, {name.replace("_", "-"): value for name, value in headers.items()}, written, NOW)


def refusal(code: int, *, status: int = 400, message: str = "") -> HttpAnswer:
    return answer(status, {"code": code, "message": message, "more_info": "…", "status": status})


def callback(form: dict[str, str], *, url: str = RECEIPTS, token: str = TOKEN, **changed: Any) -> Callback:
    """A callback as Twilio makes it: signed by its own library."""
    signature = RequestValidator(token).compute_signature(url, form)
    made: dict[str, Any] = {
        "method": "POST", "url": url, "headers": {"x-twilio-signature": signature}, "address": "203.0.113.7",
        "query": parse_qsl(urlsplit(url).query, keep_blank_values=True), "form": list(form.items()),
        "body": b"a=b" if form else b"", "now": 0.0,
    }  # fmt: skip
    return Callback(**(made | changed))


def status_of(status: str, **more: str) -> dict[str, str]:
    """As in Twilio's guide "Track the Message Status of Outbound Messages"."""
    return {
        "AccountSid": ACCOUNT, "From": "+15017250604", "To": "+79110000001", "MessageSid": SID, "MessageStatus": status,
        "SmsSid": SID, "SmsStatus": status, "ApiVersion": "2010-04-01", **more,
    }  # fmt: skip
