"""Secrets of a gateway go in and never come out."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.api.gateway_cast import SECRET, body, made
from vestnik.encryption import decrypt
from vestnik.models import AuditEntry, Gateway


def test_a_secret_goes_in_and_never_comes_out(admin: APIClient):
    answers = [
        admin.post("/gateways", body()), admin.get("/gateways"), admin.get("/gateways/reserve"),
        admin.patch("/gateways/reserve", {"max_rate": 5}),
        admin.patch("/gateways/reserve", {"settings": {"token": SECRET + "2"}}),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {200, 201}
    assert not any(SECRET in answer.content.decode() for answer in answers)
    assert answers[0].json()["secrets"] == ["token"]
    assert answers[0].json()["settings"] == {"url": "http://127.0.0.1:9"}
    row = Gateway.objects.get(name="reserve")
    assert SECRET not in row.secrets
    assert decrypt(row.secrets) == {"token": SECRET + "2"}
    assert not any(SECRET in str(entry.details) for entry in AuditEntry.objects.all())


@pytest.mark.parametrize("given", [{"url": "http://127.0.0.1:10"}, {"url": "http://127.0.0.1:10", "token": ""}])
def test_a_secret_that_is_not_given_stays(admin: APIClient, given: dict[str, str]):
    made(admin)
    assert admin.patch("/gateways/reserve", {"settings": given}).json()["secrets"] == ["token"]
    assert decrypt(Gateway.objects.get(name="reserve").secrets) == {"token": SECRET}


def test_secrets_of_another_secret_key_are_named_and_can_be_entered_again(admin: APIClient, settings: Any):
    made(admin)
    settings.SECRET_KEY = "another key of more than 32 characters"
    shown = admin.get("/gateways/reserve").json()
    assert (shown["secrets"], "SECRET_KEY_FALLBACKS" in shown["warnings"][0]) == ([], True)
    assert admin.post("/gateways/reserve/check").status_code == 409
    assert admin.patch("/gateways/reserve", {"settings": {"url": "http://127.0.0.1:10"}}).status_code == 409
    assert admin.patch("/gateways/reserve", {"settings": {"token": "new"}}).json()["secrets"] == ["token"]
