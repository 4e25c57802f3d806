"""Mailings over REST: made, edited by the rules of their state, paused, resumed, cancelled, deleted."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import mailing_body
from harness.rest import in_future

LIST = "/sender/notifications"
STATES = ("scheduled", "running", "paused", "completed", "expired", "cancelled")


def make(operator: APIClient, state: str = "scheduled", **changes: Any) -> dict[str, Any]:
    """A mailing in a state that the sweeps would have brought it to."""
    from django.utils import timezone

    from vestnik.models import MESSAGE_STATES, Mailing

    answer = operator.post(LIST, mailing_body(**changes))
    assert answer.status_code == 201, answer.json()
    columns: dict[str, Any] = {"state": state}
    if state in ("completed", "expired", "cancelled"):
        now = timezone.now()
        columns |= {"finished_at": now, "frozen_at": now, "totals": dict.fromkeys(MESSAGE_STATES, 0)}
    Mailing.objects.filter(id=answer.json()["id"]).update(**columns)
    return {**answer.json(), "state": state}


def one(mailing: dict[str, Any], action: str = "") -> str:
    return f"{LIST}/{mailing['id']}{action}"


def test_a_mailing_is_answered_in_the_shape_of_the_contract(operator: APIClient):
    made = make(operator)
    assert set(made) == {"id", "name", "start_time", "end_time", "message_text", "filter", "send_window", "state"}
    assert made["filter"] == {"tag": ["vip"], "operator_code": [911]}
    assert operator.get(one(made)).json() == made
    assert operator.get(LIST).json() == [made]


def test_start_time_defaults_to_now_and_name_to_nothing(operator: APIClient):
    from datetime import UTC, datetime

    body = mailing_body()
    del body["start_time"], body["name"], body["send_window"]
    made = operator.post(LIST, body).json()
    assert abs((datetime.fromisoformat(made["start_time"]) - datetime.now(tz=UTC)).total_seconds()) < 10
    assert (made["name"], made["send_window"]) == ("", None)


@pytest.mark.parametrize(
    "chosen", [{"tag": None, "operator_code": None}, {"operator_code": [5, 911], "tag": ["b", "a"]}]
)
def test_a_filter_is_kept_whatever_the_order_of_its_keys(operator: APIClient, chosen: dict[str, Any]):
    assert make(operator, filter=chosen)["filter"] == chosen


def test_who_made_it_is_on_record(operator: APIClient):
    from vestnik.models import AuditEntry, Mailing

    made = make(operator)
    assert Mailing.objects.get(id=made["id"]).created_by.username == "olga"
    assert AuditEntry.objects.get(action="mailing.create", object_id=made["id"]).actor_name == "olga"


@pytest.mark.parametrize("state", STATES)
def test_what_get_answers_can_be_put_back_unless_it_is_over(operator: APIClient, state: str):
    made = make(operator, state)
    answer = operator.put(one(made), operator.get(one(made)).json())
    assert answer.status_code == (200 if state in ("scheduled", "running", "paused") else 409)


@pytest.mark.parametrize(
    "change",
    [
        {"message_text": "Other"},
        {"name": "Other"},
        {"filter": {"tag": None, "operator_code": None}},
        {"start_time": in_future(hours=2)},
        {"send_window": {"from": "09:00", "to": "21:00"}},
    ],
)
@pytest.mark.parametrize("state", STATES)
def test_before_the_start_anything_can_be_edited_later_only_the_end(
    operator: APIClient, state: str, change: dict[str, Any]
):
    made = make(operator, state)
    answer = operator.patch(one(made), change)
    if state == "scheduled":
        assert answer.status_code == 200
        assert operator.get(one(made)).json() == answer.json()
        assert {name: value for name, value in answer.json().items() if made[name] != value}.keys() == change.keys()
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, "state_forbids")
        assert state in answer.json()["detail"]
        assert operator.get(one(made)).json() == made


@pytest.mark.parametrize("method", ["patch", "put"])
@pytest.mark.parametrize("state", ["scheduled", "running", "paused"])
def test_the_end_can_be_edited_while_it_is_not_over(operator: APIClient, state: str, method: str):
    made = make(operator, state)
    change = {"end_time": in_future(days=5)}
    body = change if method == "patch" else {**made, **change}
    answer = getattr(operator, method)(one(made), body)
    assert answer.status_code == 200
    assert answer.json()["end_time"] != made["end_time"]


@pytest.mark.parametrize(
    "change",
    [{"end_time": in_future(hours=1)}, {"start_time": in_future(days=3)}, {"end_time": "2020-01-01T00:00:00Z"}],
)
def test_times_stay_in_order_after_a_patch_of_one_of_them(operator: APIClient, change: dict[str, str]):
    made = make(operator)
    answer = operator.patch(one(made), change)
    assert (answer.status_code, list(answer.json())) == (400, ["end_time"])
    assert operator.get(one(made)).json() == made


def test_a_put_of_one_field_is_a_400(operator: APIClient):
    answer = operator.put(one(make(operator)), {"message_text": "Other"})
    assert (answer.status_code, set(answer.json())) == (400, {"end_time", "filter"})


@pytest.mark.parametrize("state", ["running", "paused"])
def test_an_end_that_has_passed_cannot_be_moved_any_more(operator: APIClient, state: str):
    from datetime import timedelta

    from django.utils import timezone

    from vestnik.models import Mailing

    made = make(operator, state)
    past = timezone.now() - timedelta(seconds=1)
    Mailing.objects.filter(id=made["id"]).update(start_time=past - timedelta(hours=1), end_time=past)
    answer = operator.patch(one(made), {"end_time": in_future(days=5)})
    assert (answer.status_code, Mailing.objects.get(id=made["id"]).end_time) == (409, past)


ALLOWED = {"pause": ("running",), "resume": ("paused",), "cancel": ("scheduled", "running", "paused")}
BECOMES = {"pause": "paused", "resume": "running", "cancel": "cancelled"}


@pytest.mark.parametrize("action", ALLOWED)
@pytest.mark.parametrize("state", STATES)
def test_an_action_is_done_where_the_state_allows_it_and_a_409_where_not(operator: APIClient, state: str, action: str):
    made = make(operator, state)
    answer = operator.post(one(made, f"/{action}"))
    if state in ALLOWED[action]:
        assert (answer.status_code, answer.json()["state"]) == (200, BECOMES[action])
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, "state_forbids")
        assert operator.get(one(made)).json() == made


@pytest.mark.parametrize("state", STATES)
def test_a_deleted_mailing_is_gone_from_everywhere_but_the_accounts(operator: APIClient, state: str):
    from vestnik.models import Mailing

    made = make(operator, state)
    assert operator.delete(one(made)).status_code == 204
    assert operator.get(LIST).json() == operator.get(f"{LIST}/statistics").json() == []
    for path in (one(made), one(made, "/statistics"), one(made, "/messages")):
        assert operator.get(path).status_code == 404
    assert operator.post(one(made, "/pause")).status_code == operator.delete(one(made)).status_code == 404
    kept = Mailing.objects.get(id=made["id"])
    assert kept.state == (state if state in ("completed", "expired") else "cancelled")
