"""Phones: the ten digits of a number are those that somebody wrote, in their order, or there is no number."""

import unicodedata
from io import StringIO

import phonenumbers
import pytest
from django import forms
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vestnik.clients.imports.checking import REASONS
from vestnik.console.clients.fields import phone_error
from vestnik.phones.numbering_plan import mobile_codes
from vestnik.phones.search import read_phone_prefix
from vestnik.phones.sentences import PhoneFault, as_sentence
from vestnik.phones.spelling import NoPhone, read_contract_phone, read_phone

SAME = 79111234567
WRITTEN: dict[str, int] = {
    "79111234567": SAME,
    "89111234567": SAME,
    "+79111234567": SAME,
    "9111234567": SAME,
    "+7 (911) 123-45-67": SAME,
    "8(911)1234567": SAME,
    "8 911 123 45 67": SAME,
    "8.911.123.45.67": SAME,
    "8.911.123.4567": SAME,
    "+7.9111234567": SAME,
    "[8]9111234567": SAME,
    "(+7)9111234567": SAME,
    "8 (911) 123-45.67": SAME,
    "8—911–123‒45−67": SAME,
    "+7\u00a0911\u2011123\u201145\u201167": SAME,
    "\ufeff7\u202f911\u200b123\u00ad45\t67\u3000\u200e": SAME,
    "7911\n1234567": SAME,
    # The way out of the old network.
    "8~10 7 911 123-45-67": SAME,
    "8 ~ 10 (7) 9111234567": SAME,
    "8-10-7-911-123-45-67": SAME,
    "810 79111234567": SAME,
    "tel:+7-911-123-45-67": SAME,
    "TEL:89111234567": SAME,
    # As spreadsheets write numbers, with nothing lost.
    "79111234567.0": SAME,
    "89111234567,00": SAME,
    "9111234567.0": SAME,
    "79111234567.": SAME,
    "8 911 123-45-67.0": SAME,
    "79,111,234,567": SAME,
    "79.111.234.567,00": SAME,
    "79 111 234 567,00": SAME,
    "7.9111234567E+10": SAME,
    "7,9111234567е10": SAME,
    "7.91112345670E+10": SAME,
    '="79111234567"': SAME,
    "'+79111234567": SAME,
    # Digits of other scripts that keyboards write.
    "٧٩١١١٢٣٤٥٦٧": SAME,
    "۷۹۱۱۱۲۳۴۵۶۷": SAME,
    "７９１１１２３４５６７": SAME,
    "＋７（９１１）１２３－４５－６７": SAME,
    # Kazakhstan, Abkhazia, a landline, a number that nobody was given.
    "+7 701 123 45 67": 77011234567,
    "87011234567": 77011234567,
    "+7 940 123 45 67": 79401234567,
    "8 342 212-34-56": 73422123456,
    "3422123456": 73422123456,
    "8 800 555-35-35": 78005553535,
    "70112345670": 70112345670,
}


@pytest.mark.parametrize(("text", "phone"), WRITTEN.items(), ids=list(WRITTEN))
def test_a_phone_is_read_as_people_and_spreadsheets_write_it(text: str, phone: int) -> None:
    assert read_phone(text) == phone


REFUSED: dict[str, PhoneFault] = {
    "": PhoneFault.MISSING,
    " \t\u00a0\u200b\ufeff": PhoneFault.MISSING,
    '=""': PhoneFault.MISSING,
    # Letters are no digits of a keypad, and none looks enough like one.
    "+7 (911) XXX-45-67": PhoneFault.LETTERS,
    "8911OOO4567": PhoneFault.LETTERS,
    "8911ООО4567": PhoneFault.LETTERS,
    "8911Ο234567": PhoneFault.LETTERS,
    "89111234567l": PhoneFault.LETTERS,
    "８９１１１２３４５６Ｏ": PhoneFault.LETTERS,
    "8 911 123 (work)": PhoneFault.LETTERS,
    "8 800 FLOWERS": PhoneFault.LETTERS,
    "тел. 8 911 123-45-67": PhoneFault.LETTERS,
    "№ 89111234567": PhoneFault.LETTERS,
    "℡89111234567": PhoneFault.LETTERS,
    "+7 911 123-45-67 доб. 12": PhoneFault.LETTERS,
    "+7 911 123-45-67 ext 5": PhoneFault.LETTERS,
    "tel:+79111234567;ext=5": PhoneFault.LETTERS,
    "+1 800 CALL NOW": PhoneFault.LETTERS,
    "True": PhoneFault.LETTERS,
    "nan": PhoneFault.LETTERS,
    # Digits are lost.
    "7,91112E+10": PhoneFault.ROUNDED,
    "7.91E+10": PhoneFault.ROUNDED,
    "7.911123456e+10": PhoneFault.ROUNDED,
    "8Е+10": PhoneFault.ROUNDED,
    "7011234567.0": PhoneFault.WRONG,
    "8911123456.0": PhoneFault.WRONG,
    "891112345.00": PhoneFault.WRONG,
    "8-911-123-45-6.0": PhoneFault.WRONG,
    "7011234567": PhoneFault.WRONG,
    "8911123456": PhoneFault.WRONG,
    "7707083893": PhoneFault.WRONG,
    # A fraction.
    "8911123456.7": PhoneFault.WRONG,
    "89111234567.5": PhoneFault.WRONG,
    "8,9111234567": PhoneFault.WRONG,
    "46355.7347569": PhoneFault.WRONG,
    # Other numbers: extensions, two of them, another country's, zeros before it, a day, a moment, masked ones.
    "+79111234567#12": PhoneFault.WRONG,
    "+79111234567,,12": PhoneFault.WRONG,
    "89111234567, 89111234568": PhoneFault.WRONG,
    "89111234567/68": PhoneFault.WRONG,
    "89111234567\n89111234568": PhoneFault.WRONG,
    "+89111234567": PhoneFault.WRONG,
    "+9111234567": PhoneFault.WRONG,
    "+7 8 911 123 45 67": PhoneFault.WRONG,
    "+44 20 7946 0958": PhoneFault.WRONG,
    "2125551234": PhoneFault.WRONG,
    "791112345678": PhoneFault.WRONG,
    "12345": PhoneFault.WRONG,
    "79111234567 00": PhoneFault.WRONG,
    "0079111234567": PhoneFault.WRONG,
    "079111234567": PhoneFault.WRONG,
    "8.11.2026 17.38": PhoneFault.WRONG,
    "8-11-2026 17-38": PhoneFault.WRONG,
    "2026-11-29": PhoneFault.WRONG,
    "1764437913": PhoneFault.WRONG,
    "7911***4567": PhoneFault.WRONG,
    "+7 (911) 123-45-6_": PhoneFault.WRONG,
    "8_911_123_45_67": PhoneFault.WRONG,
    "8/911/1234567": PhoneFault.WRONG,
    # Signs that make it another thing.
    "-79111234567": PhoneFault.WRONG,
    "−79111234567": PhoneFault.WRONG,
    "79111234567%": PhoneFault.WRONG,
    "=79111234567": PhoneFault.WRONG,
    "7+9111234567": PhoneFault.WRONG,
    "7911123456²": PhoneFault.WRONG,
    "7911123456⑦": PhoneFault.WRONG,
    "𝟕9111234567": PhoneFault.WRONG,
    "৭9111234567": PhoneFault.WRONG,
    "8️⃣9111234567": PhoneFault.WRONG,
    "📞89111234567": PhoneFault.WRONG,
    "7911123456\u03367": PhoneFault.WRONG,
    "7911123456\x007": PhoneFault.WRONG,
}


@pytest.mark.parametrize(("text", "fault"), REFUSED.items(), ids=list(map(ascii, REFUSED)))
def test_what_is_no_phone_is_refused_with_the_reason(text: str, fault: PhoneFault) -> None:
    with pytest.raises(NoPhone) as refused:
        read_phone(text)
    assert refused.value.fault == fault


def cell_digits(text: str) -> str:
    """Every decimal digit of a text, of whatever script."""
    return "".join(str(unicodedata.decimal(char)) for char in text if unicodedata.decimal(char, None) is not None)


def may_be_read_as(text: str) -> set[str]:
    """The rule, said another way: the digits of the cell less what may be set aside before and after."""
    number, _, exponent = text.casefold().replace("е", "e").removeprefix("tel:").partition("e")
    digits = cell_digits(number)
    zeros = len(digits) - len(digits.rstrip("0")) if exponent or "." in text or "," in text or "．" in text else 0
    rests = {digits[: len(digits) - cut] for cut in range(zeros + 1)}
    return {rest.removeprefix(prefix) for rest in rests for prefix in ("", "7", "8", "8107") if rest.startswith(prefix)}


PIECES = st.sampled_from([
    *"0123456789789789", *"+-().,'eEОOX~*/_%#;:[]＋７٧৭²Ⅷ№е", "8~10", "+7", "tel:", ".0", ",00", "E+10", "ext",
    " доб. ", "  ",
    "\u200b", "\u00a0", "\u0336", "\ufe0f\u20e3", "911", "123", "45", "67", "9111234567", "79111234567", "342", "701",
])  # fmt: skip


@settings(max_examples=2_000, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=20))
@example("7011234567.0")
@example("8911123456.0")
@example("+7 (911) XXX-45-67")
@example("8911OOO4567")
@example("8 911 123 (work)")
def test_the_digits_of_a_number_are_those_of_the_cell_in_their_order(text: str) -> None:
    try:
        phone = str(read_phone(text))
    except NoPhone:
        return
    assert len(phone) == 11
    assert phone[0] == "7"
    assert phone[1:] in may_be_read_as(text)


NOTHING_SEEN = st.text(
    st.sampled_from(" \t\u00a0\u2009\u202f\u3000\u200b\u200d\u200e\u2060\u00ad\ufeff\ufe0f\u2066\u3164\u2800"),
    max_size=3,
)


@given(st.integers(0, 10**10 - 1), st.sampled_from(["7", "8", "+7", "8~107"]), st.data())
def test_spaces_and_what_shows_nothing_are_ignored_wherever_they_stand(
    digits: int, start: str, data: st.DataObject
) -> None:
    text = "".join(data.draw(NOTHING_SEEN) + char for char in f"{start}{digits:010d}") + data.draw(NOTHING_SEEN)
    assert read_phone(text) == 70_000_000_000 + digits


@given(
    st.integers(0, 10**10 - 1),
    st.sampled_from(["7", "8", "+7", "+7 ", "8-"]),
    st.sampled_from(["", " ", "-", ") ", "."]),
)
def test_phones_are_read_as_libphonenumber_reads_them(digits: int, start: str, between: str) -> None:
    number = f"{digits:010d}"
    text = start + between.join([number[:3], number[3:6], number[6:]])
    found = phonenumbers.parse(text, "RU")
    # A number that no operator was ever given may be read otherwise; REST takes every 7 and ten digits.
    if phonenumbers.is_valid_number(found):
        assert read_phone(text) == int(f"{found.country_code}{found.national_number}")


def test_the_three_digits_after_the_7_decide_whether_a_number_is_a_mobile_one() -> None:
    for national in (
        code * 10_000_000 + last for code in range(1_000) for last in (0, 1_234_567, 5_555_555, 9_999_999)
    ):
        number = phonenumbers.PhoneNumber(7, national)
        # Of 930 some blocks were never given out.
        if national // 10_000_000 != 930 or phonenumbers.is_valid_number(number):
            kind = phonenumbers.number_type(number)
            is_mobile = kind == phonenumbers.PhoneNumberType.MOBILE
            assert (national // 10_000_000 in mobile_codes()) == is_mobile, national


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("", ""), (" \u200b", ""), ("+7 (911)", "7911"), ("8911", "7911"), ("911", "7911"), ("7", "7"), ("8(", "7"),
        ("9\u00a01\u200b1", "7911"), ("٩١١", "7911"), ("89111234567.0", "79111234567"), ("7011234567.0", "7011234567"),
        ("+7.911", "7911"), ("8~10 7 911 123-45-67", "79111234567"),
        ("+", None), ("+44", None), ("8 911 abc", None), ("911O", None), ("89111234567891", None), ("9.5", None),
    ],
)  # fmt: skip
def test_the_beginning_of_a_number_is_read_by_the_same_rule(text: str, prefix: str | None) -> None:
    if prefix is None:
        with pytest.raises(NoPhone):
            read_phone_prefix(text)
    else:
        assert read_phone_prefix(text) == prefix


@pytest.mark.parametrize("text", ["79111234567", " 7911\u00a0123\u200b4567", "\ufeff79111234567"])
def test_rest_ignores_what_cannot_be_seen(text: str) -> None:
    assert read_contract_phone(text) == SAME


@pytest.mark.parametrize(
    "text",
    [
        "",
        "89111234567",
        "+79111234567",
        "7911123-45-67",
        "٧٩١١١٢٣٤٥٦٧",
        "7911123456²",
        "79111234567.0",
        "79111234567\n",
    ],
)
def test_rest_takes_one_spelling(text: str) -> None:
    with pytest.raises(NoPhone):
        read_contract_phone(text)


@pytest.mark.parametrize("text", [*WRITTEN, *REFUSED])
def test_import_console_and_command_line_read_alike(text: str) -> None:
    found = {"import": by_import(text), "form": by_field("PhoneField", text), "command": by_command(text)}
    if not {",", ";", "\n"} & set(text):  # what stands between two phones of the console's stop list
        found["stop list"] = by_field("PhonesField", text)
    if text.strip():
        found["trial"] = by_trial(text)
    assert set(found.values()) == {WRITTEN.get(text)}, found


def by_import(text: str) -> int | None:
    from vestnik.clients.imports.checking import row_checker
    from vestnik.clients.imports.columns import Columns

    columns = Columns(phone=0, code=None, tag=None, zone=None, count=1)
    return row_checker(columns, zones=frozenset(), needs_all=False)([text]).phone


def by_field(name: str, text: str) -> int | None:
    from vestnik.console.clients import fields

    try:
        found = getattr(fields, name)().clean(text)
    except forms.ValidationError:
        return None
    return found[0] if isinstance(found, list) else found


def by_trial(text: str) -> int | None:
    from vestnik.console.gateways.forms import TrialForm

    form = TrialForm({"phone": text, "text": "hello"})
    return form.cleaned_data["phone"] if form.is_valid() else None


def by_command(text: str) -> int | None:
    from vestnik.cli.stop_list import _phones
    from vestnik.errors import InvalidInput

    try:
        (found,) = _phones((text,), StringIO("\ufeff\n \n"))
    except InvalidInput:
        return None
    return found


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "phone_missing"),
        ("8911OOO4567", "phone_letters"),
        ("7,9E+10", "phone_rounded"),
        ("+49 170 1234567", "phone_wrong"),
    ],
)
def test_a_form_an_import_and_the_command_line_say_the_same_of_what_is_no_phone(text: str, fault: str) -> None:
    with pytest.raises(NoPhone) as none:
        read_phone(text)
    assert str(none.value) == phone_error(none.value) == as_sentence(str(REASONS[fault]))
