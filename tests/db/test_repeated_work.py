"""Work that is repeated keeps its connection, and waits for notifications without waking in between."""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection as django_connection
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from vestnik.cluster.processes import wait_for
from vestnik.db.connection import Connection, KeptConnection
from vestnik.db.notify import heard, listen, notify, notify_after_commit
from vestnik.db.session import is_silent


@pytest.fixture
def kept(ledger: Connection) -> Iterator[KeptConnection]:
    del ledger
    made = KeptConnection("test kept")
    yield made
    made.close()


def served_by(kept: KeptConnection) -> int:
    with kept.use() as connection:
        return connection.info.backend_pid


def test_work_that_is_repeated_uses_one_connection(kept: KeptConnection) -> None:
    assert served_by(kept) == served_by(kept)


def test_a_connection_that_postgresql_ended_meanwhile_is_replaced_without_an_error(
    kept: KeptConnection, ledger: Connection
) -> None:
    with kept.use() as connection:
        before = connection
    ledger.execute("SELECT pg_terminate_backend(%s, 10000)", [before.info.backend_pid])
    assert wait_for(lambda: not is_silent(before), seconds=30)
    with kept.use() as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_after_an_error_a_new_connection_is_used(kept: KeptConnection) -> None:
    """It may be a replica by now."""
    before = served_by(kept)
    with pytest.raises(psycopg.errors.UndefinedTable), kept.use() as connection:
        connection.execute("SELECT FROM nothing")
    assert served_by(kept) != before


def test_each_thread_keeps_its_own(kept: KeptConnection) -> None:
    found: list[int] = []

    def work() -> None:
        found.append(served_by(kept))
        kept.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    assert found != [served_by(kept)]
    assert len(found) == 1


# -- notifications


def test_a_notification_ends_the_wait_at_once(kept: KeptConnection, ledger: Connection) -> None:
    with kept.use() as listening:
        listen(listening)
        assert heard(listening, seconds=0) == set()
        later = threading.Timer(0.3, notify, [ledger, "something"])
        later.start()
        began = time.monotonic()
        assert heard(listening, seconds=60) == {"something"}
        assert time.monotonic() - began < 30
        later.join()


def test_a_notification_that_came_with_another_answer_is_not_waited_for(
    kept: KeptConnection, ledger: Connection
) -> None:
    with kept.use() as listening:
        listen(listening)
        notify(ledger, "something")
        assert wait_for(lambda: not is_silent(listening), seconds=30)
        listening.execute("SELECT 1")
        began = time.monotonic()
        assert heard(listening, seconds=60) == {"something"}
        assert time.monotonic() - began < 30


def test_a_notification_after_the_commit_is_sent_when_the_transaction_is_over(
    kept: KeptConnection, ledger: Connection
) -> None:
    with kept.use() as listening:
        listen(listening)
        with transaction.atomic(), CaptureQueriesContext(django_connection) as inside:
            notify_after_commit("one")
            # A notification in the transaction would make others wait at their commits.
            assert inside.captured_queries == []
        assert heard(listening, seconds=60) == {"one"}
        with transaction.atomic():
            notify_after_commit("nothing")
            transaction.set_rollback(True)
        notify(ledger, "last")
        assert heard(listening, seconds=60) == {"last"}


def test_a_connection_that_is_lost_ends_the_wait_with_an_error(kept: KeptConnection, ledger: Connection) -> None:
    with kept.use() as listening:
        listen(listening)
    end = (b"SELECT pg_terminate_backend(%s)", [listening.info.backend_pid])
    later = threading.Timer(0.3, ledger.execute, end)
    later.start()
    with pytest.raises(psycopg.OperationalError):
        heard(listening, seconds=60)
    later.join()
