"""A segment decides who is in an audience: attributes by their type, ages, last messages, and who is left out."""

from typing import Any

import pytest

from harness.fake_transport import REFUSED, SUCCESS
from harness.rows import add_mailing
from harness.stepping import answered
from vestnik.audience import build
from vestnik.audience.build import build_audiences
from vestnik.audience.preview import count_audience, sample_recipients
from vestnik.clients.segments.conditions import (
    AttributeTest,
    Conditions,
    Days,
    Rule,
    SegmentCopy,
    Test,
    When,
    copy_as_json,
)
from vestnik.clients.stop_list import stop_phones
from vestnik.mailings.start import start_due
from vestnik.models import Client

PEOPLE: dict[int, dict[str, Any] | None] = {
    1: {"city": "Москва", "balance": 120.5, "day": "2026-12-01"},
    2: {"city": "Подмосковье", "balance": -3, "day": "2026-11-30"},
    3: {"city": 'a"b.*\\', "balance": 120},
    4: {"balance": 0},
    5: {"city": 100},
    6: None,
}
FIRST = 79110000000


@pytest.fixture
def people(ledger: Any) -> Any:
    for number, attributes in PEOPLE.items():
        Client.objects.create(
            phone_number=FIRST + number, mobile_operator_code=910 + number % 2, tag="vip" if number < 4 else "old",
            timezone="Europe/Moscow", attributes=attributes,
        )  # fmt: skip
    return ledger


def rule(include: Conditions | None = None, exclude: Conditions | None = None) -> Rule:
    return Rule(include=include or Conditions(), exclude=exclude)


def who(segment: Rule) -> list[int]:
    """The numbers of the people that a segment matches, whichever function is asked."""
    found = sorted(each.phone - FIRST for each in sample_recipients(tags=None, codes=None, segment=segment, most=100))
    assert count_audience(tags=None, codes=None, segment=segment).total == len(found)
    return found


@pytest.mark.parametrize(
    ("name", "test", "value", "wanted"),
    [
        ("city", Test.EQUALS, "Москва", [1]),
        ("city", Test.NOT, "Москва", [2, 3, 4, 5, 6]),
        ("city", Test.CONTAINS, "МОСК", [1, 2]),
        ("city", Test.CONTAINS, 'A"b.*\\', [3]),
        ("city", Test.CONTAINS, ".", [3]),
        ("city", Test.IS_SET, None, [1, 2, 3, 5]),
        ("city", Test.IS_NOT_SET, None, [4, 6]),
        ("balance", Test.EQUALS, 120.5, [1]),
        ("balance", Test.GREATER, 0, [1, 3]),
        ("balance", Test.LESS, 0, [2]),
        ("balance", Test.NOT, 0, [1, 2, 3, 5, 6]),
        ("day", Test.GREATER, "2026-11-30", [1]),
        ("day", Test.LESS, "2026-12-01", [2]),
        # Values of another type than the attribute has now are no match, and no error.
        ("city", Test.GREATER, 99, [5]),
        ("balance", Test.CONTAINS, "1", []),
    ],
)
def test_attributes_are_compared_by_their_type(
    people: Any, name: str, test: Test, value: Any, wanted: list[int]
) -> None:
    del people
    tests = [AttributeTest(name=name, test=test, value=value)]
    assert who(rule(Conditions(attributes=tests))) == wanted
    # Left out are exactly those who would be in.
    assert who(rule(exclude=Conditions(attributes=tests))) == [number for number in PEOPLE if number not in wanted]


def test_all_conditions_hold_and_who_matches_the_other_ones_is_left_out(people: Any) -> None:
    in_vip = Conditions(tags=["vip"], attributes=[AttributeTest(name="balance", test=Test.GREATER, value=-10)])
    assert who(rule(in_vip)) == [1, 2, 3]
    assert who(rule(in_vip, Conditions(codes=[911]))) == [2]
    assert who(rule(Conditions(codes=[911]), Conditions(tags=["old"]))) == [1, 3]
    stop_phones(phones=[FIRST + 2], reason="", actor=None)
    counted = count_audience(tags=None, codes=None, segment=rule(in_vip))
    assert (counted.total, counted.stopped) == (2, 1)
    people.execute("DELETE FROM vestnik_client WHERE phone_number = %s", [FIRST + 1])
    assert who(rule(in_vip)) == [3]


def test_ages_count_back_from_now_and_clients_without_a_date_are_older(people: Any) -> None:
    aged = "UPDATE vestnik_client SET created_at = now() - make_interval(days => %s) WHERE phone_number = %s"
    for number, days in ((1, 0), (2, 9), (3, 11), (4, 500)):
        people.execute(aged, [days, FIRST + number])
    people.execute("UPDATE vestnik_client SET created_at = NULL WHERE phone_number > %s", [FIRST + 4])
    assert who(rule(Conditions(created=Days(when=When.WITHIN, days=10)))) == [1, 2]
    assert who(rule(Conditions(created=Days(when=When.NOT_WITHIN, days=10)))) == [3, 4, 5, 6]
    assert who(rule(exclude=Conditions(created=Days(when=When.NOT_WITHIN, days=10)))) == [1, 2]


def test_a_client_from_now_on_has_the_time_when_it_was_added(people: Any) -> None:
    ((count,),) = people.execute("SELECT count(*) FROM vestnik_client WHERE created_at > now() - interval '1 hour'")
    assert count == len(PEOPLE)


def test_last_messages_count_unless_they_failed(ledger: Any) -> None:
    mailing = int(answered(ledger, {SUCCESS: 5, REFUSED: 3}).id)
    sent = rule(Conditions(last_message=Days(when=When.WITHIN, days=7)))
    none = rule(Conditions(last_message=Days(when=When.NOT_WITHIN, days=7)))
    left = rule(exclude=Conditions(last_message=Days(when=When.WITHIN, days=7)))

    def counted() -> list[int]:
        return [count_audience(tags=None, codes=None, segment=each).total for each in (sent, none, left)]

    assert counted() == [5, 3, 3]
    ledger.execute("UPDATE vestnik_message SET created_at = now() - interval '8 days' WHERE mailing_id = %s", [mailing])
    assert counted() == [0, 8, 8]
    ledger.execute("UPDATE vestnik_message SET created_at = now() - interval '6 days' WHERE mailing_id = %s", [mailing])
    ledger.execute("UPDATE vestnik_mailing SET frozen_at = now() - interval '8 days' WHERE id = %s", [mailing])
    # What was over before has made no message since.
    assert counted() == [0, 8, 8]


def built(ledger: Any, segment: Rule, **more: Any) -> list[int]:
    """The phones that a mailing has messages for, once its whole audience is made in chunks."""
    copy = copy_as_json(SegmentCopy(id=1, name="Segment", rule=segment))
    mailing = add_mailing(ledger, tag=None, segment=copy, **more)
    assert start_due(ledger) == [mailing]
    while build_audiences(ledger, stopped=lambda: False):
        pass
    rows = ledger.execute("SELECT phone FROM vestnik_message WHERE mailing_id = %s ORDER BY phone", [mailing])
    return [phone - FIRST for (phone,) in rows.fetchall()]


def test_an_audience_is_built_by_it_chunk_by_chunk(people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "FIRST_CHUNK", 2)
    monkeypatch.setattr(build, "CHUNK", 1)
    positive = Conditions(attributes=[AttributeTest(name="balance", test=Test.GREATER, value=-10)])
    assert built(people, rule(positive, Conditions(tags=["old"]))) == [1, 2, 3]
    assert built(people, rule(positive), filter_codes=[910]) == [2, 4]
    # Its own messages do not count as last ones; those of the mailings before do.
    silent = rule(Conditions(last_message=Days(when=When.NOT_WITHIN, days=1)))
    assert built(people, silent) == [5, 6]
    assert built(people, silent) == []


def test_a_release_that_knows_no_segments_builds_none_of_its_audience(
    people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It moves the cursor without saying that it knows them: the row does not move, and its chunk is rolled back."""
    run = build.SQL.run
    monkeypatch.setattr(
        build.SQL, "run", lambda connection, name, *given, **values: (
            [] if name == "knows_segments" else run(connection, name, *given, **values)
        )
    )  # fmt: skip
    assert built(people, rule(Conditions(tags=["vip"]))) == []
    ((prepared,),) = people.execute("SELECT prepared_at FROM vestnik_mailing")
    assert prepared is None
