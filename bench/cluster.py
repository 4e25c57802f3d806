"""A cluster to measure, with ``fsync`` on, and mailings on it that are measured."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.processes import Cpu, cpu_by_kind
from harness.cluster import Cluster, running_cluster
from vestnik.cluster.home import Home
from vestnik.cluster.postgres import Postgres
from vestnik.cluster.processes import wait_for
from vestnik.errors import ClusterError

#: What a token of a gateway looks like: its length is part of every request.
TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + "a" * 60 + "." + "b" * 43
#: Seconds.
_MAILING = 300.0


class Sent:
    """A mailing that is over: how long it took, by the ledger's own clock (this machine's), and what it cost.

    - ``began``: the POST, in unix seconds. ``seconds``: from it to the commit that froze the totals.
    - ``first``: from the POST to the first message's outcome. ``audience``: from the start to the last message made.
    """

    def __init__(self, cluster: Cluster, mailing: int, began: float, cpu: Cpu) -> None:
        self.mailing = mailing
        self.began = began
        self.cpu = cpu
        ((started, prepared, frozen, totals),) = cluster.query(
            "SELECT started_at, prepared_at, frozen_at, totals FROM vestnik_mailing WHERE id = %s", mailing
        )
        ((first, last),) = cluster.query(
            "SELECT min(sent_at), max(sent_at) FROM vestnik_message_now WHERE mailing_id = %s", mailing
        )
        self.messages: int = totals["sent"]
        if self.messages != sum(totals.values()):
            raise ClusterError(f"not every message of mailing {mailing} was sent: {totals}")
        self.seconds: float = frozen.timestamp() - began
        self.first: float = first.timestamp() - began
        self.sending: float = last.timestamp() - first.timestamp()
        self.audience: float = (prepared - started).total_seconds()

    @property
    def rate(self) -> float:
        """Messages per second, end to end."""
        return self.messages / self.seconds


def run_mailing(cluster: Cluster, tag: str) -> Sent:
    """Send a mailing to a tag and wait until every status of it is durable and its totals are frozen.

    Raises:
        ClusterError: it takes too long, or not every message was sent.
    """
    cpu, began = cpu_by_kind(cluster.pid), time.time()
    mailing = cluster.post_mailing(tag)
    if not wait_for(lambda: cluster.is_over(mailing), seconds=_MAILING, pause=0.05):
        raise ClusterError(f"mailing {mailing} is not over after {_MAILING:.0f} s: {_progress(cluster, mailing)}")
    spent = {kind: seconds - cpu.get(kind, 0.0) for kind, seconds in cpu_by_kind(cluster.pid).items()}
    return Sent(cluster, mailing, began, spent)


def _progress(cluster: Cluster, mailing: int) -> str:
    counters = "SELECT sum(queued), sum(sending), sum(sent) FROM vestnik_batch WHERE mailing_id = %s"
    return "queued {}, sending {}, sent {}".format(*cluster.query(counters, mailing)[0])


@contextmanager
def cluster(
    folder: Path, *, gateway: str | None, dispatchers: int = 2, settings: Mapping[str, str] | None = None,
    database: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:  # fmt: skip
    """A running cluster for as long as the block lasts.

    Args:
        folder: its home, which is made if it is missing.
        gateway: the base URL of what takes the messages; None: the simulator.
        dispatchers: how many.
        settings: more of the environment.
        database: more of PostgreSQL's settings.
    """
    env = {"DJANGO_SETTINGS_MODULE": "vestnik.settings"}
    if gateway is not None:
        env |= {"GATEWAY_URL": gateway, "GATEWAY_TOKEN": TOKEN, "GATEWAY_IDEMPOTENT": "true"}
    env |= settings or {}
    if database:
        _set_database(Home(folder).make(), database)
    with running_cluster(folder, "--workers", str(dispatchers), env=env, embedded=True) as running:
        yield running


def _set_database(home: Home, settings: Mapping[str, str]) -> None:
    """Make the data folder and write settings that only a start can change."""
    postgres = Postgres(data=home.postgres, sockets=home.sockets(), password=home.secrets().postgres_password)
    postgres.initialise()
    with (postgres.data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
