"""The Celery application of the usual project: ``celery -A bench.baselines.usual worker``."""

import os

from celery import Celery

app = Celery("usual", broker=os.environ["BENCH_BROKER"])
app.autodiscover_tasks(["bench.baselines.usual"])
