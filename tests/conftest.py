"""A real PostgreSQL for the whole session, in a folder of its own; nothing of the machine is used or changed.

Where the environment names servers from outside (harness/outside.py), those are used instead.
"""

import gc
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from harness import prepared
from harness.cluster import Cluster, running_cluster
from harness.outside import OUTSIDE
from harness.simulator import running_simulator
from harness.simulator_client import SimulatorClient
from tests.masking import WHOLE_PHONE
from tests.order import in_order
from vestnik.cluster.postgres import Postgres
from vestnik.cluster.processes import spawn, stop

_folder: Path | None = None
_server: "subprocess.Popen[bytes] | None" = None
_prepared: Path | None = None
#: The session's cluster, once a test has asked for it.
_shared: Cluster | None = None
#: Tests in this process never cut the power; those that kill processes start a cluster of their own, with fsync on.
_NOT_DURABLE = ("-c", "fsync=off", "-c", "full_page_writes=off")


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL and say where it is before Django reads its settings."""
    global _folder, _server, _prepared  # noqa: PLW0603
    if config.option.help:
        return
    # Until all tests are collected nothing becomes garbage, and to look for it takes as long as the collection itself.
    gc.disable()
    # How long an example takes says how busy the machine is, and nothing about a promise.
    settings.register_profile("vestnik", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("vestnik")
    if _only_hands_out(config):
        _prepared = prepared.begin()
        return
    if OUTSIDE is None:
        _folder = Path(tempfile.mkdtemp(prefix="vestnik-test-"))
        password = prepared.copy_data(_folder / "data") or secrets.token_urlsafe(8)
        postgres = Postgres(data=_folder / "data", sockets=_folder, password=password)
        postgres.initialise()
        log = _folder / "postgres.log"
        _server = spawn([*postgres.command(), *_NOT_DURABLE], env=os.environ, log=log, death_signal=signal.SIGINT)
        postgres.wait_ready(seconds=60, log=log)
        stores = {"DATABASE_URL": postgres.url, "BROKER_URL": "memory://"}
    else:
        stores = OUTSIDE.settings("session")
    os.environ.update(
        stores,
        GATEWAY_URL="http://127.0.0.1:9",
        SECRET_KEY=secrets.token_urlsafe(48),
        VESTNIK_SIMULATOR="1",
        DJANGO_SETTINGS_MODULE="vestnik.settings",
    )
    import django

    django.setup()
    _list_static_files_once()


def _list_static_files_once() -> None:
    """Each test client loads the middleware, and WhiteNoise then looks at each static file: half of a test of REST."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    look, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def add_files_from_finders(self: WhiteNoiseMiddleware) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = add_files_from_finders


def _only_hands_out(config: pytest.Config) -> bool:
    """Is this the process that hands the tests out to others? They must not inherit a server's address from it."""
    return bool(getattr(config.option, "numprocesses", None)) and not hasattr(config, "workerinput")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is broken is seen soon, and no process is left alone with a long file."""
    items[:] = in_order(items)


def pytest_collection_finish() -> None:
    """What is there now stays until the end: the garbage collector need not look at it again with every test."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    """Stop PostgreSQL and remove its folder."""
    if _prepared is not None:
        prepared.end(_prepared)
    if _server is not None:
        stop(_server, by=signal.SIGINT, seconds=10)
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)
    if OUTSIDE is not None:
        OUTSIDE.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> None:
    """Migrate the session's database itself: hand-written SQL reaches it by the same URL as Django does."""
    from django.core.management import call_command

    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)


@pytest.fixture
def ledger(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """An empty ledger, and a connection to it: for tests that commit, in this process or in others.

    Tests that only use Django's models in one connection take pytest-django's ``db``, which rolls back.
    """
    del django_db_setup
    from vestnik.db.connection import open_connection

    with django_db_blocker.unblock():
        from django.db import connections

        with open_connection("test") as connection:
            _empty(connection)
            yield connection
            _empty(connection)
        connections.close_all()


def _empty(connection: Any) -> None:
    """Empty the tables that were written to. To truncate all of them, each time, cost more than many a test."""
    kept = ["django_migrations", "django_content_type", "auth_permission", "vestnik_gatewaystate", "vestnik_gateway"]
    written = [name for (name,) in connection.execute(_WRITTEN, [kept]).fetchall()]
    if written:
        connection.execute(f"TRUNCATE {', '.join(written)} RESTART IDENTITY CASCADE")
    connection.execute(_FIRST_GATEWAY)


#: Tables that hold a page, of rows that live, are dead or were rolled back, or whose sequence was asked for a number.
_WRITTEN = """
SELECT quote_ident(c.relname) FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> ALL (%s)
  AND (pg_relation_size(c.oid) > 0 OR EXISTS (
        SELECT FROM pg_sequence s JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.deptype IN ('a', 'i')
          AND pg_sequence_last_value(s.seqrelid) IS NOT NULL))
"""
#: The gateway of the environment, as the migrations leave it, and nothing that is known of any.
_FIRST_GATEWAY = """
UPDATE vestnik_gatewaystate SET breaker = 'closed', breaker_reason = '', breaker_changed_at = NULL,
    probe_at = NULL, probes_failed = 0, granted_until = NULL,
    careful_since = NULL, careful_bad = 0, asked_at = NULL, asked_until = NULL, wait_ignored_until = NULL,
    out_at = NULL, out_code = '', out_words = '', back_at = NULL, hold_seconds = 60;
DELETE FROM vestnik_gatewaystate WHERE id <> 1;
DELETE FROM vestnik_gateway;
INSERT INTO vestnik_gateway (id, name, kind, settings, secrets, concurrency, timeout, idempotent, enabled,
    version, created_at) VALUES (1, 'default', 'probe', '{}', '', 256, 30, false, true, 1, now());
SELECT setval(pg_get_serial_sequence('vestnik_gateway', 'id'), 1)
"""


@pytest.fixture(scope="session")
def simulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorClient]:
    """One gateway simulator, a process of its own, for the whole session."""
    with running_simulator(tmp_path_factory.mktemp("simulator")) as client:
        yield client


@pytest.fixture
def simulator(simulator_process: SimulatorClient) -> Iterator[SimulatorClient]:
    """The session's simulator, fresh: nothing received, behaving well."""
    simulator_process.reset()
    yield simulator_process
    simulator_process.reset()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A whole cluster, as ``vestnik up`` starts it, for the session: tests use it, and break nothing in it.

    Its webhooks may go to servers of the tests.
    """
    env = {"WEBHOOK_ALLOW_PRIVATE": "true"}
    global _shared  # noqa: PLW0603
    with running_cluster(tmp_path_factory.mktemp("cluster") / "home", env=env) as running:
        _shared = running
        yield running
        _shared = None


@pytest.fixture(scope="module", autouse=True)
def _shared_cluster_as_new(request: pytest.FixtureRequest) -> None:
    """Each file finds the session's cluster as if it were the first: which ones came before is decided by chance."""
    if _shared is not None and _uses_cluster(request):
        _shared.begin_again()


def _uses_cluster(request: pytest.FixtureRequest) -> bool:
    file = request.path
    return any(item.path == file and "cluster" in getattr(item, "fixturenames", ()) for item in request.session.items)


@pytest.fixture
def strangers_may_register(cluster: Cluster) -> None:
    """The session's cluster without the gateways that other tests have added: an enabled one closes registration."""
    cluster.query("UPDATE vestnik_gateway SET enabled = false WHERE name <> 'default'")


@pytest.fixture(autouse=True)
def _no_phones_in_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test may log a whole phone number."""
    yield
    for record in caplog.records:
        assert not WHOLE_PHONE.search(record.getMessage()), "a phone number in a log"


@pytest.fixture(autouse=True)
def _places_of_downloads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has all places of downloads: an answer that was left unread holds one until it is collected."""
    from vestnik.web import downloads

    monkeypatch.setattr(downloads, "_places", threading.BoundedSemaphore(downloads.MAX_AT_ONCE))
