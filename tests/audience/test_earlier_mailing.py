"""A mailing to the phones of an earlier one: only whose message there had a wanted outcome, whatever the chunks."""

from typing import Any

import pytest

from harness.fake_transport import REFUSED, SUCCESS
from harness.rows import add_mailing
from harness.stepping import answered
from vestnik.audience import build
from vestnik.audience.build import build_audiences
from vestnik.audience.preview import count_audience, sample_recipients
from vestnik.clients.stop_list import stop_phones
from vestnik.mailings.fields import Earlier
from vestnik.mailings.start import start_due
from vestnik.models import Client

SENT, FAILED, UNKNOWN = 50, 40, 8


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several chunks, that begin and end within a batch."""
    monkeypatch.setattr(build, "FIRST_BATCH", 20)
    monkeypatch.setattr(build, "FIRST_CHUNK", 30)
    monkeypatch.setattr(build, "CHUNK", 17)
    monkeypatch.setattr(build, "BATCH_SIZE", 10)


@pytest.fixture
def earlier(ledger: Any) -> int:
    """A mailing that was sent, failed and became unknown. Its successes stand in the log alone."""
    mailing = int(answered(ledger, {SUCCESS: SENT, REFUSED: FAILED + UNKNOWN}).id)
    ledger.execute(
        "UPDATE vestnik_message SET state = 7 WHERE mailing_id = %s AND id IN"
        " (SELECT id FROM vestnik_message WHERE mailing_id = %s AND state = 4 ORDER BY phone %% 7, id LIMIT %s)",
        [mailing, mailing, UNKNOWN],
    )
    ledger.execute(
        "UPDATE vestnik_batch b SET (failed, unknown) = (SELECT count(*) FILTER (WHERE state = 4),"
        " count(*) FILTER (WHERE state = 7) FROM vestnik_message m"
        " WHERE m.mailing_id = b.mailing_id AND m.id BETWEEN b.first_id AND b.last_id) WHERE mailing_id = %s",
        [mailing],
    )
    return mailing


def phones_of(ledger: Any, mailing: int, condition: str = "true") -> list[int]:
    rows = ledger.execute(
        f"SELECT phone FROM vestnik_message_now WHERE mailing_id = %s AND {condition} ORDER BY phone",  # noqa: S608
        [mailing],
    ).fetchall()
    return [phone for (phone,) in rows]


def to_phones_of(ledger: Any, earlier: int, *states: str, **more: Any) -> int:
    """A mailing to them, whose messages are made."""
    columns = {"tag": None, "earlier_mailing": earlier, "earlier_states": list(states), **more}
    mailing = add_mailing(ledger, **columns)
    assert start_due(ledger) == [mailing]
    while build_audiences(ledger, stopped=lambda: False):
        pass
    return mailing


@pytest.mark.parametrize(
    ("states", "numbers"),
    [(["failed"], "4"), (["unknown"], "7"), (["failed", "unknown"], "4, 7"), (["sent"], "1"), (["expired"], "5")],
)
def test_only_phones_with_a_wanted_outcome_get_it_each_once(
    ledger: Any, earlier: int, states: list[str], numbers: str
) -> None:
    wanted = phones_of(ledger, earlier, f"state IN ({numbers})")
    assert len(wanted) == {"4": FAILED, "7": UNKNOWN, "4, 7": FAILED + UNKNOWN, "1": SENT, "5": 0}[numbers]
    mailing = to_phones_of(ledger, earlier, *states)
    assert phones_of(ledger, mailing) == wanted
    assert count_audience(tags=None, codes=None, earlier=Earlier(mailing=earlier, states=states)).total == len(wanted)
    ((prepared, counted),) = ledger.execute(
        "SELECT prepared_at IS NOT NULL,"
        " (SELECT coalesce(sum(queued), 0)::int FROM vestnik_batch WHERE mailing_id = m.id)"
        " FROM vestnik_mailing m WHERE id = %s",
        [mailing],
    ).fetchall()
    assert (prepared, counted) == (True, len(wanted))


def test_codes_limit_it_further(ledger: Any, earlier: int) -> None:
    ledger.execute(
        "UPDATE vestnik_message SET code = 'other' WHERE id IN (SELECT id FROM vestnik_message"
        " WHERE mailing_id = %s AND state = 4 ORDER BY id LIMIT 7)",
        [earlier],
    )
    mailing = to_phones_of(ledger, earlier, "failed", earlier_codes=["other"])
    assert phones_of(ledger, mailing) == phones_of(ledger, earlier, "code = 'other'")
    assert len(phones_of(ledger, mailing)) == 7


def test_other_filters_the_directory_and_the_stop_list_hold_as_well(ledger: Any, earlier: int) -> None:
    failed = phones_of(ledger, earlier, "state = 4")
    ledger.execute("UPDATE vestnik_client SET tag = 'gone' WHERE phone_number = ANY (%s)", [failed[:5]])
    ledger.execute("DELETE FROM vestnik_client WHERE phone_number = ANY (%s)", [failed[5:9]])
    stop_phones(phones=failed[9:11], reason="", actor=None)
    mailing = to_phones_of(ledger, earlier, "failed", filter_tags=["vip"])
    assert phones_of(ledger, mailing, "state = 0") == failed[11:]
    assert phones_of(ledger, mailing, "state = 6") == failed[9:11]
    chosen = Earlier(mailing=earlier, states=["failed"])
    counted = count_audience(tags=["vip"], codes=None, earlier=chosen)
    assert (counted.total, counted.stopped) == (len(failed) - 11, 2)
    shown = {each.phone for each in sample_recipients(tags=["vip"], codes=None, earlier=chosen, most=10)}
    assert len(shown) == 10
    assert shown <= set(failed[11:])


def test_somebody_who_became_a_client_after_the_start_gets_nothing(ledger: Any, earlier: int) -> None:
    failed = phones_of(ledger, earlier, "state = 4")
    mailing = add_mailing(ledger, tag=None, earlier_mailing=earlier, earlier_states=["failed"])
    assert start_due(ledger) == [mailing]
    ledger.execute("DELETE FROM vestnik_client WHERE phone_number = %s", [failed[-1]])
    Client.objects.create(phone_number=failed[-1], mobile_operator_code=911, tag="vip", timezone="Europe/Moscow")
    while build_audiences(ledger, stopped=lambda: False):
        pass
    assert phones_of(ledger, mailing) == failed[:-1]
