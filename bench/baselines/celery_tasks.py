"""The usual way: one Celery task for each message, which posts it with requests and writes one UPDATE.

``celery -A bench.baselines.celery_tasks worker``; the environment names broker, ledger and gateway. It uses what a
careful developer would: a kept HTTP connection and a kept database connection in each worker process.
"""

import os
from functools import cache

import psycopg
import requests
from celery import Celery

from bench.cluster import TEXT, TOKEN

QUEUE = "bench-one-task-a-message"

app = Celery("bench", broker=os.environ.get("BENCH_BROKER", "memory://"))
app.conf.task_default_queue = QUEUE
app.conf.task_ignore_result = True
app.conf.worker_prefetch_multiplier = 16


@cache
def _database() -> psycopg.Connection:
    return psycopg.connect(os.environ["BENCH_DATABASE"], autocommit=True)


@cache
def _session() -> requests.Session:
    return requests.Session()


@app.task  # type: ignore[untyped-decorator]  # Celery has no types
def send(message: int, phone: int) -> None:
    """Send one message and record what came of it."""
    answer = _session().post(
        f"{os.environ['BENCH_SINK']}/send/{message}",
        json={"id": message, "phone": phone, "text": TEXT},
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=30,
    )
    good = answer.status_code == 200 and answer.json()["code"] == 0
    _database().execute(
        "UPDATE bench_message SET state = %s, sent_at = now() WHERE id = %s", [1 if good else 4, message]
    )
