"""Migrations keep out of the way of ten million messages, and of the release that still runs while they do."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations import RunPython
from django.db.migrations.executor import MigrationExecutor

from tests.migrations import problems
from vestnik.cluster import prepare
from vestnik.cluster.processes import wait_for
from vestnik.db.connection import open_connection
from vestnik.errors import ClusterError

#: Made before there was an installation to keep out of the way of.
BASELINE = "0007"
NAMES = sorted(file.stem for file in Path(__file__).parents[1].glob("vestnik/migrations/0*.py"))


def statements_of(name: str) -> list[str]:
    """The SQL of a migration, without running it."""
    loader = MigrationExecutor(connection).loader
    plan = [(loader.graph.nodes["vestnik", name], False)]
    return [line for line in loader.collect_sql(plan) if not line.startswith("--")]


@pytest.mark.parametrize("name", [name for name in NAMES if name[:4] > BASELINE])
def test_nobody_waits_long_for_a_migration(db: None, name: str) -> None:
    del db
    found = [f"{problem.statement}\n    {problem.why}" for problem in problems(statements_of(name))]
    assert not found, "\n".join(found)
    operations = MigrationExecutor(connection).loader.graph.nodes["vestnik", name].operations
    in_python = [each for each in operations if isinstance(each, RunPython)]
    assert not in_python, "nobody can see what it locks: change data in pieces, outside of migrations"


def test_migrations_are_numbered_in_one_line_and_say_what_the_models_say(db: None) -> None:
    del db
    assert [int(name[:4]) for name in NAMES] == list(range(1, len(NAMES) + 1))
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_migration_does_not_wait_for_a_lock_with_everybody_behind_it_but_tries_again(
    ledger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "LOCK_MILLISECONDS", 100)
    monkeypatch.setattr(prepare, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(prepare, "TRIES", 2)
    with ThreadPoolExecutor(1) as threads, open_connection("long") as other:
        with other.transaction():
            other.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(ClusterError, match="in use for long"):
                prepare.migrate()
            monkeypatch.setattr(prepare, "TRIES", 1_000)
            patient = threads.submit(prepare.migrate)
            waits = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%django_migrations%'"
            assert wait_for(lambda: bool(ledger.execute(waits).fetchall()), seconds=10)
        assert patient.result(timeout=20) is None


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE INDEX "x" ON "vestnik_message" ("phone")',
        'CREATE UNIQUE INDEX "x" ON "vestnik_client" ("tag")',
        "CREATE INDEX x ON vestnik_message_1000 USING btree (phone)",
        'ALTER TABLE "vestnik_message" ALTER COLUMN "attempt" TYPE bigint USING "attempt"::bigint',
        'ALTER TABLE "vestnik_client" ALTER COLUMN "tag" SET NOT NULL',
        'ALTER TABLE "vestnik_batch" ADD COLUMN "x" integer NOT NULL',
        'ALTER TABLE "vestnik_batch" ADD COLUMN "x" uuid DEFAULT gen_random_uuid() NOT NULL',
        'ALTER TABLE "vestnik_batch" ADD COLUMN "x" timestamptz DEFAULT clock_timestamp() NOT NULL',
        'ALTER TABLE "vestnik_batch" ADD COLUMN "x" bigint NULL CONSTRAINT "f" REFERENCES "vestnik_user"("id")',
        'ALTER TABLE "vestnik_batch" ADD CONSTRAINT "x" CHECK ("queued" >= 0)',
        "ALTER TABLE vestnik_message ADD CHECK (phone > 0)",
        'ALTER TABLE "vestnik_batch" ADD CONSTRAINT "x" FOREIGN KEY ("a") REFERENCES "b" ("id") DEFERRABLE',
        'ALTER TABLE "vestnik_client" ADD CONSTRAINT "x" UNIQUE ("tag")',
        "ALTER TABLE vestnik_message SET UNLOGGED",
        "UPDATE vestnik_message SET attempt = 0",
        "DELETE FROM vestnik_batch WHERE true",
        "TRUNCATE vestnik_client",
        "LOCK TABLE vestnik_message IN ACCESS EXCLUSIVE MODE",
        "REINDEX TABLE vestnik_message",
        'ALTER TABLE "vestnik_tries" DROP COLUMN "count" CASCADE',
        'ALTER TABLE "vestnik_user" RENAME COLUMN "role" TO "right"',
        'ALTER TABLE "vestnik_user" RENAME TO "account"',
        'DROP TABLE "vestnik_tries" CASCADE',
        'ALTER TABLE "vestnik_user" ALTER COLUMN "x" DROP DEFAULT',
        "SELECT 1; -- one; two\nCREATE INDEX x ON vestnik_client (tag)",
    ],
)
def test_what_somebody_would_wait_for_is_refused(statement: str) -> None:
    assert len(problems([statement])) == 1


@pytest.mark.parametrize(
    "statements",
    [
        ['CREATE INDEX CONCURRENTLY "x" ON "vestnik_client" ("tag")'],
        ['CREATE INDEX "x" ON "vestnik_tries" ("count")'],
        ['CREATE TABLE "vestnik_new" ("id" bigint)', 'CREATE INDEX "x" ON "vestnik_new" ("id")'],
        ['ALTER TABLE "vestnik_batch" ADD COLUMN "x" integer DEFAULT 0 NOT NULL'],
        ['ALTER TABLE "vestnik_user" ADD COLUMN "x" varchar(2) DEFAULT \'en\' NOT NULL'],
        ['ALTER TABLE "vestnik_mailing" ADD COLUMN "x" timestamp with time zone NULL'],
        ['ALTER TABLE "vestnik_batch" ADD CONSTRAINT "x" CHECK ("queued" >= 0) NOT VALID'],
        ['ALTER TABLE "vestnik_batch" VALIDATE CONSTRAINT "x"'],
        ['ALTER TABLE "vestnik_client" ADD CONSTRAINT "x" UNIQUE USING INDEX "y"'],
        ["CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE vestnik_message SET x = 1; END $$"],
    ],
)
def test_what_nobody_waits_for_is_allowed(statements: list[str]) -> None:
    assert problems(statements) == []


def test_a_check_is_not_validated_while_the_migrations_other_locks_are_held() -> None:
    add = 'ALTER TABLE "vestnik_batch" ADD CONSTRAINT "x" CHECK ("queued" >= 0) NOT VALID'
    validate = 'ALTER TABLE "vestnik_batch" VALIDATE CONSTRAINT "x"'
    assert len(problems([add, validate])) == 1
