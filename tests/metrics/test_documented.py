"""What is documented, alerted on and drawn is what is told, and the other way round."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from vestnik.db.connection import Connection
from vestnik.health.gauges import LedgerGauges
from vestnik.health.now import note_beat, note_nudge_taken
from vestnik.metrics.exposition import exposition

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
ALERTS_FILE = ROOT / "deploy" / "prometheus" / "alerts.yml"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(ALERTS_FILE.read_text())["groups"] for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy" / "grafana" / "vestnik.json").read_text())
_NAME = re.compile(r"\bvestnik_\w+")


def told() -> dict[str, str]:
    """Each name that a scrape has, and the family that it belongs to, as docs write it."""
    text = exposition([LedgerGauges()]).decode()
    names: dict[str, str] = {}
    for family in text_string_to_metric_families(text):
        if not family.name.startswith("vestnik_"):
            continue
        shown = f"{family.name}_total" if family.type == "counter" else family.name
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""])
        names |= {family.name + suffix: shown for suffix in suffixes}
    return names


@pytest.fixture
def names(ledger: Connection) -> dict[str, str]:
    """Of a ledger in which everything has happened that a gauge tells of."""
    del ledger
    note_beat()
    note_nudge_taken()
    return told()


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in RULES)
    yield from (target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])


def test_every_metric_is_documented_and_every_documented_one_is_told(names: dict[str, str]) -> None:
    documented = set(re.findall(r"^\| `(vestnik_\w+)` \|", PAGE, re.MULTILINE))
    # Families with labels that nothing has been counted for yet are told without a sample.
    assert documented == set(names.values()) | {
        "vestnik_http_requests_total",
        "vestnik_http_request_seconds",
        "vestnik_http_cut_total",
    }
    assert len(documented) > 25


def test_alerts_and_dashboard_use_only_metrics_that_are_told(names: dict[str, str]) -> None:
    http = {"vestnik_http_requests_total", "vestnik_http_request_seconds_bucket"}
    used = {name for expression in expressions() for name in _NAME.findall(expression)}
    assert used <= set(names) | http
    assert len(used) > 20


def test_every_alert_says_what_to_do_and_stands_in_the_page() -> None:
    for rule in RULES:
        assert f"| `{rule['alert']}` |" in PAGE
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert set(rule["annotations"]) == {"summary", "description"}
    assert len(re.findall(r"^\| `Vestnik", PAGE, re.MULTILINE)) == len(RULES)


def test_panels_do_not_lie_over_each_other_and_each_has_its_own_id() -> None:
    cells: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        mine = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & mine
        cells |= mine
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids) > 10


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None and os.environ.get("CI") != "true":
        pytest.skip("promtool is not installed here (Debian: apt-get install prometheus)")
    assert found, "promtool is missing"
    return found


def test_prometheus_itself_takes_rules_dashboard_and_scrape(
    promtool: str, names: dict[str, str], tmp_path: Path
) -> None:
    """The rules with their own unit tests; what the dashboard asks, as rules; the metrics as promtool reads them."""
    del names
    shutil.copy(ALERTS_FILE, tmp_path)
    shutil.copy(ALERTS_FILE.with_name("prometheus.yml"), tmp_path)
    shutil.copy(Path(__file__).with_name("alerts_test.yml"), tmp_path)
    asked = [each.replace("$__rate_interval", "1m") for each in expressions()]
    drawn = {"groups": [{"name": "drawn", "rules": [{"record": "a", "expr": expr} for expr in asked]}]}
    (tmp_path / "drawn.yml").write_text(yaml.safe_dump(drawn))
    for words in (
        ["check", "rules", "alerts.yml"],
        ["check", "rules", "--lint=none", "drawn.yml"],
        ["check", "config", "prometheus.yml"],
        ["test", "rules", "alerts_test.yml"],
    ):
        done = subprocess.run([promtool, *words], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    scrape = subprocess.run(
        [promtool, "check", "metrics"], input=exposition([LedgerGauges()]), capture_output=True, check=False
    )
    assert scrape.returncode == 0, scrape.stdout + scrape.stderr
