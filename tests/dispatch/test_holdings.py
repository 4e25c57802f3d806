"""Many leases under one window, and mailings in turn."""

from vestnik.dispatch.holdings import Holdings
from vestnik.dispatch.lease import Lease, MailingView


def lease(batch: int, mailing: int, size: int = 1_000) -> Lease:
    ids = range(batch * 10_000, batch * 10_000 + size)
    return Lease(batch=batch, mailing=mailing, attempt=1, retries=0, token=batch, ids=ids, phones=ids, doubtful={})


def holdings(*leases: Lease, window: int = 4_096) -> Holdings:
    held = Holdings(window)
    for each in leases:
        held.mailings[each.mailing] = MailingView(each.mailing, b'"text"', running=True, end=9e9)
        held.add(each)
    return held


def test_grants_never_exceed_the_window() -> None:
    held = holdings(*(lease(batch, 1) for batch in range(10)), window=4_096)
    assert sum(held.plan_grants(10**9).values()) == 4_096


def test_what_is_granted_and_not_recorded_counts_against_the_window() -> None:
    first = lease(1, 1)
    first.granted, first.stamped = 1_000, 300
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
    old = [lease(batch, batch) for batch in range(1, 5)]
    for each in old:
        each.granted = 200
    held = holdings(*old, lease(9, 9))
    assert held.plan_grants(1_000) == {9: 200}
    assert sum(held.plan_grants(1_500).values()) == 700
    assert held.plan_grants(1_500)[9] == 300


def test_room_for_a_few_goes_to_who_has_the_fewest_not_to_who_came_first() -> None:
    old, new = lease(1, 1), lease(2, 2)
    old.granted, new.granted = 90, 10
    assert holdings(old, new).plan_grants(105) == {2: 5}


def test_the_mark_does_not_fall_when_its_own_message_is_recalled() -> None:
    held = Lease(batch=1, mailing=1, attempt=1, retries=0, token=1, ids=[1, 2, 3], phones=[7, 8, 9], doubtful={})
    held.granted, held.mark = 2, 2
    held.heed(1, {1, 3})
    assert (held.ids, held.granted, held.withdrawn) == ([1, 3], 1, [2])
    assert held.mark_of(held.granted) == 2
    assert held.mark_of(2) == 3


def test_a_draining_or_lost_lease_is_granted_and_hands_over_nothing() -> None:
    draining, lost = lease(1, 1), lease(2, 2)
    draining.draining, lost.lost = True, True
    draining.granted = lost.granted = 10
    held = holdings(draining, lost)
    assert held.plan_grants(10**9) == {}
    assert list(held.turns()) == []


def test_mailings_take_turns() -> None:
    leases = [lease(1, 1), lease(2, 1), lease(3, 2)]
    for each in leases:
        each.granted = 1_000
    held = holdings(*leases)
    assert [view.id for view, _ in held.turns()] == [1, 2]
    leases[0].handed = 1_000
    assert [(view.id, each.batch) for view, each in held.turns()] == [(1, 2), (2, 3)]


def test_a_mailing_without_leases_is_out_of_the_turns() -> None:
    only = lease(1, 1)
    held = holdings(only)
    held.drop(only)
    assert len(held) == 0
    assert list(held.turns()) == []
    assert held.mailing_ids() == frozenset()
