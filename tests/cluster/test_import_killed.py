"""The worker process that runs an import is killed in the middle: the job goes on elsewhere, and counts exactly."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from harness.cluster import Cluster, running_cluster
from vestnik.cluster.processes import wait_for

#: Seconds, on a machine that has other work; alone it takes a tenth of that.
pytestmark = pytest.mark.timeout(300)

#: Rows of a file: read in a second or so, and changed in the directory in another.
ROWS = 60_000
BAD_ROW = "123,,killed,Europe/Moscow\n"


@pytest.fixture(scope="module")
def own_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster whose worker may be killed; the PostgreSQL in it writes to the disk as it does in earnest."""
    with running_cluster(tmp_path_factory.mktemp("killed") / "home", "--workers", "1") as running:
        yield running


@pytest.fixture
def ledger_of(own_cluster: Cluster) -> Iterator["psycopg.Connection[Any]"]:
    """A connection to that cluster's ledger, to look at what REST does not show."""
    running = own_cluster.home.running()
    assert running is not None
    with psycopg.connect(running.environment["DATABASE_URL"], autocommit=True) as connection:
        yield connection


def file_of(tag: str, operator: int) -> bytes:
    rows = (f"7{operator}{number:07d},,{tag},Europe/Moscow\n" for number in range(ROWS))
    return ("phone_number,mobile_operator_code,tag,timezone\n" + "".join(rows) + BAD_ROW).encode()


def send(cluster: Cluster, content: bytes, *, on_error: str) -> str:
    """The path of the job."""
    url = f"{cluster.url}/client/import?on_error={on_error}"
    answer = cluster.http().post(url, data=content, headers={"Content-Type": "text/csv"}, timeout=60)
    assert answer.status_code == 202, answer.text
    return answer.headers["Location"]


def kill_worker(cluster: Cluster) -> None:
    cluster.member("celery", "worker", "-P threads").kill()


@contextmanager
def unable_to_end(ledger: "psycopg.Connection[Any]") -> Iterator[None]:
    """No import can change the directory, nor say on record what it did: so it is not over before its worker dies."""
    with ledger.transaction():
        ledger.execute("LOCK TABLE vestnik_client, vestnik_auditentry IN SHARE MODE")
        yield


def is_writing(ledger: "psycopg.Connection[Any]") -> bool:
    """Does an import wait for one of those locks?"""
    ledger.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw first
    waiting = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'vestnik import' AND wait_event_type = 'Lock'"
    return bool(ledger.execute(waiting).fetchall())


#: What to do with the bad row, and where the worker dies: in the middle of the file, or behind its last row.
MOMENTS = [("skip", "reading"), ("skip", "writing"), ("abort", "reading"), ("abort", "writing")]


@pytest.mark.parametrize(("on_error", "moment"), MOMENTS)
def test_an_import_whose_worker_is_killed_ends_with_exact_counts(
    own_cluster: Cluster, ledger_of: "psycopg.Connection[Any]", on_error: str, moment: str
):
    tag = f"{on_error}-{moment}"
    rest = own_cluster.logged_in()
    operator = 901 + MOMENTS.index((on_error, moment))
    with unable_to_end(ledger_of):
        job = send(own_cluster, file_of(tag, operator), on_error=on_error)
        came = (lambda: is_writing(ledger_of)) if moment == "writing" else (lambda: rest.get(job)["rows"] > 0)
        assert wait_for(came, seconds=60)
        kill_worker(own_cluster)
    # Nobody sees a client of a file that is imported in part.
    assert rest.get(f"/client/?tag={tag}") == []

    assert wait_for(lambda: rest.get(job)["state"] in ("done", "failed"), seconds=90)
    found = rest.get(job)
    counts = {name: found[name] for name in ("state", "rows", "created", "updated", "unchanged", "refused")}
    created = ROWS if on_error == "skip" else 0
    state = "done" if on_error == "skip" else "failed"
    assert counts == {
        "state": state, "rows": ROWS + 1, "created": created, "updated": 0, "unchanged": 0, "refused": 1
    }  # fmt: skip
    (kept,) = ledger_of.execute("SELECT count(*) FROM vestnik_client WHERE tag = %s", [tag]).fetchall()
    assert kept == (created,)
    number = job.rsplit("/", 1)[1]
    (tries,) = ledger_of.execute("SELECT attempts FROM vestnik_importjob WHERE id = %s", [number]).fetchall()
    assert tries == (2,)
    left = ledger_of.execute("SELECT count(*) FROM vestnik_importpiece WHERE job_id = %s", [number]).fetchall()
    assert left == [(0,)]
