"""How many SMS parts messages were: written only where it is not the number of the mailing's own text."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from harness.gateways import add_gateway, add_route
from harness.rows import add_clients
from harness.stepping import Stepped, mailing, tick
from vestnik.audience.direct import SingleMessage, accept
from vestnik.db.clock import database_now
from vestnik.gateways.outcome import SUCCESS, Kind, Outcome
from vestnik.ledger.check import check_totals
from vestnik.ledger.retention import delete_batches, keep_gateway_totals
from vestnik.models import BatchParts, Mailing
from vestnik.statistics.parts import Parts, count_parts_before_retention, forget_parts, own_parts, parts_by_gateway
from vestnik.statistics.totals import totals_by_gateway

#: 67 units in each joined part of UCS-2, 70 alone.
ONE, TWO, THREE = "я" * 70, "я" * 71, "я" * 135


def in_parts(parts: int) -> Outcome:
    return Outcome(kind=Kind.SUCCESS, code="0", detail="OK", answered=True, provider_ids=("name",), parts=parts)


def of(made: Mailing, **options: Any) -> Parts:
    made.refresh_from_db()
    return parts_by_gateway(made, totals_by_gateway(made.id), **options)


def written(ledger: Any) -> list[int | None]:
    rows = ledger.execute("SELECT parts FROM vestnik_message WHERE parts IS NOT NULL ORDER BY id").fetchall()
    return [parts for (parts,) in rows]


@pytest.fixture
def two(ledger: Any) -> Iterator[tuple[Mailing, int, Stepped, Stepped]]:
    """A mailing of 12 messages in two parts, half over each of two gateways."""
    second = add_gateway(ledger, "second")
    add_route(ledger, [second], operator_codes=[921])
    add_clients(ledger, 12, codes=[911, 921])
    made = mailing()
    Mailing.objects.filter(id=made.id).update(message_text=TWO)
    tick(ledger)
    first, other = Stepped(20, name="a"), Stepped(20, name="b", over=second)
    first.step()
    other.step()
    yield made, second, first, other
    for each in (first, other):
        each.dispatcher.close()
    assert check_totals(ledger) == []


def test_what_the_text_of_the_mailing_says_is_written_nowhere(
    ledger: Any, two: tuple[Mailing, int, Stepped, Stepped]
) -> None:
    made, second, first, other = two
    first.gateway.answer(SUCCESS)
    other.gateway.answer(in_parts(2))
    first.step()
    other.step()
    assert written(ledger) == []
    assert of(made) == Parts(whole=True, by_gateway={1: 12, second: 12})
    assert not BatchParts.objects.exists()


def test_what_a_provider_says_counts_where_it_differs(ledger: Any, two: tuple[Mailing, int, Stepped, Stepped]) -> None:
    made, second, first, other = two
    waiting = other.gateway.pending
    for parts, count in {3: 2, 1: 1, 2: 1}.items():
        other.gateway.pending, waiting = waiting[:count], waiting[count:]
        other.gateway.answer(in_parts(parts))
    other.gateway.pending = waiting
    other.step()
    first.gateway.answer()
    first.step()
    assert sorted(parts for parts in written(ledger) if parts) == [1, 3, 3]
    assert ledger.execute("SELECT sum(sent) FROM vestnik_batch").fetchone() == (10,)
    assert of(made) == Parts(whole=True, by_gateway={1: 12, second: 3 + 3 + 1 + 2})
    # What is counted is not read again; what is sent since is.
    ledger.execute("UPDATE vestnik_message SET parts = 9 WHERE parts = 1")
    assert of(made).by_gateway[second] == 9
    other.gateway.answer(in_parts(3))
    other.step()
    assert of(made).by_gateway == {1: 12, second: 3 + 3 + 9 + 2 + 3 + 3}
    assert of(made, patience=0).of(second) is None


def test_a_single_message_has_the_parts_of_its_own_text(ledger: Any) -> None:
    now = database_now()
    texts = enumerate((ONE, TWO, THREE, "x"))
    accept(
        [SingleMessage(phone=79_220_000_000 + n, text=text, end=now + timedelta(hours=1)) for n, text in texts],
        now=now, refuse_stopped=False,
    )  # fmt: skip
    assert written(ledger) == [2, 3]
    stepped = Stepped(4)
    stepped.step()
    # Of the first, the provider has another opinion; of the third, the same.
    for parts in (2, 2, 3, 1):
        waiting, stepped.gateway.pending = stepped.gateway.pending[1:], stepped.gateway.pending[:1]
        stepped.gateway.answer(in_parts(parts))
        stepped.gateway.pending = waiting
    stepped.step()
    stepped.dispatcher.close()
    assert written(ledger) == [2, 2, 3]
    made = Mailing.objects.get()
    assert own_parts(made) == 1
    assert of(made) == Parts(whole=True, by_gateway={1: 2 + 2 + 3 + 1})


def test_they_are_kept_when_the_messages_go(ledger: Any, two: tuple[Mailing, int, Stepped, Stepped]) -> None:
    made, second, first, other = two
    first.gateway.answer()
    other.gateway.answer(in_parts(4))
    first.step()
    other.step()
    tick(ledger)
    assert count_parts_before_retention(first=made.id, beyond=made.id + 1)
    keep_gateway_totals(first=made.id, beyond=made.id + 1)
    ledger.execute("UPDATE vestnik_mailing SET messages_dropped_at = now() WHERE id = %s", [made.id])
    while delete_batches(most=100):
        pass
    ledger.execute("TRUNCATE vestnik_message, vestnik_outcome_log")
    forget_parts()
    assert not BatchParts.objects.exists()
    assert of(made) == Parts(whole=True, by_gateway={1: 12, second: 24})
