"""One who cannot know whether he was heard says it again, and makes one mailing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import as_user, mailing_body

LIST = "/sender/notifications"


def post(client: APIClient, body: dict[str, Any], key: str) -> Any:
    return client.post(LIST, body, HTTP_IDEMPOTENCY_KEY=key)


def mailings() -> int:
    from vestnik.models import Mailing

    return Mailing.objects.count()


def test_the_same_key_and_body_answer_the_first_result(operator: APIClient):
    body = mailing_body()
    first = post(operator, body, "k-1")
    operator.patch(f"{LIST}/{first.json()['id']}", {"name": "Edited meanwhile"})
    again = post(operator, dict(reversed(body.items())), "k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert mailings() == 1


def test_the_same_key_with_another_body_is_a_422(operator: APIClient):
    post(operator, mailing_body(), "k-1")
    answer = post(operator, mailing_body(message_text="Other"), "k-1")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert mailings() == 1


def test_another_key_or_none_makes_another_mailing(operator: APIClient):
    body = mailing_body()
    assert len({post(operator, body, key).json()["id"] for key in ("k-1", "k-2")}) == 2
    assert len({operator.post(LIST, body).json()["id"] for _ in range(2)}) == 2


def test_a_key_belongs_to_the_user_who_chose_it(operator: APIClient, person: Callable[..., Any]):
    body = mailing_body()
    other = as_user(person("oleg", "operator"))
    assert post(operator, body, "k-1").json()["id"] != post(other, body, "k-1").json()["id"]


def test_a_refused_request_is_not_remembered(operator: APIClient):
    assert post(operator, mailing_body(end_time="2020-01-01T00:00:00Z"), "k-1").status_code == 400
    assert post(operator, mailing_body(message_text=""), "k-1").status_code == 400
    assert post(operator, mailing_body(), "k-1").status_code == 201


def test_after_24_hours_a_key_is_as_good_as_new_and_its_row_is_gone(operator: APIClient):
    from vestnik.models import RememberedRequest

    body = mailing_body()
    first = post(operator, body, "k-1")
    post(operator, body, "k-2")
    hour = timedelta(hours=1)
    for row in RememberedRequest.objects.all():
        RememberedRequest.objects.filter(id=row.id).update(created_at=row.created_at - 23 * hour)
    assert post(operator, body, "k-1").json() == first.json()
    for row in RememberedRequest.objects.all():
        RememberedRequest.objects.filter(id=row.id).update(created_at=row.created_at - 2 * hour)
    assert post(operator, body, "k-1").json()["id"] != first.json()["id"]
    assert [row.key for row in RememberedRequest.objects.all()] == ["k-1"]


def test_an_old_key_is_as_good_as_new_also_behind_more_older_ones_than_a_request_sweeps_away(operator: APIClient):
    from vestnik.models import RememberedRequest

    body = mailing_body()
    first = post(operator, body, "k-1")
    row = RememberedRequest.objects.get()
    before = row.created_at - timedelta(hours=30)
    RememberedRequest.objects.bulk_create(
        RememberedRequest(user=row.user, key=f"older-{n}", body_digest="", created_at=before) for n in range(30)
    )
    RememberedRequest.objects.filter(id=row.id).update(created_at=row.created_at - timedelta(hours=25))
    assert post(operator, body, "k-1").json()["id"] != first.json()["id"]


@pytest.mark.parametrize("key", ["", " ", "a b", "ключ", "x" * 256, "a\x7f"])
def test_a_key_that_is_none_is_a_400(operator: APIClient, key: str):
    answer = post(operator, mailing_body(), key.encode().decode("latin-1"))
    assert (answer.status_code, list(answer.json())) == (400, ["Idempotency-Key"])


def test_of_simultaneous_requests_one_makes_the_mailing_and_all_get_it(ledger: Any):
    from django.db import connection

    from harness.cast import person

    del ledger
    user = person("olga")
    clients = [as_user(user) for _ in range(8)]
    body, together = mailing_body(), Barrier(8)

    def once(client: APIClient) -> tuple[int, int]:
        together.wait()
        try:
            answer = post(client, body, "k-1")
            return answer.status_code, answer.json()["id"]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(once, clients))
    assert len(answers) == 1
    assert answers.pop()[0] == 201
    assert mailings() == 1


def age(key: str, hours: float) -> None:
    from vestnik.models import RememberedRequest

    row = RememberedRequest.objects.get(key=key)
    RememberedRequest.objects.filter(id=row.id).update(created_at=row.created_at - timedelta(hours=hours))


def test_a_repetition_waits_for_its_own_old_key_before_it_locks_those_of_others(ledger: Any):
    """Two requests that each had swept the other's key, and waited for their own, were a deadlock and a 500."""
    from django.db import connection

    from harness.cast import person
    from harness.sending import until
    from vestnik.db.connection import open_connection

    operator, body = as_user(person("olga")), mailing_body()
    for key in ("k-1", "k-2"):
        post(operator, body, key)
    for key in ("k-1", "k-2"):
        age(key, 30)

    def again() -> int:
        try:
            return int(post(operator, body, "k-1").status_code)
        finally:
            connection.close()

    free = "SELECT key FROM vestnik_rememberedrequest ORDER BY key FOR UPDATE SKIP LOCKED"
    waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%rememberedrequest%'"
    with open_connection("another request") as other, ThreadPoolExecutor(1) as pool:
        with other.transaction():
            other.execute("SELECT FROM vestnik_rememberedrequest WHERE key = 'k-1' FOR UPDATE")
            answer = pool.submit(again)
            until(lambda: ledger.execute(waiting).fetchall() != [], seconds=20)
            assert ledger.execute(free).fetchall() == [("k-2",)]
        assert answer.result(timeout=20) == 201


def test_nobody_sweeps_a_key_that_its_own_request_may_still_count_on(operator: APIClient):
    from vestnik.models import RememberedRequest

    post(operator, mailing_body(), "k-1")
    age("k-1", 24.5)
    post(operator, mailing_body(), "k-2")
    assert RememberedRequest.objects.filter(key="k-1").exists()


@pytest.mark.parametrize(("times", "status"), [(1, 201), (2, 503)])
def test_a_key_that_is_gone_after_it_was_found_taken_is_claimed_again(
    operator: APIClient, monkeypatch: pytest.MonkeyPatch, times: int, status: int
):
    from vestnik.mailings import once

    claim, lost = once._claim, iter([False] * times)
    monkeypatch.setattr(once, "_claim", lambda *given: next(lost, True) and claim(*given))
    assert post(operator, mailing_body(), "k-1").status_code == status
    assert mailings() == (status == 201)
