"""A text that is too long for a gateway waits for another one of its rule that takes it; it does not fail."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from harness.gateways import add_gateway, add_route
from harness.rows import add_clients, add_mailing
from harness.stepping import Stepped, tick
from vestnik.audience.direct import SingleMessage, accept
from vestnik.db.clock import database_now
from vestnik.db.connection import Connection
from vestnik.dispatch.brake import TRIAL
from vestnik.dispatch.long_texts import TOO_LONG, leaves_text
from vestnik.gateways.adapters.kinds import KINDS, make_adapter
from vestnik.gateways.outcome import Kind, Outcome
from vestnik.ledger.check import check_totals
from vestnik.mailings.sms import parts_of

#: Ten parts: ``smsru`` takes eight.
LONG = "я" * 67 * 10
REFUSED = Outcome(kind=Kind.REFUSED, code="205", detail="too long", answered=True)
DOWN = "UPDATE vestnik_gatewaystate SET breaker = 'open', probe_at = now() + interval '1 hour' WHERE id = 1"
UP = "UPDATE vestnik_gatewaystate SET breaker = 'closed', probe_at = NULL WHERE id = 1"


class Two(NamedTuple):
    """Dispatchers of ``default``, which takes 2,000 characters, and of one of kind ``smsru``."""

    ledger: Connection
    default: Stepped
    smsru: int
    short: Stepped


@pytest.fixture
def two(ledger: Connection) -> Iterator[Two]:
    smsru = add_gateway(ledger, "ru", kind="smsru")
    adapter = make_adapter("smsru", {"url": "http://127.0.0.1:9", "api_id": "x" * 36})
    both = Two(ledger, Stepped(100), smsru, Stepped(100, name="short", over=smsru, adapter=adapter))
    yield both
    both.default.dispatcher.close()
    both.short.dispatcher.close()
    assert check_totals(ledger) == []


def begin(two: Two, count: int, **columns: Any) -> int:
    add_clients(two.ledger, count)
    mailing = add_mailing(two.ledger, **columns)
    tick(two.ledger)
    return mailing


def send_what_fits(stepped: Stepped) -> None:
    """Send with success, and give back what is left to the other gateway."""
    stepped.until_empty()
    while len(stepped.dispatcher.holdings):
        stepped.step(1)


def states(ledger: Connection) -> dict[int, int]:
    return dict(ledger.execute("SELECT state, count(*)::int FROM vestnik_message_now GROUP BY 1").fetchall())


def test_one_to_fall_back_on_leaves_it_to_the_first_however_long_that_is_down(two: Two) -> None:
    add_route(two.ledger, [1], fallbacks=[two.smsru])
    begin(two, 2 * TRIAL, message_text=LONG)
    two.ledger.execute(DOWN)
    for _ in range(3):
        two.short.step(5)
        two.ledger.execute("UPDATE vestnik_batch SET again_at = now() WHERE again_at IS NOT NULL")
    assert two.short.gateway.phones == []
    assert states(two.ledger) == {0: 2 * TRIAL}
    two.ledger.execute(UP)
    two.default.until_empty()  # at once: the backoff is only the other's
    assert states(two.ledger) == {1: 2 * TRIAL}


def test_one_that_shares_a_rule_leaves_it_to_the_others(two: Two) -> None:
    add_route(two.ledger, [two.smsru, 1], [99, 1])
    begin(two, 100, message_text=LONG)
    for _ in range(100):
        two.short.step(1)
        two.default.gateway.answer()
        two.default.step(1)
    assert two.short.gateway.phones == []
    assert states(two.ledger) == {1: 100}


def test_of_personal_texts_only_the_long_ones_wait(two: Two) -> None:
    add_route(two.ledger, [1], fallbacks=[two.smsru])
    add_clients(two.ledger, 60)
    two.ledger.execute(
        "UPDATE vestnik_client SET attributes = jsonb_build_object('note', repeat('я', 600)) WHERE phone_number % 3 = 0"
    )
    add_mailing(two.ledger, message_text="Hi {{note|you}}", personal=True, on_missing="default", locale="en")
    tick(two.ledger)
    two.ledger.execute(DOWN)
    send_what_fits(two.short)
    assert len(two.short.gateway.phones) == 40
    assert {len(text) for text, _end in two.short.gateway.texts} == {len("Hi you")}
    assert states(two.ledger) == {0: 20, 1: 40}
    said = two.ledger.execute("SELECT DISTINCT code, in_doubt FROM vestnik_message_now WHERE state = 0").fetchall()
    assert said == [(TOO_LONG.code, False)]
    # Nothing is held against the gateway: it was not asked.
    assert two.ledger.execute(
        "SELECT breaker, out_at FROM vestnik_gatewaystate WHERE id = %s", [two.smsru]
    ).fetchall() == [("closed", None)]
    two.ledger.execute(UP)
    two.default.until_empty()
    assert states(two.ledger) == {1: 60}


def test_of_single_messages_only_the_long_ones_wait(two: Two) -> None:
    add_route(two.ledger, [1], fallbacks=[two.smsru])
    now = database_now()
    messages = [
        SingleMessage(phone=79_220_000_000 + n, text=text, end=now + timedelta(hours=1))
        for n, text in enumerate(("short", LONG, "short"))
    ]
    accept(messages, now=now, refuse_stopped=False)
    two.ledger.execute(DOWN)
    send_what_fits(two.short)
    assert [text for text, _end in two.short.gateway.texts] == ["short", "short"]
    assert states(two.ledger) == {0: 1, 1: 2}
    two.ledger.execute(UP)
    two.default.until_empty()
    assert states(two.ledger) == {1: 3}


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(lambda two: add_route(two.ledger, [two.smsru]), id="alone"),
        pytest.param(lambda two: add_route(two.ledger, [two.smsru], fallbacks=[1]), id="before the one that takes it"),
        pytest.param(
            lambda two: add_route(two.ledger, [two.smsru, add_gateway(two.ledger, "off", enabled=False)]),
            id="beside one that is disabled",
        ),
    ],
)
def test_where_no_other_would_take_it_the_provider_decides(two: Two, rule: Any) -> None:
    rule(two)
    begin(two, 10, message_text=LONG)
    two.short.step()
    two.short.gateway.answer(REFUSED)
    two.short.step()
    assert len(two.short.gateway.phones) == 10
    assert states(two.ledger) == {4: 10}


@pytest.mark.parametrize("own", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_what_is_left_is_what_the_other_takes_and_this_one_does_not(own: str, other: str) -> None:
    facts, more = KINDS[own].facts, KINDS[other].facts
    leaves = leaves_text(facts, (other,))
    for letter in "aя":
        for length in (1, 264, 265, 536, 537, 1_000, 1_001, 1_224, 1_225, 1_600, 1_601, 2_000, 2_001):
            size = length, parts_of(letter * length)
            expected = not facts.takes(*size) and more.takes(*size)
            assert (leaves is not None and leaves(letter * length)) == expected, size
