"""A gateway that is out is put back; one is removed only when nothing depends on it any more."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from harness.simulator_client import SimulatorClient
from tests.api.gateway_cast import batch, made, over, tried
from vestnik.models import Batch, Gateway, GatewayState


def test_a_gateway_that_is_out_is_put_back(admin: APIClient):
    made(admin)
    row = Gateway.objects.get(name="reserve")
    assert admin.post("/gateways/reserve/put-back").status_code == 409
    GatewayState.objects.filter(id=row.id).update(out_at=timezone.now(), out_code="http_401", out_words="bad token")
    shown = admin.get("/gateways/reserve").json()
    assert (shown["state"], shown["reason"]) == ("out", "http_401 bad token")
    assert admin.post("/gateways/reserve/put-back").json()["state"] == "disabled"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        ({"queued": 5, "bound": 3}, "3 messages are in doubt"),
        ({"queued": 5, "bound": 1}, "1 message is in doubt"),
        ({"state": "leased", "queued": 5}, "being sent over it"),
    ],
)
def test_a_gateway_with_messages_in_doubt_or_on_their_way_stays(admin: APIClient, left: dict[str, Any], words: str):
    made(admin)
    row = Gateway.objects.get(name="reserve")
    now = timezone.now()
    if left.get("state") == "leased":
        left = {**left, "lease_token": 1, "lease_holder": "a", "leased_at": now, "lease_expires_at": now}
    batch(row.id, **({"bound_to": [row.id]} if "bound" in left else {}), **left)
    answer = admin.delete("/gateways/reserve")
    assert (answer.status_code, words in answer.json()["detail"]) == (409, True), answer.json()
    Batch.objects.all().delete()
    assert admin.delete("/gateways/reserve").status_code == 204


def test_a_gateway_that_is_on_or_that_a_rule_names_stays(admin: APIClient, simulator: SimulatorClient):
    made(admin, **over(simulator))
    tried(admin)
    rule = admin.post("/routes", {"name": "All", "gateways": [{"gateway": "reserve"}]}).json()
    said = admin.delete("/gateways/reserve").json()["detail"]
    assert "Disable it first" in said
    assert "“All”" in said
    admin.post("/gateways/reserve/disable")
    assert admin.delete("/gateways/reserve").status_code == 409
    admin.delete(f"/routes/{rule['id']}")
    assert admin.delete("/gateways/reserve").status_code == 204


def test_a_removed_gateway_keeps_its_row_and_loses_its_secrets(admin: APIClient):
    made(admin)
    admin.delete("/gateways/reserve")
    row = Gateway.objects.get(name="reserve")
    assert (row.removed_at is not None, row.secrets, row.settings) == (True, "", {})
