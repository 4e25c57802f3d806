"""`vestnik backup` of a running cluster, `vestnik restore` into a new home, and what starts there."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from harness.cluster import Cluster, run, running_cluster
from vestnik.cluster.processes import wait_for
from vestnik.cluster.rest import Rest

TAGS = ("backed-up-now", "backed-up-later")


def _window(hours: float) -> str:
    return (datetime.now(ZoneInfo("Europe/Moscow")) + timedelta(hours=hours)).strftime("%H:%M")


def _mailing(rest: Rest, tag: str, **more: Any) -> int:
    body = {
        "message_text": "Hello",
        "filter": {"tag": [tag], "operator_code": None},
        "send_window": None,
        "end_time": (datetime.now(UTC) + timedelta(days=2)).isoformat(),
        **more,
    }
    return int(rest.post("/sender/notifications", body)["id"])


def _totals(rest: Rest) -> dict[int, Any]:
    every = rest.get("/sender/notifications/statistics?page_size=10000")
    return {each["id"]: (each["state"], each["total_count"], each["by_state"]) for each in every}


@pytest.fixture
def mailings(cluster: Cluster) -> dict[str, int]:
    """One mailing that is over, one that waits for its window, and one for its start."""
    rest = cluster.logged_in()
    for number in range(40):
        body = {"phone_number": f"79{31}{number:07d}", "tag": TAGS[number % 2], "timezone": "Europe/Moscow"}
        rest.post("/client/", body)
    window = {"from": _window(3), "to": _window(5)}
    made = {
        "over": _mailing(rest, TAGS[0]),
        "waits": _mailing(rest, TAGS[1], send_window=window),
        "scheduled": _mailing(rest, TAGS[1], start_time=(datetime.now(UTC) + timedelta(hours=1)).isoformat()),
    }
    assert wait_for(lambda: _totals(rest)[made["over"]][0] == "completed", seconds=20)
    assert wait_for(lambda: _totals(rest)[made["waits"]][2]["queued"] == 20, seconds=20)
    return made


@pytest.mark.timeout(300)
def test_a_restored_cluster_has_equal_books_sends_nothing_by_itself_and_uses_no_id_again(
    cluster: Cluster, mailings: dict[str, int], tmp_path: Path
) -> None:
    home, file = tmp_path / "new home", tmp_path / "ledger.dump"
    done = run("backup", str(file), "--home", str(cluster.home.folder))
    assert done.returncode == 0, done.stderr
    before = _totals(cluster.logged_in())

    done = run("restore", str(file), "--home", str(home))
    assert done.returncode == 0, done.stderr
    assert "mailings are held back, " in done.stdout
    assert f"vestnik up --home {home}" in done.stdout
    again = run("restore", str(file), "--home", str(home))
    assert (again.returncode, "already contains a ledger" in again.stderr) == (1, True)

    with running_cluster(home, "--workers", "1", embedded=True) as new:
        rest = new.logged_in(password=cluster.password)
        after = _totals(rest)
        assert {id_: totals[1:] for id_, totals in after.items()} == {id_: totals[1:] for id_, totals in before.items()}
        assert after[mailings["over"]][0] == "completed"
        assert after[mailings["waits"]][0] == "paused"
        assert rest.post(f"/sender/notifications/{mailings['scheduled']}/resume", {})["state"] == "scheduled"

        fresh = _mailing(rest, TAGS[0])
        assert wait_for(lambda: _totals(rest)[fresh][0] == "completed", seconds=20)
        assert new.gateway.totals()["distinct"] == 20, "only the new mailing left, though others have messages"
        url = new.home.running().environment["DATABASE_URL"]  # type: ignore[union-attr]
        with psycopg.connect(url) as ledger:
            ((old, least),) = ledger.execute(
                "SELECT max(id) FILTER (WHERE mailing_id <> %(fresh)s), min(id) FILTER (WHERE mailing_id = %(fresh)s)"
                " FROM vestnik_message_now",
                {"fresh": fresh},
            ).fetchall()
        assert least > old
        assert least > (time.time() - 1_700_000_000 - 600) * 1_000_000
        doctor = run("doctor", "--home", str(home)).stdout
        assert f"mailing {mailings['waits']}: paused: restored from a backup" in doctor

    stopped = run("backup", str(tmp_path / "stopped.dump"), "--home", str(home))
    assert stopped.returncode == 0, stopped.stderr
    assert (tmp_path / "stopped.dump").stat().st_size > 10_000


def test_what_cannot_be_restored_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "none.dump").write_text("nothing")
    done = run("restore", str(tmp_path / "none.dump"), "--home", str(tmp_path / "home"))
    assert (done.returncode, "pg_restore failed" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
    assert not (tmp_path / "home" / "postgres").exists()
    done = run("backup", str(tmp_path / "x"), "--home", str(tmp_path / "nowhere"))
    assert (done.returncode, "No cluster runs on" in done.stderr) == (1, True)
