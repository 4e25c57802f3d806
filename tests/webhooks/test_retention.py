"""Old events and attempts of webhooks are deleted in small pieces, and nothing that waits goes."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.sending import until
from harness.webhook_receiver import Receiver
from tests.webhooks.stage import deliver, lend, tell, waiting
from vestnik.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent
from vestnik.webhooks import retention
from vestnik.webhooks.endpoints import remove_endpoint
from vestnik.webhooks.retention import KEPT_ATTEMPTS, PIECE_ROWS, SQL
from vestnik.workers import general

Made = Callable[..., WebhookEndpoint]
ATTEMPTS, ENDPOINTS = 2_000, 10


def forget_old(ledger: Any) -> None:
    retention.forget_old(ledger, stopped=lambda: False)


def add_attempts(ledger: Any, endpoint: int, number: int) -> None:
    ledger.execute(
        "INSERT INTO vestnik_webhook_attempt (endpoint_id, event_uid, event_type, at, status, error, answer,"
        " milliseconds) SELECT %s, gen_random_uuid(), 'x', now(), 204, '', '', 3 FROM generate_series(1, %s)",
        [endpoint, number],
    )


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def rows_read(ledger: Any, name: str, table: str, **values: Any) -> int:
    """Rows of tables that a statement reads, those included that it looks at and leaves. It is run."""
    text = f"EXPLAIN (ANALYZE, FORMAT JSON) {SQL.text(name, table=table)}".encode()
    ((explained,),) = ledger.execute(text, values).fetchall()
    return sum(
        node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
        for node in nodes(explained[0]["Plan"])
        if "Relation Name" in node and node["Node Type"] != "ModifyTable"
    )


def test_old_events_and_attempts_are_forgotten_but_not_what_waits(
    ledger: Any, receiver: Receiver, endpoint_of: Made
) -> None:
    endpoint = endpoint_of(receiver)
    tell(ledger, 205)
    deliver(endpoint)
    tell(ledger, 1)
    ledger.execute("UPDATE vestnik_webhook_event SET at = at - interval '8 days'")
    tell(ledger, 1)
    forget_old(ledger)
    assert WebhookEvent.objects.count() == waiting() == 2
    assert WebhookAttempt.objects.count() == 200


def test_what_an_endpoint_that_was_removed_left_is_forgotten(
    ledger: Any, receiver: Receiver, endpoint_of: Made
) -> None:
    """An event that was written, and not committed, while its endpoint was removed leaves a delivery to nobody."""
    endpoint, other = endpoint_of(receiver), endpoint_of(receiver)
    with lend() as connection, connection.transaction():
        tell(connection, 1)
        add_attempts(connection, endpoint.id, 2)
        remove_endpoint(endpoint=endpoint, actor=None)
    add_attempts(ledger, other.id, 2)
    tell(ledger, 1)
    assert waiting() == 3
    forget_old(ledger)
    assert set(WebhookDelivery.objects.values_list("endpoint_id", flat=True)) == {other.id}
    assert set(WebhookAttempt.objects.values_list("endpoint_id", flat=True)) == {other.id}
    assert waiting() == 2
    remove_endpoint(endpoint=other, actor=None)
    ledger.execute("UPDATE vestnik_webhook_event SET at = at - interval '8 days'")
    forget_old(ledger)
    assert WebhookEvent.objects.count() == 0


def test_a_disabled_endpoint_keeps_what_it_missed_for_a_week(
    ledger: Any, receiver: Receiver, endpoint_of: Made
) -> None:
    endpoint_of(receiver)
    tell(ledger, 2)
    ledger.execute("UPDATE vestnik_webhook_delivery SET since = since - interval '8 days' WHERE event_id = 1")
    forget_old(ledger)
    assert waiting() == 2
    ledger.execute("UPDATE vestnik_webhook_endpoint SET enabled = false, disabled_code = 'operator'")
    forget_old(ledger)
    assert [each.event_id for each in WebhookDelivery.objects.all()] == [2]


def test_a_piece_reads_little_whatever_has_piled_up(ledger: Any, receiver: Receiver, endpoint_of: Made) -> None:
    """Where the kept attempts end is looked for once for each endpoint, not with each of 20,000 attempts."""
    for _ in range(ENDPOINTS):
        add_attempts(ledger, endpoint_of(receiver).id, ATTEMPTS)
    add_attempts(ledger, 999, ATTEMPTS)
    ledger.execute("ANALYZE vestnik_webhook_attempt")
    values = {"kept": KEPT_ATTEMPTS, "most": PIECE_ROWS}
    read = rows_read(ledger, "forget_attempts", "vestnik_webhook_attempt", **values)
    assert ledger.execute("SELECT count(*) FROM vestnik_webhook_attempt").fetchone() == (
        ATTEMPTS * (ENDPOINTS + 1) - PIECE_ROWS,
    )
    # The kept ones of each endpoint, two looks for it; each attempt that goes is found, and deleted.
    assert read <= (ENDPOINTS + 1) * (KEPT_ATTEMPTS + 5) + 2 * PIECE_ROWS
    forget_old(ledger)
    assert WebhookAttempt.objects.count() == KEPT_ATTEMPTS * ENDPOINTS
    read = rows_read(ledger, "forget_attempts", "vestnik_webhook_attempt", **values)
    assert read <= (ENDPOINTS + 1) * (KEPT_ATTEMPTS + 5)


def test_events_and_deliveries_go_in_pieces_too(ledger: Any, receiver: Receiver, endpoint_of: Made) -> None:
    endpoint_of(receiver)
    ledger.execute("SELECT vestnik_tell('mailing.started', '{}') FROM generate_series(1, %s)", [3 * PIECE_ROWS])
    ledger.execute("UPDATE vestnik_webhook_event SET at = at - interval '8 days'")
    ledger.execute("UPDATE vestnik_webhook_endpoint SET enabled = false, disabled_code = 'operator'")
    ledger.execute("UPDATE vestnik_webhook_delivery SET since = since - interval '8 days' WHERE event_id > 10")
    ledger.execute("ANALYZE vestnik_webhook_event, vestnik_webhook_delivery")
    values = {"days": 7, "most": PIECE_ROWS}
    read = rows_read(ledger, "forget_deliveries", "vestnik_webhook_delivery", **values)
    assert waiting() == 2 * PIECE_ROWS
    assert read <= 2 * PIECE_ROWS + 20
    # Those whose delivery is gone are found, looked up among the deliveries, and deleted; the ten that wait are passed.
    read = rows_read(ledger, "forget_events", "", **values)
    assert WebhookEvent.objects.count() == 2 * PIECE_ROWS
    assert read <= 2 * PIECE_ROWS + 40
    forget_old(ledger)
    assert WebhookEvent.objects.count() == waiting() == 10


def test_a_stop_ends_it_after_a_piece(ledger: Any, receiver: Receiver, endpoint_of: Made) -> None:
    add_attempts(ledger, endpoint_of(receiver).id, ATTEMPTS)
    retention.forget_old(ledger, stopped=lambda: True)
    assert WebhookAttempt.objects.count() == ATTEMPTS


def test_the_general_workers_tidying_thread_does_it(
    ledger: Any, receiver: Receiver, endpoint_of: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a connection of its own, beside deliveries."""
    add_attempts(ledger, endpoint_of(receiver).id, KEPT_ATTEMPTS + 1)
    monkeypatch.setattr(general, "FIRST_SECONDS", 0.01)
    thread = general.Tidying()
    thread.start()
    until(lambda: WebhookAttempt.objects.count() == KEPT_ATTEMPTS, seconds=30)
    thread.stop()
    thread.join(30)
