"""The sample directory: numbers that could be real, the same for everybody, as skewed as a real directory."""

from collections import Counter
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from vestnik.clients.sample import MAX_CLIENTS, def_codes, load_sample, sample_lines
from vestnik.errors import InvalidInput


def rows(clients: int, seed: int = 1) -> list[list[str]]:
    return [line.split("\t") for line in "".join(sample_lines(clients=clients, seed=seed)).splitlines()]


def test_every_number_is_a_valid_russian_mobile_number() -> None:
    for phone, code, _, zone in rows(2_000):
        number = phonenumbers.parse(f"+{phone}")
        assert phonenumbers.is_valid_number_for_region(number, "RU")
        assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
        assert phone[1:4] == code
        assert ZoneInfo(zone)


def test_a_smaller_sample_is_the_beginning_of_a_bigger_one() -> None:
    assert rows(12_345)[:150] == rows(150)
    assert rows(12_345)[:12_000] == rows(12_000)
    assert rows(150, seed=2) != rows(150)


def test_no_number_comes_twice() -> None:
    phones = [row[0] for row in rows(200_000)]
    assert len(set(phones)) == 200_000


def test_tags_codes_and_zones_are_skewed() -> None:
    sample = rows(20_000)
    tags = [count for _, count in Counter(row[2] for row in sample).most_common()]
    assert tags[0] > 8_000
    assert tags[-1] < 400
    zones = Counter(row[3] for row in sample)
    assert zones.most_common(1)[0][0] == "Europe/Moscow"
    assert len(zones) > 8
    assert {"911", "916", "926", "903"} <= def_codes().keys()


def test_loading_adds_what_is_missing(ledger: Any) -> None:
    first, again = load_sample(ledger, clients=100), load_sample(ledger, clients=250)
    assert (first.added, first.present, again.added, again.present) == (100, 0, 150, 100)
    stored = ledger.execute("SELECT phone_number, mobile_operator_code, tag, timezone FROM vestnik_client").fetchall()
    assert {(str(phone), str(code), tag, zone) for phone, code, tag, zone in stored} == {
        tuple(row) for row in islice(rows(250), 250)
    }


@pytest.mark.parametrize("clients", [0, MAX_CLIENTS + 1])
def test_more_than_there_are_numbers_is_refused(ledger: Any, clients: int) -> None:
    with pytest.raises(InvalidInput):
        load_sample(ledger, clients=clients)
