"""Requests that come at the same moment share one commit, and each is answered by what became of its own message."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from harness.cast import as_user
from harness.rows import ledger_now
from vestnik.accounts.tries import direct_limit
from vestnik.audience.direct_group import SingleCall, accept_group
from vestnik.cluster.processes import wait_for
from vestnik.db.locks import Lock
from vestnik.mailings.once import Claim, claim_keys
from vestnik.models import RememberedRequest

MESSAGES = "/messages"
PATIENCE = 20.0
FIRST = 79_110_000_001
STOPPED = 79_110_000_099

Post = Callable[..., "Future[Any]"]


def body(phone: int, **changes: Any) -> dict[str, Any]:
    return {"phone_number": str(phone), "text": f"to {phone}", **changes}


def rows(ledger: Any) -> list[tuple[Any, ...]]:
    found = ledger.execute("SELECT id, phone, field_values->>'text', created_at FROM vestnik_message ORDER BY id")
    return [tuple(row) for row in found.fetchall()]


@pytest.fixture
def user(ledger: Any) -> Any:
    from harness.cast import person

    del ledger
    return person("olga")


@pytest.fixture
def held(ledger: Any) -> Iterator[Callable[[], None]]:
    """Nobody can add to the day's mailings until this is called."""
    from vestnik.db.connection import open_connection

    del ledger
    with open_connection("holder") as holder:
        holder.execute("BEGIN")
        holder.execute("SELECT pg_advisory_xact_lock(%s)", [int(Lock.DIRECT_DAY)])
        yield lambda: holder.execute("ROLLBACK") and None


@pytest.fixture
def post(ledger: Any, user: Any) -> Iterator[Post]:
    """Post in a thread of its own. The first one is at its commit when this returns; the others wait for the next."""
    from django.db import connection

    from vestnik.api.messages import _group

    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    made: list[Any] = []

    def answer(said: dict[str, Any], headers: dict[str, str]) -> Any:
        try:
            return as_user(user).post(MESSAGES, said, **headers)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:

        def make(said: dict[str, Any], **headers: str) -> "Future[Any]":
            future = threads.submit(answer, said, headers)
            if made:
                assert wait_for(lambda: len(_group._waiting) == len(made), seconds=PATIENCE, pause=0.005)
            else:
                assert wait_for(lambda: ledger.execute(waiting).fetchone()[0] == 1, seconds=PATIENCE, pause=0.005)
            made.append(future)
            return future

        yield make


def test_what_comes_during_a_commit_is_committed_with_the_next_one(
    ledger: Any, held: Callable[[], None], post: Post
) -> None:
    phones = [FIRST + number for number in range(6)]
    answers = [post(body(phone)) for phone in phones]
    assert not any(answer.done() for answer in answers), "nothing is answered before its commit"
    held()
    accepted = {phone: answer.result(PATIENCE).json()["id"] for phone, answer in zip(phones, answers, strict=True)}
    found = rows(ledger)
    assert {phone: message for message, phone, _, _ in found} == accepted
    assert {text for _, _, text, _ in found} == {f"to {phone}" for phone in phones}
    assert len({created for *_, created in found}) == 2, "one transaction for the first, one for all others"
    batches = ledger.execute("SELECT queued, end_time - due_at FROM vestnik_batch ORDER BY id").fetchall()
    assert [queued for queued, _ in batches] == [1, 5], "without an end of their own they share a batch"
    assert all(timedelta(0) <= ends - timedelta(hours=24) < timedelta(minutes=1) for _, ends in batches)


def test_a_request_that_is_refused_or_repeated_does_no_harm_to_others(
    ledger: Any, held: Callable[[], None], post: Post
) -> None:
    from vestnik.clients.stop_list import stop_phones

    stop_phones(phones=[STOPPED], reason="asked", actor=None)
    past, late = "2020-01-01T00:00:00Z", ledger_now(ledger) + timedelta(hours=1)
    calls = [
        post(body(FIRST)),
        post(body(STOPPED), HTTP_IDEMPOTENCY_KEY="stopped", HTTP_ACCEPT_LANGUAGE="ru"),
        post(body(FIRST + 1, end_time=past), HTTP_IDEMPOTENCY_KEY="past"),
        post(body(FIRST + 2), HTTP_IDEMPOTENCY_KEY="twice"),
        post(body(FIRST + 2), HTTP_IDEMPOTENCY_KEY="twice"),
        post(body(FIRST + 3, text="first", end_time=late.isoformat())),
        post(body(FIRST + 3, text="second")),
    ]
    held()
    answers = [call.result(PATIENCE) for call in calls]
    assert [answer.status_code for answer in answers] == [201, 409, 400, 201, 201, 201, 201]
    assert "стоп-листе" in answers[1].json()["detail"], "in the language of its own request"
    assert list(answers[2].json()) == ["end_time"]
    assert answers[3].json() == answers[4].json(), "of one key there is one message"
    assert [answer.has_header("Idempotency-Replayed") for answer in answers[3:5]] in ([False, True], [True, False])
    assert datetime.fromisoformat(answers[5].json()["end_time"]) == late
    assert sorted(text for _, _, text, _ in rows(ledger)) == ["first", "second", f"to {FIRST}", f"to {FIRST + 2}"]
    remembered = ledger.execute("SELECT key, answer->'body'->>'id' FROM vestnik_rememberedrequest").fetchall()
    assert remembered == [("twice", str(answers[3].json()["id"]))], "a refusal leaves its key free"
    assert ledger.execute("SELECT count FROM vestnik_tries").fetchall() == [(4,)], (
        "what is refused or repeated counts for nothing"
    )


def test_the_limit_lets_as_many_of_them_through_as_fit(
    ledger: Any, held: Callable[[], None], post: Post, settings: Any
) -> None:
    from dataclasses import replace

    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, messages_per_minute=3)
    calls = [post(body(FIRST + number), HTTP_IDEMPOTENCY_KEY=f"k-{number}") for number in range(5)]
    held()
    assert sorted(call.result(PATIENCE).status_code for call in calls) == [201, 201, 201, 429, 429]
    assert len(rows(ledger)) == 3
    assert ledger.execute("SELECT count(*), count(answer) FROM vestnik_rememberedrequest").fetchall() == [(3, 3)]


def test_what_cannot_be_written_leaves_nothing_of_the_others_behind(
    operator: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import DataError

    from vestnik.accounts.tries import Taken, direct_limit
    from vestnik.audience import direct_group
    from vestnik.audience.direct_group import SingleCall, accept_group
    from vestnik.mailings.once import Claim
    from vestnik.models import RememberedRequest, User

    def fail(*_: Any, **__: Any) -> None:
        raise DataError("no such text")

    monkeypatch.setattr(direct_group, "write", fail)
    user = User.objects.get(username="olga").id
    calls = [
        SingleCall(
            phone=FIRST + number, text="x", end=None, reference=None, limit=direct_limit(60), bucket="olga",
            claim=Claim(user, f"k-{number}", ""),
        )
        for number in range(2)
    ]  # fmt: skip
    handled = accept_group(calls, shown=lambda accepted: {"id": accepted.id})
    assert [(each.accepted, type(each.counted)) for each in handled] == [(None, Taken)] * 2
    assert not RememberedRequest.objects.exists()
    # Each is then handled by itself, without the others.
    assert operator.post(MESSAGES, body(FIRST)).status_code == 201


def test_of_requests_with_one_key_the_first_is_kept_however_many_come(user: Any) -> None:
    """Its message is the one that is sent: with another's body the others would get its answer as a repetition."""
    for count in range(2, 40):
        claims = [
            Claim(user.id, key, f"{key} {nth:02d}") for nth in range(count) for key in (f"{count} b", f"{count} a")
        ]
        with transaction.atomic():
            assert claim_keys(claims) == {(user.id, f"{count} a"), (user.id, f"{count} b")}
    kept = RememberedRequest.objects.values_list("key", "body_digest")
    assert [digest for key, digest in kept if digest != f"{key} 00"] == []


def test_of_two_bodies_with_one_key_at_one_moment_the_one_that_is_sent_is_remembered(user: Any) -> None:
    calls = [
        SingleCall(
            phone=FIRST + nth, text=f"text {nth}", end=None, reference=None, limit=direct_limit(60), bucket="x",
            claim=Claim(user.id, "one key", f"digest {nth}"),
        )
        for nth in range(2)
    ]  # fmt: skip
    first, second = accept_group(calls, shown=lambda accepted: {"id": accepted.id})
    assert first.accepted is not None
    assert second.accepted is None
    kept = RememberedRequest.objects.get(key="one key")
    assert (kept.body_digest, kept.answer) == ("digest 0", {"id": first.accepted.id})
