"""Children that cannot outlive their parent, and how they are ended."""

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
        death_signal: what the child gets when we die without a word (kill -9).
        cwd: where it runs.
    """
    parent = os.getpid()

    def tie_to_parent() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    with log.open("ab") as output:
        return subprocess.Popen(
            list(command),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=tie_to_parent,  # noqa: PLW1509 - one prctl, and we have one thread
        )


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
    """Look at ``condition`` until it holds (True) or ``seconds`` have passed (False)."""
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
