"""Values of attributes: what is one, how it is kept, and how people may write it."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from vestnik.clients.attributes.names import MAX_LENGTH, RESERVED, is_name, nearest_name, suggested_name
from vestnik.clients.attributes.spelling import Spelling, read_day, read_number, read_value
from vestnik.clients.attributes.values import Fault, NoValue, checked_value, plain_text, type_of
from vestnik.clients.imports.columns import NAMES
from vestnik.console.clients.attributes import read as read_typed
from vestnik.console.tags import shown_value
from vestnik.models import AttributeType


def fault(read: Any, *given_: Any) -> str | None:
    """The fault that a reader finds, or None."""
    try:
        read(*given_)
    except NoValue as none:
        return none.fault
    return None


# -- names


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("first_name", True), ("a", True), ("x" * 40, True), ("b2", True),
        ("x" * 41, False), ("", False), ("First", False), ("имя", False), ("2x", False), ("_x", False),
        ("a-b", False),
        ("a.b", False), ("a b", False), ("a\n", False), ("{{a}}", False), ("__proto__", False),
        ("phone_number", False), ("tag", False), ("timezone", False), ("mobile_operator_code", False),
    ],
)  # fmt: skip
def test_a_name_is_a_word_of_latin_letters_that_nothing_else_has(name: str, allowed: bool) -> None:
    assert is_name(name) is allowed


def test_no_attribute_has_the_name_of_a_column_that_files_have() -> None:
    columns = {name.replace(" ", "_") for names in NAMES.values() for name in names}
    assert {name for name in columns if name.isascii()} <= RESERVED


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Имя", "first_name"), ("Баланс, руб.", "balans_rub"), ("День  рождения:", "birthday"),
        ("First Name", "first_name"),
        ("Щёлково", "shchelkovo"), ("2 категория", "client_2_kategoriia"), ("Tag", "client_tag"), ("???", ""),
        ("", ""),
        ("я" * 100, "ia" * 20),
    ],
)  # fmt: skip
def test_a_column_gives_its_attribute_a_name(header: str, name: str) -> None:
    assert suggested_name(header) == name


@given(st.lists(st.text(max_size=60), max_size=20))
def test_suggested_names_are_allowed_and_differ(headers: list[str]) -> None:
    taken: list[str] = []
    for header in headers:
        name = suggested_name(header, taken=taken)
        assert not name or (is_name(name) and name not in taken and len(name) <= MAX_LENGTH)
        taken += [name] if name else []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("first_nmae", "first_name"),
        ("balanse", "balance"),
        ("Balance", "balance"),
        ("fist name", "first_name"),
        ("zzz", None),
    ],
)
def test_the_name_that_somebody_meant_is_found(written: str, meant: str | None) -> None:
    assert nearest_name(written, ["balance", "day", "first_name"]) == meant


# -- values of JSON


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("Анна", "Анна"), ("  Анна \u00a0", "Анна"), ('O\'Neil "Bob" {{x}} \\n', 'O\'Neil "Bob" {{x}} \\n'),
        ("one\r\ntwo\tthree", "one two three"), ("a\u2028b", "a b"), ("a\x07b\x1bc", "abc"),
        ("\u202eevil\u202c", "evil"),
        ("zero\u200bwidth", "zerowidth"), ("👩‍👧 ok", "👩‍👧 ok"), ("и\u0306", "й"), ("x" * 500, "x" * 500), ("", None),
        (" \u200b\n", None), (" " * 10_000 + "x", "x"),
    ],
)  # fmt: skip
def test_a_text_is_kept_on_one_line_without_what_hides_or_turns(value: str, kept: str | None) -> None:
    assert checked_value(value, "text") == kept


@pytest.mark.parametrize(
    ("value", "kind", "why"),
    [
        ("nul\x00", "text", Fault.TEXT_WRONG), ("half\ud800", "text", Fault.TEXT_WRONG),
        ("x" * 501, "text", Fault.TEXT_LONG),
        ("x" * 10_000, "text", Fault.TEXT_LONG), (5, "text", Fault.TEXT_TYPE), (True, "text", Fault.TEXT_TYPE),
        (["x"], "text", Fault.TEXT_TYPE), ({"a": 1}, "text", Fault.TEXT_TYPE), ("5", "number", Fault.NUMBER_TYPE),
        (True, "number", Fault.NUMBER_TYPE), (10**15, "number", Fault.NUMBER_LONG),
        (0.1234567, "number", Fault.NUMBER_LONG),
        (0.1 + 0.2, "number", Fault.NUMBER_LONG), (1e300, "number", Fault.NUMBER_LONG),
        (1e-7, "number", Fault.NUMBER_LONG),
        (20261205, "date", Fault.DATE_TYPE), ("05.12.2026", "date", Fault.DATE_TYPE),
        ("2026-02-30", "date", Fault.DATE_WRONG),
        ("1825-12-05", "date", Fault.DATE_FAR), ("2026-12-05T00:00:00Z", "date", Fault.DATE_TYPE),
        ("२०२६-१२-०५", "date", Fault.DATE_TYPE),
    ],
)  # fmt: skip
def test_what_is_no_value_of_its_type_is_refused_with_the_reason(value: object, kind: str, why: Fault) -> None:
    assert fault(checked_value, value, kind) == why


@given(st.text(max_size=600))
def test_keeping_a_text_again_changes_nothing(text: str) -> None:
    if fault(plain_text, text) is None:
        kept = plain_text(text)
        assert plain_text(kept) == kept
        assert not any(ord(char) < 32 or char in "\u202a\u202e\u2066\u200e\u2028" for char in kept)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_a_number_is_exact(number: Decimal) -> None:
    kept = checked_value(float(number), "number")
    assert Decimal(repr(kept)) == number
    assert Decimal(json.dumps(kept)) == number


@pytest.mark.parametrize(
    ("value", "kind"),
    [(5, "number"), (5.5, "number"), ("2026-12-05", "date"), ("5", "text"), ("", "text"), (True, "text")],
)
def test_the_first_value_decides_the_type_of_a_new_name(value: object, kind: str) -> None:
    assert type_of(value) == kind


# -- as people write them


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("1 234,50", "1234.5"), ("1\u202f234.50", "1234.5"), ("1,234.50", "1234.5"), ("1.234,50", "1234.5"),
        ("1,234,567", "1234567"), ("1.234.567", "1234567"), ("12,34", "12.34"), ("1234,567", "1234.567"),
        ("0,500", "0.5"),
        ("1.234", "1.234"), ("-5", "-5"), ("−5", "-5"), ("+5", "5"), ("5.", "5"), ("007", "7"), ("-0,0", "0"),
        ("1'234.5", "1234.5"),
        ("1e-05", "0.00001"), ("1.5E+3", "1500"), ("999999999999999", "999999999999999"), ("0.123456", "0.123456"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_and_spreadsheets_write_it(written: str, number: str) -> None:
    assert read_number(plain_text(written)) == number


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("1,234", Fault.NUMBER_UNCLEAR), ("12,345", Fault.NUMBER_UNCLEAR), ("12 34", Fault.NUMBER_WRONG),
        ("1,2,3", Fault.NUMBER_WRONG),
        ("1.2.3", Fault.NUMBER_WRONG), ("5 руб.", Fault.NUMBER_WRONG), ("$5", Fault.NUMBER_WRONG),
        ("5 %", Fault.NUMBER_WRONG),
        ("NaN", Fault.NUMBER_WRONG), ("inf", Fault.NUMBER_WRONG), ("0x10", Fault.NUMBER_WRONG),
        ("1_000", Fault.NUMBER_WRONG),
        ("١٢", Fault.NUMBER_WRONG), ("²", Fault.NUMBER_WRONG), ("--5", Fault.NUMBER_WRONG), (".", Fault.NUMBER_WRONG),
        ("1e999", Fault.NUMBER_WRONG), ("1e-9", Fault.NUMBER_LONG), ("9" * 16, Fault.NUMBER_LONG),
        ("0.1234567", Fault.NUMBER_LONG),
    ],
)  # fmt: skip
def test_what_is_no_number_or_may_be_two_is_refused(written: str, why: Fault) -> None:
    assert fault(read_number, plain_text(written)) == why


def test_somebody_may_say_which_sign_is_the_decimal_point() -> None:
    assert read_number("1,234", Spelling(decimal="comma")) == "1.234"
    assert read_number("1,234", Spelling(decimal="point")) == "1234"
    assert read_number("0,500", Spelling(decimal="point")) == "0.5", "no thousands begin with a nought"
    assert read_number("1,234.50", Spelling(decimal="comma")) == "1234.5"


@pytest.mark.parametrize(
    ("written", "alone", "grouping"),
    [
        ("1.234", None, "1234"), ("-12.345", None, "-12345"), ("+999.000", None, "999000"),
        ("1.234,50", "1234.5", "1234.5"), ("1.234.567", "1234567", "1234567"), ("0.500", "0.5", "0.5"),
        ("1.5", "1.5", "1.5"), ("1234.567", "1234.567", "1234.567"), ("1 234.567", "1234.567", "1234.567"),
    ],
)  # fmt: skip
def test_where_commas_are_decimal_a_point_before_three_digits_is_no_fraction(
    written: str, alone: str | None, grouping: str
) -> None:
    if alone is None:
        assert fault(read_number, written, Spelling(decimal="comma")) == Fault.NUMBER_UNCLEAR
    else:
        assert read_number(written, Spelling(decimal="comma")) == alone
    assert read_number(written, Spelling(decimal="comma", points_group=True)) == grouping


@pytest.mark.parametrize("language", ["en", "ru"])
@given(st.decimals(-(10**8), 10**8, places=6).map(float) | st.decimals(-1000, 1000, places=3).map(float))
def test_a_number_that_a_form_shows_is_the_same_when_it_is_saved(language: str, number: float) -> None:
    with override(language):
        assert read_typed(shown_value(number), AttributeType.NUMBER) == number


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-05", "2026.12.05", "2026/12/5", "05.12.2026", "5.12.2026", "20261205", "5 Dec 2026", "5-Dec-2026",
        "December 5, 2026",
        "Dec 5 2026", "5th December 2026", "5 декабря 2026", "5 декабря 2026 г.", "5 дек. 2026 года",
        "2026-12-05 00:00:00",
        "2026-12-05T00:00:00Z", "05.12.2026 0:00", "46361", "46361.0", " 05.12.2026\u00a0",
    ],
)  # fmt: skip
def test_a_day_is_read_as_people_and_spreadsheets_write_it(written: str) -> None:
    assert read_value(written, "date") == "2026-12-05"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("05/06/2026", Fault.DATE_UNCLEAR), ("5-6-2026", Fault.DATE_UNCLEAR), ("05.12.26", Fault.DATE_WRONG),
        ("31.02.2026", Fault.DATE_WRONG),
        ("05.12.2026 14:30", Fault.DATE_WRONG), ("2026", Fault.DATE_WRONG), ("tomorrow", Fault.DATE_WRONG),
        ("5 Foo 2026", Fault.DATE_WRONG),
        ("05.12.1825", Fault.DATE_FAR), ("0000-00-00", Fault.DATE_WRONG), ("1234", Fault.DATE_WRONG),
        ("123456789", Fault.DATE_WRONG),
    ],
)  # fmt: skip
def test_what_is_no_day_or_may_be_two_is_refused(written: str, why: Fault) -> None:
    assert fault(read_day, written) == why


def test_somebody_may_say_which_of_day_and_month_is_first() -> None:
    assert read_day("05/06/2026", Spelling(first="day")) == "2026-06-05"
    assert read_day("05/06/2026", Spelling(first="month")) == "2026-05-06"
    assert read_day("05.06.2026", Spelling(first="month")) == "2026-05-06"
    assert read_day("13/06/2026") == "2026-06-13"
    assert read_day("06/13/2026") == "2026-06-13"
    assert read_day("06/06/2026") == "2026-06-06"
    assert fault(read_day, "13/06/2026", Spelling(first="month")) == Fault.DATE_WRONG


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31)))
def test_every_day_is_read_back(day: date) -> None:
    assert read_day(day.isoformat()) == read_day(day.strftime("%d.%m.%Y")) == day.isoformat()
    assert read_day(f"{day.day} {day:%B} {day.year}") == day.isoformat()


@given(st.text(alphabet="0123456789 .,-+eE'", max_size=20))
def test_a_number_that_is_read_has_the_digits_that_stand_there(written: str) -> None:
    """Nothing is dropped, and nothing is added: but zeros, separators and the power of ten."""
    try:
        number = read_number(plain_text(written) or "x")
    except NoValue:
        return
    digits = [char for char in written.casefold().partition("e")[0] if char.isdigit()]
    assert "".join(digits).strip("0") == number.strip("-").replace(".", "").strip("0")
