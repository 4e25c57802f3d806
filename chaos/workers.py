"""Faults of our own processes: killed, stopped, frozen."""

import signal
import threading
import time

from chaos.stage import Injected, Stage
from vestnik.cluster.rest import Rest, Unavailable
from vestnik.errors import ClusterError

#: Seconds: longer than a lease lasts (10).
PAST_THE_LEASE = 13.0


def kill_workers(stage: Stage) -> Injected:
    """A kill -9 of dispatchers and of the general worker at random moments."""
    times = stage.times(50, 4)
    stage.begin(pace=times * 1.2)
    deaths = 0
    for _ in range(times):
        stage.supervisor.pause(stage.random.uniform(0.2, 1.4))
        name = stage.random.choice([*stage.supervisor.dispatchers, *stage.supervisor.dispatchers, "worker"])
        stage.supervisor.kill(name)
        deaths += name != "worker"
    return Injected(times=times, deaths=deaths)


def kill_beat(stage: Stage) -> Injected:
    """A kill -9 of beat, which then stays away."""
    stage.begin(pace=10)
    stage.supervisor.kill("beat", back=False)
    stage.supervisor.until(lambda: stage.ledger.is_over(stage.mailing), seconds=40)
    stage.supervisor.launch("beat")
    return Injected(times=1, forbids=frozenset(("again", "unknown")))


def kill_web(stage: Stage) -> Injected:
    """A kill -9 of the web processes while clients are posted: every 201 is in the ledger."""
    stage.begin(pace=20)
    posting = _Posting(stage.supervisor.logged_in(), stage.random.randrange(10_000, 90_000))
    posting.start()
    times = stage.times(5, 2)
    for _ in range(times):
        stage.supervisor.pause(stage.random.uniform(0.5, 1.5))
        stage.supervisor.kill("web")
        stage.supervisor.until(stage.api_answers, seconds=30)
    posting.stopping = True
    posting.join(30)
    (row,) = stage.ledger.query("SELECT array_agg(phone_number) FROM vestnik_client WHERE tag = 'posted'")
    missing = posting.created - set(row[0] or [])
    problems = [f"{len(missing)} clients answered with 201 are missing"] if missing else []
    if not posting.created:
        problems.append("no client could be posted")
    problems += posting.wrong[:3]
    return Injected(times=times, forbids=frozenset(("again", "unknown")), problems=problems)


class _Posting(threading.Thread):
    """Posts clients until stopped; ``created``: phones that were answered with 201."""

    def __init__(self, rest: Rest, start: int) -> None:
        super().__init__(name="posting", daemon=True)
        self.created: set[int] = set()
        self.wrong: list[str] = []
        self.stopping = False
        self._rest = rest
        self._phone = 78_000_000_000 + start * 10_000

    def run(self) -> None:
        while not self.stopping:
            self._phone += 1
            body = {"phone_number": str(self._phone), "tag": "posted", "timezone": "Europe/Moscow"}
            try:
                self._rest.post("/client/", body)
                self.created.add(self._phone)
            except Unavailable:
                time.sleep(0.05)
            except ClusterError as error:
                self.wrong.append(str(error))


def kill_everything(stage: Stage) -> Injected:
    """A kill -9 of all processes at once, the database and the broker included; then everything starts again."""
    stage.begin(pace=25)
    times = stage.times(2, 1)
    for _ in range(times):
        stage.supervisor.pause(stage.random.uniform(1.0, 4.0))
        stage.supervisor.kill_everything()
        stage.supervisor.start_stores()
        stage.supervisor.start_services()
    # While a last process of the killed server still ends, PostgreSQL refuses to start, and is started again.
    stage.supervisor.surprises.clear()
    return Injected(times=times, deaths=times * len(stage.supervisor.dispatchers))


def rolling_restarts(stage: Stage) -> Injected:
    """SIGTERM to each dispatcher in turn: nothing twice, nothing unknown."""
    times = stage.times(20, 2)
    stage.begin(pace=times * 3)
    problems = []
    for number in range(times):
        name = stage.supervisor.dispatchers[number % len(stage.supervisor.dispatchers)]
        if not stage.supervisor.end(name, by=signal.SIGTERM):
            problems.append(f"{name} did not end after SIGTERM")
        stage.supervisor.launch(name)
        stage.supervisor.until(lambda name=name: stage.supervisor.ready(name), seconds=30)  # type: ignore[misc]
    return Injected(times=times, forbids=frozenset(("again", "unknown")), problems=problems)


def freeze(stage: Stage) -> Injected:
    """SIGSTOP of a dispatcher past its lease, then SIGCONT: the fenced process hands over nothing more."""
    times = stage.times(1, 1)
    stage.begin(pace=times * 25)
    for _ in range(times):
        stage.supervisor.pause(stage.random.uniform(0.5, 2.0))
        name = stage.random.choice(stage.supervisor.dispatchers)
        stage.supervisor.send(name, signal.SIGSTOP)
        stage.supervisor.pause(PAST_THE_LEASE)
        stage.supervisor.send(name, signal.SIGCONT)
    stage.supervisor.pause(1.0)
    return Injected(times=times, deaths=times)
