"""What strangers send to break a server is refused with the reason, by real processes whose memory stays flat."""

import gzip
import io
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests

from harness.cluster import Cluster
from tests.clients.workbooks import HOSTILE, book
from vestnik.cluster.processes import wait_for

#: Seconds, on a machine that has other work.
pytestmark = pytest.mark.timeout(300)

HEAD = "phone_number,mobile_operator_code,tag,timezone\n"
ROW = "79110000077,,hostile,Europe/Moscow\n"
CLIENT = {"phone_number": "79110000077", "tag": "hostile", "timezone": "Europe/Moscow"}
#: MiB by which a process may grow at its peak: what one import takes, its file being as large as an import may be.
FLAT = 100


@cache
def zeros() -> bytes:
    """A gibibyte, packed to a megabyte."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as packed:
        packed.write(HEAD.encode())
        for _ in range(256):
            packed.write(ROW.encode() * 2**17)
    return out.getvalue()


def spaces() -> bytes:
    return book(b" " * 300_000_000)


FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(5_000_000), "PNG"),
    "10,000 columns": ((",".join(f"c{number}" for number in range(10_000)) + "\n").encode, "100 columns"),
    "one line of 100 MB": (lambda: HEAD.encode() + b"x" * 100_000_000, "65536 characters"),
    "a gzip bomb": (zeros, "zip bomb"),
    "a gzip bomb in a gzip bomb": (lambda: gzip.compress(zeros()), "control characters"),
    "a workbook bomb": (spaces, "zip bomb"),
    **HOSTILE,
}


class Peaks:
    """How much more memory each process of a cluster held at its peak than when the watch began, in MiB."""

    def __init__(self, cluster: Cluster) -> None:
        # Those that serve stand there at both looks: a fork that is about to become a program of its own does not.
        seen = cluster.members().keys()
        members = [each for line, each in cluster.members().items() if line in seen and self._serves(line)]
        self._before = {member.pid: member.memory_info().rss for member in members}
        for pid in self._before:
            # Linux forgets the peak so far (proc(5), clear_refs).
            Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")

    def growth(self) -> dict[int, float]:
        return {pid: (self._peak(pid) - before) / 2**20 for pid, before in self._before.items()}

    @staticmethod
    def _serves(line: str) -> bool:
        return "vestnik.cluster.web" in line or "celery" in line

    @staticmethod
    def _peak(pid: int) -> int:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024


@pytest.fixture(scope="module")
def http(cluster: Cluster) -> requests.Session:
    return cluster.http()


@pytest.fixture(autouse=True)
def _flat_and_as_it_was(cluster: Cluster, http: requests.Session) -> Iterator[None]:
    """Every test here: no process grows, none dies, and no client comes of it."""
    peaks = Peaks(cluster)
    yield
    grown = peaks.growth()
    assert max(grown.values()) < FLAT, grown
    assert http.get(f"{cluster.url}/client/?phone_number=79110000077", timeout=30).json() == []


def outcome(cluster: Cluster, http: requests.Session, content: bytes) -> str:
    """Why a file is refused, at once or as a job."""
    url = f"{cluster.url}/client/import?on_error=abort"
    answer = http.post(url, data=content, headers={"Content-Type": "text/csv"}, timeout=60)
    if answer.status_code == 202:
        job = f"{cluster.url}{answer.headers['Location']}"
        assert wait_for(lambda: http.get(job, timeout=30).json()["state"] in ("done", "failed"), seconds=60)
        found = http.get(job, timeout=30).json()
        assert found["state"] == "failed", found
        return str(found["error"])
    assert answer.status_code == 400, answer.text
    return str(answer.json()["file"][0])


@pytest.mark.parametrize(("content", "reason"), FILES.values(), ids=list(FILES))
def test_a_hostile_file_is_refused_with_the_reason(
    cluster: Cluster, http: requests.Session, content: Callable[[], bytes], reason: str
):
    assert reason in outcome(cluster, http, content())


def body(**changes: Any) -> bytes:
    return json.dumps({**CLIENT, **changes}).encode()


BODIES: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "10 MB": (lambda: body(tag="x" * 10_000_000), 413, "1,000,000"),
    "deep lists": (lambda: body(tag=0).replace(b": 0", b": " + b"[" * 400_000 + b"]" * 400_000), 400, "nested"),
    "deep objects": (lambda: b'{"a":' * 150_000 + b"1" + b"}" * 150_000, 400, "nested"),
    "a key twice": (lambda: body()[:-1] + b', "tag": "other"}', 400, "twice"),
    "invalid UTF-8": (lambda: body(tag="@").replace(b"@", b"\xff\xfe"), 400, "UTF-8"),
    "half a pair": (lambda: body(tag="\ud800"), 400, "tag"),
    "a huge integer": (lambda: body(mobile_operator_code=7).replace(b": 7", b": " + b"9" * 900_000), 400, "digits"),
    "a huge exponent": (lambda: body(mobile_operator_code=7).replace(b": 7", b": 1e999999999"), 400, "too large"),
    "many keys": (lambda: json.dumps({f"k{number}": 1 for number in range(60_000)}).encode(), 400, "phone_number"),
}


@pytest.mark.parametrize(("content", "status", "reason"), BODIES.values(), ids=list(BODIES))
def test_a_hostile_body_is_refused_with_the_reason(
    cluster: Cluster, http: requests.Session, content: Callable[[], bytes], status: int, reason: str
):
    headers = {"Content-Type": "application/json"}
    answer = http.post(f"{cluster.url}/client/", data=content(), headers=headers, timeout=60)
    assert (answer.status_code, reason in answer.text) == (status, True), answer.text[:500]


def test_a_body_that_never_tells_its_length_is_not_read(cluster: Cluster, http: requests.Session):
    pieces = (b"x" * 2**16 for _ in range(160))
    for path, kind in (("/client/", "application/json"), ("/client/import", "text/csv")):
        answer = http.post(f"{cluster.url}{path}", data=pieces, headers={"Content-Type": kind}, timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (400, "length_required")
