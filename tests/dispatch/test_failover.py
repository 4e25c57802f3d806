"""What one gateway did not take goes on over another; what it may have taken does not, ever."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.fake_transport import (
    BROKEN,
    NOT_SENT,
    REFUSED,
    THROTTLED,
    TIMEOUT,
    UNAUTHORIZED,
    FakeGateway,
)
from harness.gateways import add_gateway, add_route, change_gateway
from harness.rows import add_clients, ledger_now
from harness.sending import until
from harness.stepping import Stepped, mailing, tick
from vestnik.db.connection import Connection
from vestnik.gateways.outcome import Kind, Outcome
from vestnik.ledger.check import check_totals
from vestnik.upkeep.sweep import sweep


class Pair:
    """A dispatcher of each of two gateways."""

    def __init__(self, ledger: Connection, *, idempotent: bool = False, concurrency: int = 100) -> None:
        self.ledger = ledger
        self.second = add_gateway(ledger, "second", idempotent=idempotent)
        self.a = Stepped(concurrency, idempotent=idempotent, name="a", gateway=FakeGateway(idempotent=idempotent))
        self.b = Stepped(
            concurrency, idempotent=idempotent, name="b", over=self.second, gateway=FakeGateway(idempotent=idempotent)
        )

    def close(self) -> None:
        for each in (self.a, self.b):
            each.dispatcher.close()

    def gateways_of(self) -> dict[int, int]:
        """How many messages were sent over each gateway, by message and by the counters of batches."""
        rows = dict(
            self.ledger.execute(
                "SELECT gateway_id, count(*) FROM vestnik_message_now WHERE state = 1 GROUP BY 1"
            ).fetchall()
        )
        assert rows == sent_by_gateway(self.ledger)
        return rows


def sent_by_gateway(ledger: Connection) -> dict[int, int]:
    """What batches say was sent over each gateway."""
    rows = ledger.execute(
        "SELECT gateway, sum(sent)::int FROM (SELECT coalesce(gateway_id, 1) AS gateway, sent FROM vestnik_batch"
        " UNION ALL SELECT o.gateway_id, o.sent FROM vestnik_batchgateway o"
        " UNION ALL SELECT coalesce(b.gateway_id, 1), -o.sent FROM vestnik_batchgateway o"
        " JOIN vestnik_batch b ON b.id = o.batch_id) x GROUP BY 1 HAVING sum(sent) <> 0"
    ).fetchall()
    return dict(rows)


@pytest.fixture
def pair(ledger: Connection) -> Iterator[Pair]:
    """Strict gateways."""
    both = Pair(ledger)
    yield both
    both.close()
    assert check_totals(ledger) == []


@pytest.fixture
def knowing(ledger: Connection) -> Iterator[Pair]:
    """Gateways that know a repeated id."""
    both = Pair(ledger, idempotent=True)
    yield both
    both.close()
    assert check_totals(ledger) == []


def begin(ledger: Connection, count: int) -> int:
    add_clients(ledger, count)
    made = mailing()
    tick(ledger)
    return made.id


def states(ledger: Connection) -> dict[int, int]:
    return dict(ledger.execute("SELECT state, count(*)::int FROM vestnik_message_now GROUP BY 1").fetchall())


def test_a_rule_says_over_which_gateway_messages_go(ledger: Connection, pair: Pair) -> None:
    add_route(ledger, [pair.second])
    begin(ledger, 30)
    pair.a.until_empty()
    assert pair.a.gateway.phones == []
    pair.b.until_empty()
    assert len(pair.b.gateway.phones) == 30
    assert pair.gateways_of() == {pair.second: 30}


def test_without_a_rule_they_go_over_the_default_gateway(ledger: Connection, pair: Pair) -> None:
    begin(ledger, 30)
    pair.b.step(5)
    assert pair.b.gateway.phones == []
    pair.a.until_empty()
    assert pair.gateways_of() == {1: 30}


def test_a_gateway_to_fall_back_on_takes_nothing_while_another_is_up(ledger: Connection, pair: Pair) -> None:
    add_route(ledger, [1], fallbacks=[pair.second])
    begin(ledger, 30)
    pair.b.step(5)
    assert pair.b.gateway.phones == []


def test_what_the_first_gateway_did_not_take_goes_on_over_the_second_at_once(ledger: Connection, pair: Pair) -> None:
    add_route(ledger, [1], fallbacks=[pair.second])
    begin(ledger, 300)
    pair.a.step(3)
    pair.a.gateway.answer(count=40)
    pair.a.step(2)
    for _ in range(5):
        pair.a.gateway.answer(NOT_SENT)
        pair.a.step(1)
    assert ledger.execute("SELECT breaker FROM vestnik_gatewaystate WHERE id = 1").fetchall() == [("open",)]
    sent = len(pair.a.gateway.phones)
    pair.b.until_empty()
    assert states(ledger) == {1: 300}
    assert pair.gateways_of() == {1: 40, pair.second: 260}
    assert len(pair.a.gateway.phones) == sent


@pytest.mark.parametrize("outcome", [THROTTLED, NOT_SENT])
def test_a_backoff_delays_only_the_gateway_that_had_the_batch(ledger: Connection, pair: Pair, outcome: Any) -> None:
    add_route(ledger, [1, pair.second])
    begin(ledger, 15)
    until(lambda: pair.a.step(1) or len(pair.a.gateway.pending) == 15)  # who is the first is left to chance
    pair.a.gateway.answer(outcome)
    pair.a.step(2)
    assert pair.a.gateway.pending == []
    pair.b.until_empty()
    assert pair.gateways_of() == {pair.second: 15}


def test_what_may_have_been_delivered_is_unknown_at_a_strict_gateway(ledger: Connection, pair: Pair) -> None:
    add_route(ledger, [1], fallbacks=[pair.second])
    begin(ledger, 300)
    pair.a.step(3)
    for _ in range(7):
        pair.a.gateway.answer(TIMEOUT, taken=True, latency=30.0)
        pair.a.step(1)
    handed = len(pair.a.gateway.phones)
    pair.b.until_empty()
    assert states(ledger) == {7: handed, 1: 300 - handed}
    assert not {*pair.a.gateway.phones} & {*pair.b.gateway.phones}


@pytest.mark.parametrize("outcome", [TIMEOUT, BROKEN])
def test_what_may_have_been_delivered_waits_for_the_gateway_that_knows_it_again(
    ledger: Connection, knowing: Pair, outcome: Any
) -> None:
    add_route(ledger, [1], fallbacks=[knowing.second])
    begin(ledger, 400)
    knowing.a.step(3)
    for _ in range(3):
        knowing.a.gateway.answer(outcome, taken=True)
        knowing.a.step(2)
    ledger.execute(
        "UPDATE vestnik_gatewaystate SET breaker = 'open', probe_at = now() + interval '1 hour' WHERE id = 1"
    )
    knowing.a.step(2)
    knowing.a.gateway.answer(outcome, taken=True)
    knowing.a.step(2)
    handed = len({*knowing.a.gateway.phones})
    knowing.b.until_empty()
    assert states(ledger).get(0, 0) == handed
    assert states(ledger).get(1, 0) == 400 - handed
    assert not {*knowing.a.gateway.phones} & {*knowing.b.gateway.phones}
    ledger.execute("UPDATE vestnik_gatewaystate SET breaker = 'closed', probe_at = NULL WHERE id = 1")
    ledger.execute("UPDATE vestnik_batch SET again_at = now() WHERE again_at IS NOT NULL")
    knowing.a.until_empty()
    assert states(ledger) == {1: 400}
    assert knowing.gateways_of() == {1: handed, knowing.second: 400 - handed}


def test_a_batch_with_nothing_but_doubts_elsewhere_is_not_taken_again_and_again(
    ledger: Connection, knowing: Pair
) -> None:
    add_route(ledger, [1], fallbacks=[knowing.second])
    begin(ledger, 50)
    knowing.a.step(3)
    assert len(knowing.a.gateway.pending) == 50
    knowing.a.gateway.answer(TIMEOUT, taken=True)
    knowing.a.step(4)
    ((attempt, bound, bound_to),) = ledger.execute("SELECT attempt, bound, bound_to FROM vestnik_batch").fetchall()
    assert (bound, bound_to) == (50, [1])
    knowing.b.step(10)
    assert ledger.execute("SELECT attempt FROM vestnik_batch").fetchall() == [(attempt,)]


def test_what_a_killed_dispatcher_left_in_doubt_stays_with_its_gateway(ledger: Connection, knowing: Pair) -> None:
    add_route(ledger, [1], fallbacks=[knowing.second])
    begin(ledger, 50)
    knowing.a.step(3)
    knowing.a.gateway.answer(TIMEOUT, taken=True)
    knowing.a.crash()
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = now() - interval '1 s'")
    ledger.execute(
        "UPDATE vestnik_gatewaystate SET breaker = 'open', probe_at = now() + interval '1 hour' WHERE id = 1"
    )
    sweep(ledger, idempotent=True, stopped=lambda: False)
    knowing.b.until_empty()
    assert states(ledger) == {0: 50}


def test_the_second_gateways_own_word_decides_whether_a_lapsed_lease_is_sent_again(ledger: Connection) -> None:
    both = Pair(ledger, idempotent=False)
    add_route(ledger, [both.second])
    begin(ledger, 20)
    both.b.step(3)
    both.b.crash()
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = now() - interval '1 s'")
    sweep(ledger, idempotent=True, stopped=lambda: False)  # what the environment says of the default one
    assert states(ledger) == {7: 20}
    assert ledger.execute("SELECT DISTINCT gateway_id FROM vestnik_message_now").fetchall() == [(both.second,)]
    both.close()


def test_a_gateway_that_refuses_us_is_out_and_the_mailing_goes_on(ledger: Connection, pair: Pair) -> None:
    add_route(ledger, [1], fallbacks=[pair.second])
    made = begin(ledger, 120)
    pair.a.step(3)
    pair.a.gateway.answer(UNAUTHORIZED)
    pair.a.step(4)
    out = ledger.execute("SELECT out_at IS NOT NULL, out_code FROM vestnik_gatewaystate WHERE id = 1").fetchall()
    assert out == [(True, UNAUTHORIZED.code)]
    assert ledger.execute("SELECT state FROM vestnik_mailing WHERE id = %s", [made]).fetchall() == [("running",)]
    pair.b.until_empty()
    assert pair.gateways_of() == {pair.second: 120}
    noted = ledger.execute("SELECT action, object_id, actor_name FROM vestnik_auditentry WHERE object_type = 'gateway'")
    assert noted.fetchall() == [("gateway.out", 1, "system")]


def test_the_last_gateway_that_refuses_us_is_out_too_and_the_mailing_is_paused(ledger: Connection, pair: Pair) -> None:
    add_route(ledger, [1], fallbacks=[pair.second])
    begin(ledger, 120)
    pair.a.step(3)
    pair.a.gateway.answer(UNAUTHORIZED)
    pair.a.step(4)
    pair.b.step(3)
    pair.b.gateway.answer(UNAUTHORIZED)
    pair.b.step(4)
    assert ledger.execute("SELECT state, pause_code FROM vestnik_mailing").fetchall() == [("paused", "refused")]
    out = ledger.execute("SELECT id FROM vestnik_gatewaystate WHERE out_at IS NOT NULL").fetchall()
    assert sorted(out) == [(1,), (pair.second,)], "each of them refuses us"
    assert states(ledger) == {0: 120}


def test_a_gateway_of_nothing_but_bad_answers_is_out_when_another_can_take_over(ledger: Connection, pair: Pair) -> None:
    add_route(ledger, [1], fallbacks=[pair.second])
    begin(ledger, 300)
    for _ in range(6):
        pair.a.step(2)
        pair.a.gateway.answer(REFUSED)
    pair.a.step(3)
    out = ledger.execute("SELECT id, out_code FROM vestnik_gatewaystate WHERE out_at IS NOT NULL").fetchall()
    assert out == [(1, REFUSED.code)]
    assert ledger.execute("SELECT state FROM vestnik_mailing").fetchall() == [("running",)]
    pair.b.until_empty()
    found = states(ledger)
    assert found[1] + found[4] == 300
    assert found[4] <= 100


def test_a_gateway_that_is_disabled_takes_nothing_more(ledger: Connection, pair: Pair) -> None:
    add_route(ledger, [pair.second], fallbacks=[1])
    change_gateway(ledger, pair.second, enabled=False)
    begin(ledger, 20)
    pair.b.step(4)
    assert pair.b.gateway.phones == []
    pair.a.until_empty()
    assert pair.gateways_of() == {1: 20}


@pytest.mark.parametrize("breaker", ["closed", "open"])
@pytest.mark.parametrize("column", ["enabled", "removed_at"])
def test_one_that_is_disabled_or_removed_takes_neither_what_is_bound_to_it_nor_a_probe(
    ledger: Connection, knowing: Pair, breaker: str, column: str
) -> None:
    """Its dispatcher may still run for a moment."""
    add_route(ledger, [knowing.second])
    begin(ledger, 50)
    knowing.b.step(3)
    knowing.b.gateway.answer(TIMEOUT, taken=True, count=20)
    knowing.b.gateway.answer(THROTTLED)
    knowing.b.step(4)
    assert ledger.execute("SELECT sum(bound), sum(queued) FROM vestnik_batch").fetchall() == [(20, 50)]
    handed = len(knowing.b.gateway.phones)
    change_gateway(ledger, knowing.second, enabled=False)
    if column == "removed_at":
        change_gateway(ledger, knowing.second, removed_at=ledger_now(ledger))
    ledger.execute("UPDATE vestnik_batch SET due_at = now(), again_at = NULL WHERE state = 'ready'")
    ledger.execute("UPDATE vestnik_gatewaystate SET breaker = %s, probe_at = now()", [breaker])
    knowing.b.step(4)
    assert len(knowing.b.gateway.phones) == handed
    assert ledger.execute("SELECT count(*) FROM vestnik_batch WHERE state = 'leased'").fetchall() == [(0,)]
    change_gateway(ledger, knowing.second, removed_at=None, enabled=True)
    ledger.execute("UPDATE vestnik_gatewaystate SET breaker = 'closed'")
    ledger.execute("UPDATE vestnik_batch SET due_at = now(), again_at = NULL WHERE state = 'ready'")
    knowing.b.until_empty()
    assert states(ledger) == {1: 50}


def test_a_batch_of_a_removed_rule_goes_by_the_rule_that_is_left_for_everybody(ledger: Connection, pair: Pair) -> None:
    removed = add_route(ledger, [1])
    begin(ledger, 20)
    ledger.execute("UPDATE vestnik_route SET removed_at = now() WHERE id = %s", [removed])
    add_route(ledger, [pair.second], position=2)
    pair.a.step(4)
    assert pair.a.gateway.phones == []
    pair.b.until_empty()
    assert pair.gateways_of() == {pair.second: 20}


def test_a_gateway_that_hangs_keeps_only_what_it_was_handed(ledger: Connection, pair: Pair) -> None:
    """No answer comes for seconds: the breaker opens, and the rest of the batch goes over the other gateway."""
    add_route(ledger, [1], fallbacks=[pair.second])
    begin(ledger, 400)
    pair.a.step(3)
    handed = len(pair.a.gateway.pending)
    assert handed
    pair.a.clock.advance(11.0)
    pair.a.step(4)
    assert ledger.execute("SELECT breaker FROM vestnik_gatewaystate WHERE id = 1").fetchall() == [("open",)]
    pair.b.until_empty()
    assert sent_by_gateway(ledger) == {pair.second: 400 - handed}
    assert check_totals(ledger) == []
    pair.a.gateway.answer(count=handed // 2)
    pair.a.gateway.answer(TIMEOUT, taken=True)
    pair.a.step(4)
    assert states(ledger) == {1: 400 - handed + handed // 2, 7: handed - handed // 2}
    assert pair.gateways_of() == {1: handed // 2, pair.second: 400 - handed}


def test_a_gateway_that_is_slow_from_the_first_answer_on_is_not_taken_for_one_that_hangs(
    ledger: Connection, pair: Pair
) -> None:
    add_route(ledger, [1], fallbacks=[pair.second])
    begin(ledger, 400)
    pair.a.step(3)
    for _ in range(12):
        pair.a.clock.advance(3.5)
        pair.a.step(1)
        pair.a.gateway.answer(latency=3.5)
        pair.a.step(2)
    assert ledger.execute("SELECT breaker FROM vestnik_gatewaystate WHERE id = 1").fetchall() == [("closed",)]
    pair.b.step(3)
    assert (states(ledger), pair.b.gateway.phones) == ({1: 400}, [])


def test_a_gateway_that_hangs_alone_is_left_its_time(ledger: Connection, pair: Pair) -> None:
    begin(ledger, 400)
    pair.a.step(3)
    pair.a.clock.advance(11.0)
    pair.a.step(4)
    assert ledger.execute("SELECT breaker FROM vestnik_gatewaystate WHERE id = 1").fetchall() == [("closed",)]
    pair.a.until_empty()
    assert states(ledger) == {1: 400}


def test_a_holder_that_dies_after_the_split_leaves_only_what_it_handed_over_in_doubt(
    ledger: Connection, pair: Pair
) -> None:
    add_route(ledger, [1], fallbacks=[pair.second])
    begin(ledger, 400)
    pair.a.step(3)
    handed = len(pair.a.gateway.pending)
    pair.a.clock.advance(11.0)
    pair.a.step(4)
    pair.a.crash()
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = now() - interval '1 s' WHERE lease_holder = 'a'")
    sweep(ledger, idempotent=False, stopped=lambda: False)
    pair.b.until_empty()
    assert states(ledger) == {1: 400 - handed, 7: handed}


def test_what_a_gateway_calls_a_message_is_kept_for_its_receipts(ledger: Connection, pair: Pair) -> None:
    """Also of an answer that comes after the lease was lost; the success itself is one of the usual ones."""
    add_route(ledger, [pair.second])
    begin(ledger, 4)
    pair.b.step(3)
    taken = [
        Outcome(kind=Kind.SUCCESS, code="0", detail="OK", answered=True, provider_ids=ids, operator="MTS")
        for ids in (("a1", "a2"), ("b1",), ("c1",))
    ]
    messages = list(pair.b.gateway.pending)
    for outcome in taken[:2]:
        pair.b.gateway.answer(outcome, taken=True, count=1)
    pair.b.step(2)
    ledger.execute("UPDATE vestnik_batch SET lease_expires_at = now() - interval '1 s'")
    sweep(ledger, idempotent=False, stopped=lambda: False)
    pair.b.gateway.answer(taken[2], taken=True, count=1)
    pair.b.gateway.answer(TIMEOUT)
    pair.b.step(4)
    kept = ledger.execute(
        "SELECT message_id, gateway_id, part, provider_id, operator FROM vestnik_provider_message ORDER BY 1, 3"
    ).fetchall()
    assert kept == [
        (messages[0], pair.second, 1, "a1", "MTS"), (messages[0], pair.second, 2, "a2", "MTS"),
        (messages[1], pair.second, 1, "b1", "MTS"), (messages[2], pair.second, 1, "c1", "MTS"),
    ]  # fmt: skip
    assert states(ledger) == {1: 3, 7: 1}
    assert pair.gateways_of() == {pair.second: 3}
