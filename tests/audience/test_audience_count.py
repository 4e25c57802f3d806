"""An audience is counted in slices: the sum is the exact number, wherever it begins, and the sample is of it."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.fake_transport import REFUSED, SUCCESS
from harness.rows import FIRST, add_clients
from harness.stepping import answered
from vestnik.audience import slices
from vestnik.audience.audience_count import AudienceCount, count_further, count_of, recipients_of, token_of
from vestnik.audience.matching import Filter
from vestnik.audience.preview import Audience, count_audience
from vestnik.clients.segments.conditions import Conditions, Days, Rule, When
from vestnik.clients.stop_list import stop_phones
from vestnik.mailings.fields import OUTCOMES, Earlier
from vestnik.models import Client

VIP = Filter(segment=Rule(include=Conditions(tags=["vip"]), exclude=Conditions(codes=[904])))

#: Filters that a crowd meets in part; the mailing of the earlier one is filled in.
SEGMENTS = [
    Rule(include=Conditions(tags=["vip", "new"]), exclude=Conditions(codes=[905])),
    Rule(include=Conditions(last_message=Days(when=When.WITHIN, days=7))),
    Rule(include=Conditions(created=Days(when=When.WITHIN, days=7)), exclude=Conditions(tags=["old"])),
]
TAGS, CODES = ["vip", "old", "new"], [903, 904, 905]
FILTERS = st.builds(
    Filter,
    tags=st.none() | st.lists(st.sampled_from([*TAGS, "nobody"]), min_size=1, max_size=2, unique=True),
    codes=st.none() | st.lists(st.sampled_from([*CODES, 999]), min_size=1, max_size=2, unique=True),
    segment=st.none() | st.sampled_from(SEGMENTS),
    earlier=st.none()
    | st.builds(
        Earlier,
        mailing=st.just(0),
        states=st.lists(st.sampled_from(sorted(OUTCOMES)), min_size=1, max_size=2, unique=True),
        codes=st.none() | st.sampled_from([["0"], ["none"]]),
    ),
)


@pytest.fixture
def directory(ledger: Any) -> Any:
    """100 clients, of which every third one is gone."""
    add_clients(ledger, 100, tag=["vip", "old"], codes=(903, 904, 905))
    ledger.execute("DELETE FROM vestnik_client WHERE id % 3 = 0")
    stop_phones(phones=[FIRST + number for number in range(0, 100, 7)], reason="", actor=None)
    return ledger


@pytest.mark.parametrize("seed", range(8))
def test_slices_add_up_to_the_exact_number(directory: Any, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(slices, "FIRST_SLICE", 1 + seed)
    monkeypatch.setattr(slices, "MAX_SLICE", 2 + seed)
    exact = count_audience(**VIP._asdict())
    count: AudienceCount | None = None
    totals = [0]
    while count is None or not count.complete:
        count = count_further(VIP, count, seconds=0, most=5, draw=Random(seed))
        totals.append(count.total)
        count = count_of(VIP, token_of(VIP, count))
        assert count is not None
    assert (count.total, count.stopped) == (exact.total, exact.stopped)
    assert exact.total > 0 < exact.stopped
    assert totals == sorted(totals)
    assert len(totals) > 5
    sample = recipients_of(count)
    assert len({each.phone for each in sample}) == 5
    assert {(each.tag, each.operator_code == 904) for each in sample} == {("vip", False)}
    stopped = directory.execute("SELECT phone_number FROM vestnik_stoppedphone").fetchall()
    assert not {each.phone for each in sample} & {phone for (phone,) in stopped}


def test_it_ends_where_the_directory_ended_when_it_began_and_an_empty_one_has_nobody(ledger: Any) -> None:
    assert (count_further(VIP, seconds=0).complete, count_further(VIP, seconds=0).total) == (True, 0)
    add_clients(ledger, 10, codes=(903,))
    begun = count_further(VIP, seconds=0, draw=Random(1))
    while not begun.complete:
        add_clients(ledger, 1, codes=(903,))
        begun = count_further(VIP, begun, seconds=0)
    assert begun.total == 10


def test_no_slice_begins_after_the_time_and_slices_grow_while_they_are_quick(
    directory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    del directory
    monkeypatch.setattr(slices, "FIRST_SLICE", 1)
    slow = iter(range(1_000))
    count = count_further(VIP, seconds=2, clock=lambda: float(next(slow)))
    assert count.spent == 2.0
    assert count.slice == 1  # a slice of one id took a second
    quick = iter(range(1_000))
    count = count_further(VIP, seconds=3e-3, clock=lambda: next(quick) / 1_000)
    assert count.slice == 4**3


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize("seed", range(4))
def test_few_clients_are_counted_at_once_however_slow_the_machine_is(seed: int) -> None:
    late = iter(range(0, 10_000, 1_000))
    count = count_further(VIP, seconds=0.05, draw=Random(seed), clock=lambda: float(next(late)))
    assert (count.complete, count.total) == (True, count_audience(**VIP._asdict()).total)


def test_a_text_that_is_not_ours_or_of_other_conditions_is_no_count(directory: Any) -> None:
    del directory
    token = token_of(VIP, count_further(VIP, seconds=0))
    assert count_of(VIP, token) is not None
    assert count_of(Filter(segment=Rule(include=Conditions(tags=["vip"]))), token) is None
    assert count_of(VIP, token[:-1]) is None
    assert count_of(VIP, "") is None


@pytest.fixture
def crowd(ledger: Any) -> int:
    """The clients of a mailing that was sent to some of them, and others; some are gone. Its id."""
    mailing = int(answered(ledger, {SUCCESS: 40, REFUSED: 30}).id)
    add_clients(ledger, 90)
    ledger.execute(
        "UPDATE vestnik_client SET tag = (%s::text[])[1 + id %% 3], mobile_operator_code = (%s::int[])[1 + id %% 3],"
        " timezone = (ARRAY['Europe/Moscow', 'Asia/Omsk'])[1 + id %% 2],"
        " created_at = CASE WHEN id %% 4 > 0 THEN now() - make_interval(days => (id %% 20)::int) END",
        [TAGS, CODES],
    )
    ledger.execute("DELETE FROM vestnik_client WHERE id % 7 = 0")
    phones = list(Client.objects.order_by("id").values_list("phone_number", flat=True))
    stop_phones(phones=phones[::9], reason="", actor=None)
    return mailing


def in_this(crowd: int, chosen: Filter) -> Filter:
    return chosen._replace(earlier=chosen.earlier and replace(chosen.earlier, mailing=crowd))


def figures(audience: Audience) -> tuple[Any, ...]:
    return dict(audience.by_operator_code), dict(audience.by_timezone), audience.stopped, audience.total


def counted_in_slices(chosen: Filter, *, seed: int, size: int, meanwhile: Any = None, **more: Any) -> AudienceCount:
    """All of it, slice by slice, as a page asks for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "FIRST_SLICE", size)
        patch.setattr(slices, "MAX_SLICE", size)
        count, percents = None, [0]
        while count is None or not count.complete:
            count = count_further(chosen, count, seconds=0, draw=Random(seed), **more)
            percents.append(count.percent)
            count = count_of(chosen, token_of(chosen, count))
            assert count is not None
            if meanwhile is not None:
                meanwhile()
    assert percents == sorted(percents)
    assert (percents[-1], percents.count(100)) == (100, 1)
    return count


@given(chosen=FILTERS, seed=st.integers(0, 50), size=st.sampled_from([20, 60, 1_000_000]))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_the_filter_and_the_slices_the_figures_are_those_of_counting_at_once(
    crowd: int, chosen: Filter, seed: int, size: int
) -> None:
    chosen = in_this(crowd, chosen)
    exact = count_audience(**chosen._asdict())
    count = counted_in_slices(chosen, seed=seed, size=size, most=4, is_divided=True)
    assert figures(count.audience) == figures(exact)
    assert count.total == exact.total
    assert len({each.phone for each in recipients_of(count)}) == min(4, exact.total)
    whole = counted_in_slices(chosen, seed=seed, size=size)
    assert (whole.total, whole.stopped, whole.by_code) == (exact.total, exact.stopped, {})


@given(chosen=FILTERS, seed=st.integers(0, 50), size=st.just(25))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_nobody_is_counted_twice_who_is_deleted_and_added_meanwhile(
    crowd: int, ledger: Any, chosen: Filter, seed: int, size: int
) -> None:
    chosen, draw, gone = in_this(crowd, chosen), Random(seed), []
    exact = count_audience(**chosen._asdict())

    def come_and_go() -> None:
        """Some are deleted, and come back at the end of the directory."""
        for client in draw.sample(list(Client.objects.all()), 3):
            gone.append(client.id)
            Client.objects.filter(id=client.id).delete()
            client.id = None
            client.save(force_insert=True)

    count = counted_in_slices(chosen, seed=seed, size=size, meanwhile=come_and_go, is_divided=True)
    assert exact.total - len(gone) <= count.total <= exact.total
    assert exact.stopped - len(gone) <= count.stopped <= exact.stopped
    if chosen.earlier is not None:
        # Whoever is back has the same phone as in the earlier mailing. Only the age may be another.
        assert chosen.segment is not None or count.total == exact.total
    del ledger


def test_an_earlier_mailing_without_messages_has_nobody(ledger: Any) -> None:
    add_clients(ledger, 3)
    count = count_further(Filter(earlier=Earlier(mailing=10**9, states=["failed"])), seconds=0)
    assert (count.complete, count.total) == (True, 0)
