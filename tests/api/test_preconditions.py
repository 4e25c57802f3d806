"""Two people who edit the same thing: the second is told instead of overwriting the first."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import client_body, mailing_body
from harness.rest import in_future


@pytest.fixture(params=["client", "mailing"])
def thing(request: pytest.FixtureRequest, operator: APIClient) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Its path, its body, and a change to it."""
    if request.param == "client":
        made = operator.post("/client/", client_body())
        return f"/client/{made.json()['id']}", made.json(), {"tag": "gold"}
    made = operator.post("/sender/notifications", mailing_body())
    return f"/sender/notifications/{made.json()['id']}", made.json(), {"name": "Other"}


Thing = tuple[str, dict[str, Any], dict[str, Any]]


def test_every_answer_that_shows_one_thing_has_the_same_etag_until_it_changes(operator: APIClient, thing: Thing):
    path, body, change = thing
    tag = operator.get(path)["ETag"]
    assert tag.startswith('"')
    assert operator.get(path)["ETag"] == operator.put(path, body)["ETag"] == tag
    changed = operator.patch(path, change)
    assert changed["ETag"] != tag
    assert operator.get(path)["ETag"] == changed["ETag"]


def test_a_created_thing_comes_with_its_etag(operator: APIClient):
    for path, body in (("/client/", client_body()), ("/sender/notifications", mailing_body())):
        made = operator.post(path, body)
        assert operator.get(f"{path.rstrip('/')}/{made.json()['id']}")["ETag"] == made["ETag"]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_an_edit_of_what_somebody_else_changed_is_a_412_and_changes_nothing(
    operator: APIClient, thing: Thing, method: str
):
    path, body, change = thing
    stale = operator.get(path)["ETag"]
    operator.patch(path, change)
    answer = getattr(operator, method)(path, body, HTTP_IF_MATCH=stale)
    assert (answer.status_code, answer.json()["code"]) == (412, "edited_meanwhile")
    assert operator.get(path).json() == {**body, **change}


@pytest.mark.parametrize("form", ["{tag}", '"x", {tag}', "*", 'W/"x" , {tag}'])
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_an_edit_of_what_was_read_is_done(operator: APIClient, thing: Thing, method: str, form: str):
    path, body, _ = thing
    tag = operator.get(path)["ETag"]
    assert getattr(operator, method)(path, body, HTTP_IF_MATCH=form.format(tag=tag)).status_code in (200, 204)


@pytest.mark.parametrize("form", ["W/{tag}", "", "x", '""', "\x7f", '"' + "9" * 5000 + '"'])
def test_a_weak_or_garbled_tag_matches_nothing(operator: APIClient, thing: Thing, form: str):
    path, _, change = thing
    tag = operator.get(path)["ETag"]
    assert operator.patch(path, change, HTTP_IF_MATCH=form.format(tag=tag)).status_code == 412


def test_without_if_match_nothing_is_asked(operator: APIClient, thing: Thing):
    path, _, change = thing
    assert operator.patch(path, change).status_code == 200


def test_an_unknown_thing_is_a_404_whatever_it_should_match(operator: APIClient):
    for path in ("/client/999", "/sender/notifications/999"):
        assert operator.delete(path, HTTP_IF_MATCH='"1"').status_code == 404


@pytest.mark.parametrize("action", ["pause", "cancel"])
def test_an_action_on_what_somebody_else_changed_is_a_412(operator: APIClient, action: str):
    from vestnik.models import Mailing

    made = operator.post("/sender/notifications", mailing_body())
    path = f"/sender/notifications/{made.json()['id']}"
    Mailing.objects.update(state="running")
    operator.patch(path, {"end_time": in_future(days=9)})
    stale = operator.post(f"{path}/{action}", HTTP_IF_MATCH=made["ETag"])
    assert stale.status_code == 412
    assert operator.get(path).json()["state"] == "running"
    fresh = operator.get(path)["ETag"]
    assert operator.post(f"{path}/{action}", HTTP_IF_MATCH=fresh).status_code == 200
