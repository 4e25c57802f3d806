"""Messages in doubt go to no other account of a provider, which has never seen their ids."""

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.api.gateway_cast import SECRET, batch, body, made
from vestnik.encryption import decrypt
from vestnik.models import AuditEntry, Batch, Gateway


def doubted(**left: Any) -> Gateway:
    """The gateway with messages in doubt there, or with a batch on its way over it."""
    row = Gateway.objects.get(name="reserve")
    now = timezone.now()
    leased = {
        "state": "leased", "queued": 5, "lease_token": 1, "lease_holder": "a", "leased_at": now, "lease_expires_at": now
    }  # fmt: skip
    batch(row.id, **(leased if left.get("leased") else {"queued": 5, "bound": 3, "bound_to": [row.id]}))
    return row


@pytest.mark.parametrize("leased", [False, True])
def test_messages_in_doubt_go_to_no_other_account(admin: APIClient, leased: bool):
    """The other provider has never seen their ids: it would deliver them a second time."""
    made(admin, idempotent=True)
    before = doubted(leased=leased)
    words = "being sent" if leased else "3 messages are in doubt"
    for change, fields in (
        ({"settings": {"url": "http://127.0.0.1:10"}}, ["settings.url"]),
        ({"settings": {"token": "another"}}, ["settings.token"]),
        ({"settings": {"url": "http://127.0.0.1:10", "token": "another"}}, ["settings.url", "settings.token"]),
        ({"idempotent": False}, ["idempotent"]),
        ({"idempotent": False, "same_account": True}, ["idempotent"]),
    ):
        answer = admin.patch("/gateways/reserve", change)
        assert (answer.status_code, list(answer.json())) == (400, fields), answer.json()
        assert all(words in texts[0] for texts in answer.json().values()), answer.json()
    row = Gateway.objects.get(name="reserve")
    assert (row.version, row.settings, row.secrets) == (before.version, before.settings, before.secrets)
    # What says nothing about the account changes as always, also beside the settings as they are.
    same = {"url": "http://127.0.0.1:9/", "token": SECRET}
    assert admin.patch("/gateways/reserve", {"max_rate": 5, "settings": same}).status_code == 200
    assert admin.patch("/gateways/reserve", {"settings": {"token": ""}}).status_code == 200
    Batch.objects.all().delete()
    assert admin.patch("/gateways/reserve", {"settings": {"token": "another"}, "idempotent": False}).status_code == 200


def test_a_new_key_of_the_same_account_is_taken_once_somebody_says_so(admin: APIClient):
    made(admin, idempotent=True)
    doubted()
    change = {"settings": {"token": "another"}}
    said = admin.patch("/gateways/reserve", change).json()["settings.token"][0]
    assert "same_account" in said
    assert admin.patch("/gateways/reserve", {**change, "same_account": True}).status_code == 200
    assert decrypt(Gateway.objects.get(name="reserve").secrets) == {"token": "another"}
    entry = AuditEntry.objects.filter(action="gateway.edit").latest("id")
    assert entry.details == {"name": "reserve", "changed": ["secrets"], "same_account": True}


def test_what_is_on_its_way_over_a_gateway_that_repeats_nothing_may_end_anywhere(admin: APIClient):
    made(admin, idempotent=False)
    doubted(leased=True)
    assert admin.patch("/gateways/reserve", {"settings": {"token": "another"}}).status_code == 200


@pytest.mark.parametrize("leased", [False, True])
def test_nothing_begins_to_be_repeated_while_messages_are_on_their_way_that_nobody_would_recognise(
    admin: APIClient, leased: bool
):
    """Whoever takes their batch over goes by the mark of then: the first attempt had no id, or went elsewhere."""
    plain, with_id = '{"to": "{{phone}}", "text": "{{text}}"}', '{"to": "{{phone}}", "text": "{{text}}", "n": "{{id}}"}'
    made(admin, kind="http", settings={"url": "http://127.0.0.1:9/send", "body": plain}, idempotent=False)
    before = doubted(leased=leased)
    for change in (
        {"idempotent": True, "settings": {"body": with_id}, "same_account": True},
        {"idempotent": True, "settings": {"body": with_id, "url": "http://127.0.0.1:10"}, "same_account": True},
    ):
        answer = admin.patch("/gateways/reserve", change)
        assert (answer.status_code, list(answer.json())) == (400, ["idempotent"]), answer.json()
        assert ("Disable it" if leased else "Wait until") in answer.json()["idempotent"][0]
    assert admin.patch("/gateways/reserve", {"settings": {"body": with_id}, "same_account": True}).status_code == 200
    assert admin.patch("/gateways/reserve", {"idempotent": True}).status_code == 400
    row = Gateway.objects.get(name="reserve")
    assert (row.idempotent, row.version) == (False, before.version + 1)
    # An earlier release took the mark without an id: to send one now is the same beginning.
    Gateway.objects.update(idempotent=True, settings={"url": "http://127.0.0.1:9/send", "body": plain})
    answer = admin.patch("/gateways/reserve", {"settings": {"body": with_id}, "same_account": True})
    assert (answer.status_code, list(answer.json())) == (400, ["idempotent"]), answer.json()
    Batch.objects.all().delete()
    assert admin.patch("/gateways/reserve", {"settings": {"body": with_id}}).status_code == 200


def test_a_provider_that_never_gets_our_id_recognises_nothing(admin: APIClient):
    """What somebody has ticked is not enough: without the ID a repeated message is a new one."""
    plain, with_id = '{"to": "{{phone}}", "text": "{{text}}"}', '{"to": "{{phone}}", "text": "{{text}}", "n": "{{id}}"}'
    url = "http://127.0.0.1:9/send"
    new = {"kind": "http", "idempotent": True}
    answer = admin.post("/gateways", body(settings={"url": url, "body": plain}, **new))
    assert (answer.status_code, list(answer.json())) == (400, ["idempotent"]), answer.json()
    assert "{{id}}" in answer.json()["idempotent"][0]
    for name, settings in (
        ("in-body", {"body": with_id}), ("in-url", {"url": f"{url}/{{{{ id }}}}", "body": plain}),
        ("in-header", {"headers": "X-Request-Id: {{id}}", "body": plain}),
    ):  # fmt: skip
        assert made(admin, name=name, settings={"url": url, **settings}, **new)["idempotent"] is True
    # Neither a later edit takes the ID out, nor is it ticked later without one.
    for change in ({"settings": {"body": plain}}, {"settings": {"body": plain}, "idempotent": True}):
        answer = admin.patch("/gateways/in-body", change)
        assert (answer.status_code, list(answer.json())) == (400, ["idempotent"]), answer.json()
    assert Gateway.objects.get(name="in-body").settings["body"] == with_id
    assert admin.patch("/gateways/in-body", {"settings": {"body": plain}, "idempotent": False}).status_code == 200
    answer = admin.patch("/gateways/in-body", {"idempotent": True})
    assert (answer.status_code, list(answer.json())) == (400, ["idempotent"]), answer.json()
