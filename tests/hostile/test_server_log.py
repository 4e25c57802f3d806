"""After a conflict the embedded PostgreSQL's log has no phone, no tag, no e-mail, no hash, and no statement."""

import contextlib
import os
import signal
from pathlib import Path

import psycopg
import pytest

from vestnik.cluster.postgres import Postgres
from vestnik.cluster.processes import spawn, stop

SECRETS = ("79111234567", "a-secret-tag", "who@example.org", "argon2$hash")
ROW = f"({SECRETS[0]}, '{SECRETS[1]}', '{SECRETS[2]}', '{SECRETS[3]}')"
INSERT = "INSERT INTO t VALUES "
WRONG = (
    INSERT + ROW,
    INSERT + ROW.replace(f"'{SECRETS[1]}'", "NULL"),
    f"SELECT '{SECRETS[0]}x'::bigint",
    f"SELECT '{SECRETS[2]}'::timestamptz",
    INSERT.replace(" t ", " no_such_table ") + ROW,
    f"DO $$ BEGIN RAISE WARNING '{SECRETS[0]} {SECRETS[1]}'; END $$",
)


@pytest.mark.timeout(300)
def test_no_row_and_no_statement_is_in_the_servers_log(tmp_path: Path) -> None:
    postgres = Postgres(data=tmp_path / "data", sockets=tmp_path, password="a-password")
    postgres.initialise()
    log = tmp_path / "postgresql.log"
    process = spawn(postgres.command(), env=os.environ, log=log, death_signal=signal.SIGINT)
    try:
        postgres.wait_ready(seconds=60, log=log)
        with psycopg.connect(postgres.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE t (phone bigint UNIQUE, tag text NOT NULL, email text, hash text)")
            connection.execute((INSERT + ROW).encode())
            for statement in WRONG:
                with contextlib.suppress(psycopg.Error):
                    connection.execute(statement.encode())
            with contextlib.suppress(psycopg.Error):
                connection.execute("INSERT INTO t VALUES (%s, %s, %s, %s)", [int(SECRETS[0]), *SECRETS[1:]])
            with contextlib.suppress(psycopg.Error), connection.cursor().copy("COPY t FROM STDIN") as copy:
                copy.write("\t".join(SECRETS) + "\n")
    finally:
        stop(process, by=signal.SIGINT, seconds=60)
    text = log.read_text(encoding="utf-8")
    assert [secret for secret in (*SECRETS, "STATEMENT", "DETAIL", "CONTEXT") if secret in text] == []
    assert "database system is ready" in text, "what the server says of itself is kept"
