"""A batch holds clients of one rule, which is fixed when the batch is made."""

from datetime import time
from typing import Any

import pytest

from harness.gateways import add_gateway, add_route
from harness.rows import add_clients, add_mailing
from vestnik.audience import build
from vestnik.audience.build import build_audiences
from vestnik.mailings.start import start_due
from vestnik.mailings.windows import SendWindow

CODES = (900, 911, 921, 999)
ZONES = ("Asia/Kamchatka", "Europe/Moscow", "Europe/Samara")


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "FIRST_CHUNK", 100)
    monkeypatch.setattr(build, "FIRST_BATCH", 20)
    monkeypatch.setattr(build, "CHUNK", 400)
    monkeypatch.setattr(build, "BATCH_SIZE", 50)


def build_mailing(ledger: Any, *, window: SendWindow | None = None) -> int:
    add_mailing(ledger, tag=None, ends_in=3 * 86_400, window=window)
    return build_due(ledger)


def build_due(ledger: Any) -> int:
    (mailing,) = start_due(ledger)
    while build_audiences(ledger, stopped=lambda: False):
        pass
    return mailing


def clients_by_rule(ledger: Any, mailing: int) -> dict[tuple[int | None, int], int]:
    """How many clients of each operator code are in batches of each rule."""
    rows = ledger.execute(
        "SELECT b.route_id, c.mobile_operator_code, count(*) FROM vestnik_batch b"
        " JOIN vestnik_message m ON m.mailing_id = b.mailing_id AND m.id BETWEEN b.first_id AND b.last_id"
        " JOIN vestnik_client c ON c.id = m.client_id WHERE b.mailing_id = %s GROUP BY 1, 2",
        [mailing],
    ).fetchall()
    return {(route, code): count for route, code, count in rows}


@pytest.mark.parametrize("window", [None, SendWindow(time(9), time(21))])
def test_each_batch_holds_clients_of_one_rule(ledger: Any, window: SendWindow | None) -> None:
    add_clients(ledger, 1_000, codes=CODES, zones=ZONES)
    gateway = add_gateway(ledger, "second")
    first = add_route(ledger, [gateway], operator_codes=[911])
    second = add_route(ledger, [gateway, 1], operator_codes=[911, 999])
    mailing = build_mailing(ledger, window=window)
    assert clients_by_rule(ledger, mailing) == {
        (None, 900): 250, (first, 911): 250, (None, 921): 250, (second, 999): 250,
    }  # fmt: skip
    batches = ledger.execute(
        "SELECT first_id, last_id, queued, timezone FROM vestnik_batch WHERE mailing_id = %s ORDER BY first_id",
        [mailing],
    ).fetchall()
    assert sum(queued for _, _, queued, _ in batches) == 1_000
    assert all(last - start + 1 == queued <= 50 for start, last, queued, _ in batches)
    assert all((timezone is None) == (window is None) for *_, timezone in batches)


def test_a_rule_for_all_operators_leaves_batches_as_they_were(ledger: Any) -> None:
    add_clients(ledger, 100, codes=CODES)
    route = add_route(ledger, [1])
    mailing = build_mailing(ledger)
    rows = ledger.execute("SELECT route_id, queued FROM vestnik_batch WHERE mailing_id = %s", [mailing]).fetchall()
    assert rows == [(route, 20)] * 5


def test_a_rule_of_one_mailing_is_no_other_mailings_and_a_removed_one_nobodys(ledger: Any) -> None:
    add_clients(ledger, 40)
    other = add_mailing(ledger, tag="nobody", starts_in=3_600, ends_in=7_200)
    add_route(ledger, [1], mailing_id=other)
    add_route(ledger, [1], removed_at="now")
    mailing = build_mailing(ledger)
    rows = ledger.execute("SELECT DISTINCT route_id FROM vestnik_batch WHERE mailing_id = %s", [mailing]).fetchall()
    assert rows == [(None,)]
    mailing = add_mailing(ledger, tag=None, ends_in=3 * 86_400)
    own = add_route(ledger, [1], mailing_id=mailing)
    assert build_due(ledger) == mailing
    rows = ledger.execute("SELECT DISTINCT route_id FROM vestnik_batch WHERE mailing_id = %s", [mailing]).fetchall()
    assert rows == [(own,)]
