"""Many leases under one window, and mailings in turn."""

from harness.fake_transport import FakeGateway, FakeTransport
from vestnik.dispatch.holdings import Holdings
from vestnik.dispatch.lease import Lease


def lease(batch: int, mailing: int, size: int = 1_000, *, granted: int = 0, recorded: int = 0) -> Lease:
    """A lease with so many ids granted, and so many of them sent and recorded."""
    ids = range(batch * 10_000, batch * 10_000 + size)
    made = Lease(batch=batch, mailing=mailing, attempt=1, retries=0, token=batch, ids=ids, phones=ids, doubtful={})
    made.confirm(made.update(granted, closed=False))
    for message, _phone in made.hand_over(recorded):
        made.record_sent([message], 0.0)
    made.confirm(made.update(0, closed=False))
    return made


def holdings(*leases: Lease, window: int = 4_096) -> Holdings:
    held = Holdings(window, FakeTransport(1, FakeGateway()))
    for each in leases:
        held.learn({each.mailing: (True, 9e9, "text")})
        held.add(each)
    return held


def test_grants_never_exceed_the_window() -> None:
    held = holdings(*(lease(batch, 1) for batch in range(10)), window=4_096)
    assert sum(held.plan_grants(10**9).values()) == 4_096


def test_what_is_granted_and_not_recorded_counts_against_the_window() -> None:
    first = lease(1, 1, granted=1_000, recorded=300)
    held = holdings(first, lease(2, 1), lease(3, 1), window=1_000)
    assert held.plan_grants(10**9) == {2: 300}


def test_a_mailing_of_ten_is_granted_whole_beside_one_of_a_million() -> None:
    held = holdings(*(lease(batch, 1) for batch in range(20)), lease(99, 2, size=10), window=1_000)
    grants = held.plan_grants(10**9)
    assert grants[99] == 10
    assert sum(grants.values()) == 1_000


def test_a_small_allowance_keeps_little_in_doubt() -> None:
    held = holdings(lease(1, 1), lease(2, 2))
    assert held.plan_grants(100) == {1: 50, 2: 50}


def test_a_newcomer_is_granted_first_until_it_has_as_much_as_the_others() -> None:
    old = [lease(batch, batch, granted=200) for batch in range(1, 5)]
    held = holdings(*old, lease(9, 9))
    assert held.plan_grants(1_000) == {9: 200}
    assert sum(held.plan_grants(1_500).values()) == 700
    assert held.plan_grants(1_500)[9] == 300


def test_room_for_a_few_goes_to_who_has_the_fewest_not_to_who_came_first() -> None:
    old, new = lease(1, 1, granted=90), lease(2, 2, granted=10)
    assert holdings(old, new).plan_grants(105) == {2: 5}


def test_a_draining_or_lost_lease_is_granted_and_hands_over_nothing() -> None:
    draining, lost = lease(1, 1, granted=10), lease(2, 2, granted=10)
    draining.drain()
    lost.lose(lost.update(0, closed=False))
    held = holdings(draining, lost)
    assert held.plan_grants(10**9) == {}
    assert list(held.turns()) == []


def test_mailings_take_turns() -> None:
    leases = [lease(batch, mailing, granted=1_000) for batch, mailing in [(1, 1), (2, 1), (3, 2)]]
    held = holdings(*leases)
    assert [view.id for view, _ in held.turns()] == [1, 2]
    leases[0].hand_over(1_000)
    assert [(view.id, each.batch) for view, each in held.turns()] == [(1, 2), (2, 3)]


def test_a_mailing_without_leases_is_out_of_the_turns() -> None:
    only = lease(1, 1)
    held = holdings(only)
    held.drop(only)
    assert len(held) == 0
    assert list(held.turns()) == []
    assert held.mailing_ids() == frozenset()


def test_a_lost_lease_is_held_beside_the_next_one_of_its_batch_until_it_has_its_answers() -> None:
    """The dispatcher leased the batch again before the last answer came: that answer is reported, too."""
    lost = lease(1, 1, size=10, granted=2)
    list(lost.hand_over(2))
    lost.lose(lost.update(0, closed=False))
    held = holdings(lost)
    again = lease(1, 1, size=10, granted=3)
    held.add(again)
    assert list(held) == [again, lost]
    assert len(held) == 2
    lost.record_sent([10_000], 1.0)
    assert [stamp.message_id for stamp in next(each for each in held if each.lost).definite_answers()] == [10_000]
    held.drop(lost)
    assert list(held) == [again]
    assert held.mailing_ids() == {1}
    held.drop(again)
    assert (len(held), held.mailing_ids()) == (0, frozenset())


def test_a_text_is_prepared_anew_when_the_mailings_end_moves_and_only_then() -> None:
    held = holdings(lease(1, 1))
    first = held.mailings[1].prepared
    assert first == ("text", 9e9)
    held.learn({1: (True, 9e9, None)})
    assert held.mailings[1].prepared is first
    held.learn({1: (True, 8e9, None)})
    assert held.mailings[1].prepared == ("text", 8e9)
