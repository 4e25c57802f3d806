"""Advisory locks: kept for a while or a transaction, one for each key, and never longer than the session."""

import pytest
from django.db import connection as django
from django.db import transaction

from vestnik.cluster.processes import wait_for
from vestnik.db.connection import Connection, open_connection
from vestnik.db.locks import Lock, lock, session_lock, try_lock

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"


def held(ledger: Connection) -> int:
    ((count,),) = ledger.execute(WAITING).fetchall()
    return int(count)


def hold_and_fail(ours: Connection, other: Connection) -> None:
    with session_lock(ours, Lock.SWEEP) as alone:
        assert alone
        with session_lock(other, Lock.SWEEP) as second:
            assert not second
        with session_lock(other, Lock.RETENTION) as another:
            assert another
        assert held(ours) == 1
        raise ZeroDivisionError


def test_one_session_has_a_lock_at_a_time_and_gives_it_back_also_after_an_error(ledger: Connection) -> None:
    with open_connection("other") as other:
        with pytest.raises(ZeroDivisionError):
            hold_and_fail(ledger, other)
        assert held(ledger) == 0


def test_each_key_is_a_lock_of_its_own(ledger: Connection) -> None:
    with open_connection("other") as other, session_lock(ledger, Lock.IMPORT_JOB, 1), other.transaction():
        with session_lock(other, Lock.IMPORT_JOB, 1) as same:
            assert not same
        with session_lock(other, Lock.IMPORT_JOB, 2**40) as large:
            assert large
        assert not try_lock(other, Lock.IMPORT_JOB, 1)
        assert try_lock(other, Lock.IMPORT_JOB, 2)
        assert try_lock(other, Lock.CHUNK, 1)
        assert held(other) == 3
    assert held(ledger) == 0


def test_a_lock_of_a_transaction_ends_with_it_and_may_be_shared(ledger: Connection) -> None:
    with open_connection("other") as other, transaction.atomic():
        lock(django, Lock.STOP_LIST, shared=True)
        with ledger.transaction():
            lock(ledger, Lock.STOP_LIST, shared=True)
            assert held(other) == 2
    assert held(ledger) == 0


def test_whoever_lost_the_session_lost_its_lock_and_asks_no_other_session_to_give_it_back(ledger: Connection) -> None:
    with open_connection("lost") as lost, session_lock(lost, Lock.SWEEP):
        lost.close()
    with session_lock(django, Lock.RETENTION):
        django.close()
    assert django.connection is None
    assert wait_for(lambda: held(ledger) == 0, seconds=30)
