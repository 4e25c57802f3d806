"""A kept connection is not asked before each request, and one that PostgreSQL has ended is never used again."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from vestnik.cluster.postgres import Postgres
from vestnik.cluster.processes import spawn, stop, wait_for
from vestnik.db.base import DatabaseWrapper
from vestnik.db.session import is_silent


class Server:
    """A PostgreSQL of the test's own, which it may restart."""

    def __init__(self, folder: Path) -> None:
        self.postgres = Postgres(data=folder / "data", sockets=folder, password=secrets.token_urlsafe(8))
        self.postgres.initialise()
        self._log = folder / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = spawn(self.postgres.command(), env=os.environ, log=self._log, death_signal=signal.SIGINT)
        self.postgres.wait_ready(seconds=60, log=self._log)

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, by=signal.SIGINT, seconds=20)

    def connection(self) -> DatabaseWrapper:
        settings = connections.configure_settings({"default": dict(connections.settings["default"])})["default"]
        settings |= {"NAME": "vestnik", "USER": "vestnik", "PASSWORD": self.postgres._password}
        settings |= {"HOST": str(self.postgres.sockets), "PORT": "", "OPTIONS": {"connect_timeout": "5"}}
        return DatabaseWrapper(settings)


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = Server(tmp_path_factory.mktemp("pg"))
    found.start()
    yield found
    found.stop()


def begin_request(kept: DatabaseWrapper) -> None:
    """What Django's signal does when a request begins."""
    kept.close_if_unusable_or_obsolete()


def backend(kept: DatabaseWrapper) -> int:
    """Which process of PostgreSQL serves the connection."""
    with kept.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((pid,),) = cursor.fetchall()
    return int(pid)


def last_statement(of: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [of])
        ((text,),) = cursor.fetchall()
    return str(text)


@pytest.fixture
def kept(ledger: Any) -> Iterator[DatabaseWrapper]:
    """A connection to the session's ledger, as a thread of the web server keeps one, which was asked just now."""
    del ledger
    made = DatabaseWrapper(connections.settings["default"])
    made.connect()
    made.is_usable()
    yield made
    made.close()


def test_requests_survive_a_restart_of_postgresql(server: Server, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        kept = server.connection()
        before = backend(kept)
        begin_request(kept)
        assert backend(kept) == before
        server.stop()
        server.start()
        begin_request(kept)
        assert backend(kept) != before
        kept.close()


def test_a_connection_that_postgresql_ended_is_replaced(kept: DatabaseWrapper) -> None:
    before = backend(kept)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    begin_request(kept)
    assert backend(kept) != before


def test_a_silent_connection_is_not_asked(kept: DatabaseWrapper) -> None:
    pid = backend(kept)
    begin_request(kept)
    kept.close_if_health_check_failed()
    assert last_statement(pid) == "SELECT pg_backend_pid()"


def test_one_that_was_long_silent_is_asked(kept: DatabaseWrapper) -> None:
    pid = backend(kept)
    kept._asked_at -= 11
    begin_request(kept)
    kept.close_if_health_check_failed()
    assert last_statement(pid) == "SELECT 1"


def test_a_notice_makes_it_be_asked_and_kept(kept: DatabaseWrapper) -> None:
    """Something to read may be the goodbye or not: the answer tells."""
    pid = backend(kept)
    with kept.cursor() as cursor:
        cursor.execute("LISTEN something")
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY something")
    assert wait_for(lambda: not is_silent(kept.connection), seconds=30), "it takes PostgreSQL a moment to pass it on"
    begin_request(kept)
    kept.close_if_health_check_failed()
    assert last_statement(pid) == "SELECT 1"
    assert backend(kept) == pid


def test_a_connection_inside_of_a_transaction_that_failed_is_asked(kept: DatabaseWrapper) -> None:
    assert kept.connection is not None
    kept.connection.autocommit = False
    kept.connection.execute("SELECT 1")
    kept.connection.pgconn.exec_(b"broken")
    assert not kept.is_usable()
    kept.connection.rollback()
