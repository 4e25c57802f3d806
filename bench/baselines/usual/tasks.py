"""The task of the usual project."""

import os

import requests
from celery import shared_task
from django.utils import timezone

from bench.baselines.usual.models import Message
from bench.cluster import TOKEN
from harness.rest import TEXT


@shared_task  # type: ignore[untyped-decorator]  # Celery has no types
def send(message: int, phone: int) -> None:
    """Send one message and record what came of it."""
    answer = requests.post(
        f"{os.environ['BENCH_SINK']}/send/{message}",
        json={"id": message, "phone": phone, "text": TEXT},
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=30,
    )
    good = answer.status_code == 200 and answer.json()["code"] == 0
    Message.objects.filter(pk=message).update(state=1 if good else 4, sent_at=timezone.now())
