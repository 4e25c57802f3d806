"""The ledger is away in the same ways for everybody: one table, tried with errors that PostgreSQL really raises."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, close_old_connections, connection, connections
from django.test import Client
from rest_framework.test import APIClient

from harness.cast import as_user, client_body, person
from harness.cluster import SETTINGS, run
from vestnik.db.away import KINDS, WORDS, Kind, why_away
from vestnik.db.connection import Connection
from vestnik.health import facts
from vestnik.tasks import sweep_and_build

STATES = [state for state in KINDS if len(state) == 5]


def raising(state: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = '{state}'; END $$"


@pytest.mark.parametrize("state", [*STATES, "08006", "53300", "53200", "57014", "28000", "40001", "40P01"])
def test_each_state_is_the_same_for_django_and_for_our_own_connections(ledger: Connection, state: str) -> None:
    wanted = KINDS.get(state) or KINDS[state[:2]]
    with pytest.raises(psycopg.Error) as ours:
        ledger.execute(raising(state).encode())
    with pytest.raises(DatabaseError) as theirs, connection.cursor() as cursor:
        cursor.execute(raising(state))
    for error in (ours.value, theirs.value):
        away = why_away(error)
        assert away is not None
        assert (away.kind, away.said) == (wanted, "as told")


@pytest.mark.parametrize("state", ["23505", "22003", "42601", "XX000", "P0001", "0A000"])
def test_what_is_wrong_with_a_statement_is_not_an_absence(ledger: Connection, state: str) -> None:
    with pytest.raises(psycopg.Error) as ours:
        ledger.execute(raising(state).encode())
    with pytest.raises((DatabaseError, IntegrityError)) as theirs, connection.cursor() as cursor:
        cursor.execute(raising(state))
    assert [why_away(ours.value), why_away(theirs.value), why_away(ValueError("no"))] == [None] * 3


def test_a_connection_that_cannot_be_made_or_broke_is_away() -> None:
    with pytest.raises(psycopg.OperationalError) as refused:
        psycopg.connect("postgresql://u:s3cret@127.0.0.1:9/d")
    assert getattr(why_away(refused.value), "kind", None) is Kind.UNREACHABLE


def test_every_kind_has_words_and_advice() -> None:
    assert set(WORDS) == set(Kind)


# -- PostgreSQL after a failover: it answers, and takes no changes


@pytest.fixture
def read_only(ledger: Connection) -> Iterator[Connection]:
    """Every new session takes no changes; the one that is given does."""
    ((name,),) = ledger.execute("SELECT quote_ident(current_database())").fetchall()
    ledger.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    connections.close_all()
    yield ledger
    ledger.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only".encode())
    connections.close_all()


@pytest.fixture
def operator(ledger: Connection) -> APIClient:
    del ledger
    return as_user(person("olga"))


def test_over_rest_it_is_a_503_that_says_when_to_try_again(operator: APIClient, read_only: Connection) -> None:
    del read_only
    answer = operator.post("/client/", client_body())
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json() == {
        "detail": "The database is read-only at the moment: try again.", "code": "ledger_unavailable",
    }  # fmt: skip
    assert operator.get("/client/").status_code == 200  # reading goes on
    ready = APIClient().get("/health/ready")
    assert (ready.status_code, ready.json()["database"]) == (503, "takes no changes: it is read-only")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_in_the_console_it_is_a_page(read_only: Connection, language: str) -> None:
    del read_only
    browser = Client(headers={"Accept-Language": language}, raise_request_exception=False)
    answer = browser.post("/console/login/", {"username": "a", "password": "b"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"].startswith("text/html")
    words = {"en": "The database is read-only at the moment", "ru": "База данных сейчас не принимает изменений"}
    assert words[language] in answer.content.decode()


@pytest.mark.parametrize(
    "command", [["stop-list", "add", "79110000001"], ["mailing", "pause", "1"], ["migrate"]], ids=" ".join
)
def test_on_the_command_line_it_is_a_sentence(read_only: Connection, command: list[str]) -> None:
    del read_only
    done = run(*command, env=session())
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    if command != ["mailing", "pause", "1"]:  # there is none, which is what it says first
        assert done.stderr.startswith("The ledger takes no changes: it is read-only (cannot execute ")


def test_doctor_says_it(read_only: Connection) -> None:
    del read_only
    done = run("doctor", env=session())
    assert done.returncode == 1
    assert "WARN  database    takes no changes: it is read-only" in done.stdout
    assert "Let DATABASE_URL name the primary" in done.stdout


def test_a_kept_connection_to_what_is_a_replica_now_is_given_up(operator: APIClient) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    assert operator.post("/client/", client_body()).status_code == 503
    close_old_connections()  # as Django does after each request, but not after a test client's
    assert operator.post("/client/", client_body()).status_code == 201


def test_a_tick_in_the_meantime_is_a_line_of_the_log(read_only: Connection, caplog: pytest.LogCaptureFixture) -> None:
    del read_only
    sweep_and_build()
    assert "nothing is swept while the ledger is away" in caplog.text


def test_tables_that_are_missing_are_said_by_the_migrations_alone(ledger: Connection) -> None:
    ledger.execute("ALTER TABLE vestnik_heartbeat RENAME TO elsewhere")
    try:
        told = {fact.name: fact for fact in facts()}
    finally:
        ledger.execute("ALTER TABLE elsewhere RENAME TO vestnik_heartbeat")
    assert told["database"].ok


def session() -> dict[str, str]:
    return {each: os.environ[each] for each in SETTINGS if each in os.environ}
