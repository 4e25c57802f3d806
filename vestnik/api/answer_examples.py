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
_CLIENT: Json = {
    "id": 42,
    "phone_number": "79111234567",
    "mobile_operator_code": "911",
    "tag": "vip",
    "timezone": "Europe/Moscow",
}
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
}
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
    "8,this is no mobile number: a text may not arrive,73422123456,342,vip,Asia/Yekaterinburg\r\n"
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
    "stop_list": [_STOPPED],
    "stop_list_add": _STOPPED,
    "mailing_list": [_MAILING],
    "mailing_create": _MAILING,
    "mailing_read": _MAILING,
    "mailing_replace": _MAILING,
    "mailing_update": {**_MAILING, "end_time": NEXT_WEEK},
    "mailing_preview": _PREVIEW,
    "mailing_pause": {**_MAILING, "state": "paused"},
    "mailing_resume": _MAILING,
    "mailing_cancel": {**_MAILING, "state": "cancelled"},
    "mailing_unknown": {"resent": 1, "left": 0, "state": "running"},
    "statistics_list": [_STATISTICS],
    "statistics_read": [{**_STATISTICS, "messages": [_MESSAGE]}],
    "messages_list": [_MESSAGE],
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
    "stop_list_remove phone_number": ["79111234567"],
    "state": ["scheduled", "running"],
    "messages_list state": ["failed", "unknown"],
    "statistics_read state": ["failed", "unknown"],
    "status": ["ERROR"],
    "starts_from": NOW,
    "starts_before": NEXT_WEEK,
    "mode": "upsert",
    "on_error": "abort",
    "timezone_default": "Europe/Moscow",
    "timezone_from_phone": True,
    "owner": "olga",
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
