"""Runs one Celery task for each message on a cluster's own broker and database, in either of two forms."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from celery import Celery

from bench.sinks import Sink
from harness.cluster import Cluster
from vestnik.cluster.processes import spawn, stop, wait_for
from vestnik.errors import ClusterError

_TABLE = """
DROP TABLE IF EXISTS bench_message;
CREATE TABLE bench_message (
    id bigint PRIMARY KEY, phone bigint NOT NULL UNIQUE, state smallint NOT NULL DEFAULT 0, sent_at timestamptz
) WITH (fillfactor = 50);
"""


@dataclass(frozen=True, slots=True)
class Form:
    """How the task is written: its name here, Celery's application, the task, and Django's settings, if it has any."""

    name: str
    app: str
    task: str
    settings: str | None


USUAL = Form("usual", "bench.baselines.usual", "bench.baselines.usual.tasks.send", "bench.baselines.usual.settings")
KEPT = Form("kept", "bench.baselines.kept_connections", "bench.baselines.kept_connections.send", None)


class OneTaskAMessage:
    """Celery worker processes that are ready; made by :func:`one_task_a_message`."""

    def __init__(self, cluster: Cluster, form: Form) -> None:
        self._cluster, self._form = cluster, form
        self._app = Celery("producer", broker=cluster.broker_url)

    def rate(self, messages: int) -> float:
        """Messages per second: from the first task enqueued to the last row updated."""
        cluster = self._cluster
        cluster.query(_TABLE)
        cluster.query(
            "INSERT INTO bench_message (id, phone) SELECT n, 79000000000 + n FROM generate_series(1, %s) n", messages
        )
        began = time.monotonic()
        with self._app.connection_for_write() as connection:
            for number in range(1, messages + 1):
                self._app.send_task(
                    self._form.task, (number, 79_000_000_000 + number), queue=_queue(self._form), connection=connection
                )
        left = "SELECT count(*) FROM bench_message WHERE state = 0"
        if not wait_for(lambda: cluster.figure(left) == 0, seconds=120, pause=0.05):
            raise ClusterError(f"one task a message: {cluster.figure(left)} messages were never sent")
        seconds = time.monotonic() - began
        failed = cluster.figure("SELECT count(*) FROM bench_message WHERE state <> 1")
        if failed:
            raise ClusterError(f"one task a message: {failed} messages failed")
        return messages / seconds


@contextmanager
def one_task_a_message(
    cluster: Cluster, sink: Sink, form: Form, *, processes: int, folder: Path
) -> Iterator[OneTaskAMessage]:
    """Worker processes of one form for as long as the block lasts; they have sent some messages by then."""
    # Celery sets Django up where the environment names its settings: the form's own, not ours.
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    env |= {
        "BENCH_BROKER": cluster.broker_url, "BENCH_DATABASE": cluster.database_url, "BENCH_SINK": sink.url,
        "SECRET_KEY": "of-nothing",
    }  # fmt: skip
    if form.settings is not None:
        env["DJANGO_SETTINGS_MODULE"] = form.settings
    command = [sys.executable, "-m", "celery", "-A", form.app, "worker", "-Q", _queue(form)]
    options = ["-c", str(processes), "-l", "WARNING", "--without-gossip", "--without-mingle", "-n", f"{form.name}@%h"]
    process = spawn([*command, *options], env=env, log=folder / f"celery-{form.name}.log")
    try:
        ready = OneTaskAMessage(cluster, form)
        ready.rate(100)
        yield ready
    finally:
        stop(process, by=signal.SIGTERM, seconds=10)


def _queue(form: Form) -> str:
    return f"bench-{form.name}"
