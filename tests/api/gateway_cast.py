"""A gateway as an administrator adds it over REST, and a batch that went over it."""

from typing import Any

from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from harness.rows import add_mailing
from harness.simulator_client import SimulatorClient
from vestnik.models import Batch

PHONE = "79111234567"
SECRET = "a-very-secret-token"


def body(**changes: Any) -> dict[str, Any]:
    return {
        "name": "reserve", "kind": "probe", "settings": {"url": "http://127.0.0.1:9", "token": SECRET}, **changes
    }  # fmt: skip


def made(admin: APIClient, **changes: Any) -> dict[str, Any]:
    answer = admin.post("/gateways", body(**changes))
    assert answer.status_code == 201, answer.json()
    return answer.json()


def over(simulator: SimulatorClient) -> dict[str, Any]:
    return {"settings": {"url": simulator.base_url, "token": simulator.token}}


def tried(admin: APIClient, name: str = "reserve") -> list[int]:
    """Checked, tested and enabled: the three statuses."""
    said = {"phone_number": PHONE, "text": "Hello"}
    answers = [admin.post(f"/gateways/{name}/check"), admin.post(f"/gateways/{name}/test", said)]
    return [answer.status_code for answer in (*answers, admin.post(f"/gateways/{name}/enable"))]


def batch(gateway: int, **columns: Any) -> None:
    mailing = add_mailing(connection.connection)
    Batch.objects.create(
        mailing_id=mailing, first_id=1, last_id=5, due_at=timezone.now(), gateway_id=gateway, **columns
    )
