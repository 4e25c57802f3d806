"""CPU seconds and memory of a cluster's processes, by what they are."""

import contextlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import psutil

#: A word of the command line, and what the process is called. The first that is found counts.
_KINDS = (
    ("bin/postgres", "database"),
    ("valkey", "broker"),
    ("vestnik.cluster.web", "web"),
    ("dispatcher-", "dispatchers"),
    ("worker@", "worker"),
    (" beat ", "beat"),
    ("vestnik.simulator", "gateway"),
)

#: Seconds of processor time by kind of process.
Cpu = dict[str, float]


def members(root: int) -> dict[str, list[psutil.Process]]:
    """The processes under ``root`` by kind; what a member has started is of its kind. ``root`` itself: supervisor."""
    found: dict[str, list[psutil.Process]] = defaultdict(list)
    supervisor = psutil.Process(root)
    found["supervisor"].append(supervisor)
    for child in supervisor.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            words = " ".join(child.cmdline()) + " "
            kind = next((kind for word, kind in _KINDS if word in words), "other")
            found[kind] += [child, *child.children(recursive=True)]
    return found


def cpu_of(processes: Iterable[psutil.Process]) -> float:
    """Seconds of processor time, user and system, of these processes and of what they started that has ended."""
    seconds = 0.0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            seconds += times.user + times.system
            if process.pid != psutil.Process().pid:
                seconds += times.children_user + times.children_system
    return seconds


def cpu_by_kind(root: int) -> Cpu:
    """The same by kind for everything under ``root``. The supervisor's own ended children are not counted again."""
    return {kind: cpu_of(processes) for kind, processes in members(root).items() if kind != "supervisor"}


def peak_memory(processes: Iterable[psutil.Process]) -> int:
    """Bytes: the sum of what each process held at most so far (VmHWM)."""
    return sum(_status(process.pid, "VmHWM") for process in processes)


def private_memory(processes: Iterable[psutil.Process]) -> int:
    """Bytes that are each process's own now."""
    held = 0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            held += process.memory_full_info().uss
    return held


def _status(pid: int, name: str) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    return 0
