"""Guards of the whole: queues and tasks, SQL files, no schedule in the broker, transitions as tables."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from tests.order import LONG, TESTS
from vestnik.broker import app
from vestnik.cluster.plan import worker_options
from vestnik.db.notify import CHANNEL
from vestnik.models import MailingState, MessageState
from vestnik.models.states import (
    LIVE_STATES,
    MAILING_TRANSITIONS,
    MESSAGE_STATES,
    MESSAGE_TRANSITIONS,
    STATUS_OF_STATE,
    states_that_lead_to,
)
from vestnik.queues import DISPATCH_QUEUE, WORK_QUEUE

PACKAGE = Path(__file__).parents[1] / "vestnik"
SOURCES = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
SQL_FILES = sorted(PACKAGE.rglob("sql/*.sql"))
STATEMENTS = {path: path.read_text(encoding="utf-8") for path in SQL_FILES}
#: Branches in the statements of the ledger whose numbers are counts.
BRANCHES_WITHOUT_STATES = {
    "THEN 1 ELSE 0 END",
    "THEN 0 ELSE 1 END",
    "THEN 0 ELSE c.cancelled + c.unknown END",
    "THEN 0 ELSE m.id END AS slice",
    "THEN 0 ELSE b.retries END",
    "ELSE 0 END",
    # A gateway that nobody can name.
    "THEN 0 END",
    "THEN 0 ELSE m.gateway_id END",
    "THEN 0 ELSE p.gateway_id END",
}
#: What runs SQL that somebody has written: psycopg's methods, and Django's.
RUNS_SQL = {"execute", "executemany", "stream", "mogrify", "raw", "extra", "RawSQL", "RunSQL"}
#: Who writes statements by hand, and why.
RUN_BY_HAND = {
    "cluster/postgres.py": "makes the role and the database; the supervisor knows no Django, so that it stays small",
    "cluster/backup.py": "looks whether a database is empty that is not the ledger yet",
}
#: Methods that make a query of Django's, beside ``objects``.
QUERIES = {
    "filter", "exclude", "annotate", "aggregate", "select_related", "prefetch_related", "select_for_update",
    "values_list", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "refresh_from_db",
}  # fmt: skip
#: What stands between Python and the network of the gateway.
NETWORK = {"httpx", "requests", "urllib.request", "http.client", "socket", "vestnik.gateways.transport"}


def tasks() -> list[str]:
    app.loader.import_default_modules()
    return sorted(name for name in app.tasks if name.startswith("vestnik."))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


# -- the order of tests


def test_long_files_are_there_and_handed_out_in_our_order(pytestconfig: pytest.Config) -> None:
    assert not pytestconfig.option.loadscopereorder
    assert [file for file in LONG if not (TESTS / file).exists()] == []


# -- queues, tasks, schedules


def test_every_task_has_a_route_to_a_queue_and_every_queue_has_a_consumer() -> None:
    queues = {queue.name for queue in app.conf.task_queues}
    consumed = {DISPATCH_QUEUE, WORK_QUEUE}
    assert all("-Q" in worker_options(queue) and queue in worker_options(queue) for queue in consumed)
    assert queues == consumed
    routed = {name: app.amqp.router.route({}, name)["queue"].name for name in tasks()}
    assert len(routed) >= 4
    assert set(routed.values()) == queues
    assert set(app.conf.task_routes) <= set(routed)


def test_beat_starts_only_tasks_that_exist_and_what_waited_too_long_is_thrown_away() -> None:
    entries = app.conf.beat_schedule.values()
    assert {entry["task"] for entry in entries} <= set(tasks())
    assert all(entry["options"]["expires"] <= entry["schedule"] for entry in entries)


def test_the_broker_holds_no_schedule_no_result_and_no_retry() -> None:
    """Due times are columns; a message of the broker carries at most an id."""
    found = [
        f"{path.name}:{node.value.lineno}"
        for path, text in SOURCES.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.keyword) and node.arg in {"eta", "countdown", "acks_late", "autoretry_for"}
    ]
    assert found == []
    assert app.conf.task_ignore_result is True
    assert all(app.tasks[name].run.__code__.co_argcount == 0 for name in tasks())


# -- SQL


def test_every_sql_file_is_run_somewhere_and_says_why() -> None:
    """By its package, which names it, or as a part of another file there; migrations run those of the models."""
    named: dict[Path, set[str]] = {}
    for path, text in SOURCES.items():
        room = PACKAGE / "models" if "migrations" in path.parts else path.parent
        words = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
        named.setdefault(room, set()).update(word for word in words if isinstance(word, str))
    for path, text in STATEMENTS.items():
        named[path.parent.parent].update(re.findall(r"{file:(\w+)}", text))
    unused = [path.name for path in SQL_FILES if path.stem not in named[path.parent.parent]]
    assert unused == []
    assert len(SQL_FILES) > 50


def test_statements_are_run_by_one_class() -> None:
    """Statements stand in ``.sql`` files: :class:`vestnik.db.statements.Statements` runs them all."""
    by_hand = {
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path, text in SOURCES.items()
        if path.relative_to(PACKAGE).parts[0] not in {"db", "migrations"}
        for node in ast.walk(ast.parse(text))
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RUNS_SQL)
        or (isinstance(node, ast.alias) and node.name.rpartition(".")[2] in {*RUNS_SQL, "prepared"})
    }
    assert {place.partition(":")[0] for place in by_hand} == RUN_BY_HAND.keys(), sorted(by_hand)


def test_pages_and_rest_ask_the_rooms_and_write_no_queries() -> None:
    """What is looked up stands with the table that it is looked up in: a page orders it, and cuts a piece off."""
    queries = {
        f"{path.relative_to(PACKAGE)}:{node.lineno} {ast.unparse(node)}"
        for path, text in SOURCES.items()
        if path.relative_to(PACKAGE).parts[0] in {"api", "console"}
        for node in ast.walk(ast.parse(text))
        if (isinstance(node, ast.Attribute) and node.attr == "objects")
        or (
            (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in QUERIES)
            and ast.unparse(node.func) != "register.filter"
        )
    }
    assert queries == set()


def test_only_the_ledger_changes_messages_and_batches() -> None:
    """Every statement that does stands in ``vestnik/ledger``; migrations, and what tests set up, are excepted."""
    changes = re.compile(
        r"\b(?:INSERT\s+INTO|UPDATE(?:\s+ONLY)?|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|MERGE\s+INTO|COPY)"
        r"\s+vestnik_(?:message|batch)\b"
        r"|\b(?:Message|Batch)\.objects\b[^\n]*\.(?:update|delete|create|bulk_\w+|get_or_create|update_or_create)\(",
        re.IGNORECASE,
    )
    every = {**STATEMENTS, **SOURCES}
    # The SQL of migrations stands beside the models.
    writers = {path.relative_to(PACKAGE).parts[0] for path, text in every.items() if changes.search(text)}
    assert writers - {"migrations", "models"} == {"ledger"}


def test_all_advisory_locks_and_all_listeners_go_by_one_file_each() -> None:
    """Two uses of one number would block each other; a second channel would be heard by nobody."""
    locks = {path for path, text in {**STATEMENTS, **SOURCES}.items() if re.search(r"pg_(try_)?advisory_", text)}
    assert {path.relative_to(PACKAGE).as_posix() for path in locks} == {
        "db/locks.py", "models/sql/message_table.sql", "models/sql/outcome_log.sql", "models/sql/outcome_log_drop.sql",
        "models/sql/gateways.sql", "models/sql/gateways_drop.sql",
        "models/sql/lease_numbers.sql", "models/sql/attribute_counts.sql",
    }  # fmt: skip
    channels = {where for text in STATEMENTS.values() for where in re.findall(r"pg_notify\(([^,]+),", text)}
    assert channels == {f"'{CHANNEL}'"}
    notifying = {path.name for path, text in SOURCES.items() if re.search(r"SELECT pg_notify|LISTEN \W", text)}
    assert notifying == {"notify.py"}


def test_no_state_of_a_message_is_a_bare_number_in_sql() -> None:
    """``{QUEUED}`` and its like are rendered from the enum. Only the ledger has states in the branches of a CASE."""
    compared = r"""(?:\bstate|\bwas|"is")\s*(?:=|<>|IN\s*\(|WHEN)\s*\d"""
    branch = r"\b(?:THEN|ELSE)\s+\d[^,)]*"
    found = [
        f"{path.name}: {match[0].strip()}"
        for path in SQL_FILES
        for bare in [f"{compared}|{branch}" if path.parent.parent.name == "ledger" else compared]
        for match in re.finditer(bare, re.sub(r"--.*", "", path.read_text(encoding="utf-8")))
        if match[0].strip() not in BRANCHES_WITHOUT_STATES
    ]
    assert found == []


def test_who_writes_to_the_ledger_by_hand_cannot_reach_the_gateway() -> None:
    """No transaction can be open across a network call: the modules that open them make none."""
    writers = {
        path: set(imported(ast.parse(text)))
        for path, text in SOURCES.items()
        if path.parent.name in {"dispatch", "mailings", "audience"} and ".transaction()" in text
    }
    assert PACKAGE / "dispatch" / "recorder.py" in writers
    assert {path.name: found for path, names in writers.items() if (found := names & NETWORK)} == {}
    dispatcher = SOURCES[PACKAGE / "dispatch" / "dispatcher.py"]
    assert ".transaction()" not in dispatcher
    assert ".execute(" not in dispatcher


def test_decisions_stay_on_record_for_ever() -> None:
    """Nothing of ours changes or deletes an entry of the audit."""
    uses = [use for text in SOURCES.values() for use in re.findall(r"AuditEntry\.objects\.(\w+)", text)]
    assert "create" in uses
    assert set(uses) <= {"create", "bulk_create", "filter", "select_related"}
    # An INSERT of many could change those that are there.
    assert not any("update_conflicts" in text for text in SOURCES.values() if "AuditEntry.objects.bulk_create" in text)
    statements = [path.read_text(encoding="utf-8") for path in SQL_FILES]
    changed = re.compile(r"(UPDATE|DELETE FROM|TRUNCATE) vestnik_auditentry", re.IGNORECASE)
    assert not any(changed.search(text) for text in statements)


# -- transition tables


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (MailingState.SCHEDULED, "running paused cancelled expired"),
        (MailingState.RUNNING, "paused completed expired cancelled"),
        (MailingState.PAUSED, "running completed expired cancelled"),
        (MailingState.COMPLETED, "running"),
        (MailingState.EXPIRED, "running"),
        (MailingState.CANCELLED, ""),
    ],
)
def test_a_mailing_goes_only_where_the_design_lets_it(before: MailingState, after: str) -> None:
    assert {str(state) for state in MAILING_TRANSITIONS[before]} == set(after.split())
    assert (before in LIVE_STATES) == (MailingState.CANCELLED in MAILING_TRANSITIONS[before])
    assert all(before in states_that_lead_to(state) for state in MAILING_TRANSITIONS[before])


@pytest.mark.parametrize("state", MessageState)
def test_a_final_state_of_a_message_does_not_change_but_unknown_and_a_receipt_for_sent(state: MessageState) -> None:
    after = {each.label for each in MESSAGE_TRANSITIONS[state]}
    expected = {
        "queued": {"sent", "failed", "expired", "cancelled", "unknown"},
        "sent": {"delivered", "undelivered"},
        "unknown": {"queued", "sent", "delivered", "undelivered", "failed"},
    }
    assert after == expected.get(state.label, set())


def test_every_state_has_its_transitions_its_word_and_its_status() -> None:
    assert set(MAILING_TRANSITIONS) == set(MailingState)
    assert set(MESSAGE_TRANSITIONS) == set(MessageState)
    assert {state.label for state in MessageState} | {"sending"} == set(MESSAGE_STATES) == set(STATUS_OF_STATE)


# -- imports: `lint-imports` holds layers, and circles of modules that stand side by side


def test_no_package_imports_a_part_of_itself_that_leads_back_to_it() -> None:
    graph = grimp.build_graph("vestnik", cache_dir=None)
    circles = {
        f"{package} and {part}"
        for package in graph.modules
        for part in graph.find_modules_directly_imported_by(package) & graph.find_descendants(package)
        if graph.find_shortest_chain(importer=part, imported=package)
    }
    assert circles == set()


# -- adapters


@pytest.mark.parametrize("path", sorted((PACKAGE / "gateways" / "adapters").glob("*.py")), ids=lambda path: path.stem)
def test_a_module_of_an_adapter_can_be_read_at_one_go(path: Path) -> None:
    """docs/decisions/gateways.md says which adapters have their tables in modules of their own."""
    assert len(SOURCES[path].splitlines()) <= 300


# -- the harness


@pytest.mark.parametrize("program", ["bench", "chaos"])
def test_every_module_of_a_program_can_be_imported_without_settings(program: str) -> None:
    """These start clusters of their own, and have no settings themselves: an import that needs some is a late error."""
    root = PACKAGE.parent
    modules = [
        ".".join(path.relative_to(root).with_suffix("").parts)
        for path in sorted((root / program).rglob("*.py"))
        if path.name != "__main__.py" and "baselines" not in path.parts
    ]
    assert modules
    env = {name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "DATABASE_URL"}}
    names = "; ".join(f"import {module}" for module in modules)
    done = subprocess.run([sys.executable, "-c", names], check=False, cwd=root, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_tests_chaos_and_bench_write_a_mailing_in_one_way() -> None:
    """Whoever adds a column to mailings looks at one place: the harness fills in what is not given."""
    root = PACKAGE.parent
    by_hand = re.compile(
        r"INSERT\s+INTO\s+vestnik_mailing\b|insert\(ledger, \"vestnik_mailing\"|\bMailing\.objects\.(?:bulk_)?create\(",
        re.IGNORECASE,
    )
    sources = [
        path for folder in ("tests", "chaos", "bench", "tools", "harness") for path in (root / folder).rglob("*.py")
    ]
    found = {str(path.relative_to(root)) for path in sources if by_hand.search(path.read_text(encoding="utf-8"))}
    assert found == {"harness/rows.py"}
