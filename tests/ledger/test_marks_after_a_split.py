"""A mark never reaches into the batch that a split has made of the rest, whatever flush is repeated after it."""

from typing import Any

import pytest

from harness.stepping import begin
from vestnik.db.connection import Connection
from vestnik.ledger.check import check_totals
from vestnik.ledger.leases import LeaseChange, next_lapsed, split, take_over, update

HANDED, GRANTED = 4, 6


@pytest.fixture
def ids(ledger: Connection) -> list[int]:
    """Messages of a leased batch: four were handed over, two more are granted, four are not."""
    begin(ledger, 10)
    found = [row[0] for row in ledger.execute("SELECT id FROM vestnik_message ORDER BY id").fetchall()]
    ledger.execute(
        "UPDATE vestnik_batch SET state = 'leased', attempt = 1, lease_token = 1, leased_at = now(),"
        " lease_holder = 'x', lease_expires_at = now() + interval '1 hour', high_water = %s, sending = %s, queued = %s",
        [found[GRANTED - 1], GRANTED, len(found) - GRANTED],
    )
    return found


def marks(ledger: Connection) -> list[tuple[Any, ...]]:
    return ledger.execute("SELECT last_id, high_water FROM vestnik_batch ORDER BY first_id").fetchall()


@pytest.mark.parametrize("by_earlier_release", [False, True])
def test_a_flush_that_is_repeated_after_its_split_settles_nothing_of_the_other_batch(
    ledger: Connection, ids: list[int], by_earlier_release: bool
) -> None:
    ((batch, mailing),) = ledger.execute("SELECT id, mailing_id FROM vestnik_batch").fetchall()
    last, mark = ids[HANDED - 1], ids[GRANTED - 1]
    with ledger.transaction():
        assert split(ledger, mailing=mailing, batch=batch, mark=last)
    assert marks(ledger) == [(last, last), (ids[-1], None)]
    # The answer of the commit was lost. The same flush again: its mark is from before the split.
    repeated = LeaseChange(batch, 0, 0, 0, 0, 0, 0, granted=0, from_mark=mark, to_mark=mark)
    with ledger.transaction():
        update(ledger, [repeated], seconds=60)
        assert split(ledger, mailing=mailing, batch=batch, mark=last)
    assert marks(ledger) == [(last, last), (ids[-1], None)]
    if by_earlier_release:
        ledger.execute("UPDATE vestnik_batch SET high_water = %s WHERE id = %s", [mark, batch])
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = now() - interval '1 s' WHERE state = 'leased'")
    with ledger.transaction():
        lapsed = next_lapsed(ledger)
        assert lapsed is not None
        taken = take_over(ledger, lapsed, idempotent=False)
    assert (taken.unknown, taken.again) == (HANDED, 0)
    rows = ledger.execute("SELECT id FROM vestnik_message WHERE state = 7 ORDER BY id").fetchall()
    assert [row[0] for row in rows] == ids[:HANDED]
    assert check_totals(ledger) == []


def test_a_batch_of_which_nothing_was_granted_gets_no_mark(ledger: Connection, ids: list[int]) -> None:
    ((batch,),) = ledger.execute("UPDATE vestnik_batch SET high_water = NULL RETURNING id").fetchall()
    with ledger.transaction():
        update(ledger, [LeaseChange(batch, 0, 0, 0, 0, 0, 0, granted=0, from_mark=None, to_mark=None)], seconds=60)
    assert marks(ledger) == [(ids[-1], None)]
