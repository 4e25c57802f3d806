"""Keeps child processes running: restarts those that end, limits their logs, stops them in order.

One thread, which spawns all children itself: they are tied to it by the kernel (``PR_SET_PDEATHSIG``).
"""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vestnik.cluster.processes import kill_group, last_lines, spawn, stop
from vestnik.errors import ClusterError

#: Seconds before a child that ended is started again: doubled from the first to the last while it keeps ending.
FIRST_BACKOFF, MAX_BACKOFF = 0.25, 10.0
#: Seconds of life after which a child counts as sound again.
SOUND_SECONDS = 30.0
#: Seconds between looks at the logs' sizes, and the bytes at which a log is cut.
LOG_SECONDS, MAX_LOG = 10.0, 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One child process of the cluster to run.

    Args:
        name: the word that people see, and the name of its log.
        command: program and arguments.
        env: its whole environment.
        log: where its output goes.
        is_ready: asked until it says yes.
        before: what to clear away before each start.
        ready_seconds: how long it may take to be ready.
        stop_signal: asks it to end.
        stop_seconds: how long it may take to end before it is killed.
        death_signal: what the kernel sends it when the supervisor is killed.
        about: shown behind its name when it is ready.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    is_ready: Callable[[], bool]
    before: Callable[[], None] = lambda: None
    ready_seconds: float = 30.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 2.0
    death_signal: signal.Signals = signal.SIGTERM
    about: str = ""


@dataclass(slots=True)
class _Child:
    part: Part
    process: subprocess.Popen[bytes]
    started: float
    backoff: float = FIRST_BACKOFF
    start_at: float | None = None
    waits_ready: bool = field(default=True)


class Supervisor:
    """The children of one cluster.

    Args:
        say: gets one line for whatever a person should know.
        changed: called with the process ids of the children whenever they change.
        stopping: says that waiting makes no sense any more.
    """

    def __init__(
        self, *, say: Callable[[str], None], changed: Callable[[list[int]], None], stopping: Callable[[], bool]
    ) -> None:
        self._say = say
        self._changed = changed
        self._stopping = stopping
        self._children: list[_Child] = []
        self._logs_seen = time.monotonic()

    def start(self, *parts: Part) -> None:
        """Start parts, all at once, and wait until each is ready, saying so in their order.

        Raises:
            ClusterError: one ended or is not ready in time; the message has the end of its log.
        """
        children = [self._launch(part) for part in parts]
        for child in children:
            self._await(child)

    def look(self) -> None:
        """Restart what ended and cut logs that are too long: to be called every fraction of a second."""
        now = time.monotonic()
        for child in self._children:
            if child.start_at is None and child.process.poll() is not None:
                self._ended(child, now)
            elif child.start_at is not None and now >= child.start_at:
                self._restart(child)
            elif child.waits_ready and child.process.poll() is None and child.part.is_ready():
                child.waits_ready = False
                self._say(f"{child.part.name} is back")
        if now - self._logs_seen > LOG_SECONDS:
            self._logs_seen = now
            for child in self._children:
                _cut(child.part.log)

    def stop(self, *names: str, hurry: Callable[[], bool] = lambda: False) -> None:
        """Ask the parts whose names begin so to end, all at once, and wait; kill those that take too long."""
        chosen = [child for child in self._children if child.part.name.startswith(names)]
        for child in chosen:
            if child.process.poll() is None:
                child.process.send_signal(child.part.stop_signal)
        began = time.monotonic()
        for child in chosen:
            self._await_end(child, began, hurry)
            self._children.remove(child)
        self._tell()

    def _launch(self, part: Part) -> _Child:
        part.before()
        process = spawn(part.command, env=part.env, log=part.log, death_signal=part.death_signal)
        child = _Child(part, process, time.monotonic())
        self._children.append(child)
        self._tell()
        return child

    def _await(self, child: _Child) -> None:
        part, until = child.part, child.started + child.part.ready_seconds
        while not part.is_ready():
            if self._stopping():
                return
            if child.process.poll() is not None:
                raise ClusterError(_cannot(part, f"ended at once ({_how(child.process.returncode)})"))
            if time.monotonic() > until:
                raise ClusterError(_cannot(part, f"is not ready after {part.ready_seconds:.0f} s"))
            time.sleep(0.03)
        child.waits_ready = False
        self._say(f"{part.name:<14} ready in {time.monotonic() - child.started:.1f} s  {part.about}".rstrip())

    def _ended(self, child: _Child, now: float) -> None:
        kill_group(child.process)  # what it started must not stay beside its successor
        if now - child.started > SOUND_SECONDS:
            child.backoff = FIRST_BACKOFF
        child.start_at = now + child.backoff
        how = _how(child.process.returncode)
        self._say(f"{child.part.name} ended ({how}), starting it again in {child.backoff:g} s; log: {child.part.log}")
        child.backoff = min(MAX_BACKOFF, 2 * child.backoff)

    def _restart(self, child: _Child) -> None:
        part = child.part
        child.start_at, child.waits_ready, child.started = None, True, time.monotonic()
        part.before()
        child.process = spawn(part.command, env=part.env, log=part.log, death_signal=part.death_signal)
        self._tell()

    def _await_end(self, child: _Child, began: float, hurry: Callable[[], bool]) -> None:
        until = began + child.part.stop_seconds
        while child.process.poll() is None and time.monotonic() < until and not hurry():
            time.sleep(0.02)
        if child.process.poll() is None:
            self._say(f"{child.part.name} did not end in time and is killed")
        kill_group(child.process)

    def _tell(self) -> None:
        self._changed([child.process.pid for child in self._children])


def run_once(part: Part) -> str:
    """Run a part that ends by itself, and return what it printed.

    Raises:
        ClusterError: it failed; the message has the end of its output.
    """
    part.log.unlink(missing_ok=True)
    process = spawn(part.command, env=part.env, log=part.log, death_signal=part.death_signal)
    try:
        code = process.wait(part.ready_seconds)
    except subprocess.TimeoutExpired as error:
        stop(process, by=signal.SIGTERM, seconds=1.0)
        raise ClusterError(_cannot(part, f"takes longer than {part.ready_seconds:.0f} s")) from error
    if code:
        raise ClusterError(_cannot(part, f"failed ({_how(code)})"))
    return part.log.read_text(encoding="utf-8")


def _cannot(part: Part, what: str) -> str:
    return f"The cluster cannot start: {part.name} {what}. Its log {part.log} ends:\n{last_lines(part.log)}"


def _how(code: int) -> str:
    """The end of a process in words."""
    return f"exit status {code}" if code >= 0 else f"signal {-code}"


def _cut(log: Path) -> None:
    """Keep a log and its predecessor within bounds. Its writer appends, so that it goes on at the new start."""
    try:
        if log.stat().st_size > MAX_LOG:
            shutil.copyfile(log, log.with_name(log.name + ".1"))
            with log.open("r+b") as file:
                file.truncate()
    except OSError:
        return
