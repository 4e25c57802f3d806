"""What a provider takes at once from one account holds over all dispatchers of its gateway, whoever comes and dies."""

import random
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from harness.fake_transport import FakeGateway, FakeTransport
from harness.gateways import add_gateway, add_route
from harness.stepping import Stepped
from tests.dispatch.test_weights import fill
from vestnik.db.connection import Connection, open_connection
from vestnik.dispatch.granted import Granted
from vestnik.dispatch.places import PlaceLimit, Places
from vestnik.gateways.adapters import make_adapter
from vestnik.gateways.adapters.smsc import MAX_AT_ONCE
from vestnik.ledger.check import check_totals

MOST = 13


def held(ledger: Connection) -> list[int]:
    """The places of all that have some or may have, most first."""
    rows = ledger.execute(
        "SELECT places FROM vestnik_gatewayplaces WHERE until > clock_timestamp() ORDER BY places DESC"
    ).fetchall()
    return [places for (places,) in rows]


def let_lapse(ledger: Connection, holder: str) -> None:
    """Time passes for one dispatcher: the others may have its places."""
    ledger.execute(
        "UPDATE vestnik_gatewayplaces SET until = clock_timestamp() - interval '1 ms' WHERE starts_with(holder, %s)",
        [holder],
    )


def test_the_limit_of_smsc_leaves_room_for_a_check() -> None:
    adapter = make_adapter("smsc", {"apikey": "x"})
    assert adapter.max_at_once() == MAX_AT_ONCE == MOST < 15
    assert make_adapter("smsru", {"api_id": "x"}).max_at_once() is None


@pytest.mark.parametrize(
    ("number", "most", "shares"), [(1, 13, [13]), (2, 13, [7, 6]), (5, 13, [3, 3, 3, 2, 2]), (3, 2, [1, 1, 0])]
)
def test_they_are_divided_evenly(ledger: Connection, number: int, most: int, shares: list[int]) -> None:
    gateway = add_gateway(ledger, "smsc")
    places = [Places(gateway, f"d{n}", most=most, timeout=10) for n in range(number)]
    using = [0] * number
    for _ in range(6):
        for n, each in enumerate(places):
            granted = each.take(ledger, using[n])
            using[n] = min(granted)
            assert sum(held(ledger)) <= most
    assert held(ledger) == shares


def test_who_joins_waits_until_the_others_have_given_up_some(ledger: Connection) -> None:
    gateway = add_gateway(ledger, "smsc")
    first, second = (Places(gateway, name, most=MOST, timeout=10) for name in ("a", "b"))
    assert first.take(ledger, 0) == (13, 13)
    assert second.take(ledger, 0) == (0, 6)
    assert first.take(ledger, 13) == (13, 7)  # all are in use
    assert second.take(ledger, 0) == (0, 6)
    assert first.take(ledger, 9) == (9, 7)
    assert second.take(ledger, 0) == (4, 6)
    assert first.take(ledger, 7) == (7, 7)
    assert second.take(ledger, 4) == (6, 6)
    second.give_back(ledger)
    assert first.take(ledger, 7) == (13, 13)


def test_the_places_of_one_who_died_are_others_after_its_lease(ledger: Connection) -> None:
    gateway = add_gateway(ledger, "smsc")
    first, second = (Places(gateway, name, most=MOST, timeout=10) for name in ("a", "b"))
    first.take(ledger, 0)
    second.take(ledger, 0)
    ((seconds,),) = ledger.execute(
        "SELECT extract(epoch FROM until - clock_timestamp()) FROM vestnik_gatewayplaces WHERE starts_with(holder, 'a')"
    ).fetchall()
    # Until then its last request may be under way: a lease, and the timeout of a request.
    assert 19 < seconds <= 20
    let_lapse(ledger, "a")
    assert second.take(ledger, 0) == (13, 13)
    # It was only cut off from the ledger, and comes back: what it had belongs to others now.
    assert first.take(ledger, 13) == (0, 7)


def test_gateways_have_their_own(ledger: Connection) -> None:
    ids = [add_gateway(ledger, name) for name in ("one", "two")]
    assert [Places(each, "a", most=MOST, timeout=10).take(ledger, 0).places for each in ids] == [13, 13]


def test_whatever_they_do_at_once_there_are_never_too_many(ledger: Connection) -> None:
    """Seven dispatchers come, use and go as they like, each over a connection of its own."""
    gateway = add_gateway(ledger, "smsc")
    chance = random.Random(5)
    seeds = [chance.random() for _ in range(7)]
    problems: list[BaseException] = []

    def live(number: int) -> None:
        own = random.Random(seeds[number])
        with open_connection("test") as connection:
            for _ in range(6):
                places, using = Places(gateway, f"d{number}", most=MOST, timeout=10), 0
                for _ in range(own.randrange(2, 12)):
                    granted = places.take(connection, using)
                    using = max(own.randrange(granted.places + 1), min(granted))
                places.give_back(connection)

    def watched(number: int) -> None:
        try:
            live(number)
        except BaseException as error:
            problems.append(error)
            raise

    threads = [threading.Thread(target=watched, args=(number,)) for number in range(len(seeds))]
    for thread in threads:
        thread.start()
    seen = [sum(held(ledger))]
    while any(thread.is_alive() for thread in threads):
        seen.append(sum(held(ledger)))
    assert not problems
    assert max(seen) <= MOST
    assert max(seen) > MOST // 2
    assert held(ledger) == []


def test_who_is_always_full_gives_up_what_is_beyond_its_share() -> None:
    transport: Any = FakeTransport(64, FakeGateway())
    limit = PlaceLimit.of(transport, MOST, 30)
    limit.learn(Granted(13, 13))
    for number in range(transport.free):
        transport.hand_over(number, 1, None, 1)
    limit.learn(Granted(13, 7))
    assert (transport.free, limit.promise()) == (-6, 13)
    transport.answer(count=8)
    transport.poll(0)
    limit.learn(Granted(13, 7))  # of an exchange that began before these answers
    assert (transport.free, limit.promise()) == (2, 7)
    limit.expire(40.1)
    assert transport.free < 0


@pytest.fixture
def three(ledger: Connection) -> Iterator[list[Stepped]]:
    """Three dispatchers of a gateway whose provider takes 13 requests at once; its rule has 2,000 messages."""
    gateway = add_gateway(ledger, "smsc")
    fill(ledger, add_route(ledger, [gateway]), batches=20)
    found = [Stepped(64, name=f"d{n}", over=gateway, max_at_once=MOST) for n in range(3)]
    yield found
    for each in found:
        each.dispatcher.close()
    assert check_totals(ledger) == []


def in_flight(stepped: list[Stepped]) -> list[int]:
    return [len(each.gateway.pending) for each in stepped]


def turn(stepped: list[Stepped], chance: random.Random) -> None:
    """Each answers some of its requests and turns once, in any order."""
    for each in chance.sample(stepped, len(stepped)):
        each.gateway.answer(count=chance.randrange(len(each.gateway.pending) + 1))
        each.step(1)
        assert sum(in_flight(stepped)) <= MOST


def test_dispatchers_together_have_no_more_requests_at_once(ledger: Connection, three: list[Stepped]) -> None:
    chance = random.Random(1)
    first = three[0]
    first.step(4)
    assert in_flight(three) == [13, 0, 0]
    for _ in range(40):
        turn(three, chance)
    for each in three:
        each.step(2)
    assert sorted(in_flight(three)) == [4, 4, 5]
    # One is killed: nobody has its places until its requests must be over.
    lost = len(first.gateway.pending)
    dead: list[Any] = [first.gateway]
    first.dispatcher._recorder.end(in_flight=lost)
    alive = three[1:]
    for _ in range(20):
        turn(alive, chance)
        assert sum(in_flight(alive)) + lost <= MOST
    let_lapse(ledger, "d0")
    for _ in range(6):
        for each in alive:
            each.step(1)
    assert sorted(in_flight(alive)) == [6, 7]
    assert dead[0].pending == first.gateway.pending


def test_who_has_no_place_holds_nothing_until_another_has_ended(ledger: Connection) -> None:
    gateway = add_gateway(ledger, "smsc")
    fill(ledger, add_route(ledger, [gateway]), batches=4)
    stepped = [Stepped(64, name=f"d{n}", over=gateway, max_at_once=1) for n in range(3)]
    for _ in range(12):
        for each in stepped:
            each.gateway.answer()
            each.step(1)
        assert sum(in_flight(stepped)) <= 1
    first, *others = stepped
    assert len(first.gateway.phones) >= 3
    assert [(len(each.gateway.phones), len(each.dispatcher.holdings)) for each in others] == [(0, 0)] * 2
    first.gateway.answer()
    first.step()
    first.gateway.answer()
    first.dispatcher.step()
    first.dispatcher.close()
    for each in others:
        each.step(4)
    assert sorted(in_flight(others)) == [0, 1]
    for each in others:
        each.gateway.answer()
        each.dispatcher.close()
    assert check_totals(ledger) == []
