"""PgBouncer before PostgreSQL: in session mode all is set, in the other modes it is refused with a sentence."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from harness.cluster import run
from harness.servers import running
from tests.programs import needed
from vestnik.cluster.plan import free_port
from vestnik.cluster.privileges import not_as_root
from vestnik.db import session
from vestnik.db.away import Kind, why_away
from vestnik.db.connection import Connection, open_connection


@contextmanager
def pgbouncer(folder: Path, mode: str, *more: str) -> Iterator[str]:
    """A PgBouncer before the session's PostgreSQL. Gives the URL through it."""
    program, port = needed("pgbouncer", package="pgbouncer"), free_port("127.0.0.1")
    server = {name: value for name, value in conninfo_to_dict(os.environ["DATABASE_URL"]).items() if value}
    target = " ".join(f"{name}='{value}'" for name, value in server.items())
    lines = [
        "[databases]", f"vestnik = {target}", "[pgbouncer]", "listen_addr = 127.0.0.1", f"listen_port = {port}",
        "unix_socket_dir =", "auth_type = any", f"pool_mode = {mode}", *more, "",
    ]  # fmt: skip
    config = folder / "pgbouncer.ini"
    config.write_text("\n".join(lines))
    url = f"postgresql://vestnik@127.0.0.1:{port}/vestnik"

    def answers() -> bool:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    with running("pgbouncer", [*not_as_root(folder), program, str(config)], folder, answers, by=signal.SIGINT):
        yield url


@pytest.fixture
def through(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let our own connections go through a URL, as if this process had just begun."""

    def change(url: str) -> None:
        monkeypatch.setattr(session, "_fit", set())
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, database_url=url)

    return change


@pytest.mark.parametrize(
    "more",
    [(), ("ignore_startup_parameters = options,extra_float_digits",), ("default_pool_size = 1",)],
    ids=["refuses options", "drops options", "has one server"],
)
def test_in_session_mode_every_setting_is_set(
    ledger: Connection, through: Any, tmp_path: Path, more: tuple[str, ...]
) -> None:
    del ledger
    with pgbouncer(tmp_path, "session", *more) as url:
        through(make_conninfo(url, options="-c search_path=public,pg_temp -c work_mem=9MB"))
        with open_connection("test", statement_timeout=7) as connection:
            shown = [
                connection.execute(f"SHOW {name}".encode()).fetchone()
                for name in ("timezone", "statement_timeout", "idle_in_transaction_session_timeout", "search_path",
                             "work_mem", "application_name")
            ]  # fmt: skip
    assert shown == [("UTC",), ("7s",), ("15s",), ("public,pg_temp",), ("9MB",), ("vestnik test",)]


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_in_other_modes_it_is_refused_with_a_sentence(
    ledger: Connection, through: Any, tmp_path: Path, mode: str
) -> None:
    del ledger
    with pgbouncer(tmp_path, mode) as url:
        through(url)
        for _ in range(2):  # also the next time
            with pytest.raises(psycopg.OperationalError, match="set pool_mode = session") as raised:
                open_connection("test")
        assert getattr(why_away(raised.value), "kind", None) is Kind.POOLER
        if mode == "transaction":
            kept = {name: os.environ[name] for name in ("SECRET_KEY", "GATEWAY_URL")}
            env = {**kept, "BROKER_URL": "memory://", "DATABASE_URL": url}
            for command in (["mailing", "list"], ["migrate"]):
                done = run(*command, env=env)
                assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
                assert "pool_mode = session" in done.stderr
            done = run("doctor", env=env)
            assert (done.returncode, "is behind a pooler that keeps no sessions" in done.stdout) == (1, True), done


def test_without_a_pooler_nobody_connects_twice(ledger: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    del ledger
    monkeypatch.setattr(session, "_lends_by_transaction", lambda *_: pytest.fail("it tried"))
    open_connection("test").close()
