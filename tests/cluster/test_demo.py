"""The demo shows the main job, and its exit status says whether the totals are right."""

import re
from pathlib import Path

import pytest

from harness.cluster import Cluster, run


def test_without_a_terminal_it_prints_plain_lines_and_ends_well(cluster: Cluster) -> None:
    shown = run("demo", "--exit", "--clients", "2000", "--home", str(cluster.home.folder))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "Using the cluster that runs on" in shown.stdout
    assert "The totals add up, and equal the gateway's." in shown.stdout
    assert f"{cluster.url}/docs/" in shown.stdout
    own = r"^  7\d{3}\*{3}\d{4}: (.+), на вашем счёте ([\d ]+) балл(?:|а|ов)\. Весенняя"
    texts = re.findall(own, shown.stdout, re.MULTILINE)
    assert len(set(texts)) == 3
    assert "\x1b" not in shown.stdout
    again = run("demo", "--exit", "--clients", "2000", "--home", str(cluster.home.folder))
    assert again.returncode == 0
    assert "0 clients added, 2,000 were there already" in again.stdout


def test_refused_messages_are_in_both_books(cluster: Cluster) -> None:
    cluster.gateway.faults(shares={"400": 0.3})
    try:
        shown = run("demo", "--exit", "--clients", "2000", "--home", str(cluster.home.folder))
    finally:
        cluster.gateway.faults()
    assert " failed" in shown.stdout
    assert shown.returncode == 0


def test_it_fails_when_the_gateway_got_something_twice(cluster: Cluster) -> None:
    """The gateway answers some with 503 after taking them; it is idempotent, so they are sent to it again."""
    cluster.gateway.faults(shares={"503": 1.0}, first=5, retry_after=None)
    try:
        shown = run("demo", "--exit", "--clients", "2000", "--home", str(cluster.home.folder))
    finally:
        cluster.gateway.faults()
    assert "DIFFERENT" in shown.stdout
    assert shown.returncode == 1


@pytest.mark.parametrize("kind", ["twilio"])
def test_a_providers_protocol_is_shown_with_receipts_and_nothing_is_left_of_it(cluster: Cluster, kind: str) -> None:
    home = str(cluster.home.folder)
    shown = run("demo", "--exit", "--clients", "2000", "--gateway", kind, "--home", home)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert re.search(r"delivered +[1-9][0-9]* +delivered +[1-9][0-9]* +equal", shown.stdout)
    assert "The totals add up, and equal the gateway's." in shown.stdout
    assert f"demo-{kind}" not in run("gateway", "list", "--home", home).stdout
    assert f"Demo of {kind}" not in run("route", "list", "--home", home).stdout


def test_it_never_sends_the_sample_to_an_outside_gateway(tmp_path: Path) -> None:
    refused = run(
        "demo", "--exit", "--clients", "10", "--port", "0", "--home", str(tmp_path / "home"),
        env={"GATEWAY_URL": "http://127.0.0.1:9"},
    )  # fmt: skip
    assert refused.returncode == 1
    assert "outside gateway" in refused.stderr
    assert "vestnik sample" not in refused.stdout
