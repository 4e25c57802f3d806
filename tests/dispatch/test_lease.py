"""The marks of a lease are in order, whatever is granted, handed over, answered, recalled and flushed in what order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.fake_transport import REFUSED, THROTTLED
from vestnik.dispatch.lease import Lease, LeaseBroken, LeaseUpdate, Recall, Stamp
from vestnik.gateways.outcome import SUCCESS
from vestnik.models import MessageState

QUEUED, SENT, FAILED = MessageState.QUEUED, MessageState.SENT, MessageState.FAILED


def lease(size: int = 10) -> Lease:
    ids = range(1, size + 1)
    return Lease(batch=1, mailing=1, attempt=1, retries=0, token=1, ids=ids, phones=ids, doubtful={})


def granted(count: int, *, size: int = 10) -> Lease:
    made = lease(size)
    made.confirm(made.update(count, closed=False))
    return made


def handed_over(to: Lease, count: int) -> list[int]:
    return [message for message, _phone in to.hand_over(count)]


def stamp(message: int, state: MessageState = QUEUED) -> Stamp:
    outcome = {QUEUED: THROTTLED, FAILED: REFUSED, SENT: SUCCESS}[state]
    return Stamp(message, state, in_doubt=False, burns=False, outcome=outcome, at=1.0)


def recall(update: LeaseUpdate, kept: set[int], *, number: int = 1) -> Recall:
    """As the recorder notices it: nothing more is granted."""
    return Recall(number, frozenset(kept), granted=0, mark=update.lease.mark)


@given(data=st.data(), size=st.integers(0, 12))
def test_stamped_handed_granted_and_loaded_are_in_order_whatever_happens(data: st.DataObject, size: int) -> None:
    held = lease(size)
    flush: LeaseUpdate | None = None
    in_flight: list[int] = []
    begun: list[int] = []
    kept = set(held.ids)
    recalls = 0
    for act in data.draw(st.lists(st.sampled_from(["flush", "hand over", "answer", "recall", "drain"]), max_size=60)):
        if act == "flush" and flush is None:
            flush = held.update(data.draw(st.integers(0, held.grantable)), closed=False)
        elif act == "flush" and flush is not None:
            news = recall(flush, kept, number=recalls) if recalls != held.recalls else None
            held.confirm(flush, news)
            flush = None
        elif act == "hand over":
            new = handed_over(held, data.draw(st.integers(0, held.waiting)))
            in_flight += new
            begun += new
        elif act == "answer" and in_flight:
            message = in_flight.pop(data.draw(st.integers(0, len(in_flight) - 1)))
            if data.draw(st.booleans()):
                held.record_sent([message], 1.0)
            else:
                held.record(stamp(message))
        elif act == "recall" and kept:
            kept.remove(data.draw(st.sampled_from(sorted(kept))))
            recalls += 1
        elif act == "drain":
            held.drain()
        assert 0 <= held.stamped <= held.handed <= held.granted <= len(held.ids)
        assert held.in_flight == len(in_flight)
        assert list(held.ids[: held.handed]) == begun
        assert held.unrecorded + held.stamped == held.granted
        assert all(message <= (held.mark or 0) for message in held.ids[: held.granted])


@given(size=st.integers(0, 5), share=st.integers(0, 5), handed=st.integers(0, 5), more=st.integers(1, 3))
def test_a_step_out_of_order_is_refused(size: int, share: int, handed: int, more: int) -> None:
    share = min(share, size)
    handed = min(handed, share)
    with pytest.raises(LeaseBroken):
        granted(share, size=size).hand_over(share + more)
    with pytest.raises(LeaseBroken):
        granted(share, size=size).update(size - share + more, closed=False)
    held = granted(share, size=size)
    held.hand_over(handed)
    for message in range(handed + more):
        held.record_sent([message], 1.0)  # more answers than requests
    with pytest.raises(LeaseBroken):
        held.confirm(held.update(0, closed=False))


def test_a_message_has_its_own_phone_also_after_a_recall() -> None:
    made = Lease(batch=1, mailing=1, attempt=1, retries=0, token=1, ids=[1, 2, 3], phones=[7, 8, 9], doubtful={})
    update = made.update(2, closed=False)
    made.confirm(update)
    later = made.update(0, closed=False)
    made.confirm(later, recall(later, {1, 3}))
    made.confirm(made.update(1, closed=False))
    assert list(made.hand_over(2)) == [(1, 7), (3, 9)]


def test_the_mark_does_not_fall_when_its_own_message_is_recalled() -> None:
    held = granted(2, size=3)
    update = held.update(0, closed=False)
    held.confirm(update, recall(update, {1, 3}))
    assert (held.ids, held.granted, held.mark) == ([1, 3], 1, 2)
    later = held.update(0, closed=False)
    assert (later.mark, later.withdrawn) == (2, [2])
    assert held.update(1, closed=False).mark == 3


def test_a_recall_says_what_its_flush_granted() -> None:
    held = lease(4)
    held.confirm(held.update(3, closed=False), Recall(1, frozenset({2, 3, 4}), granted=0, mark=None))
    assert (held.granted, held.mark, held.recalls, held.ids) == (0, None, 1, [2, 3, 4])


def test_a_lease_is_over_when_all_is_answered_or_it_drains_and_nothing_is_in_flight() -> None:
    held = granted(2, size=3)
    first, second = handed_over(held, 2)
    held.drain()
    held.record_sent([first], 1.0)
    assert not held.over
    held.record(stamp(second))
    assert held.over
    update = held.update(0, closed=False)
    assert (update.release, update.granted, update.sent_ids, len(update.stamps)) == (True, 0, [first], 1)
    assert update.backoff is not None, "a message of it is tried again"


def test_what_was_to_be_flushed_when_the_lease_was_lost_is_kept_where_it_is_definite() -> None:
    held = granted(4)
    first, second, third, fourth = handed_over(held, 4)
    held.record_sent([first], 1.0)
    held.record(stamp(second, FAILED))
    update = held.update(0, closed=False)
    held.record_sent([third], 2.0)
    held.record(stamp(fourth, QUEUED))
    held.lose(update)
    definite = {answer.message_id: answer.state for answer in held.definite_answers()}
    assert definite == {first: SENT, third: SENT, second: FAILED}
    assert (held.waiting, held.grantable, held.left) == (0, 0, 0)


def test_a_split_that_a_recall_follows_before_its_answer_leaves_nothing_of_the_rest() -> None:
    """The rest is another batch: it is neither handed over nor withdrawn."""
    held = granted(2, size=4)
    list(held.hand_over(1))
    held.drain()
    update = held.update(0, closed=False, splits=True)
    assert update.split_at == 1
    held.confirm(update, recall(update, {3, 4}), split=True)
    assert (list(held.ids), held.granted, held.mark, held.waiting, held.grantable) == ([1], 1, 1, 0, 0)
    assert held.update(0, closed=False, splits=True).withdrawn == []
