"""The worker process that runs an import is killed in the middle: the job goes on elsewhere, and counts exactly."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.clusters import Cluster, running_cluster
from vestnik.cluster.processes import wait_for

#: Rows of a file: read in a second or so, and changed in the directory in another.
ROWS = 150_000
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


#: What to do with the bad row, and how many rows are read when the worker dies: in the middle of the file, or behind
#: its last whole batch, where the directory is being changed.
MOMENTS = [("skip", 1), ("skip", ROWS), ("abort", 1)]


@pytest.mark.parametrize(("on_error", "rows_read"), MOMENTS, ids=["skip, reading", "skip, writing", "abort, reading"])
def test_an_import_whose_worker_is_killed_ends_with_exact_counts(
    own_cluster: Cluster, ledger_of: "psycopg.Connection[Any]", on_error: str, rows_read: int
):
    tag = f"{on_error}-{rows_read}"
    rest = own_cluster.logged_in()
    operator = 901 + MOMENTS.index((on_error, rows_read))
    job = send(own_cluster, file_of(tag, operator), on_error=on_error)

    assert wait_for(lambda: rest.get(job)["rows"] >= rows_read, seconds=60)
    assert rest.get(job)["state"] == "running"
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
    assert tries == (2,), "the worker was killed too late to prove anything"
    left = ledger_of.execute("SELECT count(*) FROM vestnik_importpiece WHERE job_id = %s", [number]).fetchall()
    assert left == [(0,)]
