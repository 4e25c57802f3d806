"""API keys: shown once, never above their maker, ended at once, and no way into the account itself."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import as_user, client_body
from harness.rest import in_future


def made(by: APIClient, **changes: Any) -> dict[str, Any]:
    answer = by.post("/auth/keys/", {"name": "CRM", "role": "operator", **changes})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def machine(key: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def test_a_key_works_beside_the_token(operator: APIClient):
    key = made(operator)["key"]
    assert key.startswith("vk_")
    assert machine(key).post("/client/", client_body()).status_code == 201
    assert len(machine(key).get("/client/").json()) == 1


def test_a_key_is_shown_once_and_not_kept(operator: APIClient):
    from vestnik.models import ApiKey

    key = made(operator)["key"]
    (shown,) = operator.get("/auth/keys/").json()
    assert "key" not in shown
    assert key.startswith(shown["starts_with"])
    assert key not in str(ApiKey.objects.values().get())


def test_a_key_for_reading_may_only_read(operator: APIClient):
    client = machine(made(operator, role="viewer")["key"])
    assert client.get("/client/").status_code == 200
    assert client.post("/client/", client_body()).status_code == 403


def test_no_key_may_do_more_than_its_maker(operator: APIClient):
    answer = operator.post("/auth/keys/", {"name": "CRM", "role": "administrator"})
    assert (answer.status_code, list(answer.json())) == (400, ["role"])


def test_a_key_outlives_a_change_of_the_password_and_a_login_does_not(operator: APIClient):
    from vestnik.models import User

    olga = User.objects.get(username="olga")
    olga.set_password("a-long-Passphrase-7")
    olga.save()
    operator = as_user(olga)
    key, elsewhere = made(operator)["key"], as_user(olga)
    password = "a-long-Passphrase-8"
    body = {"old_password": "a-long-Passphrase-7", "new_password1": password, "new_password2": password}
    assert operator.post("/auth/password/change/", body).status_code == 200
    assert elsewhere.get("/client/").status_code == 401
    assert operator.get("/client/").status_code == 200
    assert machine(key).get("/client/").status_code == 200


def test_a_key_sinks_with_the_role_of_its_owner(person: Callable[..., Any]):
    anna = person("anna", "administrator")
    client = machine(made(as_user(anna))["key"])
    anna.role = "viewer"
    anna.save()
    assert client.get("/client/").status_code == 200
    assert client.post("/client/", client_body()).status_code == 403


def test_a_viewer_makes_no_keys(viewer: APIClient):
    assert viewer.post("/auth/keys/", {"name": "CRM", "role": "viewer"}).status_code == 403


def test_a_revoked_key_stops_at_once(operator: APIClient):
    key = made(operator)
    assert operator.delete(f"/auth/keys/{key['id']}").status_code == 204
    answer = machine(key["key"]).get("/client/")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert operator.get("/auth/keys/").json() == []
    assert operator.delete(f"/auth/keys/{key['id']}").status_code == 404


def test_an_expired_key_does_not_work(operator: APIClient):
    from vestnik.models import ApiKey

    key = made(operator, expires_at=in_future(days=1))
    assert machine(key["key"]).get("/client/").status_code == 200
    ApiKey.objects.update(expires_at=datetime.now(UTC))
    assert machine(key["key"]).get("/client/").status_code == 401


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("role", "king"),
        ("expires_at", "2020-01-01T00:00:00Z"),
        ("expires_at", "soon"),
    ],
)
def test_a_wrong_field_is_named(operator: APIClient, field: str, value: str):
    answer = operator.post("/auth/keys/", {"name": "CRM", "role": "operator", field: value})
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_the_keys_of_others_are_not_there(operator: APIClient, person: Callable[..., Any]):
    key = made(operator)
    other = as_user(person("boris", "operator"))
    assert other.get("/auth/keys/").json() == []
    assert other.get("/auth/keys/?owner=olga").status_code == 403
    assert other.get("/auth/keys/?owner=*").status_code == 403
    assert other.delete(f"/auth/keys/{key['id']}").status_code == 404
    assert machine(key["key"]).get("/client/").status_code == 200


def test_an_administrator_finds_and_ends_the_keys_of_others(operator: APIClient, person: Callable[..., Any]):
    from vestnik.models import AuditEntry

    key = made(operator)
    anna = as_user(person("anna", "administrator"))
    assert anna.get("/auth/keys/").json() == []
    for owner in ("olga", "OLGA", "*"):
        assert [one["owner"] for one in anna.get(f"/auth/keys/?owner={owner}").json()] == ["olga"]
    assert anna.get("/auth/keys/?owner=nobody%00").json() == []
    assert anna.delete(f"/auth/keys/{key['id']}").status_code == 204
    assert machine(key["key"]).get("/client/").status_code == 401
    entry = AuditEntry.objects.get(action="api_key.revoke")
    assert (entry.actor_name, entry.object_id) == ("anna", key["id"])


def test_whoever_became_a_viewer_still_ends_his_own_keys(operator: APIClient):
    from vestnik.models import User

    key = made(operator)
    User.objects.filter(username="olga").update(role="viewer")
    assert operator.post("/auth/keys/", {"name": "CRM", "role": "viewer"}).status_code == 403
    assert operator.delete(f"/auth/keys/{key['id']}").status_code == 204


def test_a_closed_account_takes_its_keys_along(person: Callable[..., Any]):
    anna = person("anna", "operator")
    key = made(as_user(anna))["key"]
    anna.is_active = False
    anna.save()
    assert machine(key).get("/client/").status_code == 401


def test_the_last_use_is_written_once_a_minute(operator: APIClient, django_assert_num_queries: Any):
    from vestnik.models import ApiKey

    client = machine(made(operator)["key"])
    assert ApiKey.objects.get().last_used_at is None
    client.get("/client/")
    first = ApiKey.objects.get().last_used_at
    with django_assert_num_queries(2):  # the key and the page
        client.get("/client/")
    ApiKey.objects.update(last_used_at=first - timedelta(seconds=61))
    client.get("/client/")
    assert ApiKey.objects.get().last_used_at > first


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/auth/keys/"),
        ("delete", "/auth/keys/1"),
        ("post", "/auth/password/change/"),
        ("patch", "/auth/user/"),
        ("post", "/auth/logout/"),
    ],
)
def test_a_key_that_leaked_cannot_take_the_account_over(operator: APIClient, method: str, path: str):
    assert getattr(machine(made(operator)["key"]), method)(path, {}).status_code == 403


@pytest.mark.parametrize("key", ["vk_", "vk_wrong", "vk_" + "é" * 43, "vk_" + "x" * 5000])
def test_what_is_no_key_is_a_401(anonymous: APIClient, key: str):
    assert anonymous.get("/client/", HTTP_AUTHORIZATION=f"Bearer {key}").status_code == 401


def test_making_and_revoking_are_on_record(operator: APIClient):
    from vestnik.models import AuditEntry

    key = made(operator)
    operator.delete(f"/auth/keys/{key['id']}")
    entries = AuditEntry.objects.filter(object_type="api_key", object_id=key["id"]).order_by("id")
    assert [(entry.actor_name, entry.action) for entry in entries] == [
        ("olga", "api_key.create"),
        ("olga", "api_key.revoke"),
    ]
    assert key["key"] not in str(list(entries.values()))
