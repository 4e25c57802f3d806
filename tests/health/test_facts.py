"""The facts about a cluster: each is named, and only those that serving needs make it not ready."""

import re
import sys
from datetime import date
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cluster import Cluster, run
from harness.fake_transport import TIMEOUT
from harness.stepping import Stepped, begin
from vestnik.cluster.processes import wait_for
from vestnik.db.connection import Connection, open_connection
from vestnik.health import facts, gateway_now, load_now
from vestnik.health.facts import disk
from vestnik.health.now import note_beat, note_nudge_taken
from vestnik.tasks import echo


def said() -> dict[str, tuple[bool, str]]:
    return {fact.name: (fact.ok, fact.words) for fact in facts()}


def beat() -> tuple[bool, str]:
    """What is said of the beat, with the seconds in tens: a second may pass while a test looks."""
    ok, words = said()["beat"]
    return ok, re.sub(r"\d+ s", lambda found: f"{int(found[0][:-2]) // 10}x s", words)


def ready() -> Any:
    return APIClient().get("/health/ready")


def test_every_fact_is_named_whatever_is_missing(ledger: Connection) -> None:
    ledger.execute("UPDATE vestnik_gatewaystate SET breaker = 'open', breaker_reason = 'no answer'")
    answer = ready()
    assert answer.status_code == 200, "what this process can do without makes nothing unready"
    told = answer.json()
    assert told["status"] == "ready"
    assert told["database"] == told["migrations"] == told["broker"] == told["disk"] == "ok"
    assert told["beat"] == "never ticked"
    assert told["workers"] == "0 dispatchers and 0 keepers are at work"
    assert told["breaker"] == "the breaker is open: no answer"


def test_a_database_that_lacks_a_migration_is_not_ready(ledger: Connection) -> None:
    ledger.execute("UPDATE django_migrations SET name = '0002_other' WHERE app = 'vestnik' AND name = '0002_stop_list'")
    try:
        answer = ready()
    finally:
        ledger.execute("UPDATE django_migrations SET name = '0002_stop_list' WHERE name = '0002_other'")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "not applied: vestnik.0002_stop_list")
    assert answer.json()["beat"] == "not known while the database cannot be asked"


def test_beat_counts_as_gone_after_six_ticks_without_a_word(ledger: Connection) -> None:
    note_beat()
    note_nudge_taken()
    assert beat() == (True, "ticked 0x s ago")
    ledger.execute("UPDATE vestnik_heartbeat SET at = at - interval '61 seconds'")
    assert beat() == (False, "ticked 6x s ago")


def test_beat_counts_only_while_somebody_takes_what_it_publishes(ledger: Connection) -> None:
    note_beat()
    assert beat() == (False, "ticked 0x s ago, but no worker ever got a tick")
    echo()
    assert beat() == (True, "ticked 0x s ago")
    ledger.execute("UPDATE vestnik_heartbeat SET at = at - interval '75 seconds' WHERE name = 'nudges'")
    assert beat() == (False, "ticked 0x s ago, but no worker got one for 7x s")


def test_a_report_that_nobody_tries_is_a_fact(ledger: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    del ledger
    assert said()["report"] == (True, "no daily report is overdue")
    monkeypatch.setattr(sys.modules["vestnik.health.facts"], "overdue_report", lambda: date(2026, 3, 1))
    assert said()["report"] == (False, "the daily report of 2026-03-01 is overdue, and no process is sending it")
    assert ready().status_code == 200


def test_a_worker_that_asks_nothing_any_more_is_not_seen(ledger: Connection) -> None:
    del ledger
    with open_connection("dispatch here:1") as dispatcher, open_connection("keeper here:1") as keeper:
        dispatcher.execute("SELECT 1")
        keeper.execute("SELECT 1")
        assert wait_for(lambda: said()["workers"] == (True, "1 dispatchers and 1 keepers are at work"), seconds=30)
    assert wait_for(lambda: not said()["workers"][0], seconds=30)


def test_a_disk_that_fills_up_is_seen(ledger: Connection) -> None:
    del ledger
    assert disk().ok
    short = disk(least=10**18)
    assert not short.ok
    assert short.advice.startswith("Make room in /")
    assert "/" not in short.words


def test_the_load_is_what_the_books_say(ledger: Connection) -> None:
    begin(ledger, 5)
    load = load_now()
    assert (load.mailings["running"], load.messages["queued"], load.leases) == (1, 5, 0)
    ledger.execute("UPDATE vestnik_batch SET due_at = clock_timestamp() - interval '40 seconds'")
    assert 40 <= load_now().queue_age < 60
    stepped = Stepped(concurrency=2, idempotent=False)
    stepped.step()
    stepped.gateway.answer(TIMEOUT)
    stepped.step()
    load, gateway = load_now(), gateway_now()
    stepped.dispatcher.close()
    assert (load.leases, load.lapsed, load.messages["unknown"], list(load.undecided.values())) == (1, 0, 2, [2])
    assert load.queue_age == 0
    assert (load.errors, gateway.breaker_open) == (1.0, False)


def test_a_ledger_that_was_never_used_has_facts(ledger: Connection) -> None:
    del ledger
    load = load_now()
    assert (sum(load.mailings.values()), sum(load.messages.values()), load.queue_age) == (0, 0, 0)
    assert (load.beat_age, load.errors, load.undecided) == (None, None, {})


def test_in_a_whole_cluster_every_fact_is_right(cluster: Cluster) -> None:
    import httpx

    def told() -> dict[str, str]:
        return httpx.get(f"{cluster.url}/health/ready", trust_env=False).json()

    wrong = {"database", "migrations", "broker", "beat", "report", "workers", "disk", "breaker"}
    assert wait_for(lambda: not [name for name in wrong if told()[name] != "ok"], seconds=20), told()
    assert told()["gateway"].startswith("TEST GATEWAY")
    doctor = run("doctor", "--home", str(cluster.home.folder)).stdout
    wrong -= {"report"}  # this cluster has no mail server, and doctor tells that
    assert {name for name in wrong if f"ok    {name}" in doctor} == wrong, doctor


@pytest.mark.parametrize("name", ["database", "migrations"])
def test_only_what_serving_needs_is_vital(ledger: Connection, name: str) -> None:
    del ledger
    assert name in {fact.name for fact in facts() if fact.vital}
    assert len([fact for fact in facts() if fact.vital]) == 2
