"""Templates over REST: a text is kept under a name, checked as that of a mailing is, and used again."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import as_user, mailing_body
from vestnik.models import AuditEntry, Template

OWN = {
    "name": "Balance",
    "message_text": "{{tag}}: {{phone_number}}",
    "personal": True,
    "on_missing": "skip",
    "locale": "en",
}
PLAIN = {"name": "Plain", "message_text": "To the letter {{any}}"}


@pytest.fixture
def made(operator: APIClient) -> dict[str, Any]:
    answer = operator.post("/templates", OWN)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_text_is_kept_read_listed_by_pages_and_deleted(operator: APIClient, made: dict[str, Any]):
    assert made == {"id": made["id"], **OWN, "created_at": made["created_at"]}
    plain = operator.post("/templates", PLAIN).json()
    assert (plain["personal"], plain["on_missing"], plain["locale"]) == (False, None, None)
    assert operator.get(f"/templates/{made['id']}").json() == made
    assert operator.get("/templates").json() == [made, plain]
    first = operator.get("/templates?page_size=1&ordering=-id")
    assert (first.json(), 'rel="next"' in first.headers["Link"]) == ([plain], True)
    assert operator.delete(f"/templates/{made['id']}").status_code == 204
    assert operator.get(f"/templates/{made['id']}").status_code == 404
    assert operator.get("/templates/").json() == [plain]


def test_a_mailing_takes_the_keys_of_a_template_as_they_are(operator: APIClient, made: dict[str, Any]):
    taken = {key: made[key] for key in ("message_text", "personal", "on_missing", "locale")}
    mailing = operator.post("/sender/notifications", mailing_body(**taken)).json()
    assert {key: mailing[key] for key in taken} == taken


def test_put_replaces_and_patch_changes_what_it_names(operator: APIClient, made: dict[str, Any]):
    path = f"/templates/{made['id']}"
    changed = operator.patch(path, {"on_missing": "default", "message_text": "{{tag}}"}).json()
    assert changed == {**made, "on_missing": "default", "message_text": "{{tag}}"}
    assert operator.patch(path, {"personal": False}).json()["on_missing"] is None
    assert operator.put(path, changed).json() == changed
    replaced = operator.put(path, PLAIN).json()
    assert (replaced["name"], replaced["personal"], replaced["locale"]) == ("Plain", False, None)
    assert [entry.details for entry in AuditEntry.objects.filter(action="template.edit").order_by("id")][:2] == [
        {"name": "Balance", "changed": ["message_text", "on_missing"]},
        {"name": "Balance", "changed": ["personal", "on_missing", "locale"]},
    ]


def test_somebody_elses_change_is_not_overwritten(operator: APIClient, made: dict[str, Any]):
    path = f"/templates/{made['id']}"
    tag = operator.get(path).headers["ETag"]
    assert operator.patch(path, {"name": "Other"}, HTTP_IF_MATCH=tag).status_code == 200
    assert operator.patch(path, {"name": "Third"}, HTTP_IF_MATCH=tag).status_code == 412
    assert operator.delete(path, HTTP_IF_MATCH=tag).status_code == 412


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"name": "Balance"}, "name", "There is a template with this name already."),
        ({"name": " Balance\u200b"}, "name", "There is a template with this name already."),
        ({"name": "\u200b"}, "name", ""),
        ({"name": "x" * 101}, "name", ""),
        ({"message_text": " "}, "message_text", ""),
        ({"message_text": "x" * 2_001}, "message_text", ""),
        ({"message_text": "{{tga}}"}, "message_text", "Line 1, column 1: {{tga}}"),
        ({"message_text": "{{tag"}, "message_text", "Line 1, column 1"),
        ({"on_missing": None}, "on_missing", "default or skip"),
        ({"on_missing": "never"}, "on_missing", ""),
        ({"personal": False}, "locale", "Only a personal text has this."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    operator: APIClient, made: dict[str, Any], changes: dict[str, Any], field: str, said: str
):
    other = operator.post("/templates", {**OWN, "name": "Other"}).json()
    for answer in (
        operator.post("/templates", {**OWN, "name": "New", **changes}),
        operator.put(f"/templates/{other['id']}", {**OWN, "name": "Other", **changes}),
    ):
        assert answer.status_code == 400, answer.content
        assert said in answer.json()[field][0]
    assert Template.objects.count() == 2
    assert operator.get(f"/templates/{made['id']}").json() == made


def test_viewers_read_and_every_decision_is_recorded_with_its_person(person: Any, operator: APIClient):
    made = operator.post("/templates", PLAIN).json()
    viewer = as_user(person("vera", "viewer"))
    assert viewer.get("/templates").json() == [made]
    assert viewer.delete(f"/templates/{made['id']}").status_code == 403
    operator.delete(f"/templates/{made['id']}")
    assert list(AuditEntry.objects.filter(object_type="template").order_by("id").values_list("action", "details")) == [
        ("template.create", {"name": "Plain"}),
        ("template.delete", {"name": "Plain"}),
    ]
