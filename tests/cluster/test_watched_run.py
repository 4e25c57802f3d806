"""A whole run with faults and a kill, seen from outside: metrics that add up and never go back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.clusters import Cluster, alive, run, running_cluster
from vestnik.cluster.processes import wait_for
from vestnik.cluster.rest import Rest

CLIENTS = 20_000
#: A gateway on a bad day: it throttles, breaks, refuses, resets, and takes its time.
FAULTS = {
    "shares": {"429": 0.01, "500": 0.01, "code": 0.01, "reset": 0.005, "garbage": 0.005},
    "latency": {"kind": "uniform", "low_ms": 20, "high_ms": 80},
    "retry_after": 1,
}


@dataclass(frozen=True)
class Run:
    """What is left of the run when it is over."""

    cluster: Cluster
    rest: Rest
    mailing: int
    before: dict[str, float]
    after: dict[str, float]


def scrape(cluster: Cluster) -> dict[str, float]:
    """Every counter (and part of a histogram) with its labels, as Prometheus' own parser reads the web's answer."""
    answer = httpx.get(f"{cluster.url}/metrics", trust_env=False, timeout=10)
    assert answer.status_code == 200
    return {
        sample.name + str(sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if family.type in {"counter", "histogram"}
    }


def kill_a_dispatcher(cluster: Cluster) -> None:
    victim = cluster.member("-m", "celery", "dispatcher-1")
    victim.kill()
    assert wait_for(lambda: not alive({"": victim}), seconds=5)
    assert wait_for(lambda: "dispatcher-1 is back" in cluster.lines, seconds=30), cluster.text


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """20,000 messages to a gateway with faults; half way a dispatcher is killed."""
    home = tmp_path_factory.mktemp("watched") / "home"
    with running_cluster(home) as cluster:
        assert run("sample", "--clients", str(CLIENTS), "--home", str(home)).returncode == 0
        rest = cluster.logged_in()
        cluster.gateway.faults(**FAULTS)
        end = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        body = {"message_text": "Добрый день", "filter": {"tag": None, "operator_code": None}, "end_time": end}
        mailing = rest.post("/sender/notifications", body)["id"]
        path = f"/sender/notifications/{mailing}/statistics?page_size=1"

        def counts() -> dict[str, int]:
            return rest.get(path)[0]["by_state"]

        assert wait_for(lambda: counts()["sent"] > CLIENTS / 4, seconds=60), counts()
        before = scrape(cluster)
        kill_a_dispatcher(cluster)
        assert wait_for(lambda: rest.get(path)[0]["state"] == "completed", seconds=90), counts()
        cluster.gateway.faults()
        yield Run(cluster, rest, mailing, before, scrape(cluster))


def test_counters_do_not_go_back_when_a_worker_is_killed_and_started_again(watched: Run) -> None:
    assert watched.before.keys() <= watched.after.keys()
    back = {name: value for name, value in watched.before.items() if watched.after[name] < value}
    assert back == {}
    grown = watched.after["vestnik_messages_total[('state', 'sent')]"]
    assert grown > watched.before["vestnik_messages_total[('state', 'sent')]"] > 0


def test_what_is_counted_is_what_the_books_say(watched: Run) -> None:
    """But for what the killed dispatcher had not told yet: a flush at most."""
    books = watched.rest.get(f"/sender/notifications/{watched.mailing}/statistics?page_size=1")[0]["by_state"]
    for state in ("sent", "failed"):
        counted = watched.after[f"vestnik_messages_total[('state', '{state}')]"]
        assert books[state] - 4_096 <= counted <= books[state]
    assert books["sent"] + books["failed"] == CLIENTS
    assert watched.after["vestnik_retries_total[]"] > 100
    assert watched.after["vestnik_leases_taken_over_total[]"] >= 1
    assert watched.after["vestnik_gateway_requests_total[('outcome', 'ambiguous')]"] > 100
    assert watched.after["vestnik_messages_in_doubt_total[('became', 'queued')]"] > 0


def test_gauges_of_the_dead_are_not_told(watched: Run) -> None:
    def in_flight() -> str:
        text = httpx.get(f"{watched.cluster.url}/metrics", trust_env=False, timeout=10).text
        return next(line for line in text.splitlines() if line.startswith("vestnik_gateway_in_flight"))

    assert wait_for(lambda: in_flight() == "vestnik_gateway_in_flight 0.0", seconds=15), in_flight()
