"""A cluster that is attacked, and one of its ordinary users."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
import requests

from harness.cluster import Cluster
from harness.rows import add_clients
from vestnik.cluster.processes import wait_for

#: Clients of the directory: more than all buffers between the ledger and a reader hold.
CLIENTS = 120_000
#: Seconds that an ordinary request may take while the web is attacked: a limit against hanging, no measure of speed.
PATIENCE = 20


@pytest.fixture(scope="session")
def database(cluster: Cluster) -> Iterator[psycopg.Connection]:
    """The cluster's ledger."""
    running = cluster.home.running()
    assert running is not None
    with psycopg.connect(running.environment["DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def user(cluster: Cluster) -> requests.Session:
    """Who only wants to work."""
    return cluster.http()


@pytest.fixture
def works(cluster: Cluster, user: requests.Session) -> Callable[[], None]:
    """Is everybody served, on new connections as well as on kept ones?"""

    def look() -> None:
        for _ in range(3):
            live = requests.get(f"{cluster.url}/health/live", timeout=PATIENCE)
            assert (live.status_code, live.json()) == (200, {"status": "alive"})
            assert user.get(f"{cluster.url}/client/?page_size=1", timeout=PATIENCE).status_code == 200
            fresh = requests.get(f"{cluster.url}/auth/user/", headers=dict(user.headers), timeout=PATIENCE)
            assert fresh.status_code == 200

    return look


@pytest.fixture(scope="module")
def directory(database: psycopg.Connection) -> Iterator[int]:
    """A directory that is too long for any buffer."""
    add_clients(database, CLIENTS, tag="hostile")
    yield CLIENTS
    database.execute("DELETE FROM vestnik_client WHERE tag = 'hostile'")


@pytest.fixture
def lets_go(database: psycopg.Connection) -> Callable[[], bool]:
    """Does no transaction of a download stay open for longer than 10 seconds from now?"""
    statement = (
        "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid()"
        " AND (query ILIKE '%%COPY (%%' OR query LIKE '%%_django_curs_%%')"
    )

    def look() -> bool:
        return wait_for(lambda: database.execute(statement).fetchone() == (0,), seconds=10)

    return look
