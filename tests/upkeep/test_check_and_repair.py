"""A check proves counters = rows, and a repair makes them so again, on record."""

import pytest

from harness.fake_transport import TIMEOUT
from harness.rows import FIRST
from harness.stepping import Stepped, begin, states, tick
from vestnik.db.connection import Connection
from vestnik.ledger.check import check_totals
from vestnik.mailings.actions import pause, resume
from vestnik.models import AuditEntry, Mailing
from vestnik.upkeep.repair import repair_totals


def half_sent(ledger: Connection) -> tuple[Mailing, Stepped]:
    """A mailing of twenty of which some are sent, some on the network, some queued."""
    made = begin(ledger, 20)
    stepped = Stepped(concurrency=4)
    stepped.step()
    stepped.gateway.answer()
    stepped.step(2)
    assert check_totals(ledger) == []
    return made, stepped


def completed(ledger: Connection) -> Mailing:
    made = begin(ledger, 20)
    stepped = Stepped(concurrency=64)
    for _ in range(6):
        stepped.gateway.answer()
        stepped.step(1)
    tick(ledger)
    stepped.dispatcher.close()
    made.refresh_from_db()
    assert made.state == "completed"
    return made


def words(ledger: Connection) -> list[str]:
    return [difference.words for difference in check_totals(ledger)]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE vestnik_batch SET sent = sent + 3", "sent "),
        ("UPDATE vestnik_batch SET queued = queued - 1, failed = failed + 1", "failed 1 in the totals, 0 in the rows"),
        ("UPDATE vestnik_message SET state = 5 WHERE id = (SELECT max(id) FROM vestnik_message)", "expired 0 in the"),
        ("DELETE FROM vestnik_message WHERE id = (SELECT max(id) FROM vestnik_message)", "queued "),
        ("UPDATE vestnik_batch SET last_id = last_id - 5", "5 messages belong to no batch"),
    ],
)
def test_damage_is_found_and_repaired_while_the_batch_is_leased(ledger: Connection, damage: str, said: str) -> None:
    made, stepped = half_sent(ledger)
    ledger.execute(damage.encode())
    assert any(said in each for each in words(ledger))
    repair_totals(mailing=made.id, actor=None)
    assert check_totals(ledger) == []
    entry = AuditEntry.objects.get(action="books.repair")
    assert entry.object_id == made.id
    stepped.until_empty()
    assert check_totals(ledger) == []
    stepped.dispatcher.close()


def test_right_books_are_left_alone(ledger: Connection) -> None:
    made, stepped = half_sent(ledger)
    repaired = repair_totals(mailing=made.id, actor=None)
    assert (repaired.batches, repaired.adopted, repaired.thawed) == (0, 0, False)
    assert not AuditEntry.objects.filter(action="books.repair").exists()
    stepped.dispatcher.close()


def test_a_ready_batch_with_nothing_queued_is_done_after_the_repair_and_the_mailing_completes(
    ledger: Connection,
) -> None:
    made = completed(ledger)
    ledger.execute("UPDATE vestnik_mailing SET state = 'running', frozen_at = NULL, totals = NULL")
    ledger.execute("UPDATE vestnik_batch SET state = 'ready'")
    assert words(ledger) == ["ready, but nothing of it is queued"]
    repair_totals(mailing=made.id, actor=None)
    tick(ledger)
    made.refresh_from_db()
    assert (made.state, check_totals(ledger)) == ("completed", [])


def test_frozen_totals_that_are_wrong_are_summed_anew(ledger: Connection) -> None:
    made = completed(ledger)
    ledger.execute("""UPDATE vestnik_mailing SET totals = totals || '{"sent": 7, "failed": 13}'""")
    assert words(ledger) == ["frozen: sent 7 in the totals, 20 in the rows; failed 13 in the totals, 0 in the rows"]
    assert repair_totals(mailing=made.id, actor=None).thawed
    made.refresh_from_db()
    assert (made.state, made.totals["sent"], check_totals(ledger)) == ("completed", 20, [])


def test_messages_without_a_batch_become_unknown_for_an_operator_to_decide(ledger: Connection) -> None:
    made = begin(ledger, 10)
    pause(mailing_id=made.id, actor=None)
    ledger.execute("UPDATE vestnik_batch SET last_id = last_id - 4, queued = queued - 4")
    assert words(ledger) == ["4 messages belong to no batch"]
    repaired = repair_totals(mailing=made.id, actor=None)
    assert (repaired.adopted, repaired.unknown) == (4, 4)
    assert [state for state, _ in states(ledger).values()] == [0] * 6 + [7] * 4
    assert check_totals(ledger) == []
    resume(mailing_id=made.id, actor=None)
    stepped = Stepped(concurrency=64)
    stepped.step()
    assert stepped.gateway.phones == [FIRST + n for n in range(6)]
    stepped.gateway.answer(TIMEOUT)
    stepped.step()
    assert check_totals(ledger) == []
    stepped.dispatcher.close()
