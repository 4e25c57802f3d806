"""Receipts move messages to the end that they say, once, and the totals with them."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.fake_transport import REFUSED, TIMEOUT
from harness.gateways import add_gateway
from harness.stepping import Stepped, begin, tick
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.gateways.outcome import Kind, Outcome
from vestnik.ledger.check import check_totals
from vestnik.models import DEFAULT_GATEWAY, Mailing, ReceiptCount
from vestnik.receipts import applying
from vestnik.receipts.applying import apply_due, apply_piece, next_due
from vestnik.receipts.inbox import keep_receipts
from vestnik.statistics.totals import totals_of

ENDS = {Fate.DELIVERED: "delivered", Fate.UNDELIVERED: "undelivered"}


def keep(ledger: Any, *receipts: Receipt, gateway: int = DEFAULT_GATEWAY) -> None:
    with ledger.transaction():
        keep_receipts(ledger, receipts, gateway=gateway)


def apply(ledger: Any) -> None:
    # Those that wait come back at once.
    ledger.execute("UPDATE vestnik_receipt SET due_at = now() WHERE verdict = ''")
    apply_due(ledger, stopped=lambda: False)


def states(ledger: Any, mailing: Mailing) -> dict[int, str]:
    words = (
        "(ARRAY['queued', 'sent', 'delivered', 'undelivered', 'failed', 'expired', 'cancelled', 'unknown'])[state + 1]"
    )
    rows = ledger.execute(f"SELECT id, {words} FROM vestnik_message_now WHERE mailing_id = %s", [mailing.id])  # noqa: S608
    return dict(rows.fetchall())


def send_all(sender: Stepped) -> None:
    sender.step(4)
    sender.gateway.answer()
    sender.step(4)


def counts() -> dict[str, int]:
    return {each.kind: each.count for each in ReceiptCount.objects.all()}


@pytest.fixture(params=[True, False], ids=["log", "rows"])
def log(ledger: Any, request: pytest.FixtureRequest) -> Any:
    ledger.execute("UPDATE vestnik_gatewaystate SET outcome_log = %s WHERE id = 1", [request.param])
    yield
    ledger.execute("UPDATE vestnik_gatewaystate SET outcome_log = true WHERE id = 1")


@pytest.mark.usefixtures("log")
def test_a_receipt_says_what_became_of_a_sent_message(ledger: Any, sender: Stepped) -> None:
    mailing = begin(ledger, 4)
    send_all(sender)
    first, second, third, fourth = sorted(states(ledger, mailing))
    keep(
        ledger,
        Receipt(fate=Fate.DELIVERED, message_id=first),
        Receipt(fate=Fate.UNDELIVERED, message_id=second, code="8", words="absent", at=time.time()),
        Receipt(fate=Fate.ON_ITS_WAY, message_id=third),
    )
    apply(ledger)
    assert states(ledger, mailing) == {first: "delivered", second: "undelivered", third: "sent", fourth: "sent"}
    assert check_totals(ledger) == []
    row = ledger.execute(
        "SELECT code, detail, sent_at IS NOT NULL, tries, gateway_id FROM vestnik_message_now WHERE id = %s", [second]
    ).fetchone()
    assert row == ("8", "absent", True, 1, DEFAULT_GATEWAY)
    assert counts() == {"applied": 2, "same": 1}
    assert next_due(ledger) is None


@pytest.mark.usefixtures("log")
def test_receipts_move_totals_that_are_frozen(ledger: Any, sender: Stepped) -> None:
    mailing = begin(ledger, 3)
    send_all(sender)
    tick(ledger)
    mailing.refresh_from_db()
    assert mailing.frozen_at is not None
    keep(ledger, *(Receipt(fate=Fate.DELIVERED, message_id=message) for message in states(ledger, mailing)))
    apply(ledger)
    mailing.refresh_from_db()
    assert totals_of([mailing])[mailing.id]["delivered"] == 3
    assert check_totals(ledger) == []


def test_a_receipt_settles_what_was_unknown_and_nothing_else_does(ledger: Any, sender: Stepped) -> None:
    mailing = begin(ledger, 3)
    sender.step()
    sender.gateway.answer(TIMEOUT)
    sender.step()
    assert set(states(ledger, mailing).values()) == {"unknown"}
    accepted, delivered, undelivered = sorted(states(ledger, mailing))
    keep(
        ledger,
        Receipt(fate=Fate.ACCEPTED, message_id=accepted),
        Receipt(fate=Fate.DELIVERED, message_id=delivered),
        Receipt(fate=Fate.UNDELIVERED, message_id=undelivered),
    )
    apply(ledger)
    assert states(ledger, mailing) == {accepted: "sent", delivered: "delivered", undelivered: "undelivered"}
    assert check_totals(ledger) == []


def test_a_receipt_that_comes_before_its_outcome_waits_for_it(ledger: Any, sender: Stepped) -> None:
    mailing = begin(ledger, 1)
    sender.step()
    (message,) = states(ledger, mailing)
    keep(ledger, Receipt(fate=Fate.DELIVERED, message_id=message))
    assert apply_piece(ledger) == 1
    wait = next_due(ledger)
    assert wait is not None
    assert 0 < wait <= applying.MAX_WAIT
    assert states(ledger, mailing) == {message: "queued"}
    send_all(sender)
    apply(ledger)
    assert states(ledger, mailing) == {message: "delivered"}
    assert counts() == {"applied": 1}


def test_an_end_stays_and_what_contradicts_it_is_kept_and_counted(ledger: Any, sender: Stepped) -> None:
    mailing = begin(ledger, 2)
    sender.step()
    sender.gateway.answer(REFUSED, count=1)
    sender.gateway.answer()
    sender.step()
    refused, sent = sorted(states(ledger, mailing))
    for fate in (Fate.DELIVERED, Fate.DELIVERED, Fate.UNDELIVERED, Fate.ACCEPTED):
        keep(ledger, Receipt(fate=fate, message_id=sent))
        apply(ledger)
    keep(ledger, Receipt(fate=Fate.DELIVERED, message_id=refused))
    apply(ledger)
    assert states(ledger, mailing) == {refused: "failed", sent: "delivered"}
    assert counts() == {"applied": 1, "same": 2, "contradiction": 2}
    assert ledger.execute("SELECT count(*) FROM vestnik_receipt WHERE verdict = 'contradiction'").fetchone() == (2,)


def test_a_receipt_of_another_gateway_moves_nothing(ledger: Any, sender: Stepped) -> None:
    other = add_gateway(ledger, "other")
    mailing = begin(ledger, 1)
    send_all(sender)
    (message,) = states(ledger, mailing)
    keep(ledger, Receipt(fate=Fate.UNDELIVERED, message_id=message), gateway=other)
    apply(ledger)
    assert states(ledger, mailing) == {message: "sent"}
    assert counts() == {"foreign": 1}


def test_what_another_gateway_says_takes_nothing_from_what_the_right_one_says(ledger: Any, sender: Stepped) -> None:
    other = add_gateway(ledger, "other")
    mailing = begin(ledger, 1)
    send_all(sender)
    (message,) = states(ledger, mailing)
    keep(ledger, Receipt(fate=Fate.UNDELIVERED, message_id=message), gateway=other)
    keep(ledger, Receipt(fate=Fate.DELIVERED, message_id=message))
    assert apply_piece(ledger) == 2
    assert states(ledger, mailing) == {message: "delivered"}
    assert counts() == {"foreign": 1, "applied": 1}


def test_a_receipt_without_a_message_waits_a_day_and_is_an_orphan_then(ledger: Any) -> None:
    keep(ledger, Receipt(fate=Fate.DELIVERED, message_id=5), Receipt(fate=Fate.DELIVERED, provider_id="x"))
    apply(ledger)
    assert counts() == {}
    ledger.execute("UPDATE vestnik_receipt SET received_at = received_at - interval '1 day'")
    apply(ledger)
    assert counts() == {"orphan": 2}


def name_parts(ledger: Any, mailing: Mailing, message: int, ids: list[str]) -> None:
    ledger.execute(
        "INSERT INTO vestnik_provider_message (mailing_id, message_id, gateway_id, part, provider_id)"
        " SELECT %s, %s, 1, n, id FROM unnest(%s::text[]) WITH ORDINALITY AS x (id, n)",
        [mailing.id, message, ids],
    )


@pytest.mark.parametrize(
    ("fates", "state"),
    [
        ([Fate.DELIVERED], "sent"),
        ([Fate.DELIVERED, Fate.DELIVERED], "delivered"),
        ([Fate.DELIVERED, Fate.ON_ITS_WAY], "sent"),
        ([Fate.UNDELIVERED], "undelivered"),
        ([Fate.DELIVERED, Fate.UNDELIVERED], "undelivered"),
        ([Fate.UNDELIVERED, Fate.DELIVERED], "undelivered"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_message_in_parts_is_delivered_when_all_are(
    ledger: Any, sender: Stepped, fates: list[Fate], state: str, at_once: bool
) -> None:
    mailing = begin(ledger, 1)
    send_all(sender)
    (message,) = states(ledger, mailing)
    name_parts(ledger, mailing, message, ["a", "b"])
    began = time.time() // 1 + 1  # after it was sent
    for number, (fate, name) in enumerate(zip(fates, "ab", strict=False)):
        code, words = f"{fate.value[:9]}-{name}", f"part {name}"
        keep(
            ledger,
            Receipt(fate=fate, provider_id=name, operator="MTS", code=code, words=words, at=began + number),
        )
        if not at_once:
            apply(ledger)
    apply(ledger)
    assert states(ledger, mailing) == {message: state}
    said = ledger.execute("SELECT code, detail, outcome_at FROM vestnik_message WHERE id = %s", [message]).fetchone()
    if state == "undelivered":  # the part that was not delivered says why and when, and not the one that was
        number = fates.index(Fate.UNDELIVERED)
        name = "ab"[number]
        assert said == (f"undeliver-{name}", f"part {name}", datetime.fromtimestamp(began + number, UTC))
    elif state == "delivered":  # when its last part was
        assert said == ("0", None, datetime.fromtimestamp(began + 1, UTC))
    named = ledger.execute("SELECT DISTINCT operator FROM vestnik_provider_message").fetchall()
    assert named == [("MTS",)]
    assert check_totals(ledger) == []


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_the_last_part_says_when_whatever_the_order(ledger: Any, sender: Stepped, order: str) -> None:
    """And a part whose own receipt still waits elsewhere takes no reason from the one that was delivered."""
    mailing = begin(ledger, 2)
    send_all(sender)
    whole, lost = sorted(states(ledger, mailing))
    name_parts(ledger, mailing, whole, ["a", "b"])
    name_parts(ledger, mailing, lost, ["c", "d"])
    began = time.time() // 1 + 1  # after it was sent
    times = {"a": began, "b": began + 7}
    keep(ledger, *(Receipt(fate=Fate.DELIVERED, provider_id=name, at=times[name]) for name in order))
    ledger.execute("UPDATE vestnik_provider_message SET fate = 3 WHERE provider_id = 'd'")
    keep(ledger, Receipt(fate=Fate.DELIVERED, provider_id="c", code="ok", words="fine"))
    apply(ledger)
    assert states(ledger, mailing) == {whole: "delivered", lost: "undelivered"}
    rows = ledger.execute("SELECT outcome_at, code, detail FROM vestnik_message ORDER BY id").fetchall()
    assert rows[0][0].timestamp() == began + 7
    assert rows[1][1:] == ("undelivered", "")


def partly(kind: Kind, names: tuple[str, ...]) -> Outcome:
    """What a gateway said of a text in as many parts as there are names; a part without a name has an empty one."""
    return Outcome(kind=kind, code="timeout", detail="some parts accepted", answered=True, provider_ids=names)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("kind", [Kind.AMBIGUOUS, Kind.SUCCESS])
@pytest.mark.parametrize("names", [("a", ""), ("a", "", "c"), ("", "b")])
@pytest.mark.parametrize("lost", [False, True])
def test_a_message_of_which_a_part_has_no_name_is_never_delivered_by_its_other_parts(
    ledger: Any, sender: Stepped, kind: Kind, names: tuple[str, ...], lost: bool, at_once: bool
) -> None:
    """All parts are those of the text. That one of them was not delivered is enough to know."""
    mailing = begin(ledger, 1)
    sender.step()
    sender.gateway.answer(partly(kind, names))
    sender.step()
    before = "unknown" if kind is Kind.AMBIGUOUS else "sent"
    (message,) = states(ledger, mailing)
    assert states(ledger, mailing) == {message: before}
    known = [name for name in names if name]
    for name in known:
        keep(ledger, Receipt(fate=Fate.DELIVERED, provider_id=name))
        if not at_once:
            apply(ledger)
    apply(ledger)
    assert states(ledger, mailing) == {message: before}
    assert counts() == {"same": len(known)}
    if lost:
        ledger.execute("UPDATE vestnik_provider_message SET fate = NULL WHERE provider_id = %s", [known[-1]])
        keep(ledger, Receipt(fate=Fate.UNDELIVERED, provider_id=known[-1], code="8", words="absent"))
    else:  # what names the message itself speaks of all its parts
        keep(ledger, Receipt(fate=Fate.DELIVERED, message_id=message))
    apply(ledger)
    assert states(ledger, mailing) == {message: "undelivered" if lost else "delivered"}
    assert counts() == {"same": len(known), "applied": 1}
    assert check_totals(ledger) == []


def names_of(ledger: Any) -> list[tuple[int, str]]:
    rows = ledger.execute("SELECT part, provider_id FROM vestnik_provider_message ORDER BY message_id, part")
    return [tuple(row) for row in rows.fetchall()]


@pytest.mark.parametrize("order", ["answer first", "receipt first", "at once"])
def test_a_receipt_with_both_ids_keeps_the_name_for_those_that_have_only_the_providers(
    ledger: Any, sender: Stepped, order: str
) -> None:
    """So an answer that came too late (SMPP) settles a message, and its real receipt finds it."""
    mailing = begin(ledger, 1)
    sender.step()
    sender.gateway.answer(TIMEOUT)
    sender.step()
    (message,) = states(ledger, mailing)
    late = Receipt(fate=Fate.ACCEPTED, provider_id="77", message_id=message)
    real = Receipt(fate=Fate.DELIVERED, provider_id="77", operator="MTS")
    for receipt in (real, late) if order == "receipt first" else (late, real):
        keep(ledger, receipt)
        if order != "at once":
            apply(ledger)
    apply(ledger)
    apply(ledger)
    assert states(ledger, mailing) == {message: "delivered"}
    assert names_of(ledger) == [(1, "77")]
    assert counts() == {"applied": 2}
    assert check_totals(ledger) == []


def test_a_receipt_takes_no_name_away_and_names_nothing_of_another_gateway(ledger: Any, sender: Stepped) -> None:
    other = add_gateway(ledger, "other")
    mailing = begin(ledger, 2)
    send_all(sender)
    first, second = sorted(states(ledger, mailing))
    name_parts(ledger, mailing, first, ["a", "b"])
    keep(ledger, Receipt(fate=Fate.ACCEPTED, provider_id="z", message_id=first))
    keep(ledger, Receipt(fate=Fate.ACCEPTED, provider_id="y", message_id=second), gateway=other)
    apply(ledger)
    assert names_of(ledger) == [(1, "a"), (2, "b")]
    assert counts() == {"same": 1, "foreign": 1}
    keep(ledger, Receipt(fate=Fate.DELIVERED, provider_id="x", message_id=second))
    keep(ledger, Receipt(fate=Fate.UNDELIVERED, provider_id="w", message_id=second))
    apply(ledger)
    assert names_of(ledger) == [(1, "a"), (2, "b"), (1, "x")]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(
    ("told", "state", "contradictions"),
    [
        ([("a", Fate.DELIVERED), ("b", Fate.DELIVERED), ("a", Fate.UNDELIVERED)], "delivered", 1),
        ([("a", Fate.UNDELIVERED), ("a", Fate.DELIVERED), ("b", Fate.DELIVERED)], "undelivered", 1),
        ([("a", Fate.DELIVERED), ("a", Fate.UNDELIVERED), ("b", Fate.DELIVERED)], "delivered", 1),
        ([("a", Fate.DELIVERED), ("a", Fate.UNDELIVERED)], "sent", 1),
        ([("b", Fate.UNDELIVERED), ("a", Fate.DELIVERED), ("a", Fate.DELIVERED)], "undelivered", 0),
        ([("a", Fate.DELIVERED), ("a", Fate.ON_ITS_WAY), ("b", Fate.DELIVERED)], "delivered", 0),
    ],
)  # fmt: skip
def test_what_contradicts_the_end_of_a_part_is_kept_and_counted(
    ledger: Any, sender: Stepped, told: list[tuple[str, Fate]], state: str, contradictions: int, at_once: bool
) -> None:
    """As for a message in one part. Parts that come to different ends contradict nothing."""
    mailing = begin(ledger, 1)
    send_all(sender)
    (message,) = states(ledger, mailing)
    name_parts(ledger, mailing, message, ["a", "b"])
    for name, fate in told:
        keep(ledger, Receipt(fate=fate, provider_id=name))
        if not at_once:
            apply(ledger)
    apply(ledger)
    assert states(ledger, mailing) == {message: state}
    assert counts().get("contradiction", 0) == contradictions
    assert sum(counts().values()) == len(told)
    kept = ledger.execute("SELECT count(*) FROM vestnik_receipt WHERE verdict = 'contradiction'").fetchone()
    assert kept == (contradictions,)
    assert check_totals(ledger) == []


@given(
    told=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(list(Fate))), max_size=30),
    pieces=st.integers(1, 7),
)
@settings(max_examples=30)
def check_any_order(ledger: Any, told: list[tuple[int, Fate]], pieces: int) -> None:
    """The first end that is said of a message is its end, in whichever pieces the receipts are applied."""
    ledger.execute("DELETE FROM vestnik_client")
    mailing = begin(ledger, 6)
    sender = Stepped(concurrency=20, idempotent=False)
    send_all(sender)
    sender.dispatcher.close()
    messages = sorted(states(ledger, mailing))
    for place, fate in told:
        keep(ledger, Receipt(fate=fate, message_id=messages[place]))
    while apply_piece(ledger, pieces):
        pass
    ends: dict[int, str] = {}
    for place, fate in told:
        if fate in ENDS:
            ends.setdefault(messages[place], ENDS[fate])
    assert states(ledger, mailing) == {message: ends.get(message, "sent") for message in messages}
    assert check_totals(ledger) == []


def test_receipts_in_any_order_and_number_come_to_the_same(ledger: Any) -> None:
    check_any_order(ledger)
