"""The time of an end is what the provider says, where that can be: it is never before the message was sent."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.fake_transport import TIMEOUT
from harness.stepping import Stepped, begin
from tests.receipts.test_applying import apply, keep, send_all, states
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.ledger.receipts import CLOCK_TOLERANCE
from vestnik.models import Mailing

DAY = 86_400.0
MOMENT = timedelta(milliseconds=1)
LOG, ROWS = "log", "rows"

#: Seconds from the message's sending to the time that the provider says (None: it says none), and what is taken.
SAID = [
    (3_600.0, "said"), (0.25, "said"), (DAY, "said"), (CLOCK_TOLERANCE - 60, "said"), (CLOCK_TOLERANCE + 60, "call"),
    (0.0, "sent"), (-1.0, "sent"), (-DAY, "sent"), (60 - CLOCK_TOLERANCE, "sent"), (-60 - CLOCK_TOLERANCE, "call"),
    (-10_000 * DAY, "call"), (None, "call"),
]  # fmt: skip


@pytest.fixture(params=[LOG, ROWS])
def log(ledger: Any, request: pytest.FixtureRequest) -> Any:
    ledger.execute("UPDATE vestnik_gatewaystate SET outcome_log = %s WHERE id = 1", [request.param == LOG])
    yield
    ledger.execute("UPDATE vestnik_gatewaystate SET outcome_log = true WHERE id = 1")


def times(ledger: Any, mailing: Mailing) -> list[tuple[datetime, datetime | None, datetime | None]]:
    """When each message was made, sent, and came to its end, in the order of ids."""
    rows = ledger.execute(
        "SELECT n.created_at, n.sent_at, m.outcome_at FROM vestnik_message_now n JOIN vestnik_message m USING (id)"
        " WHERE n.mailing_id = %s ORDER BY id",
        [mailing.id],
    )
    return [tuple(row) for row in rows.fetchall()]


def near(at: datetime | None, moment: float) -> bool:
    return at is not None and abs(at.timestamp() - moment) < 5


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize("fate", [Fate.DELIVERED, Fate.UNDELIVERED])
def test_a_time_is_believed_from_the_sending_to_now_as_far_as_clocks_differ(
    ledger: Any, sender: Stepped, fate: Fate
) -> None:
    """A clock may be behind: what would be before the sending was just after it."""
    mailing = begin(ledger, len(SAID))
    send_all(sender)
    before = times(ledger, mailing)
    called = time.time()
    said = [
        None if after is None or sent is None else sent.timestamp() + after
        for (after, _), (_, sent, _) in zip(SAID, before, strict=True)
    ]
    messages = sorted(states(ledger, mailing))
    keep(ledger, *(Receipt(fate=fate, message_id=each, at=at) for each, at in zip(messages, said, strict=True)))
    apply(ledger)
    for (after, taken), (_, was_sent, _), (_, sent, ended), at in zip(
        SAID, before, times(ledger, mailing), said, strict=True
    ):
        assert sent is not None
        assert ended is not None
        assert sent == was_sent
        if taken == "said":
            assert at is not None
            assert ended == datetime.fromtimestamp(at, UTC), after
        elif taken == "sent":
            assert ended == sent + MOMENT, after
        else:
            assert near(ended, called), after


@pytest.mark.parametrize("fate", [Fate.ACCEPTED, Fate.DELIVERED, Fate.UNDELIVERED])
def test_a_receipt_that_settles_what_was_unknown_says_when_it_was_sent_but_not_before_it_was_made(
    ledger: Any, sender: Stepped, fate: Fate
) -> None:
    mailing = begin(ledger, 4)
    sender.step(4)
    sender.gateway.answer(TIMEOUT)
    sender.step(4)
    made = times(ledger, mailing)[0][0].timestamp()
    said = [made + 60, made - 3_600, 1.0, None]
    called = time.time()
    messages = sorted(states(ledger, mailing))
    keep(ledger, *(Receipt(fate=fate, message_id=each, at=at) for each, at in zip(messages, said, strict=True)))
    apply(ledger)
    found = times(ledger, mailing)
    assert all(sent == ended for _, sent, ended in found), "how long it took is not known"
    (_, _, first), (created, _, second), (_, _, third), (_, _, fourth) = found
    assert (first, second) == (datetime.fromtimestamp(made + 60, UTC), created)
    assert near(third, called)
    assert near(fourth, called)


@given(said=st.lists(st.tuples(st.floats(-(2.0**33), 2.0**33), st.sampled_from(list(Fate))), max_size=6))
@settings(max_examples=25)
def check_any_times(ledger: Any, said: list[tuple[float, Fate]]) -> None:
    """Whatever is said of a message, in whichever order: it was made, then sent, then came to its end."""
    ledger.execute("DELETE FROM vestnik_client")
    mailing = begin(ledger, 2)
    sender = Stepped(concurrency=20, idempotent=False)
    sender.step(4)
    sender.gateway.answer(TIMEOUT, count=1)
    sender.gateway.answer()
    sender.step(4)
    sender.dispatcher.close()
    now = time.time()
    for message in states(ledger, mailing):
        for after, fate in said:
            keep(ledger, Receipt(fate=fate, message_id=message, at=now + after))
            apply(ledger)
    for made, sent, ended in times(ledger, mailing):
        assert sent is None or made <= sent
        assert ended is None or sent is None or sent <= ended
        assert ended is None or ended.timestamp() <= time.time() + CLOCK_TOLERANCE


def test_an_end_is_never_before_its_sending(ledger: Any) -> None:
    check_any_times(ledger)
