"""A mailing whose gateways are all out is paused, so that somebody sees it before it ends; others go on."""

import time
from typing import Any

import pytest

from harness.gateways import add_gateway, add_route, change_gateway
from harness.rows import add_clients
from harness.stepping import Stepped, mailing, tick
from vestnik.db.connection import Connection
from vestnik.dispatch.gateway_row import take_out
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
