"""Counting costs little, survives a kill, and is told to those who may read it."""

import os
import random
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.test import APIClient

from harness.fake_transport import REFUSED, THROTTLED
from harness.stepping import Stepped, begin
from vestnik.db.connection import Connection
from vestnik.metrics import exposition as module
from vestnik.metrics.counted import BulkHistogram
from vestnik.metrics.exposition import exposition, forget_ended, may_read
from vestnik.workers.metrics_port import serve_metrics

ROOT = Path(__file__).parents[2]
_COUNT = """
from vestnik.metrics.counted import IN_FLIGHT, LEASES_TAKEN, REQUEST_SECONDS
LEASES_TAKEN.inc(3); IN_FLIGHT.labels("default").set(7); REQUEST_SECONDS.observe_many([0.001, 0.3])
"""


def read(text: bytes) -> dict[str, float]:
    """Each sample by its name and labels."""
    return {
        sample.name + "".join(f" {key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def count_in_a_process_of_its_own(folder: Path) -> None:
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", _COUNT], env=env, check=True)


def test_many_observations_at_once_are_what_they_are_one_by_one() -> None:
    amounts = [random.Random(7).expovariate(10) for _ in range(1_000)] + [0.005, 30.0, 31.0]
    bounds, registry = (0.002, 0.005, 0.1, 1, 30), CollectorRegistry()
    bulk = BulkHistogram("bulk", "-", buckets=bounds, registry=registry)
    plain = Histogram("plain", "-", buckets=bounds, registry=registry)
    bulk.observe_many(amounts[:500])
    bulk.observe_many(amounts[500:])
    bulk.observe_many([])
    for amount in amounts:
        plain.observe(amount)
    for bound in ("0.002", "0.005", "0.1", "1.0", "30.0", "+Inf"):
        label = {"le": bound}
        assert registry.get_sample_value("bulk_bucket", label) == registry.get_sample_value("plain_bucket", label)
    assert registry.get_sample_value("bulk_sum") == pytest.approx(registry.get_sample_value("plain_sum"))


def test_counters_of_the_dead_stay_and_their_gauges_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setattr(module, "MAX_DEAD", 2)
    for times in range(1, 6):
        count_in_a_process_of_its_own(tmp_path)
        told = read(exposition())
        assert told["vestnik_leases_taken_total"] == 3 * times
        assert told["vestnik_gateway_request_seconds_count"] == 2 * times
        assert told["vestnik_gateway_request_seconds_bucket le=0.002"] == times
        assert told["vestnik_gateway_request_seconds_sum"] == pytest.approx(0.301 * times)
        assert not any(name.startswith("vestnik_gateway_in_flight") for name in told)
    assert len(list(tmp_path.glob("counter_*.db"))) <= 4, "files of the dead are added up"
    forget_ended(tmp_path)
    assert read(exposition())["vestnik_leases_taken_total"] == 15


@pytest.mark.parametrize(
    ("token", "header", "may"),
    [
        ("", "", True),
        ("", "Bearer x", True),
        ("secret", "", False),
        ("secret", "Bearer secre", False),
        ("secret", "secret", False),
        ("secret", "Bearer ключ", False),
        ("secret", "Bearer secret", True),
    ],
)
def test_who_may_read(token: str, header: str, may: bool) -> None:
    assert may_read(header, token) is may


def test_the_web_tells_its_metrics_with_the_token_if_one_is_set(
    ledger: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    del ledger
    http = APIClient()
    assert http.get("/client/", HTTP_AUTHORIZATION="Bearer x").status_code == 401
    answer = http.get("/metrics", HTTP_ACCEPT="application/openmetrics-text;version=1.0.0,*/*;q=0.1")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    told = read(answer.content)
    assert told["vestnik_ledger_up"] == 1
    assert told["vestnik_http_requests_total method=GET route=/client status=401"] >= 1
    from dataclasses import replace

    monkeypatch.setattr(settings, "ENVIRONMENT", replace(settings.ENVIRONMENT, metrics_token="secret"))
    refused = http.get("/metrics")
    assert (refused.status_code, refused["Content-Type"]) == (401, "application/json")
    assert http.get("/metrics", HTTP_AUTHORIZATION="Bearer secret").status_code == 200


def test_a_ledger_that_is_away_is_told_and_everything_else_too(
    ledger: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    del ledger
    from django.db import OperationalError
    from django.db.backends.utils import CursorWrapper

    def broken(*_: object, **__: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(CursorWrapper, "execute", broken)
    answer = APIClient().get("/metrics")
    told = read(answer.content)
    assert (answer.status_code, told["vestnik_ledger_up"]) == (200, 0)
    assert "vestnik_leases_taken_total" in told
    assert "vestnik_queue_age_seconds" not in told


def test_a_dispatcher_counts_what_the_ledger_took(ledger: Connection) -> None:
    begin(ledger, 6)
    before = read(exposition())
    stepped = Stepped(concurrency=6)
    stepped.step()
    for outcome in (REFUSED, THROTTLED):
        stepped.gateway.answer(outcome, count=1, latency=0.3)
    stepped.gateway.answer(latency=0.004)
    stepped.step()
    stepped.dispatcher.close()
    after = read(exposition())
    grown = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    assert grown["vestnik_messages_handed_over_total"] == 6
    assert grown["vestnik_gateway_requests_total gateway=default outcome=success"] == 4
    assert grown["vestnik_gateway_requests_total gateway=default outcome=refused"] == 1
    assert grown["vestnik_gateway_requests_total gateway=default outcome=throttled"] == 1
    assert grown["vestnik_messages_total state=sent"] == 4
    assert grown["vestnik_messages_total state=failed"] == 1
    assert grown["vestnik_retries_total"] == 1
    assert grown["vestnik_gateway_request_seconds_bucket le=0.005"] == 4
    assert grown["vestnik_gateway_request_seconds_count"] == 6
    assert grown["vestnik_leases_taken_total"] == 1


def test_a_worker_tells_its_own_metrics_on_its_own_port() -> None:
    server = serve_metrics(0, token="secret")
    assert server is not None
    url = f"http://127.0.0.1:{server.server_port}"
    try:
        answer = httpx.get(f"{url}/metrics", headers={"Authorization": "Bearer secret"}, trust_env=False)
        assert "vestnik_leases_taken_total" in read(answer.content)
        assert httpx.get(f"{url}/metrics", trust_env=False).status_code == 401
        assert httpx.get(url, trust_env=False).status_code == 404
        assert serve_metrics(server.server_port, token="") is None, "a port that is taken stops nobody"
    finally:
        server.shutdown()
        server.server_close()
