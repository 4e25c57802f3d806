"""A receipt that names our id is that message's, whatever message the provider's id belongs to besides.

Providers use their ids again: an SMSC counts from the beginning when it is restarted. We never do.
"""

from typing import Any

import pytest

from harness.fake_transport import TIMEOUT
from harness.gateways import add_gateway
from harness.stepping import Stepped, begin, tick
from harness.stepping import mailing as new_mailing
from tests.receipts.test_applying import apply, counts, keep, name_parts, send_all, states
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.ledger.check import check_totals
from vestnik.models import Mailing


def another(ledger: Any) -> Mailing:
    """A mailing to the client who is there."""
    made = new_mailing()
    tick(ledger)
    return made


def only_message(ledger: Any, mailing: Mailing) -> int:
    (message,) = states(ledger, mailing)
    return message


def time_out(sender: Stepped) -> None:
    sender.step(4)
    sender.gateway.answer(TIMEOUT)
    sender.step(4)


def names(ledger: Any, message: int) -> list[str]:
    rows = ledger.execute(
        "SELECT provider_id FROM vestnik_provider_message WHERE message_id = %s ORDER BY part", [message]
    )
    return [name for (name,) in rows.fetchall()]


def test_a_late_answer_settles_its_own_message_though_another_one_has_that_name(ledger: Any, sender: Stepped) -> None:
    """Receipts that come with the name alone are then those of the newest message that has it."""
    earlier = begin(ledger, 1)
    send_all(sender)
    stranger = only_message(ledger, earlier)
    name_parts(ledger, earlier, stranger, ["1"])
    later = another(ledger)
    time_out(sender)
    ours = only_message(ledger, later)
    assert states(ledger, later) == {ours: "unknown"}
    keep(ledger, Receipt(fate=Fate.ACCEPTED, message_id=ours, provider_id="1"))
    apply(ledger)
    assert states(ledger, earlier) | states(ledger, later) == {stranger: "sent", ours: "sent"}
    assert names(ledger, ours) == ["1"]
    keep(ledger, Receipt(fate=Fate.UNDELIVERED, provider_id="1", code="8"))
    apply(ledger)
    assert states(ledger, earlier) | states(ledger, later) == {stranger: "sent", ours: "undelivered"}
    assert counts() == {"applied": 2}
    assert check_totals(ledger) == []


#: Which message a receipt names by our id, what the provider calls it there, and the states of both that it leads to.
NAMED = [
    ("first", "of second", "delivered", "sent"), ("second", "of first", "sent", "delivered"),
    ("first", "of first", "delivered", "sent"), ("second", "of second", "sent", "delivered"),
    ("first", "of nobody", "delivered", "sent"), ("nobody", "of first", "delivered", "sent"),
    (None, "of second", "sent", "delivered"), ("first", None, "delivered", "sent"), ("nobody", None, "sent", "sent"),
]  # fmt: skip


@pytest.mark.parametrize(("named", "called", "first_is", "second_is"), NAMED)
@pytest.mark.parametrize("frozen", [True, False], ids=["closed", "open"])
def test_our_id_decides_if_it_is_known_and_else_the_providers(
    ledger: Any, sender: Stepped, named: str | None, called: str | None, first_is: str, second_is: str, frozen: bool
) -> None:
    mailing = begin(ledger, 2)
    send_all(sender)
    first, second = sorted(states(ledger, mailing))
    name_parts(ledger, mailing, first, ["of first"])
    name_parts(ledger, mailing, second, ["of second"])
    if frozen:
        tick(ledger)
    ids = {"first": first, "second": second, "nobody": second + 1_000_000}
    keep(ledger, Receipt(fate=Fate.DELIVERED, message_id=named and ids[named], provider_id=called))
    apply(ledger)
    assert states(ledger, mailing) == {first: first_is, second: second_is}
    assert (names(ledger, first), names(ledger, second)) == (["of first"], ["of second"])
    assert check_totals(ledger) == []


@pytest.mark.parametrize("at_once", [True, False])
def test_the_providers_id_says_which_part_if_it_is_of_the_same_message(
    ledger: Any, sender: Stepped, at_once: bool
) -> None:
    """The newer message has the same names for its parts."""
    earlier = begin(ledger, 1)
    send_all(sender)
    later = another(ledger)
    send_all(sender)
    ours, stranger = only_message(ledger, earlier), only_message(ledger, later)
    name_parts(ledger, earlier, ours, ["a", "b"])
    name_parts(ledger, later, stranger, ["b", "a"])
    told = [("a", Fate.DELIVERED, "sent"), ("a", Fate.UNDELIVERED, "sent"), ("b", Fate.DELIVERED, "delivered")]
    for name, fate, state in told:
        keep(ledger, Receipt(fate=fate, message_id=ours, provider_id=name))
        if not at_once:
            apply(ledger)
            assert states(ledger, earlier) == {ours: state}
    apply(ledger)
    assert states(ledger, earlier) | states(ledger, later) == {ours: "delivered", stranger: "sent"}
    parts = ledger.execute("SELECT fate FROM vestnik_provider_message WHERE message_id = %s", [stranger]).fetchall()
    assert parts == [(None,), (None,)]
    assert counts() == {"same": 1, "contradiction": 1, "applied": 1}
    assert check_totals(ledger) == []


def test_our_id_of_a_message_of_another_gateway_moves_nothing_of_anybody(ledger: Any, sender: Stepped) -> None:
    """Not the message that this gateway calls so, either: one of the two ids is wrong, and ours never is used again."""
    other = add_gateway(ledger, "other")
    earlier = begin(ledger, 1)
    send_all(sender)
    stranger = only_message(ledger, earlier)
    ledger.execute("UPDATE vestnik_outcome_log SET gateway_id = %s", [other])
    ledger.execute("UPDATE vestnik_batch SET gateway_id = %s", [other])
    ledger.execute(
        "INSERT INTO vestnik_provider_message (mailing_id, message_id, gateway_id, part, provider_id)"
        " VALUES (%s, %s, %s, 1, '1')",
        [earlier.id, stranger, other],
    )
    later = another(ledger)
    send_all(sender)
    ours = only_message(ledger, later)
    keep(ledger, Receipt(fate=Fate.DELIVERED, message_id=ours, provider_id="1"), gateway=other)
    apply(ledger)
    assert states(ledger, earlier) | states(ledger, later) == {stranger: "sent", ours: "sent"}
    assert names(ledger, ours) == []
    assert counts() == {"foreign": 1}


def test_a_message_that_is_not_settled_yet_waits_and_its_receipt_goes_to_nobody_else(
    ledger: Any, sender: Stepped
) -> None:
    earlier = begin(ledger, 1)
    send_all(sender)
    stranger = only_message(ledger, earlier)
    name_parts(ledger, earlier, stranger, ["1"])
    later = another(ledger)
    sender.step(4)
    ours = only_message(ledger, later)
    keep(ledger, Receipt(fate=Fate.DELIVERED, message_id=ours, provider_id="1"))
    apply(ledger)
    assert states(ledger, earlier) | states(ledger, later) == {stranger: "sent", ours: "queued"}
    sender.gateway.answer()
    sender.step(4)
    apply(ledger)
    assert states(ledger, earlier) | states(ledger, later) == {stranger: "sent", ours: "delivered"}
    assert counts() == {"applied": 1}
