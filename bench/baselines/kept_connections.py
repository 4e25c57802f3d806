"""One Celery task for each message, by somebody who knows what costs: nothing is opened twice.

``celery -A bench.baselines.kept_connections worker``. Each worker process keeps an HTTP connection to the gateway
(``requests.Session``) and one to the database, and writes one UPDATE without an ORM.
"""

import os
from functools import cache

import psycopg
import requests
from celery import Celery

from bench.cluster import TOKEN
from harness.rest import TEXT

app = Celery("bench", broker=os.environ["BENCH_BROKER"])
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
