"""Lists of mailings and of their totals, by state and by start."""

from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from harness.cast import mailing_body

LISTS = ["/sender/notifications", "/sender/notifications/statistics"]


@pytest.fixture
def three(operator: APIClient) -> APIClient:
    from vestnik.models import Mailing

    for day, state in ((1, "running"), (2, "paused"), (3, "scheduled")):
        times = {"start_time": f"2090-01-0{day}T12:00:00Z", "end_time": "2090-02-01T00:00:00Z"}
        made = operator.post(LISTS[0], mailing_body(name=state, **times))
        Mailing.objects.filter(id=made.json()["id"]).update(state=state)
    return operator


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["running", "paused", "scheduled"]),
        ({"ordering": "-id"}, ["scheduled", "paused", "running"]),
        ({"state": "paused"}, ["paused"]),
        ({"state": ["paused", "running"]}, ["running", "paused"]),
        ({"state": "completed"}, []),
        ({"starts_from": "2090-01-02T12:00:00Z"}, ["paused", "scheduled"]),
        ({"starts_before": "2090-01-02T12:00:00Z"}, ["running"]),
        ({"starts_from": "2090-01-01T13:00:00+01:00", "starts_before": "2090-01-03T00:00:00Z"}, ["running", "paused"]),
        ({"starts_from": "2090-01-02T00:00:00Z", "state": "scheduled"}, ["scheduled"]),
    ],
)
def test_a_list_shows_what_matches(three: APIClient, path: str, query: dict[str, Any], names: list[str]):
    answer = three.get(path, query)
    assert answer.status_code == 200
    assert [row["name"] for row in answer.json()] == names


@pytest.mark.parametrize("written", ["T15:00:01+03:00", "T15:00:01+03", "%2015:00:01%2B03:00", "+15:00:01+03:00"])
def test_a_plus_that_was_not_escaped_is_understood(three: APIClient, written: str):
    rows = three.get(f"/sender/notifications?starts_before=2090-01-01{written}").json()
    assert [row["name"] for row in rows] == ["running"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state", "sleeping"),
        ("state", ""),
        ("state", "running,paused"),
        ("starts_from", "tomorrow"),
        ("starts_from", "2090-01-01"),
        ("starts_before", "2090-01-01T00:00:00"),
        ("starts_before", "\x00"),
        ("starts_from", "2090-01-01T00:00:00+03:60"),
        ("starts_before", "2090-01-01T00:00:00+03:00:75"),
    ],
)
def test_a_wrong_filter_is_a_400_that_names_it(three: APIClient, path: str, name: str, value: str):
    answer = three.get(path, {name: value})
    assert (answer.status_code, list(answer.json())) == (400, [name])


def test_links_keep_every_state_that_was_named(three: APIClient):
    link = three.get("/sender/notifications?state=running&state=paused&page_size=1", headers={"Host": "127.0.0.1"})[
        "Link"
    ]
    assert link.startswith(f"<{settings.ENVIRONMENT.public_url}/sender/"), "not by a Host that anybody may forge"
    assert "state=running&state=paused" in link
