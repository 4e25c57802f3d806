"""Runs the usual way (:mod:`bench.baselines.celery_tasks`) on a cluster's own broker and database."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.baselines.celery_tasks import QUEUE, app, send
from bench.cluster import Cluster
from bench.sinks import Sink
from vestnik.cluster.processes import spawn, stop, wait_for
from vestnik.errors import ClusterError

_TABLE = """
DROP TABLE IF EXISTS bench_message;
CREATE TABLE bench_message (
    id bigint PRIMARY KEY, phone bigint NOT NULL UNIQUE, state smallint NOT NULL DEFAULT 0, sent_at timestamptz
) WITH (fillfactor = 50);
"""


class OneTaskAMessage:
    """Celery worker processes that are ready; made by :func:`one_task_a_message`."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def rate(self, messages: int) -> float:
        """Messages per second: from the first task enqueued to the last row updated."""
        cluster = self._cluster
        cluster.query(_TABLE)
        cluster.query(
            "INSERT INTO bench_message (id, phone) SELECT n, 79000000000 + n FROM generate_series(1, %s) n", messages
        )
        began = time.monotonic()
        with app.connection_for_write(url=cluster.broker_url) as connection:
            for number in range(1, messages + 1):
                send.apply_async((number, 79_000_000_000 + number), connection=connection)
        left = "SELECT count(*) FROM bench_message WHERE state = 0"
        if not wait_for(lambda: cluster.figure(left) == 0, seconds=120, pause=0.05):
            raise ClusterError(f"one task a message: {cluster.figure(left)} messages were never sent")
        return messages / (time.monotonic() - began)


@contextmanager
def one_task_a_message(cluster: Cluster, sink: Sink, *, processes: int, log: Path) -> Iterator[OneTaskAMessage]:
    """Worker processes for as long as the block lasts."""
    # Celery would set Django up where the environment names its settings.
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    env |= {
        "BENCH_BROKER": cluster.broker_url, "BENCH_DATABASE": cluster.database_url, "BENCH_SINK": sink.url
    }  # fmt: skip
    command = [sys.executable, "-m", "celery", "-A", "bench.baselines.celery_tasks", "worker", "-Q", QUEUE]
    options = ["-c", str(processes), "-l", "WARNING", "--without-gossip", "--without-mingle", "-n", "bench@%h"]
    process = spawn([*command, *options], env=env, log=log)
    try:
        yield OneTaskAMessage(cluster)
    finally:
        stop(process, by=signal.SIGTERM, seconds=10)
