"""A mailing whose gateways are all out is paused, so that somebody sees it before it ends; others go on."""

import time
from typing import Any

import pytest

from harness.gateways import add_gateway, add_route, change_gateway
from harness.rows import add_clients
from harness.stepping import Stepped, mailing, tick
from vestnik.db.connection import Connection
from vestnik.dispatch.exchange import Refusal
from vestnik.dispatch.gateway_row import take_out, tell_refusals
from vestnik.mailings.actions import resume
from vestnik.models import Mailing


def pauses(ledger: Connection, *mailings: Mailing) -> list[tuple[Any, ...]]:
    rows = ledger.execute("SELECT id, state, pause_code, pause_answer FROM vestnik_mailing").fetchall()
    found = {row[0]: row[1:] for row in rows}
    return [found[each.id] for each in mailings]


GOES_ON = ("running", "", "")


@pytest.mark.parametrize(
    ("answer", "code"), [("http_401", "refused"), ("http_500", "gateway_brake"), ("17", "gateway_brake")]
)
def test_a_mailing_that_knows_only_a_gateway_that_is_out_is_paused(ledger: Connection, answer: str, code: str) -> None:
    second, off = add_gateway(ledger, "second"), add_gateway(ledger, "off")
    change_gateway(ledger, off, enabled=False)
    add_clients(ledger, 30)
    alone, both, with_one_off = mailing(), mailing(), mailing()
    add_route(ledger, [1], mailing_id=alone.id)
    add_route(ledger, [1], fallbacks=[off], mailing_id=with_one_off.id)
    add_route(ledger, [1], fallbacks=[second])
    tick(ledger)
    assert pauses(ledger, alone, both, with_one_off) == [GOES_ON] * 3
    assert take_out(ledger, 1, answer, "no more", handed_over=time.time())
    tick(ledger)
    waits = ("paused", code, answer)
    assert pauses(ledger, alone, both, with_one_off) == [waits, GOES_ON, waits]
    # The other one takes a mailing over, also where it is down for a while.
    ledger.execute("UPDATE vestnik_gatewaystate SET breaker = 'open' WHERE id = %s", [second])
    tick(ledger)
    assert pauses(ledger, both) == [GOES_ON]


def test_one_that_starts_or_is_resumed_while_its_gateway_is_out_is_paused_until_that_is_put_back(
    ledger: Connection,
) -> None:
    second = add_gateway(ledger, "second")
    add_route(ledger, [1], fallbacks=[second])
    assert take_out(ledger, 1, "http_401", "no more", handed_over=time.time())
    add_clients(ledger, 30)
    late = mailing()
    add_route(ledger, [1], mailing_id=late.id, position=0)
    tick(ledger)
    assert pauses(ledger, late) == [("paused", "refused", "http_401")]
    resume(mailing_id=late.id, actor=None)
    tick(ledger)
    assert pauses(ledger, late) == [("paused", "refused", "http_401")]
    ledger.execute("UPDATE vestnik_gatewaystate SET out_at = NULL, out_code = '', out_words = ''")
    resume(mailing_id=late.id, actor=None)
    tick(ledger)
    assert pauses(ledger, late) == [GOES_ON]
    first = Stepped(30)
    first.until_empty()
    assert len(first.gateway.phones) == 30
    first.dispatcher.close()


def refused_by(ledger: Connection, gateway: int, *mailings: Mailing) -> None:
    """What a dispatcher of the gateway writes when these mailings' requests got 401."""
    refusal = Refusal(time.time(), "http_401", "no such key")
    tell_refusals(ledger, gateway, {each.id: refusal for each in mailings}, several=True)


def out(ledger: Connection) -> list[int]:
    return [
        row[0] for row in ledger.execute("SELECT id FROM vestnik_gatewaystate WHERE out_at IS NOT NULL ORDER BY id")
    ]


def test_a_gateway_that_refuses_us_is_out_also_where_no_other_shares_a_rule_with_it(ledger: Connection) -> None:
    """Numbers of one code go over the second, all others only over the one that refuses us."""
    second = add_gateway(ledger, "second")
    add_clients(ledger, 30)
    both, alone = mailing(), mailing()
    add_route(ledger, [1], mailing_id=alone.id)
    add_route(ledger, [second], operator_codes=[901])
    tick(ledger)
    # The mailing has some of each: numbers of another code, by a rule of their own.
    ledger.execute(
        "INSERT INTO vestnik_batch (mailing_id, first_id, last_id, due_at, state, attempt, retries, recalls, route_id,"
        " queued, sending, sent, delivered, undelivered, failed, expired, cancelled, unknown)"
        " SELECT mailing_id, last_id + 1, last_id + 1, due_at, 'ready', 0, 0, 0, (SELECT id FROM vestnik_route WHERE"
        " operator_codes IS NOT NULL), 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM vestnik_batch WHERE mailing_id = %s",
        [both.id],
    )
    refused_by(ledger, 1, both, alone)
    assert out(ledger) == [1]
    assert pauses(ledger, both, alone) == [GOES_ON, ("paused", "refused", "http_401")]


def test_it_is_out_also_while_the_other_is_only_down_and_the_mailing_waits_for_that_one(ledger: Connection) -> None:
    second = add_gateway(ledger, "second")
    add_route(ledger, [1], fallbacks=[second])
    add_clients(ledger, 30)
    made = mailing()
    tick(ledger)
    ledger.execute("UPDATE vestnik_gatewaystate SET breaker = 'open' WHERE id = %s", [second])
    refused_by(ledger, 1, made)
    assert (out(ledger), pauses(ledger, made)) == ([1], [GOES_ON])
    # That one refuses us as well: none is left.
    ledger.execute("UPDATE vestnik_gatewaystate SET breaker = 'closed' WHERE id = %s", [second])
    refused_by(ledger, second, made)
    assert (out(ledger), pauses(ledger, made)) == ([1, second], [("paused", "refused", "http_401")])


def test_the_only_gateway_in_use_is_never_out_and_its_mailings_are_paused(ledger: Connection) -> None:
    second = add_gateway(ledger, "second")
    change_gateway(ledger, second, enabled=False)
    add_route(ledger, [1], fallbacks=[second])
    add_clients(ledger, 30)
    made = mailing()
    tick(ledger)
    refused_by(ledger, 1, made)
    assert (out(ledger), pauses(ledger, made)) == ([], [("paused", "refused", "http_401")])
