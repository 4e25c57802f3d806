"""What the statements of the ledger share says the same everywhere."""

import re
from pathlib import Path

import pytest

from vestnik.ledger.fragments import FRAGMENTS, MESSAGE_NUMBERS, SQL
from vestnik.ledger.personal import PLAIN
from vestnik.models import MESSAGE_STATES, MessageState

FILES = sorted((Path(__file__).parents[2] / "vestnik" / "ledger" / "sql").glob("*.sql"))
#: What the builder of audiences gives besides.
GIVEN = {
    "matches": "true",
    "clients": "picked AS (SELECT)",
    "looked_at": "picked",
    "position": "id",
    "earlier": "SELECT",
    "on_conflict": "",
    "batch": "b.id",
    "mailing": "m.mailing_id",
    "at": "l.at",
    "is_granted": "true",
    "SENDING": "8",
    "gateway": "1",
    "only": "false",
    "leased_at": "now()",
    "goes_over": "true",
    "rows": "stamped",
    "MESSAGE_EVENTS": "'message.sent'",
    "message": "m.id",
    "over": "l.over",
    "values": "NULL",
    "values_wanted": "",
    "values_as_arrays": "",
    "as_read": "::text",
    **PLAIN,
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_every_statement_is_filled_without_a_rest(file: Path) -> None:
    statement = SQL.text(file.stem, **GIVEN)
    # What looks like a rest is the end of a JSON object: expire_unstarted.sql writes totals.
    assert not re.search(r"\{\w|\w\}", statement.replace('"unknown":0}', ""))


def test_states_are_the_numbers_of_the_enum() -> None:
    assert {state.name: str(state.value) for state in MessageState} == MESSAGE_NUMBERS
    assert f"SET state = {MessageState.SENT.value}," in SQL.text("record_sent")


def test_the_nine_counters_stand_in_the_order_of_the_states() -> None:
    counters, final, counted = (FRAGMENTS[name] for name in ("counters", "final_counters", "counted"))
    assert f"{counters:b.*}".split(", ") == [f"b.{state}" for state in MESSAGE_STATES]
    assert f"{final:*}".split(", ") == [state for state in MESSAGE_STATES if state not in {"queued", "sending"}]
    assert re.findall(r"::int AS (\w+)", str(counted)) == list(MESSAGE_STATES)


def test_a_batch_is_done_or_ready_by_what_is_left_and_a_held_one_stays_held() -> None:
    done, ready, held = (FRAGMENTS[name] for name in ("done_if", "ready_if", "done_unless_leased_if"))
    assert f"{done:left = 0}" == "CASE WHEN left = 0 THEN 'done' ELSE 'ready' END"
    assert f"{ready:left > 0}" == "CASE WHEN left > 0 THEN 'ready' ELSE 'done' END"
    assert f"{held:left = 0}" == "CASE WHEN b.state = 'ready' AND left = 0 THEN 'done' ELSE b.state END"
