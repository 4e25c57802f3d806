"""An endpoint that fails for an hour, or was disabled for what it answered, is named where people look."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from harness.webhook_receiver import Receiver
from tests.webhooks.stage import deliver
from vestnik.cli.main import vestnik
from vestnik.console.waiting import waiting_things
from vestnik.health.gauges import LedgerGauges
from vestnik.metrics.exposition import exposition
from vestnik.models import Role


def told(name: str) -> dict[str, float]:
    """The samples of a metric, by their labels."""
    return {
        " ".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(exposition([LedgerGauges()]).decode())
        for sample in family.samples
        if sample.name == name
    }


def named() -> Iterator[str]:
    """What an administrator is told of webhooks: by the doctor, and on the start page."""
    lines = CliRunner().invoke(vestnik, ["doctor"]).output.splitlines()
    yield " ".join(line for line in lines if "webhook" in line)
    things = waiting_things(undecided={}, role=Role.ADMINISTRATOR)
    yield " ".join(thing.words for thing in things if "Webhook" in thing.words)
    assert all("Webhook" not in thing.words for thing in waiting_things(undecided={}, role=Role.OPERATOR))


@pytest.mark.parametrize("status", [500, 410])
def test_it_is_named_counted_and_its_events_are_seen_to_wait(
    ledger: Any, receiver: Receiver, endpoint_of: Callable[..., Any], status: int
) -> None:
    endpoint = endpoint_of(receiver)
    before = told("vestnik_webhook_attempts_total")
    ledger.execute("SELECT vestnik_tell('mailing.started', '{}')")
    deliver(endpoint)
    assert told("vestnik_webhooks") == {"working": 1, "failing": 0, "disabled": 0, "stopped": 0}
    assert told("vestnik_webhook_waiting_seconds") == {"": 0}
    receiver.status = status
    ledger.execute("SELECT vestnik_tell('mailing.started', '{}')")
    deliver(endpoint)
    ledger.execute("UPDATE vestnik_webhook_delivery SET since = since - interval '50 minutes'")
    after = told("vestnik_webhook_attempts_total")
    grown = {key: after[key] - before[key] for key in after if after[key] > before[key]}
    doctor, page = named()
    if status == 410:
        assert told("vestnik_webhooks")["stopped"] == grown["gone"] == grown["arrived"] == 1
        assert told("vestnik_webhook_waiting_seconds") == {"": 0}
        assert "it answered 410" in doctor
        assert "was disabled on" in page
        return
    assert told("vestnik_webhooks")["failing"] == grown["failed"] == grown["arrived"] == 1
    assert told("vestnik_webhook_waiting_seconds")[""] == pytest.approx(3_000, abs=60)
    assert not doctor
    assert not page
    ledger.execute("UPDATE vestnik_webhook_endpoint SET failing_since = failing_since - interval '61 minutes'")
    doctor, page = named()
    assert "events do not arrive" in doctor
    assert f"/console/webhooks/{endpoint.id}" in doctor
    assert "has been failing since" in page
