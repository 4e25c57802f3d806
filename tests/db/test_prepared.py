"""Statements that are prepared once a connection behave like Django's own."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from harness.rows import add_mailing
from vestnik.db.connection import Connection
from vestnik.db.prepared import fetch
from vestnik.db.rows import find_row
from vestnik.models import Client, Mailing


def prepared(word: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [f"%{word}%"])
        ((count,),) = cursor.fetchall()
    return int(count)


def test_a_statement_is_parsed_once(db: None) -> None:
    del db
    for number in range(3):
        assert fetch(b"SELECT %s::bigint AS parsed_once", [number]) == [(number,)]
        Client.objects.filter(id=number, tag="made_anew").first()
    assert prepared("parsed_once") == 1
    assert prepared("made_anew") == 0


def test_it_takes_part_in_the_transaction_that_is_open(ledger: Connection) -> None:
    def insert() -> None:
        fetch(b"INSERT INTO vestnik_client VALUES (%s, %s, 911, 'vip', 'UTC')", [1, 79_111_234_567])

    with transaction.atomic():
        insert()
        transaction.set_rollback(True)
    assert ledger.execute("SELECT count(*) FROM vestnik_client").fetchall() == [(0,)]
    insert()
    assert ledger.execute("SELECT count(*) FROM vestnik_client").fetchall() == [(1,)]
    with pytest.raises(IntegrityError):
        insert()


def test_in_a_transaction_that_failed_it_says_so_as_django_does(db: None) -> None:
    del db
    with transaction.atomic():
        connection.needs_rollback = True
        with pytest.raises(TransactionManagementError):
            fetch(b"SELECT %s::int", [1])
        connection.needs_rollback = False


def test_whoever_counts_statements_counts_it(db: None) -> None:
    del db
    with CaptureQueriesContext(connection) as seen:
        fetch(b"SELECT %s::int AS counted", [1])
    assert [query["sql"] for query in seen.captured_queries] == ["SELECT %s::int AS counted"]


def test_a_row_is_the_same_as_django_finds(ledger: Connection) -> None:
    """Also fields that Django itself reads from text: totals are JSON."""
    add_mailing(ledger, filter_tags=["vip", "a,b"], filter_codes=[911], totals={"sent": 7})
    theirs = Mailing.objects.get()
    ours = find_row(Mailing, id=theirs.id, hidden_at=None)
    assert ours is not None
    assert {name: value for name, value in vars(ours).items() if name != "_state"} == {
        name: value for name, value in vars(theirs).items() if name != "_state"
    }
    assert ours.totals == {"sent": 7}
    assert not ours._state.adding
    assert find_row(Client, id=1) is None
