"""A whole run with faults and a kill, seen from outside: metrics that never go back, and logs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness.cluster import Cluster, alive, run, running_cluster
from tests.masking import WHOLE_PHONE
from vestnik.cluster.home import Home
from vestnik.cluster.processes import wait_for
from vestnik.cluster.rest import Rest

CLIENTS = 10_000
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
    assert wait_for(lambda: not alive({"": victim}), seconds=30)
    assert wait_for(lambda: "dispatcher-1 is back" in cluster.lines, seconds=30), cluster.text


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """10,000 messages to a gateway with faults; half way a dispatcher is killed."""
    home = tmp_path_factory.mktemp("watched") / "home"
    with running_cluster(home, env={"LOG_LEVEL": "debug"}) as cluster:
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
    totals = watched.rest.get(f"/sender/notifications/{watched.mailing}/statistics?page_size=1")[0]["by_state"]
    for state in ("sent", "failed"):
        counted = watched.after[f"vestnik_messages_total[('state', '{state}')]"]
        assert totals[state] - 4_096 <= counted <= totals[state]
    assert totals["sent"] + totals["failed"] == CLIENTS
    assert watched.after["vestnik_retries_total[]"] > 100
    assert watched.after["vestnik_leases_taken_over_total[]"] >= 1
    assert watched.after["vestnik_gateway_requests_total[('gateway', 'default'), ('outcome', 'ambiguous')]"] > 100
    assert watched.after["vestnik_messages_in_doubt_total[('became', 'queued')]"] > 0


def test_gauges_of_the_dead_are_not_told(watched: Run) -> None:
    def in_flight() -> str:
        text = httpx.get(f"{watched.cluster.url}/metrics", trust_env=False, timeout=10).text
        return next(line for line in text.splitlines() if line.startswith("vestnik_gateway_in_flight"))

    assert wait_for(lambda: in_flight() == 'vestnik_gateway_in_flight{gateway="default"} 0.0', seconds=60), in_flight()


# -- logs


def lines_of(home: Home, pattern: str) -> dict[str, list[str]]:
    """The lines that a grep finds, by the process whose log has them."""
    found = {file.name: [line for line in text(file).splitlines() if re.search(pattern, line)] for file in logs(home)}
    return {name: lines for name, lines in found.items() if lines}


def logs(home: Home) -> list[Path]:
    return sorted(home.logs.glob("*.log*"))


def text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def a_message(watched: Run, state: str, least_attempts: int) -> dict[str, Any]:
    path = f"/sender/notifications/{watched.mailing}/messages?state={state}&page_size=10000"
    return next(each for each in watched.rest.get(path) if each["attempts"] >= least_attempts)


def test_one_grep_for_a_message_shows_its_whole_life(watched: Run) -> None:
    """Each request that it took, with what came of it, and the last as the ledger has it."""
    message = a_message(watched, "sent", 2)
    found = lines_of(watched.cluster.home, rf"\bmessage={message['id']}\b")
    lines = sorted(line for of_process in found.values() for line in of_process)
    assert len(lines) >= message["attempts"]
    assert [line for line in lines if " queued " in line], "that it was to be tried again"
    assert " sent " in lines[-1]
    masked = f"phone={message['phone_number'][:4]}***{message['phone_number'][-4:]}"
    assert all(masked in line for line in lines)
    assert all(f"mailing={watched.mailing} client={message['client']} " in line for line in lines)
    assert re.search(r"code=0 ms=\d+\.\d$", lines[-1])


def test_what_was_in_doubt_after_the_kill_is_told_by_who_took_it_over(watched: Run) -> None:
    found = lines_of(watched.cluster.home, r"code=in_doubt")
    told = [line for of_process in found.values() for line in of_process]
    assert len(told) == watched.after["vestnik_messages_in_doubt_total[('became', 'queued')]"]
    ids = {match.group(1) for line in told if (match := re.search(r"message=(\d+)", line))}
    one = min(ids)
    after = [line for lines in lines_of(watched.cluster.home, rf"\bmessage={one}\b").values() for line in lines]
    assert " sent " in max(after)


def test_one_grep_for_the_mailing_goes_through_web_and_workers(watched: Run) -> None:
    found = lines_of(watched.cluster.home, rf"\bmailing={watched.mailing}\b")
    assert {"web.log", "dispatcher-1.log", "dispatcher-2.log"} <= found.keys()
    said = "\n".join(line for lines in found.values() for line in lines)
    for words in (
        "POST /sender/notifications 201", "action=mailing.create", "the mailing has started",
        "that is the whole audience", "took over a lapsed lease", "the mailing is completed",
    ):  # fmt: skip
        assert words in said, words
    assert len(re.findall(r" sent +\[vestnik\.messages\]", said)) >= CLIENTS * 0.9


def test_one_grep_for_a_client_shows_the_calls_and_its_messages(watched: Run) -> None:
    message = a_message(watched, "sent", 1)
    watched.rest.get(f"/client/{message['client']}")
    found = lines_of(watched.cluster.home, rf"\bclient={message['client']}\b")
    assert any("GET /client/<id:pk> 200" in line for line in found["web.log"])
    assert any(f"message={message['id']} " in line for lines in found.values() for line in lines)


def test_the_id_of_a_request_goes_with_its_nudge_into_the_workers(watched: Run) -> None:
    created = lines_of(watched.cluster.home, r"POST /sender/notifications 201")["web.log"][0]
    request = re.search(r"request_id=(\S+)", created)
    assert request
    found = lines_of(watched.cluster.home, rf"request_id={request.group(1)}")
    nudged = [line for name, lines in found.items() if name != "web.log" for line in lines if "nudged" in line]
    assert {task for line in nudged for task in re.findall(r"task=(\S+)", line)} == {
        "vestnik.sweep", "vestnik.dispatch",
    }  # fmt: skip


def test_no_whole_phone_no_text_no_token_is_in_any_log(watched: Run) -> None:
    """Of all processes, PostgreSQL and the broker among them, at the level debug, with every message logged."""
    environment = watched.cluster.home.running()
    assert environment is not None
    secrets = [environment.environment[name] for name in ("GATEWAY_TOKEN", "SECRET_KEY")]
    for file in logs(watched.cluster.home):
        for line in text(file).splitlines():
            assert not WHOLE_PHONE.search(line), f"a phone in {file.name}"
            assert "Добрый день" not in line, f"the text in {file.name}"
            assert not any(secret in line for secret in secrets), f"a secret in {file.name}"
            assert "eyJ" not in line, f"a token in {file.name}"


def test_trace_prints_the_ledgers_history_and_the_logs(watched: Run) -> None:
    message = a_message(watched, "sent", 2)
    home = str(watched.cluster.home.folder)
    done = run("trace", "message", str(message["id"]), "--home", home)
    assert done.returncode == 0, done.stderr
    assert f"message {message['id']} of mailing {watched.mailing} is made" in done.stdout
    assert done.stdout.count("[vestnik.messages]") >= message["attempts"]
    of_mailing = run("trace", "mailing", str(watched.mailing), "--home", home).stdout
    assert "web            [info     ] POST /sender/notifications 201" in of_mailing
    assert "[vestnik.messages]" not in of_mailing
    assert "ledger" not in run("trace", "message", "1", "--home", home).stdout
