"""REST of routes: rules in order, refused where they could never match, with warnings and a preview."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import as_user, client_body, mailing_body
from vestnik.models import AuditEntry, Gateway, GatewayState, Route

PHONE = "79111234567"


@pytest.fixture
def admin(person: Callable[..., Any]) -> APIClient:
    client = as_user(person("anna", "administrator"))
    for name in ("north", "south", "spare"):
        row = Gateway.objects.create(name=name, kind="probe", enabled=name != "spare")
        GatewayState.objects.create(id=row.id)
    return client


def rule(admin: APIClient, name: str = "", *, over: str = "north", **changes: Any) -> dict[str, Any]:
    answer = admin.post("/routes", {"name": name, "gateways": [{"gateway": over}], **changes})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def names(admin: APIClient) -> list[str]:
    return [each["name"] for each in admin.get("/routes").json()["routes"]]


def test_rules_stand_in_their_order_and_are_moved(admin: APIClient):
    for number, name in enumerate(("a", "b", "c")):
        rule(admin, name, operator_codes=[f"91{number}"])
    rule(admin, "first", operator_codes=["920"], place=1)
    assert names(admin) == ["first", "a", "b", "c"]
    (last,) = (each for each in admin.get("/routes").json()["routes"] if each["name"] == "c")
    assert admin.patch(f"/routes/{last['id']}", {"place": 2}).json()["place"] == 2
    assert names(admin) == ["first", "c", "a", "b"]
    admin.delete(f"/routes/{last['id']}")
    assert [each["place"] for each in admin.get("/routes").json()["routes"]] == [1, 2, 3]
    assert Route.objects.get(id=last["id"]).removed_at is not None


def test_a_rule_is_changed_and_what_is_absent_stays(admin: APIClient):
    made = rule(admin, "a", operator_codes=["911"], fallbacks=["spare"])
    chosen = [{"gateway": "north", "weight": 70}, {"gateway": "south", "weight": 30}]
    changed = admin.patch(f"/routes/{made['id']}", {"gateways": chosen}).json()
    assert (changed["gateways"], changed["operator_codes"], changed["fallbacks"]) == (chosen, ["911"], ["spare"])
    assert admin.patch(f"/routes/{made['id']}", {"operator_codes": None}).json()["operator_codes"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"gateways": []}, "gateways"),
        ({"gateways": [{"gateway": "nowhere"}]}, "gateways"),
        ({"gateways": [{"gateway": "gone"}]}, "gateways"),
        ({"gateways": [{"gateway": "north"}, {"gateway": "north"}]}, "gateways"),
        ({"gateways": [{"gateway": "north", "weight": 0}]}, "gateways"),
        ({"gateways": [{"gateway": "north", "weight": 1_001}]}, "gateways"),
        ({"gateways": "north"}, "gateways"),
        ({"fallbacks": ["north"]}, "fallbacks"),
        ({"fallbacks": ["south", "south"]}, "fallbacks"),
        ({"fallbacks": ["nowhere"]}, "fallbacks"),
        ({"operator_codes": []}, "operator_codes"),
        ({"operator_codes": ["9111"]}, "operator_codes"),
        ({"operator_codes": [1_000]}, "operator_codes"),
        ({"mailing": 999_999}, "mailing"),
        ({"name": "x" * 101}, "name"),
        ({"place": 0}, "place"),
    ],
)
def test_what_is_wrong_with_a_rule_stands_at_its_field(admin: APIClient, change: dict[str, Any], field: str):
    from django.utils import timezone

    Gateway.objects.create(name="gone", kind="probe", removed_at=timezone.now())
    answer = admin.post("/routes", {"gateways": [{"gateway": "north"}], **change})
    assert (answer.status_code, list(answer.json())) == (400, [field]), answer.json()
    assert not Route.objects.exists()


# -- rules that can never match


def test_a_rule_behind_one_that_takes_everything_is_refused_with_its_name(admin: APIClient):
    rule(admin, "Everything")
    answer = admin.post("/routes", {"name": "Late", "operator_codes": ["911"], "gateways": [{"gateway": "south"}]})
    assert answer.status_code == 400
    assert "“Everything” takes the same messages" in answer.json()["operator_codes"][0]


def test_two_rules_together_may_leave_nothing_for_a_third(admin: APIClient):
    rule(admin, "Beeline", operator_codes=["903", "905"])
    rule(admin, "Megafon", operator_codes=["920", "921"])
    answer = admin.post("/routes", {"operator_codes": ["905", "921"], "gateways": [{"gateway": "south"}]})
    assert "“Beeline”, “Megafon”" in answer.json()["operator_codes"][0]
    rule(admin, "Some left", operator_codes=["905", "921", "922"])


def test_a_rule_that_would_hide_a_later_one_is_refused_where_it_is_put(admin: APIClient):
    later = rule(admin, "Beeline", operator_codes=["903"])
    answer = admin.post("/routes", {"gateways": [{"gateway": "north"}], "place": 1})
    assert "“Beeline” would never be used" in answer.json()["operator_codes"][0]
    everything = rule(admin, "Everything")
    answer = admin.patch(f"/routes/{everything['id']}", {"place": 1})
    assert (answer.status_code, list(answer.json())) == (400, ["place"])
    answer = admin.patch(f"/routes/{later['id']}", {"place": 2})
    assert (answer.status_code, list(answer.json())) == (400, ["place"])
    assert names(admin) == ["Beeline", "Everything"]


def test_a_rule_for_one_mailing_does_not_hide_one_for_all(admin: APIClient):
    mailing = admin.post("/sender/notifications", mailing_body()).json()["id"]
    rule(admin, "One mailing", mailing=mailing)
    rule(admin, "All")
    answer = admin.post("/routes", {"mailing": mailing, "gateways": [{"gateway": "south"}]})
    assert answer.status_code == 400


# -- warnings


def test_a_rule_over_a_disabled_gateway_or_one_that_is_out_says_so(admin: APIClient):
    from django.utils import timezone

    made = rule(admin, "a", over="spare", fallbacks=["north"])
    assert "“spare” is disabled: no message goes over it." in made["warnings"]
    GatewayState.objects.filter(id=Gateway.objects.get(name="north").id).update(out_at=timezone.now())
    warnings = admin.get(f"/routes/{made['id']}").json()["warnings"]
    assert any("“north” is suspended" in each for each in warnings)
    assert any("they wait" in each for each in warnings)


@pytest.mark.parametrize(("simulator", "words"), [(True, "NOTHING IS DELIVERED"), (False, "go to “default”.")])
def test_the_list_says_where_other_numbers_go(admin: APIClient, settings: Any, simulator: bool, words: str):
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, gateway_is_simulator=simulator)
    made = rule(admin, "Beeline", operator_codes=["903"])
    listed = admin.get("/routes").json()
    assert listed["others"] == "default"
    assert words in listed["warnings"][0]
    assert any(words in each for each in made["warnings"])
    rule(admin, "All others")
    assert admin.get("/routes").json()["warnings"] == []


# -- the preview


def test_a_number_goes_by_the_code_of_its_client_else_by_its_own(admin: APIClient):
    rule(admin, "MTS", operator_codes=["911"], over="north")
    rule(admin, "Ported", operator_codes=["903"], over="south")
    found = admin.get("/routes/preview", {"phone_number": PHONE}).json()
    assert (found["operator_code"], found["in_directory"], found["gateways"][0]["gateway"]) == ("911", False, "north")
    admin.post("/client/", client_body(phone_number=PHONE, mobile_operator_code="903"))
    found = admin.get("/routes/preview", {"phone_number": PHONE}).json()
    assert (found["operator_code"], found["in_directory"], found["gateways"][0]["gateway"]) == ("903", True, "south")
    assert found["words"] == "By “Ported”: over south."


def test_shares_are_of_those_that_can_take_messages(admin: APIClient):
    chosen = [("north", 70), ("south", 20), ("spare", 10)]
    rule(admin, "a", gateways=[{"gateway": name, "weight": weight} for name, weight in chosen])
    found = admin.get("/routes/preview", {"phone_number": PHONE}).json()
    assert [round(each["share"], 3) for each in found["gateways"]] == [0.778, 0.222, 0.0]
    assert found["words"] == "By “a”: over one of north 78%, south 22%."


def test_without_a_rule_a_number_goes_to_default_and_by_a_mailings_rule_where_it_has_one(admin: APIClient):
    mailing = admin.post("/sender/notifications", mailing_body()).json()["id"]
    rule(admin, "One mailing", mailing=mailing, over="south")
    ask = {"phone_number": PHONE}
    assert admin.get("/routes/preview", ask).json()["words"] == "No rule matches: over default."
    found = admin.get("/routes/preview", {**ask, "mailing": mailing}).json()
    assert found["gateways"][0]["gateway"] == "south"


def test_a_gateway_that_is_down_has_no_share_and_the_rule_says_so(admin: APIClient):
    made = rule(admin, "a", gateways=[{"gateway": "north", "weight": 3}, {"gateway": "south"}])
    down = GatewayState.objects.filter(id=Gateway.objects.get(name="north").id)
    down.update(breaker="open", breaker_reason="connect")
    found = admin.get("/routes/preview", {"phone_number": PHONE}).json()
    assert [each["share"] for each in found["gateways"]] == [0.0, 1.0]
    assert "“north” does not answer" in admin.get(f"/routes/{made['id']}").json()["warnings"][0]


def test_the_fallback_is_named_when_nothing_else_can_take_messages(admin: APIClient):
    rule(admin, "a", over="spare", fallbacks=["south", "north"])
    assert admin.get("/routes/preview", {"phone_number": PHONE}).json()["words"] == "By “a”: over south."


@pytest.mark.parametrize("ask", [{}, {"phone_number": "7911"}, {"phone_number": PHONE, "mailing": "x"}])
def test_a_preview_of_nothing_is_refused(admin: APIClient, ask: dict[str, str]):
    assert admin.get("/routes/preview", ask).status_code == 400


# -- versions and records


def test_two_who_change_a_rule_at_once_notice_each_other(admin: APIClient):
    answer = admin.post("/routes", {"gateways": [{"gateway": "north"}]})
    tag, path = answer.headers["ETag"], f"/routes/{answer.json()['id']}"
    assert admin.patch(path, {"name": "new"}, HTTP_IF_MATCH=tag).status_code == 200
    assert admin.patch(path, {"name": "newer"}, HTTP_IF_MATCH=tag).status_code == 412
    assert admin.delete(path, HTTP_IF_MATCH=tag).status_code == 412


def test_every_decision_about_a_rule_is_on_record(admin: APIClient):
    first, second = rule(admin, "a", operator_codes=["911"]), rule(admin, "b", operator_codes=["903"])
    admin.patch(f"/routes/{second['id']}", {"place": 1})
    admin.patch(f"/routes/{first['id']}", {"gateways": [{"gateway": "north", "weight": 3}]})
    admin.patch(f"/routes/{first['id']}", {"name": "a"})
    admin.delete(f"/routes/{first['id']}")
    entries = AuditEntry.objects.filter(object_type="route").order_by("id")
    assert [(entry.action, entry.object_id) for entry in entries] == [
        ("route.create", first["id"]), ("route.create", second["id"]), ("route.move", second["id"]),
        ("route.edit", first["id"]), ("route.remove", first["id"]),
    ]  # fmt: skip
