"""What each gateway did in the last hour is written with the outcomes, once, and is bounded."""

from typing import Any

import psycopg
import pytest

from harness.fake_transport import NOT_SENT, REFUSED, TIMEOUT, FakeGateway
from harness.gateways import add_gateway, add_route
from harness.rows import add_clients
from harness.stepping import Losing, Stepped, answered, begin, mailing, tick
from vestnik.db.connection import Connection, set_for_session
from vestnik.dispatch import few_codes
from vestnik.dispatch.few_codes import FewCodes
from vestnik.gateways.outcome import SUCCESS, Kind, Outcome
from vestnik.ledger import leases
from vestnik.ledger.fragments import SQL
from vestnik.statistics.gateways import SQL as STATISTICS
from vestnik.statistics.gateways import ErrorCount, LastHour, forget_minutes, last_hour_of


def said(gateway: int = 1) -> tuple[int, int, int, dict[str, int]]:
    found = last_hour_of(gateway)
    return found.sent, found.failed, found.unknown, {error.code: error.count for error in found.errors}


def test_it_says_what_came_over_each_gateway_and_with_which_codes(ledger: Connection) -> None:
    second = add_gateway(ledger, "second")
    add_route(ledger, [second], [1])
    add_clients(ledger, 10)
    mailing()
    tick(ledger)
    stepped = Stepped(10, idempotent=False, gateway=FakeGateway(idempotent=False), over=second)
    stepped.step()
    waiting = stepped.gateway.pending
    for outcome in (SUCCESS, REFUSED, TIMEOUT, NOT_SENT):
        stepped.gateway.pending, waiting = waiting[:2], waiting[2:]
        stepped.gateway.answer(outcome)
    stepped.gateway.pending = waiting
    stepped.step(4)
    errors = {REFUSED.code: 2, TIMEOUT.code: 2, NOT_SENT.code: 2}
    assert said(second) == (2, 2, 2, errors)
    assert said() == (0, 0, 0, {})
    found = last_hour_of(second)
    assert 2 / 121 <= found.rate <= 2 / 59
    assert found.errors == [ErrorCount(code=code, count=2) for code in sorted(errors)]
    # The process dies with two requests on their way: whoever takes the lease over counts them.
    stepped.crash()
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = now() - interval '1 s' WHERE state = 'leased'")
    tick(ledger)
    assert said(second) == (2, 2, 4, {**errors, "in_doubt": 2})


def test_a_flush_that_is_repeated_counts_once_and_one_that_fails_counts_nothing(
    ledger: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(ledger, 6)
    recorder = Losing("test")
    stepped = Stepped(6, recorder=recorder)
    stepped.step()
    stepped.gateway.answer(count=3)
    update, failures = leases.update, [1, 1]
    after_a_failure: list[LastHour] = []

    def fails_at_first(*args: Any, **options: Any) -> None:
        if failures:
            failures.pop()
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        after_a_failure.append(last_hour_of(1))
        update(*args, **options)

    monkeypatch.setattr(leases, "update", fails_at_first)
    recorder.lose = 9
    stepped.step(4)
    assert not failures
    assert after_a_failure[0] == LastHour()
    assert said() == (3, 0, 0, {})
    stepped.gateway.answer()
    stepped.step(4)
    assert said() == (6, 0, 0, {})
    stepped.dispatcher.close()


def test_what_was_in_doubt_at_the_end_is_unknown_there(ledger: Connection) -> None:
    made = begin(ledger, 3)
    stepped = Stepped(3)
    stepped.step()
    stepped.gateway.answer(TIMEOUT)
    stepped.step(2)
    stepped.dispatcher.close()
    assert said() == (0, 0, 0, {TIMEOUT.code: 3})
    ledger.execute(
        "UPDATE vestnik_mailing SET start_time = now() - interval '1 h', end_time = now() - interval '1 s'"
        " WHERE id = %s",
        [made.id],
    )
    tick(ledger)
    assert said() == (0, 0, 3, {TIMEOUT.code: 3})


def test_codes_are_few_and_old_minutes_go(ledger: Connection) -> None:
    codes = [Outcome(kind=Kind.REFUSED, code=f"{n}" * 90, detail="", answered=True) for n in range(100, 140)]
    answered(ledger, dict.fromkeys(codes, 1))
    sent, failed, unknown, errors = said()
    assert (sent, failed, unknown, len(errors)) == (0, 40, 0, 10)
    assert errors["other"] == 40 - few_codes.MAX_CODES
    ((rows, longest),) = ledger.execute("SELECT count(*), max(length(code)) FROM vestnik_gatewayminute").fetchall()
    assert (rows, longest) == (few_codes.MAX_CODES + 1, few_codes.LONGEST)
    ledger.execute("UPDATE vestnik_gatewayminute SET minute = minute - interval '62 min'")
    forget_minutes()
    assert said() == (0, 0, 0, {})
    assert ledger.execute("SELECT count(*) FROM vestnik_gatewayminute").fetchall() == [(rows,)]
    ledger.execute("UPDATE vestnik_gatewayminute SET minute = minute - interval '60 min'")
    forget_minutes()
    assert ledger.execute("SELECT FROM vestnik_gatewayminute").fetchall() == []


def test_an_hour_later_other_codes_are_told_apart() -> None:
    now = [0.0]
    few = FewCodes(lambda: now[0])
    for n in range(few_codes.MAX_CODES):
        few.shown(f"{n}")
    assert [few.shown("new"), few.shown("1"), few.shown("")] == ["other", "1", ""]
    now[0] = few_codes.PERIOD
    assert few.shown("new") == "new"


def plan_of(ledger: Any, statement: str, values: dict[str, Any]) -> list[str]:
    return [row[0].strip() for row in ledger.execute(f"EXPLAIN {statement}".encode(), values).fetchall()]


@pytest.mark.parametrize("analysed", [False, True])
def test_minutes_are_written_and_read_by_their_key(ledger: Any, analysed: bool) -> None:
    """Of 12 gateways, each with two hours of 30 codes from 4 sessions, one is read."""
    ledger.execute("ALTER TABLE vestnik_gatewayminute SET (autovacuum_enabled = false)")
    ledger.execute(
        "INSERT INTO vestnik_gatewayminute (gateway_id, minute, writer, state, code, count)"
        " SELECT g, date_trunc('minute', now()) - make_interval(mins => m), w, 4, c::text, 1"
        " FROM generate_series(1, 12) g, generate_series(0, 119) m, generate_series(1, 4) w, generate_series(1, 30) c"
    )
    if analysed:
        ledger.execute("ANALYZE vestnik_gatewayminute")
    set_for_session(ledger, enable_hashjoin="off", enable_mergejoin="off", enable_seqscan="off")
    values = {"gateway": 7, "state": [1, 4], "code": ["", "8"], "rows": [300, 2]}
    plan = plan_of(ledger, SQL.text("note_minute"), values)
    assert any("Conflict Arbiter Indexes: vestnik_gatewayminute_pk" in line for line in plan), "\n".join(plan)
    assert not any("Scan" in line and "gatewayminute" in line for line in plan)
    set_for_session(ledger, enable_hashjoin="on", enable_mergejoin="on", enable_seqscan="on")
    plan = plan_of(ledger, STATISTICS.text("last_hour"), values)
    assert not any("Seq Scan" in line for line in plan), "\n".join(plan)
    assert any("Index Cond" in line and "gateway_id" in line and "minute" in line for line in plan), "\n".join(plan)
