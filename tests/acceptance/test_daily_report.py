"""The daily report, as beat itself sends it from a cluster that somebody just started."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest

from harness.cluster import Cluster, environment, running_cluster, vestnik
from tests.acceptance.test_main_job import User
from tests.reports.mail import running_mailbox, text_of
from vestnik.cluster.processes import spawn, stop, wait_for


def due_minute(least: float) -> datetime:
    """The first whole minute in Moscow that is at least so many seconds ahead."""
    ahead = datetime.now(ZoneInfo("Europe/Moscow")) + timedelta(seconds=least + 60)
    return ahead.replace(second=0, microsecond=0)


@contextmanager
def running_beside(cluster: Cluster, *command: str, folder: Path) -> Iterator[None]:
    """A process of the same cluster, as on another machine."""
    running = cluster.home.running()
    assert running is not None
    process = spawn(vestnik(*command), env=environment(running.environment), log=folder / f"{command[0]}.log")
    try:
        yield
    finally:
        stop(process, by=signal.SIGTERM, seconds=15)


def kill(cluster: Cluster, *words: str) -> None:
    """Kill a process of the cluster, and wait until its supervisor has started another."""
    killed = cluster.member(*words)
    killed.kill()

    def followed() -> bool:
        others = [line for line in cluster.members() if not line.startswith(f"{killed.pid} ")]
        return any(all(word in line for word in words) for line in others)

    assert wait_for(followed, seconds=60)


def sent_at(settings: Mapping[str, str]) -> list[tuple[object, int]]:
    with psycopg.connect(settings["DATABASE_URL"]) as ledger:
        return ledger.execute("SELECT sent_at, attempts FROM vestnik_reportsent").fetchall()


@pytest.mark.timeout(240)
def test_two_beats_and_two_workers_send_each_administrator_one_email_also_when_they_are_killed_at_its_time(
    tmp_path: Path,
) -> None:
    tag, due = f"tag-{uuid4().hex[:8]}", due_minute(25)
    with ExitStack() as stack:
        mailbox = stack.enter_context(running_mailbox())
        env = {"EMAIL_URL": mailbox.url, "ADMIN_EMAIL": "boss@example.org", "REPORT_TIME": due.strftime("%H:%M")}
        cluster = stack.enter_context(running_cluster(tmp_path / "home", "--workers", "1", env=env))
        for command in (("beat", "--schedule", str(tmp_path / "second-beat")), ("worker", "--queue", "work")):
            stack.enter_context(running_beside(cluster, *command, folder=tmp_path))
        user = User(cluster.url)
        stack.callback(user.http.close)
        for _ in range(5):
            user.client(code=911, tag=tag)
        mailing = user.mailing(tags=[tag], codes=None, name="Осенняя распродажа")
        user.over(mailing)

        assert wait_for(lambda: datetime.now(due.tzinfo) >= due, seconds=110)
        assert mailbox.letters == []
        kill(cluster, "vestnik.workers.beat")  # no process that sends: it may die at any moment
        assert wait_for(lambda: bool(mailbox.letters), seconds=60)
        running = cluster.home.running()
        assert running is not None
        assert wait_for(lambda: all(row[0] for row in sent_at(running.environment)), seconds=60)
        kill(cluster, "-P threads")
        assert not wait_for(lambda: len(mailbox.letters) > 1, seconds=12)  # the ticks of both beats send nothing more
        assert [row[1] for row in sent_at(running.environment)] == [1]
    (letter,) = mailbox.letters
    assert letter["To"] == "boss@example.org"
    assert f"#{mailing['id']} Осенняя распродажа" in text_of(letter)
    assert "TEST GATEWAY" in str(letter["Subject"])
    (attached,) = letter.iter_attachments()
    assert len(str(attached.get_content()).splitlines()) == 1 + 5
