"""What the REST tests are made of: bodies that are right, and people with tokens."""

from datetime import UTC, datetime, timedelta
from typing import Any

from rest_framework.test import APIClient

PASSWORD = "correct horse battery"


def in_future(**ahead: float) -> str:
    return (datetime.now(tz=UTC) + timedelta(**ahead)).isoformat()


def client_body(**changes: Any) -> dict[str, Any]:
    """A client that is right, but for ``changes``."""
    return {
        "phone_number": "79111234567",
        "mobile_operator_code": "911",
        "tag": "vip",
        "timezone": "Europe/Moscow",
        **changes,
    }


def mailing_body(**changes: Any) -> dict[str, Any]:
    """A mailing of tomorrow that is right, but for ``changes``."""
    return {
        "name": "News",
        "start_time": in_future(days=1),
        "end_time": in_future(days=2),
        "message_text": "Good morning!",
        "filter": {"tag": ["vip"], "operator_code": [911]},
        "send_window": None,
        **changes,
    }


def token_of(user: Any) -> str:
    from vestnik.accounts.logins import log_in

    return log_in(user=user).access


def as_user(user: Any) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(user)}")
    return client
