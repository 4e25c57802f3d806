"""Receipts that are applied while others write the same batches: nobody waits for ever, nothing is counted wrong."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from harness.fake_transport import TIMEOUT
from harness.gateways import add_gateway, change_gateway
from harness.stepping import Stepped, begin, tick
from harness.stepping import mailing as make_mailing
from tests.receipts.test_applying import apply, counts, keep, name_parts, send_all, states
from vestnik.cluster.processes import wait_for
from vestnik.db.connection import open_connection
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.ledger.check import check_totals
from vestnik.ledger.leases import split
from vestnik.mailings.unknown import resend_unknown
from vestnik.receipts.applying import apply_piece

PATIENCE = 20.0


@pytest.fixture
def sender(ledger: Any) -> Any:
    del ledger
    stepped = Stepped(concurrency=40, idempotent=False)
    yield stepped
    stepped.dispatcher.close()


def other_worker(ledger: Any, most: int = 100) -> Callable[[], None]:
    """Apply a piece over another connection until it waits for a lock. The function waits for its end."""
    wrong: list[BaseException] = []

    def work() -> None:
        try:
            with open_connection("other worker") as connection:
                apply_piece(connection, most)
        except BaseException as error:  # noqa: BLE001 - the test raises it
            wrong.append(error)

    def waits() -> bool:
        (row,) = ledger.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%other worker%'"
            " AND wait_event_type = 'Lock'"
        ).fetchall()
        return bool(row[0])

    thread = threading.Thread(target=work)
    thread.start()
    assert wait_for(waits, seconds=PATIENCE, pause=0.02)

    def end() -> None:
        thread.join(PATIENCE)
        assert not thread.is_alive()
        assert wrong == []

    return end


def test_two_parts_that_are_reported_at_the_same_moment_make_a_whole(ledger: Any, sender: Stepped) -> None:
    mailing = begin(ledger, 1)
    send_all(sender)
    (message,) = states(ledger, mailing)
    name_parts(ledger, mailing, message, ["a", "b"])
    for name in "ab":
        keep(ledger, Receipt(fate=Fate.DELIVERED, provider_id=name))
    with open_connection("first worker") as first:
        with first.transaction():
            apply_piece(first, 1)
            end = other_worker(ledger, 1)
        end()
    assert states(ledger, mailing) == {message: "delivered"}
    assert check_totals(ledger) == []


def test_a_batch_that_is_split_meanwhile_is_not_counted_for(ledger: Any, sender: Stepped) -> None:
    mailing = begin(ledger, 4)
    sender.step(4)
    sender.gateway.answer(TIMEOUT)
    sender.step(4)
    messages = sorted(states(ledger, mailing))
    assert set(states(ledger, mailing).values()) == {"unknown"}
    (batch,) = ledger.execute("SELECT id FROM vestnik_batch").fetchone()
    ledger.execute(
        "UPDATE vestnik_batch SET state = 'leased', lease_token = 1, lease_holder = 'x',"
        " leased_at = now(), high_water = %s, lease_expires_at = now() + interval '1 hour'",
        [messages[1]],
    )
    keep(ledger, *(Receipt(fate=Fate.DELIVERED, message_id=message) for message in messages))
    with open_connection("dispatcher") as dispatcher:
        with dispatcher.transaction():
            dispatcher.execute("SELECT FROM vestnik_batch WHERE id = %s FOR NO KEY UPDATE", [batch])
            assert split(dispatcher, mailing=mailing.id, batch=batch, mark=messages[1])
            end = other_worker(ledger)
        end()
    first, second, third, fourth = messages
    assert states(ledger, mailing) == {first: "delivered", second: "delivered", third: "unknown", fourth: "unknown"}
    apply(ledger)
    assert states(ledger, mailing) == dict.fromkeys(messages, "delivered")
    ledger.execute(
        "UPDATE vestnik_batch SET state = 'done', lease_token = NULL, lease_holder = '', leased_at = NULL,"
        " high_water = NULL, lease_expires_at = NULL"
    )
    assert check_totals(ledger) == []
    assert counts() == {"applied": 4}


def test_batches_of_several_mailings_are_locked_as_a_flush_locks_them(ledger: Any, sender: Stepped) -> None:
    """The younger mailing has the older batch, as when it was built first."""
    older = begin(ledger, 2)
    ledger.execute("UPDATE vestnik_batch SET id = id + 1000000")
    younger = make_mailing()
    tick(ledger)
    send_all(sender)
    rows = ledger.execute("SELECT id, mailing_id, first_id FROM vestnik_batch ORDER BY id").fetchall()
    assert [mailing for _, mailing, _ in rows] == [younger.id, older.id]
    keep(ledger, *(Receipt(fate=Fate.DELIVERED, message_id=message) for _, _, message in rows))
    with open_connection("dispatcher") as dispatcher:
        with dispatcher.transaction():
            dispatcher.execute("SELECT FROM vestnik_batch WHERE id = %s FOR NO KEY UPDATE", [rows[0][0]])
            end = other_worker(ledger)
            dispatcher.execute("SELECT FROM vestnik_batch WHERE id = %s FOR NO KEY UPDATE", [rows[1][0]])
        end()
    assert counts() == {"applied": 2}
    assert check_totals(ledger) == []


def test_a_message_that_waits_to_go_over_any_gateway_does_not_go_once_it_was_delivered(ledger: Any) -> None:
    """It was unknown over a gateway that is not in use any more, and an operator had it sent again."""
    over = add_gateway(ledger, "second")
    mailing = begin(ledger, 1)
    ledger.execute("UPDATE vestnik_mailing SET state = 'running' WHERE id = %s", [mailing.id])
    (message,) = states(ledger, mailing)
    ledger.execute("UPDATE vestnik_message SET state = 7, gateway_id = %s, in_doubt = false, tries = 1", [over])
    ledger.execute("UPDATE vestnik_batch SET state = 'done', queued = 0, unknown = 1, gateway_id = %s", [over])
    change_gateway(ledger, over, enabled=False)
    resend_unknown(mailing_id=mailing.id, actor=None)
    assert states(ledger, mailing) == {message: "queued"}
    keep(ledger, Receipt(fate=Fate.DELIVERED, message_id=message), gateway=over)
    apply(ledger)
    assert states(ledger, mailing) == {message: "delivered"}
    assert check_totals(ledger) == []
    assert counts() == {"applied": 1}
