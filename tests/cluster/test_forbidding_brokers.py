"""A broker that answers but forbids: every worker goes on sending, health says it, and all heals by itself."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from harness.rows import add_clients, add_mailing, sent_of
from harness.servers import rabbitmq, redis
from harness.simulator_client import SimulatorClient
from harness.worker import Worker, running_worker
from tests.programs import needed
from vestnik.broker.trial import Step, try_broker
from vestnik.cluster.processes import wait_for
from vestnik.cluster.valkey import _binary
from vestnik.db.connection import Connection
from vestnik.health import Fact, facts
from vestnik.health.now import nudge_taken_age
from vestnik.models import Heartbeat

#: What a worker says when its consumer must wait.
WAITS = "the broker gives this worker no nudges"


@dataclass(frozen=True, slots=True)
class Broker:
    """A Redis whose administrator the test is; ``url`` is the user that Vestnik has."""

    url: str
    admin: Redis


def rights(*more: str) -> Callable[[Redis], object]:
    """Give the user all rights, but for these changes."""
    return lambda admin: admin.execute_command("ACL", "SETUSER", "vestnik", "reset", "on", ">secret", *ALL, *more)


ALL = ("~*", "&*", "+@all")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with redis(tmp_path_factory.mktemp("broker"), _binary()) as url:
        admin = Redis.from_url(url)
        rights()(admin)
        yield Broker(url.replace("redis://", "redis://vestnik:secret@") + "/0", admin)


@pytest.fixture
def worker(broker: Broker, ledger: Connection, simulator: SimulatorClient, tmp_path: Path) -> Iterator[Worker]:
    del ledger
    env = {"BROKER_URL": broker.url, "GATEWAY_URL": simulator.base_url, "GATEWAY_TOKEN": simulator.token}
    with running_worker(tmp_path, env, app="tests.hasty_app") as running:
        yield running


def broker_fact(monkeypatch: pytest.MonkeyPatch, url: str) -> Fact:
    # By name: the package has a function that is called like the module.
    monkeypatch.setattr(sys.modules["vestnik.health.facts"], "try_broker", partial(try_broker, url=url))
    return next(fact for fact in facts() if fact.name == "broker")


def sends(ledger: Connection) -> bool:
    """A mailing that is made now is sent, whatever the broker does."""
    mailing = add_mailing(ledger)
    return wait_for(lambda: sent_of(ledger, mailing) == 3, seconds=20)


def gets_nudges(url: str) -> bool:
    """A worker gets what is published now."""
    return try_broker(taken=lambda: True, url=url) is None and nudge_taken_age() is not None


def recovers(ledger: Connection, url: str) -> bool:
    """A worker gets nudges again, whatever it got a second ago."""
    ledger.execute("DELETE FROM vestnik_heartbeat WHERE name = %s", [Heartbeat.NUDGES])
    return wait_for(lambda: gets_nudges(url), seconds=40)


#: By name: how it comes about, how it ends, what Vestnik's trial meets, and whether workers are kept from consuming.
FORBIDS: dict[str, tuple[Callable[[Redis], object], Callable[[Redis], object], Step, bool]] = {
    "a user without BRPOP": (rights("-brpop"), rights(), Step.CONSUME, True),
    "a user without LPUSH": (rights("-lpush"), rights(), Step.PUBLISH, False),
    "a user without the keys": (rights("resetkeys", "~other"), rights(), Step.PUBLISH, True),
    "a replica": (
        lambda admin: admin.replicaof("127.0.0.1", 9), lambda admin: admin.replicaof("NO", "ONE"), Step.PUBLISH, True,
    ),
    "one that is full": (
        lambda admin: admin.config_set("maxmemory", 1), lambda admin: admin.config_set("maxmemory", 0),
        Step.PUBLISH, False,
    ),
    "a password that was changed": (
        lambda admin: admin.execute_command("ACL", "DELUSER", "vestnik"), rights(), Step.CONNECT, False,
    ),
}  # fmt: skip


def test_whatever_a_redis_forbids_the_worker_lives_sends_and_recovers_and_health_says_so(
    broker: Broker, worker: Worker, ledger: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_clients(ledger, 3)
    assert recovers(ledger, broker.url)
    for name, (impose, lift, step, starves) in FORBIDS.items():
        waited = worker.said(WAITS)
        impose(broker.admin)
        try:
            assert not starves or wait_for(lambda: worker.said(WAITS) > waited, seconds=20), name  # noqa: B023
            refusal = try_broker(url=broker.url)
            assert refusal is not None, name
            assert refusal.step is step, (name, refusal)
            # What a worker took within the last second still counts as taken.
            assert wait_for(lambda: not broker_fact(monkeypatch, broker.url).ok, seconds=10), name
            fact = broker_fact(monkeypatch, broker.url)
            assert (fact.ok, "secret" in fact.words + fact.advice) == (False, False), name
            assert "user" not in fact.words, "strangers read them"
            assert sends(ledger), (name, worker.log.read_text())
            assert worker.process.poll() is None, (name, worker.log.read_text())
        finally:
            lift(broker.admin)
        assert recovers(ledger, broker.url), (name, worker.log.read_text())
        assert broker_fact(monkeypatch, broker.url).ok, name


def test_a_worker_that_may_not_acknowledge_what_it_got_gets_nudges_again_later(
    broker: Broker, worker: Worker, ledger: Connection
) -> None:
    """More nudges than it may hold: what it could not acknowledge must not count as held for ever."""
    assert recovers(ledger, broker.url)
    rights("-hdel")(broker.admin)
    try:
        for _ in range(5):
            assert try_broker(taken=lambda: True, url=broker.url) is None
        assert wait_for(lambda: worker.said(WAITS) > 1, seconds=20), worker.log.read_text()
    finally:
        rights()(broker.admin)
    assert recovers(ledger, broker.url), worker.log.read_text()


# -- RabbitMQ

#: Virtual hosts in which what we need is declared otherwise already, or comes out otherwise by default.
VHOSTS: dict[str, list[dict[str, Any]]] = {
    "quorum by default": [],
    "classic before": [{"name": "work", "arguments": {}}],
    "quorum before": [
        {"name": "work", "arguments": {"x-queue-type": "quorum"}},
        {"name": "dispatch", "arguments": {"x-queue-type": "quorum"}},
    ],
    "other arguments": [{"name": "work", "arguments": {"x-max-priority": 5, "x-message-ttl": 60_000}}],
    "not durable": [{"name": "dispatch", "durable": False, "arguments": {}}],
}


#: Virtual hosts in which our user lacks a right, and what our trial meets.
LIMITED: dict[str, tuple[dict[str, str], Step]] = {
    "no reading": ({"configure": ".*", "write": ".*", "read": "^$"}, Step.PUBLISH),
    "no writing": ({"configure": ".*", "write": "^$", "read": ".*"}, Step.PUBLISH),
    "nothing": ({"configure": "^$", "write": "^$", "read": "^$"}, Step.PUBLISH),
}


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    needed("rabbitmq-server", package="rabbitmq-server")
    definitions = {
        "vhosts": [
            {"name": name, **({"default_queue_type": "quorum"} if name == "quorum by default" else {})}
            for name in (*VHOSTS, *LIMITED)
        ],
        "permissions": [{"user": "vestnik", "vhost": name, **rights} for name, (rights, _) in LIMITED.items()],
        "queues": [
            {"durable": True, "auto_delete": False, **queue, "vhost": name}
            for name, queues in VHOSTS.items()
            for queue in queues
        ],
        "exchanges": [
            {"name": "work", "vhost": "not durable", "type": "topic", "durable": False, "auto_delete": False,
             "internal": False, "arguments": {}},
        ],
    }  # fmt: skip
    program = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    with rabbitmq(tmp_path_factory.mktemp("rabbit"), program, places=1, definitions=definitions) as url:
        yield url


@pytest.mark.parametrize("vhost", VHOSTS)
def test_in_whatever_way_a_virtual_host_has_our_queues_nudges_pass(rabbit: str, vhost: str) -> None:
    url = f"{rabbit}/{vhost.replace(' ', '%20')}"
    for _ in range(2):  # also once the queues are there
        assert try_broker(url=url) is None


def test_a_worker_of_a_virtual_host_with_quorum_queues_gets_its_nudges(
    rabbit: str, ledger: Connection, tmp_path: Path
) -> None:
    del ledger
    url = f"{rabbit}/quorum%20before"
    with running_worker(tmp_path, {"BROKER_URL": url}) as worker:
        assert wait_for(lambda: gets_nudges(url), seconds=20), worker.log.read_text()
        assert not worker.said(WAITS), worker.log.read_text()


@pytest.mark.parametrize("vhost", LIMITED)
def test_a_right_that_lacks_is_said(rabbit: str, vhost: str) -> None:
    refusal = try_broker(url=f"{rabbit}/{vhost.replace(' ', '%20')}")
    assert refusal is not None
    assert (refusal.step, "ACCESS_REFUSED" in refusal.said) == (LIMITED[vhost][1], True), refusal


def test_a_virtual_host_that_is_not_there_is_said(rabbit: str) -> None:
    refusal = try_broker(url=f"{rabbit}/nowhere")
    assert refusal is not None
    assert (refusal.step, "not found" in refusal.said) == (Step.CONNECT, True)
