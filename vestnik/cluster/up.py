"""``vestnik up``: starts a cluster, watches it, stops it; ``vestnik down`` asks a running one to stop."""

import contextlib
import json
import os
import select
import signal
import socket
import sys
from typing import Self

from vestnik.cluster.home import Home, Running, write_private
from vestnik.cluster.home_secrets import NEW_KEY
from vestnik.cluster.plan import Options, Plan
from vestnik.cluster.prepared import Prepared
from vestnik.cluster.processes import end_survivors, started_at, wait_for
from vestnik.cluster.supervisor import Supervisor, run_once
from vestnik.errors import ClusterError
from vestnik.printable import lines

#: Seconds that ``vestnik down`` waits: the stop takes 15 at most.
DOWN_SECONDS = 20.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(home: Home, options: Options) -> None:
    """Run a cluster until SIGINT, SIGTERM or SIGHUP; a second signal kills what still runs.

    Raises:
        SettingError: a setting is wrong.
        ClusterError: another cluster has the home, the port is taken, or a part does not start.
    """
    os.umask(0o077)
    home.make()
    home.lock()
    _clear_after_crash(home)
    home.empty_metrics()
    plan = Plan(home, options)
    with _Signals() as signals:
        supervisor = Supervisor(
            say=_say, changed=lambda pids: _remember(home, pids), stopping=lambda: signals.count > 0
        )
        try:
            _start(home, plan, supervisor, signals)
            while not signals.count:
                supervisor.look()
                signals.wait(0.25)
        finally:
            _stop(supervisor, signals)
            home.forget()
            home.drop_sockets()


def down(home: Home) -> None:
    """Stop the cluster of a home and wait until it has ended.

    Raises:
        ClusterError: none runs there, or it does not end.
    """
    running = home.running()
    if running is None:
        raise ClusterError(f"No cluster runs on {home.folder}.")
    with contextlib.suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    if not wait_for(lambda: not home.is_locked(), seconds=DOWN_SECONDS):
        raise ClusterError(f"The cluster (process {running.pid}) has not ended after {DOWN_SECONDS:.0f} s.")


def _start(home: Home, plan: Plan, supervisor: Supervisor, signals: "_Signals") -> None:
    if plan.postgres is not None:
        plan.postgres.initialise()
    _announce(home, plan, ready=False)
    supervisor.start(*plan.stores(), *plan.gateway())
    if signals.count:
        return
    if plan.postgres is not None:
        plan.postgres.make_database()
    prepared = _prepare(plan)
    _say("migrations     done")
    supervisor.start(*plan.services())
    if signals.count:
        return
    _announce(home, plan, ready=True)
    if prepared.password:
        _say(f"administrator  {plan.administrator}, password {prepared.password} (shown this once)")
    if home.key_is_new and not os.environ.get("SECRET_KEY"):
        _say(f"attention      {NEW_KEY}")
    if prepared.attention:
        _say(f"attention      {prepared.attention}")
    _say("  ".join(filter(None, (f"ready {plan.url}", prepared.gateway))))


def _prepare(plan: Plan) -> Prepared:
    """Migrate. The first administrator's password, if one was generated, must not stay in a log."""
    part = plan.preparation()
    output = run_once(part)
    part.log.unlink()
    return Prepared.from_output(output)


def _stop(supervisor: Supervisor, signals: "_Signals") -> None:
    """Stop the web first, so that nothing new comes, and the stores last, so that all can still write: within 15 s."""
    _say("stopping")
    enough = signals.count + 1

    def hurry() -> bool:
        return signals.count > enough

    supervisor.stop("web", "beat", "dispatcher", "worker", hurry=hurry)
    supervisor.stop("gateway", "valkey", hurry=hurry)
    supervisor.stop("postgresql", hurry=hurry)
    _say("stopped")


def _announce(home: Home, plan: Plan, *, ready: bool) -> None:
    home.announce(
        Running(
            pid=os.getpid(), url=plan.url, gateway_url=plan.settings.gateway_url, simulated=plan.simulated,
            ready=ready, environment=plan.shared_environment(),
        )
    )  # fmt: skip


def _remember(home: Home, pids: list[int]) -> None:
    """Store the children's process ids with their start times, because process ids are reused."""
    write_private(home.run / "children.json", {str(pid): started_at(pid) for pid in pids})


def _clear_after_crash(home: Home) -> None:
    """End what a killed supervisor left: the kernel signals its children, but they may still be draining or hang."""
    record = home.run / "children.json"
    if record.exists():
        with contextlib.suppress(ValueError):
            children = json.loads(record.read_text(encoding="utf-8"))
            end_survivors({int(pid): began for pid, began in children.items()}, seconds=3.0)
        record.unlink()
    home.forget()


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # the reader may be gone; what runs must still be stopped
        sys.stdout.write(lines(line) + "\n")
        sys.stdout.flush()


class _Signals:
    """Counts the signals that ask for a stop, and wakes threads that wait for one or for the end of a child."""

    def __init__(self) -> None:
        self.count = 0
        self._reader, self._writer = socket.socketpair()

    def __enter__(self) -> Self:
        self._writer.setblocking(False)
        self._reader.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in _SIGNALS:
            signal.signal(number, self._take)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(-1)
        for number in (*_SIGNALS, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        self._reader.close()
        self._writer.close()

    def wait(self, seconds: float) -> None:
        """Sleep, at most until the next signal."""
        if select.select([self._reader], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                self._reader.recv(4096)

    def _take(self, *_: object) -> None:
        self.count += 1
