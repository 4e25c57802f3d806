"""Decisions about unknown messages over REST."""

from typing import Any

import pytest
from django.utils import timezone


@pytest.fixture
def completed(db: None) -> Any:
    """A completed mailing whose end is ahead."""
    del db
    from harness.mailings import made_mailing
    from vestnik.models import MESSAGE_STATES

    totals = dict.fromkeys(MESSAGE_STATES, 0)
    return made_mailing(starts_in=-3_600, state="completed", frozen_at=timezone.now(), totals=totals)


def path(mailing: Any) -> str:
    return f"/sender/notifications/{mailing.id}/unknown"


@pytest.mark.parametrize("decision", ["leave", "resend"])
def test_a_decision_is_answered_with_what_came_of_it(operator: Any, completed: Any, decision: str) -> None:
    answer = operator.post(path(completed), {"decision": decision}, format="json")
    assert (answer.status_code, answer.json()) == (200, {"resent": 0, "left": 0, "state": "completed"})


@pytest.mark.parametrize("body", [{}, {"decision": "perhaps"}, {"decision": None}, []])
def test_a_wrong_decision_is_a_400(operator: Any, completed: Any, body: Any) -> None:
    assert operator.post(path(completed), body, format="json").status_code == 400


@pytest.mark.parametrize("state", ["scheduled", "cancelled"])
def test_a_state_that_forbids_it_is_a_409_that_says_which_allow_it(operator: Any, completed: Any, state: str) -> None:
    completed.state = state
    completed.save()
    answer = operator.post(path(completed), {"decision": "resend"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "state_forbids")
    assert "running, paused, completed or expired" in answer.json()["detail"]


def test_after_the_end_it_is_a_409(operator: Any, completed: Any) -> None:
    completed.end_time = timezone.now()
    completed.save()
    assert operator.post(path(completed), {"decision": "leave"}, format="json").status_code == 409


def test_an_unknown_mailing_is_a_404_and_a_viewer_may_not_decide(operator: Any, viewer: Any, completed: Any) -> None:
    assert operator.post("/sender/notifications/999/unknown", {"decision": "leave"}, format="json").status_code == 404
    assert viewer.post(path(completed), {"decision": "leave"}, format="json").status_code == 403
