"""Examples of all answers and parameters, for the documentation.

The examples of request bodies are beside their operations, and a test runs them.
"""

from typing import Any

from vestnik.api.examples import NEXT_WEEK, NOW, TOMORROW
from vestnik.api.schema_shapes import operations_of

Json = dict[str, Any]

_USER: Json = {
    "pk": 7,
    "username": "olga",
    "email": "olga@example.org",
    "first_name": "Ольга",
    "last_name": "",
    "role": "operator",
    "language": "ru",
}
_TOKENS: Json = {"access": "eyJhbGciOiJIUzI1NiJ9.e30.access", "refresh": "eyJhbGciOiJIUzI1NiJ9.e30.refresh"}
_KEY: Json = {
    "id": 3,
    "name": "Monthly report",
    "role": "viewer",
    "expires_at": None,
    "starts_with": "vk_4bQ",
    "owner": "olga",
    "created_at": NOW,
    "last_used_at": None,
}
_SINGLE: Json = {
    "id": 212_345_678_901_234,
    "phone_number": "79111234567",
    "text": "Your code is 4711.",
    "reference": "login 20417",
    "state": "queued",
    "code": None,
    "detail": None,
    "attempts": 0,
    "created_at": NOW,
    "sent_at": None,
    "end_time": TOMORROW,
    "delivered_at": None,
    "gateway": None,
    "parts": 1,
    "mailing": 12,
}
_CLIENT: Json = {
    "id": 42,
    "phone_number": "79111234567",
    "mobile_operator_code": "911",
    "tag": "vip",
    "timezone": "Europe/Moscow",
    "attributes": {"first_name": "Анна", "balance": 120.5, "day": "2026-12-01"},
}
_ATTRIBUTE: Json = {"name": "first_name", "type": "text", "clients": 1_204}
_STOPPED: Json = {
    "id": 5,
    "phone_number": "79111234567",
    "reason": "asked us to stop",
    "created_at": NOW,
    "created_by": "olga",
}
_IMPORT: Json = {
    "id": 9,
    "state": "waiting",
    "mode": "upsert",
    "on_error": "skip",
    "rows": 0,
    "created": 0,
    "updated": 0,
    "unchanged": 0,
    "refused": 0,
    "refused_by_reason": [],
    "warnings": 0,
    "error": "",
    "created_at": NOW,
    "finished_at": None,
    "created_by": "olga",
}
_GATEWAY: Json = {
    "name": "reserve",
    "kind": "probe",
    "settings": {"url": "https://gateway.example.org/v1"},
    "secrets": ["token"],
    "concurrency": 64,
    "max_rate": 50,
    "timeout": 30,
    "idempotent": False,
    "enabled": True,
    "from_environment": False,
    "simulator": False,
    "state": "working",
    "reason": "",
    "since": None,
    "checked_at": NOW,
    "tested_at": NOW,
    "receipts_url": None,
    "receipts_from": ["192.0.2.0/24"],
    "receipts_before_until": None,
    "receipts": [{"kind": "applied", "count": 980, "last_at": NOW}],
    "last_hour": {
        "sent": 1200,
        "failed": 3,
        "unknown": 0,
        "rate": 42.5,
        "errors": [{"code": "http_503", "count": 12}, {"code": "8", "count": 3}],
    },
    "created_at": NOW,
    "created_by": "anna",
    "warnings": [],
}
_KIND: Json = {
    "kind": "probe",
    "title": "Probe",
    "fields": [
        {
            "name": "token",
            "label": "Token",
            "help": "Goes into each request as a bearer token.",
            "wanted": "secret",
            "required": True,
            "default": None,
            "example": "",
            "choices": [],
            "low": None,
            "high": None,
            "needs": "",
        }
    ],
    "facts": {
        "knows_repeated_ids": None,
        "receipts_carry_our_id": False,
        "receipts_by": "none",
        "signed": False,
        "sender": False,
        "validity": False,
        "max_text": 2_000,
        "documented_at": [],
        "max_parts": None,
    },
}
_ROUTE: Json = {
    "id": 4,
    "place": 1,
    "name": "MTS",
    "operator_codes": ["910", "915"],
    "mailing": None,
    "gateways": [{"gateway": "reserve", "weight": 70}, {"gateway": "default", "weight": 30}],
    "fallbacks": [],
    "created_at": NOW,
    "warnings": ["Messages that no rule matches go to “default”."],
}
_ROUTE_PREVIEW: Json = {
    "operator_code": "910",
    "in_directory": True,
    "route": 4,
    "gateways": [
        {"gateway": "reserve", "weight": 70, "share": 0.7, "takes_messages": True},
        {"gateway": "default", "weight": 30, "share": 0.3, "takes_messages": True},
    ],
    "fallbacks": [],
    "words": "By “MTS”: over one of reserve 70%, default 30%.",
}
_SEGMENT: Json = {
    "id": 4,
    "name": "New and important",
    "conditions": {
        "tag": ["vip"],
        "operator_code": None,
        "attributes": [],
        "created": {"when": "within", "days": 30},
        "last_message": None,
    },
    "exclude": {
        "tag": None,
        "operator_code": [911],
        "attributes": [],
        "created": None,
        "last_message": None,
    },
    "created_at": NOW,
}
_TEMPLATE: Json = {
    "id": 5,
    "name": "Balance",
    "message_text": "Здравствуйте, {{tag}}! Ваш номер {{phone_number}}.",
    "personal": True,
    "on_missing": "skip",
    "locale": "ru",
    "created_at": NOW,
}
_WEBHOOK: Json = {
    "id": 2,
    "url": "https://example.org/vestnik",
    "description": "",
    "event_types": ["mailing.started", "mailing.finished"],
    "enabled": True,
    "disabled_reason": None,
    "disabled_at": None,
    "failures": 0,
    "failing_since": None,
    "waits_until": None,
    "waiting": 0,
    "before_until": None,
    "created_at": NOW,
    "created_by": "anna",
}
_SECRET = "whsec_dGhpcyBpcyBhbiBleGFtcGxlIG9mIGEgc2VjcmV0ISE="  # noqa: S105 - an example
_ATTEMPT: Json = {
    "id": 31,
    "webhook_id": "evt_5f2c7a1e0b9d4c6f8a3e1d2c4b5a6978",
    "type": "webhook.test",
    "at": NOW,
    "status": 204,
    "error": "",
    "answer": "",
    "milliseconds": 85,
}
_MAILING: Json = {
    "id": 12,
    "name": "New tariff",
    "start_time": NOW,
    "end_time": TOMORROW,
    "message_text": "Your new tariff is waiting for you.",
    "filter": {"tag": ["vip"], "operator_code": None},
    "send_window": {"from": "09:00", "to": "21:00"},
    "state": "running",
}
_BY_STATE: Json = {
    "queued": 120,
    "sending": 30,
    "sent": 800,
    "delivered": 40,
    "undelivered": 4,
    "failed": 3,
    "expired": 0,
    "cancelled": 2,
    "unknown": 1,
}
_STATISTICS: Json = {
    **{name: _MAILING[name] for name in ("id", "name", "start_time", "end_time", "message_text", "state")},
    "total_count": 1_000,
    "created_count": 120,
    "processing_count": 30,
    "complete_count": 840,
    "error_count": 10,
    "by_state": _BY_STATE,
}
#: What answers about totals have in common.
_COUNTS = ("total_count", "created_count", "processing_count", "complete_count", "error_count", "by_state")
_DELAY: Json = {"median": 3.1, "p95": 41.2, "messages": 980}
_SHARE: Json = {"delivered": 980, "undelivered": 20, "rate": 0.98}
_DELIVERY: Json = {
    "complete": True,
    **_SHARE,
    "delay": _DELAY,
    "reasons": [{"code": "6", "words": "the subscriber is not reachable", "count": 20}],
    "by_gateway": [{"gateway": "default", **_SHARE, "delay": _DELAY}],
    "by_operator": [{"operator": "МТС", "mobile_operator_code": None, **_SHARE}],
    "by_hour": [{"hour": NOW, **_SHARE}],
}
_INBOUND: Json = {
    "id": 17,
    "gateway": "reserve",
    "phone_number": "79111234567",
    "sender": "79111234567",
    "recipient": "79001112233",
    "client": 42,
    "text": "Yes, at ten",
    "at": NOW,
    "received_at": NOW,
}
_MESSAGE: Json = {
    "id": 70_000_000_001,
    "created_at": NOW,
    "sent_at": NOW,
    "status": "COMPLETE",
    "state": "sent",
    "attempts": 1,
    "code": "0",
    "detail": None,
    "dispatch": 12,
    "client": 42,
    "phone_number": "79111234567",
    "delivered_at": None,
    "gateway": "default",
    "parts": 2,
}
_PREVIEW: Json = {
    "total": 1_000,
    "stopped": 12,
    "by_operator_code": [{"operator_code": "911", "count": 1_000}],
    "by_timezone": [
        {"timezone": "Asia/Vladivostok", "count": 100},
        {"timezone": "Europe/Moscow", "count": 900},
    ],
    "will_not_fit": {
        "total": 100,
        "by_reason": {"window": 100, "speed": None},
        "by_timezone": [{"timezone": "Asia/Vladivostok", "count": 100, "reason": "window"}],
    },
    "sms": {
        "encoding": "GSM-7",
        "characters": 35,
        "units": 35,
        "parts": 1,
        "total_parts": 1_000,
        "forcing_ucs2": [],
    },
    "too_long_for": [{"gateway": "smsru", "characters": 1_224, "parts": 8}],
}
_PREVIEW_TEXTS: Json = {
    "complete": True,
    "next": None,
    "looked_at": 1_000,
    "messages": 997,
    "total_parts": 1_020,
    "by_operator_code": [{"operator_code": "911", "count": 997, "parts": 1_020}],
    "left_out": [{"code": "field_missing", "count": 3}],
    "shortest": {
        "client": 17, "phone_number": "79111234567", "text": "Hello Al, your balance is 5.", "characters": 28,
        "parts": 1, "because_of": [],
    },
    "longest": {
        "client": 5, "phone_number": "79112345678", "text": "Hello Zoë 🌷, your balance is 1,500.50.",
        "characters": 38, "parts": 1, "because_of": [],
    },
    "most_parts": {
        "client": 9, "phone_number": "79113456789", "text": "Hello Zoë 🌷, your balance is 1,500.50.",
        "characters": 38, "parts": 1, "because_of": [],
    },
    "missing": [{"attribute": "balance", "count": 3, "clients": [4, 8, 15]}],
    "forcing_ucs2": [{"attribute": "first_name", "count": 2, "clients": [5, 9]}],
    "a_part_longer": [{"attribute": "first_name", "count": 23, "warning": True}],
}  # fmt: skip
_READY: Json = {
    "status": "ready",
    **dict.fromkeys(("database", "migrations", "broker", "beat", "workers", "disk", "report", "breaker"), "ok"),
    "gateway": "outside",
}
_REFUSED = (
    "line,reason,phone_number,tag,timezone\r\n"
    "7,this is not a +7 phone number: write it like +7 911 123-45-67,7911,vip,Europe/Moscow\r\n"
)
_WARNED = (
    "line,warning,phone_number,mobile_operator_code,tag,timezone\r\n"
    "8,this is not a mobile number: the message may not arrive,73422123456,342,vip,Asia/Yekaterinburg\r\n"
)
_EXPORTED = "phone_number,mobile_operator_code,tag,timezone\r\n79111234567,911,vip,Europe/Moscow\r\n"

#: The success answer of each operation whose answer has a body.
ANSWERS: dict[str, Any] = {
    "auth_register": {**_TOKENS, "user": _USER},
    "auth_login": {**_TOKENS, "user": _USER},
    "auth_logout": {"detail": "Successfully logged out."},
    "auth_token_refresh": _TOKENS,
    "auth_token_verify": {},
    "auth_user_read": _USER,
    "auth_user_replace": _USER,
    "auth_user_update": _USER,
    "auth_password_change": {"detail": "New password has been saved."},
    "auth_keys_list": [_KEY],
    "auth_key_create": {**_KEY, "key": "vk_4bQ7tYxR2mZpLw9sKd3vHn8cJf5gTqEa"},
    "attribute_list": [_ATTRIBUTE],
    "attribute_set": {"name": "day", "type": "date", "clients": 0},
    "client_list": [_CLIENT],
    "client_create": _CLIENT,
    "client_read": _CLIENT,
    "client_replace": _CLIENT,
    "client_update": _CLIENT,
    "client_export": _EXPORTED,
    "client_import": _IMPORT,
    "client_import_read": {
        **_IMPORT,
        "state": "done",
        "rows": 1_000,
        "created": 900,
        "updated": 97,
        "unchanged": 2,
        "refused": 1,
        "finished_at": NOW,
    },
    "client_import_refused": _REFUSED,
    "client_import_warnings": _WARNED,
    "inbound_list": [_INBOUND],
    "stop_list": [_STOPPED],
    "stop_list_add": _STOPPED,
    "mailing_list": [_MAILING],
    "mailing_create": _MAILING,
    "mailing_read": _MAILING,
    "mailing_replace": _MAILING,
    "mailing_update": {**_MAILING, "end_time": NEXT_WEEK},
    "message_create": {name: _SINGLE[name] for name in ("id", "state", "code", "detail", "created_at", "end_time")},
    "message_read": {**_SINGLE, "state": "sent", "code": "0", "attempts": 1, "sent_at": NOW, "gateway": "default"},
    "mailing_preview": _PREVIEW,
    "mailing_preview_texts": _PREVIEW_TEXTS,
    "mailing_pause": {**_MAILING, "state": "paused"},
    "mailing_resume": _MAILING,
    "mailing_cancel": {**_MAILING, "state": "cancelled"},
    "mailing_unknown": {"resent": 1, "left": 0, "state": "running"},
    "statistics_list": [_STATISTICS],
    "statistics_read": [{**_STATISTICS, "messages": [_MESSAGE]}],
    "statistics_by_gateway": [{"gateway": "default", **{name: _STATISTICS[name] for name in _COUNTS}, "parts": 2}],
    "statistics_delivery": _DELIVERY,
    "messages_list": [_MESSAGE],
    "gateway_kinds": [_KIND],
    "gateway_list": [_GATEWAY],
    "gateway_create": {**_GATEWAY, "enabled": False, "state": "disabled", "checked_at": None, "tested_at": None},
    "gateway_read": _GATEWAY,
    "gateway_update": {**_GATEWAY, "max_rate": 20},
    "gateway_check": {"good": True, "words": "Probe accepts our settings.", "balance": "", "warnings": []},
    "gateway_test": {
        "message_id": 70_000_000_002,
        "good": True,
        "outcome": "success",
        "code": "0",
        "detail": "OK",
        "seconds": 0.21,
        "words": "The gateway accepted the message.",
    },
    "gateway_dry_run": {"request": "POST /v1/send/70000000001 HTTP/1.1\r\nAuthorization: Bearer ********\r\n\r\n{}"},
    "gateway_enable": _GATEWAY,
    "gateway_disable": {**_GATEWAY, "enabled": False, "state": "disabled"},
    "gateway_put_back": _GATEWAY,
    "gateway_rotate_receipts": _GATEWAY,
    "route_list": {"routes": [_ROUTE], "others": "default", "warnings": _ROUTE["warnings"]},
    "route_create": _ROUTE,
    "route_read": _ROUTE,
    "route_update": _ROUTE,
    "route_preview": _ROUTE_PREVIEW,
    "segment_list": [_SEGMENT],
    "segment_create": _SEGMENT,
    "segment_read": _SEGMENT,
    "segment_replace": _SEGMENT,
    "segment_update": {**_SEGMENT, "exclude": None},
    "template_list": [_TEMPLATE],
    "template_create": _TEMPLATE,
    "template_read": _TEMPLATE,
    "template_replace": _TEMPLATE,
    "template_update": {**_TEMPLATE, "name": "Balance 2026"},
    "webhook_list": [_WEBHOOK],
    "webhook_create": {**_WEBHOOK, "secret": _SECRET},
    "webhook_read": _WEBHOOK,
    "webhook_update": {**_WEBHOOK, "enabled": False, "disabled_reason": "operator", "disabled_at": NOW},
    "webhook_rotate": {**_WEBHOOK, "secret": _SECRET, "before_until": TOMORROW},
    "webhook_test": _ATTEMPT,
    "webhook_attempts": [_ATTEMPT],
    "webhook_replay": {"events": 12},
    "health_live": {"status": "alive"},
    "health_ready": _READY,
    "metrics": '# TYPE vestnik_http_requests_total counter\nvestnik_http_requests_total{method="GET"} 12.0\n',
}
#: Examples of request bodies that have no example beside their operation.
BODIES: dict[str, Any] = {
    "auth_token_refresh": {"refresh": _TOKENS["refresh"]},
    "auth_token_verify": {"token": _TOKENS["access"]},
    "auth_password_change": {"new_password1": "a-longer-Passphrase-8", "new_password2": "a-longer-Passphrase-8"},
}
#: Examples of parameters by name. Where operations differ, by operation and name.
PARAMETERS: dict[str, Any] = {
    "id": 42,
    "page_size": 100,
    "cursor": "after-1000",
    "ordering": "-id",
    "tag": "vip",
    "timezone": "Europe/Moscow",
    "mobile_operator_code": "911",
    "phone_number": "7911",
    "messages_list phone_number": "79111234567",
    "statistics_read phone_number": "79111234567",
    "inbound_list phone_number": "79111234567",
    "stop_list_remove phone_number": ["79111234567"],
    "state": ["scheduled", "running"],
    "messages_list state": ["failed", "unknown"],
    "statistics_read state": ["failed", "unknown"],
    "status": ["ERROR"],
    "kind": ["direct"],
    "text": True,
    "starts_from": NOW,
    "starts_before": NEXT_WEEK,
    "mode": "upsert",
    "on_error": "abort",
    "timezone_default": "Europe/Moscow",
    "timezone_from_phone": True,
    "attributes": "first_name,balance:number=Balance",
    "phone_column": "Mobile",
    "code_column": "Operator",
    "tag_column": "Group",
    "timezone_column": "D",
    "header": True,
    "decimal": "comma",
    "date_order": "day",
    "owner": "olga",
    "name": "default",
    "attribute_set name": "day",
    "attribute_remove name": "day",
    "mailing": 12,
    "route_preview phone_number": "79111234567",
    "from": NOW,
    "to": TOMORROW,
    "If-Match": '"3"',
    "Idempotency-Key": "0e4c1a52-new-tariff",
}


def show_examples(result: Json, **_: Any) -> Json:
    """Add the examples to the schema.

    A post-processing hook that runs before the one for dates.
    """
    for operation in operations_of(result):
        name = operation["operationId"]
        for status, response in operation["responses"].items():
            for body in response.get("content", {}).values():
                if name in ANSWERS and (status.startswith("2") or name == "health_ready"):
                    body.setdefault("example", ANSWERS[name])
        if name in BODIES:
            operation["requestBody"]["content"]["application/json"]["example"] = BODIES[name]
        for parameter in operation.get("parameters", ()):
            example = PARAMETERS.get(f"{name} {parameter['name']}", PARAMETERS.get(parameter["name"]))
            _show(parameter, example)
    return result


def _show(parameter: Json, example: Any) -> None:
    """Put the example where Swagger fills it in.

    Swagger uses an example of the parameter, and not one of its schema. So only parameters of the path get one. A
    filter of a list stays empty.

    So a path that is shown can be tried as it stands, and a list is not narrowed by filters that nobody chose.
    """
    if example is None:
        return
    if parameter.get("required"):
        parameter["example"] = example
    else:
        parameter.pop("examples", None)
        parameter["schema"] = {**parameter["schema"], "examples": [example]}
