"""Segments over REST: a filter is kept under a name, and a mailing takes a copy of it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import as_user, client_body, mailing_body
from vestnik.models import AuditEntry, Mailing, Segment

EMPTY = {"tag": None, "operator_code": None, "attributes": [], "created": None, "last_message": None}
VIP = {"tag": ["vip"]}
OLD = {"created": {"when": "not_within", "days": 30}}


def kept(conditions: dict[str, Any]) -> dict[str, Any]:
    return {**EMPTY, **conditions}


@pytest.fixture
def made(operator: APIClient) -> dict[str, Any]:
    answer = operator.post("/segments", {"name": "Important", "conditions": VIP, "exclude": OLD})
    assert answer.status_code == 201, answer.content
    return answer.json()


@pytest.fixture
def _typed(operator: APIClient) -> None:
    for name, kind in (("balance", "number"), ("city", "text"), ("day", "date")):
        assert operator.put(f"/attributes/{name}", {"type": kind}).status_code == 200


def test_a_filter_is_kept_read_listed_changed_and_deleted(operator: APIClient, made: dict[str, Any]):
    path = f"/segments/{made['id']}"
    assert made == {
        "id": made["id"], "name": "Important", "conditions": kept(VIP), "exclude": kept(OLD),
        "created_at": made["created_at"],
    }  # fmt: skip
    assert operator.get(path).json() == made
    assert operator.get("/segments").json() == [made]
    first = operator.get("/segments?page_size=1&ordering=-id")
    assert first.json() == [made]
    assert operator.patch(path, {"exclude": None}).json() == {**made, "exclude": None}
    codes = {"operator_code": [911, 911, 7]}
    assert operator.patch(path, {"conditions": codes}).json()["conditions"] == kept({"operator_code": [911, 7]})
    assert operator.put(path, made).json() == made
    assert operator.delete(path).status_code == 204
    assert operator.get(path).status_code == 404
    recorded = AuditEntry.objects.filter(object_type="segment").order_by("id").values_list("action", "details")
    assert list(recorded) == [
        ("segment.create", {"name": "Important"}),
        ("segment.edit", {"name": "Important", "changed": ["exclude"]}),
        ("segment.edit", {"name": "Important", "changed": ["conditions"]}),
        ("segment.edit", {"name": "Important", "changed": ["conditions", "exclude"]}),
        ("segment.delete", {"name": "Important"}),
    ]


@pytest.mark.usefixtures("_typed")
def test_values_have_the_type_of_their_attribute(operator: APIClient):
    tests = [
        {"name": "balance", "test": "greater", "value": "0120.50"},
        {"name": "city", "test": "contains", "value": ' "моск '},
        {"name": "day", "test": "less", "value": "2026-12-05"},
        {"name": "city", "test": "is_set"},
    ]
    made = operator.post("/segments", {"name": "Typed", "conditions": {"attributes": tests}}).json()
    shown = [each["value"] for each in made["conditions"]["attributes"]]
    assert shown == ["120.5", '"моск', "2026-12-05", None]
    assert [each["value"] for each in Segment.objects.get().conditions["attributes"]] == [120.5, *shown[1:]]
    # Nobody's values stand in the audit, which is kept for ever.
    assert "моск" not in str(AuditEntry.objects.get(action="segment.create").details)


@pytest.mark.usefixtures("_typed")
@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({}, "without any, all clients are in"),
        ({"tags": ["vip"]}, "There is no such condition."),
        ({"tag": []}, ""),
        ({"operator_code": [1000]}, ""),
        ({"created": {"when": "within", "days": 0}}, ""),
        ({"created": {"when": "within"}}, ""),
        ({"last_message": {"when": "within", "days": 91}}, ""),
        ({"attributes": [{"name": "balnce", "test": "is_set"}]}, "Did you mean balance?"),
        ({"attributes": [{"name": "city", "test": "greater", "value": "x"}]}, "A text can be"),
        ({"attributes": [{"name": "balance", "test": "contains", "value": "1"}]}, "A number can be"),
        ({"attributes": [{"name": "balance", "test": "equals", "value": "much"}]}, "This is not a number"),
        ({"attributes": [{"name": "day", "test": "equals", "value": "31.02.2026"}]}, "This is not a date"),
        ({"attributes": [{"name": "city", "test": "equals"}]}, "Enter a value."),
        ({"attributes": [{"name": "city", "test": "is_set"}] * 21}, ""),
    ],
)
def test_what_is_wrong_is_refused(operator: APIClient, made: dict[str, Any], conditions: dict[str, Any], said: str):
    for body in ({"conditions": conditions}, {"conditions": VIP, "exclude": conditions}):
        answer = operator.post("/segments", {"name": "New", **body})
        assert answer.status_code == 400, answer.content
        assert said in answer.text or "leave nobody out" in answer.text
    assert operator.get("/segments").json() == [made]


@pytest.mark.parametrize("part", ["conditions", "exclude"])
@pytest.mark.parametrize(
    "half", [{"last_message": {}}, {"created": {"days": 3}}, {"attributes": [{"name": "city"}]}, {"attributes": [{}]}]
)
def test_a_change_of_some_fields_has_whole_conditions_and_is_checked_before_its_version(
    operator: APIClient, made: dict[str, Any], part: str, half: dict[str, Any]
):
    path = f"/segments/{made['id']}"
    for version in ({}, {"HTTP_IF_MATCH": '"old"'}):
        answer = operator.patch(path, {part: half}, **version)
        assert answer.status_code == 400
        assert "This field is required." in str(answer.json()[part])
    assert operator.get(path).json() == made


def test_names_are_unique_and_somebody_elses_change_is_not_overwritten(operator: APIClient, made: dict[str, Any]):
    assert operator.post("/segments", {"name": " Important\u200b", "conditions": VIP}).json() == {
        "name": ["There is a segment with this name already."]
    }
    path = f"/segments/{made['id']}"
    tag = operator.get(path).headers["ETag"]
    assert operator.patch(path, {"name": "Other"}, HTTP_IF_MATCH=tag).status_code == 200
    assert operator.patch(path, {"name": "Third"}, HTTP_IF_MATCH=tag).status_code == 412
    assert operator.delete(path, HTTP_IF_MATCH=tag).status_code == 412


def test_viewers_only_read(person: Any, made: dict[str, Any]):
    viewer = as_user(person("vera", "viewer"))
    assert viewer.get("/segments").json() == [made]
    assert viewer.delete(f"/segments/{made['id']}").status_code == 403


def test_a_mailing_takes_a_copy_whenever_a_filter_that_names_it_is_saved(operator: APIClient, made: dict[str, Any]):
    chosen = {"tag": None, "operator_code": None, "segment": made["id"]}
    later = {"start_time": "2030-01-01T00:00:00Z", "end_time": "2030-01-02T00:00:00Z"}
    mailing = operator.post("/sender/notifications", mailing_body(filter=chosen, **later)).json()
    assert mailing["filter"] == chosen
    path = f"/sender/notifications/{mailing['id']}"

    def copied() -> Any:
        return Mailing.objects.get(id=mailing["id"]).segment

    before = copied()
    assert (before["name"], before["conditions"]["tag"], before["exclude"]) == ("Important", ["vip"], kept(OLD))
    operator.patch(f"/segments/{made['id']}", {"conditions": {"tag": ["gold"]}, "exclude": None})
    assert copied() == before
    assert operator.patch(path, {"name": "Another"}).json()["filter"] == chosen
    assert copied() == before
    operator.patch(path, {"filter": chosen})
    after = copied()
    assert (after["conditions"]["tag"], after["exclude"]) == (["gold"], None)
    # A program that gives back what it has read keeps the copy when the segment is gone.
    operator.delete(f"/segments/{made['id']}")
    assert operator.put(path, operator.get(path).json()).status_code == 200
    assert copied() == after
    assert operator.post("/sender/notifications", mailing_body(filter=chosen, **later)).status_code == 400
    operator.patch(path, {"filter": {"tag": ["vip"], "operator_code": None}})
    assert copied() is None
    assert "segment" not in operator.get(path).json()["filter"]
    for wrong in ("4", None, 0, True, 2**63):
        body = {"filter": {**chosen, "segment": wrong}}
        assert operator.patch(path, body).status_code == 400, wrong


def test_the_preview_counts_it_together_with_tags(operator: APIClient):
    for last, tag in enumerate(("vip", "vip", "gold", "old")):
        body = client_body(phone_number=f"7911123456{last}", tag=tag)
        assert operator.post("/client/", body).status_code == 201
    body = {"name": "Both", "conditions": {"tag": ["vip", "gold"]}, "exclude": {"tag": ["gold"]}}
    segment = operator.post("/segments", body).json()["id"]

    def total(**more: Any) -> Any:
        chosen = {"tag": None, "operator_code": None, "segment": segment, **more}
        return operator.post("/sender/notifications/preview", mailing_body(filter=chosen)).json()["total"]

    assert (total(), total(tag=["vip", "old"]), total(tag=["gold"]), total(operator_code=[1])) == (2, 2, 0, 0)
