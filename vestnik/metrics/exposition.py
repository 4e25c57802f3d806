"""The text that Prometheus reads: of this process, or of all processes that share a folder."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hmac import compare_digest
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from vestnik.metrics import counted  # noqa: F401 - what is counted is registered by its import

#: The format: version 0.0.4 of Prometheus' text.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: Files of ended processes beyond which they are added up into one: processes that crash for days must not fill the
#: folder.
MAX_DEAD = 16
#: Stands in the name of the file that ended processes are added up in; no process has this id.
_ENDED = 0


def exposition(more: Iterable[Collector] = ()) -> bytes:
    """The metrics of this process, or of all with a shared folder, and those of ``more`` collectors."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder:
        return _text([REGISTRY, *more])
    with _locked(Path(folder)):
        forget_ended(Path(folder))
        return _text([MultiProcessCollector(None, path=folder), *more])


def forget_ended(folder: Path) -> None:
    """Drop the gauges of processes that have ended. Their counters stay: a sum must not shrink when one is killed."""
    ended = [file for file in folder.glob("*.db") if not _alive(_pid(file))]
    for file in [file for file in ended if file.name.startswith("gauge_live")]:
        file.unlink(missing_ok=True)
    for kind in ("counter", "histogram"):
        files = [file for file in ended if file.name.startswith(kind) and _pid(file) != _ENDED]
        if len(files) > MAX_DEAD:
            _add_up(files, folder / f"{kind}_{_ENDED}.db")


def may_read(authorization: str, token: str) -> bool:
    """Return whether this ``Authorization`` header may read the metrics. With an empty token everybody may."""
    return not token or compare_digest(authorization.encode(), f"Bearer {token}".encode())


def _text(collectors: Iterable[Collector]) -> bytes:
    """A registry made for one answer: registering in the common one asks a collector for its names, again and again."""
    registry = CollectorRegistry(auto_describe=False)
    for collector in collectors:
        registry.register(collector)
    return generate_latest(registry)


def _add_up(files: list[Path], into: Path) -> None:
    total = MmapedDict(str(into))
    for file in files:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file)):
            total.write_value(key, total.read_value(key)[0] + value, 0.0)
        file.unlink()
    total.close()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One reader at a time: another must not see a file that is being added up twice."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _pid(file: Path) -> int:
    return int(file.stem.rpartition("_")[2])


def _alive(pid: int) -> bool:
    return pid != _ENDED and Path(f"/proc/{pid}").exists()
