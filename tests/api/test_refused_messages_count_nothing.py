"""Only messages that are accepted count for the limit of a minute, whatever refuses the others."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from harness.cast import as_user
from vestnik.accounts.tries import Limit, give_back_some, take_some
from vestnik.models import Tries
from vestnik.routing import text_limits

MESSAGES = "/messages"
FIRST, STOPPED = 79_110_000_001, 79_110_000_099
PAST = "2020-01-01T00:00:00Z"


def body(phone: int = FIRST, **changes: Any) -> dict[str, Any]:
    return {"phone_number": str(phone), "text": "Hello", **changes}


def counted() -> int:
    return sum(Tries.objects.filter(bucket__startswith="message ").values_list("count", flat=True))


@pytest.fixture
def limited(settings: Any) -> Iterator[int]:
    """The limit of a minute."""
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, messages_per_minute=5)
    return 5


@pytest.fixture
def _stopped(ledger: Any) -> None:
    from vestnik.clients.stop_list import stop_phones

    del ledger
    stop_phones(phones=[STOPPED], reason="asked", actor=None)


#: What is posted, and the answer to it. The first phone may have one message a day, and has it.
REFUSED: dict[str, tuple[Any, int]] = {
    "an end in the past": (body(FIRST + 1, end_time=PAST), 400),
    "an end too far ahead": (body(FIRST + 1, end_time="2199-01-01T00:00:00Z"), 400),
    "a text of too many parts": (body(FIRST + 1, text="x" * 1_225), 400),
    "a stopped phone": (body(STOPPED), 409),
    "a phone that had enough": (body(), 429),
    "a key that was used": (body(FIRST + 1), 422),
    "many, one with a wrong end": ([body(FIRST + 1), body(FIRST + 2, end_time=PAST)], 400),
    "many, one with a long text": ([body(FIRST + 1), body(FIRST + 2, text="x" * 1_225)], 400),
    "many, one to a phone that had enough": ([body(FIRST + 1), body()], 429),
    "many, with a key that was used": ([body(FIRST + 1), body(FIRST + 2)], 422),
    "more than fit": ([body(FIRST + 1 + nth) for nth in range(5)], 429),
}


@pytest.mark.usefixtures("_stopped")
@pytest.mark.parametrize("keyed", [True, False], ids=["with a key", "without"])
@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_takes_nothing_of_the_limit(
    operator: APIClient, monkeypatch: pytest.MonkeyPatch, limited: int, what: str, keyed: bool
) -> None:
    monkeypatch.setattr("vestnik.audience.direct.MAX_A_DAY", 1)
    monkeypatch.setattr(text_limits, "_usable", lambda *_: [[text_limits.TextLimit("smsru", 1_000, 8)]])
    assert operator.post(MESSAGES, body(), HTTP_IDEMPOTENCY_KEY="used").status_code == 201
    said, status = REFUSED[what]
    uses = status == 422
    for nth in range(limited + 1):
        headers = {"HTTP_IDEMPOTENCY_KEY": "used" if uses else f"key-{nth}"} if keyed or uses else {}
        assert operator.post(MESSAGES, said, **headers).status_code == status
        assert counted() == 1, "the one that was accepted"
    rest = [body(FIRST + 10 + nth) for nth in range(limited - 1)]
    assert operator.post(MESSAGES, rest).status_code == 201
    assert operator.post(MESSAGES, body(FIRST + 20)).status_code == 429


@pytest.mark.usefixtures("_stopped")
def test_what_a_person_is_refused_in_the_console_takes_nothing_either(limited: int, user_of_console: Any) -> None:
    from vestnik.audience.direct import SingleMessage, end_of, send_one
    from vestnik.db.clock import database_now
    from vestnik.errors import StateForbids

    now = database_now()
    for _ in range(limited + 1):
        with pytest.raises(StateForbids):
            send_one(SingleMessage(phone=STOPPED, text="x", end=end_of(None, now)), actor=user_of_console, now=now)
    assert counted() == 0


@pytest.fixture
def user_of_console(person: Callable[..., Any]) -> Any:
    return person("anna", "operator")


@pytest.mark.usefixtures("_stopped")
def test_refused_and_accepted_ones_at_the_same_moment_never_pass_the_limit_and_leave_what_was_accepted(
    ledger: Any, settings: Any
) -> None:
    from harness.cast import person

    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, messages_per_minute=30)
    user = person("anna", "operator")

    def post(nth: int) -> int:
        try:
            said = [body(FIRST + nth), body(STOPPED), body(FIRST + nth, end_time=PAST)][nth % 3]
            return int(as_user(user).post(MESSAGES, said).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(post, range(120)))
    accepted = answers.count(201)
    assert 25 <= accepted <= 30
    assert set(answers) <= {201, 400, 409, 429}
    assert counted() == accepted
    assert ledger.execute("SELECT count(*) FROM vestnik_message").fetchone() == (accepted,)


def test_what_is_given_back_was_counted_in_the_same_period(ledger: Any) -> None:
    """Else a refusal at the turn of a minute would let more through in the next one."""
    limit = Limit("message", 5, timedelta(minutes=1))
    earlier = take_some(limit, "anna", some=3)
    ledger.execute("UPDATE vestnik_tries SET began_at = began_at - interval '2 minutes'")
    now = take_some(limit, "anna", some=4)
    give_back_some(earlier)
    assert counted() == 4
    give_back_some(now)
    assert counted() == 0
