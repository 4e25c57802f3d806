"""Starts child processes that cannot outlive their parent, and ends them."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

#: prctl(2): the signal that the kernel sends to this process when its parent dies.
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path,
    death_signal: signal.Signals = signal.SIGTERM,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own (a Ctrl-C in the terminal reaches only us), its output appended to ``log``.

    Call it from the main thread only: the kernel takes the end of the *thread* that spawned for the parent's death.

    Args:
        command: program and arguments.
        env: the whole environment of the child.
        log: file for stdout and stderr.
        death_signal: what the child gets when we are killed (kill -9).
        cwd: where it runs.
    """
    parent = os.getpid()
    with log.open("ab") as output:
        return subprocess.Popen(
            list(command),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: tie_to(parent, death_signal),  # noqa: PLW1509 - one prctl, and we have one thread
        )


def piped(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
    """Start a child as :func:`spawn` does, and read what it prints as it prints it (default: our environment)."""
    parent = os.getpid()
    return subprocess.Popen(
        list(command),
        env=None if env is None else dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: tie_to(parent, signal.SIGTERM),  # noqa: PLW1509 - as above
    )


def tie_to(parent: int, death_signal: signal.Signals) -> None:
    """Have the kernel send this process ``death_signal`` when its parent dies; end at once if it did already.

    Args:
        parent: the process id that the parent has or had.
        death_signal: what to get.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def stop(child: subprocess.Popen[bytes], *, by: signal.Signals, seconds: float) -> bool:
    """Ask a child to end and wait; kill its whole group when it has not after ``seconds``. True: it ended by itself."""
    if child.poll() is None:
        child.send_signal(by)
    try:
        child.wait(max(0.0, seconds))
    except subprocess.TimeoutExpired:
        kill_group(child)
        return False
    return True


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """End a child and whatever it started, at once."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        child.wait()


def wait_for(condition: Callable[[], bool], *, seconds: float, pause: float = 0.03) -> bool:
    """Wait until ``condition`` holds (True) or ``seconds`` have passed (False)."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(pause)
    return True


def last_lines(log: Path, count: int = 5) -> str:
    """The end of a log, for an error message."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-count:])


def started_at(pid: int) -> str:
    """The start of a process in the kernel's ticks. With its id it is unique. Empty if there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


def end_survivors(children: Mapping[int, str], *, seconds: float) -> None:
    """End processes of an earlier run, given by id and :func:`started_at`, and all that they started."""

    def alive() -> list[int]:
        return [pid for pid, began in children.items() if began and started_at(pid) == began]

    for pid in alive():
        _signal_group(pid, signal.SIGTERM)
    if not wait_for(lambda: not alive(), seconds=seconds):
        for pid in alive():
            _signal_group(pid, signal.SIGKILL)
        wait_for(lambda: not alive(), seconds=seconds)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
