"""Threads share a few connections: each has one to itself, a lost one is replaced, and none is open without need."""

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from harness.sending import until
from vestnik.db.connection import Connection
from vestnik.db.connection_pool import ConnectionPool, PoolClosed

NAME = "pool of a test"
OPEN = "SELECT pid FROM pg_stat_activity WHERE application_name = 'vestnik pool of a test'"


@pytest.fixture
def begun() -> list[Connection]:
    return []


@pytest.fixture
def pool(ledger: Any, begun: list[Connection]) -> Iterator[ConnectionPool]:
    del ledger
    made = ConnectionPool(NAME, size=2, begin=begun.append)
    yield made
    made.close()


def backend(connection: Connection) -> int:
    return connection.info.backend_pid


def test_one_after_the_other_uses_the_same(pool: ConnectionPool, begun: list[Connection]) -> None:
    used = set()
    for _ in range(3):
        with pool.lend() as connection:
            used.add(backend(connection))
    assert (len(used), len(begun)) == (1, 1)


def test_at_once_each_has_its_own_and_further_ones_wait(pool: ConnectionPool, begun: list[Connection]) -> None:
    with pool.lend() as first:
        with pool.lend() as second:
            assert first is not second
            lent: list[Connection] = []
            thread = threading.Thread(target=borrow, args=(pool, lent))
            thread.start()
            thread.join(0.2)
            assert lent == []
        thread.join(30)
        assert lent == [second]
    assert len(begun) == 2


def borrow(pool: ConnectionPool, lent: list[Connection]) -> None:
    with pool.lend() as connection:
        lent.append(connection)


def test_what_postgresql_has_ended_is_replaced_before_anybody_gets_it(pool: ConnectionPool, ledger: Any) -> None:
    with pool.lend(), pool.lend():
        pass
    ledger.execute(f"SELECT pg_terminate_backend(pid, 10000) FROM ({OPEN}) each")  # noqa: S608
    with pool.lend() as first, pool.lend() as second:
        assert [each.execute("SELECT 1").fetchone() for each in (first, second)] == [(1,), (1,)]


def test_an_error_ends_the_connection_and_the_next_one_is_new(pool: ConnectionPool, begun: list[Connection]) -> None:
    with pytest.raises(psycopg.Error), pool.lend() as connection:
        connection.execute("SELECT 1/0")
    with pytest.raises(ValueError, match="ours"), pool.lend():
        raise ValueError("ours")
    with pool.lend(), pool.lend():
        assert [each.closed for each in begun] == [True, True, False, False]


def test_where_a_new_one_cannot_begin_its_place_is_free_again(ledger: Any) -> None:
    def refuse(_: Connection) -> None:
        raise ValueError("not now")

    pool = ConnectionPool(NAME, size=1, begin=refuse)
    for _ in range(2):
        with pytest.raises(ValueError, match="not now"), pool.lend():
            pass
    # A process of PostgreSQL ends a moment after its connection.
    until(lambda: not ledger.execute(OPEN).fetchall(), seconds=30)


def test_after_the_close_nothing_is_lent_and_nothing_stays_open(pool: ConnectionPool, begun: list[Connection]) -> None:
    with pool.lend(), pool.lend():
        pass
    with pool.lend():
        pool.close()
        assert sorted(each.closed for each in begun) == [False, True]
    assert [each.closed for each in begun] == [True, True]
    with pytest.raises(PoolClosed), pool.lend():
        pass
