"""Rendering a personal text: random ones against a slow reference, and tables of values that break other systems."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import NamedTuple

import pytest
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.foreign_parts import counted, in_ucs2
from vestnik.mailings.sms import Alphabet, count_sms, parts_of
from vestnik.texts.formats import clean_value
from vestnik.texts.grammar import read_text
from vestnik.texts.render import LONGEST, Refusal, Renderer, renderer_of

NAMES = ("first_name", "balance", "day", "count")
RUSSIAN = {"one": "балл", "few": "балла", "many": "баллов", "other": "балла"}
ENGLISH = {"one": "point", "other": "points"}


class Hole(NamedTuple):
    """A placeholder, as the reference knows it: not as a text."""

    name: str
    format: str
    default: str | None


def written(piece: "str | Hole", locale: str, *, before_hole: bool) -> str:
    """A piece as somebody writes it."""
    if isinstance(piece, str):
        escaped = re.sub(r"(\\*)(\{\{|\}\})", lambda found: found[1] * 2 + "\\" + found[2], piece)
        return escaped + re.search(r"\\*\Z", escaped)[0] if before_hole else escaped  # type: ignore[index]
    forms = {"ru": "балл,балла,баллов", "en": "point,points"}[locale]
    how = f"plural:{forms}" if piece.format == "plural" else piece.format
    # {{name||number}}: a default that is the name of a format stands behind two bars.
    words = [piece.name, *([how] if how or piece.default == "number" else [])]
    return "{{" + "|".join([*words, *([piece.default] if piece.default is not None else [])]) + "}}"


def expected(pieces: Sequence["str | Hole"], values: dict[str, str | None], locale: str) -> str | None:
    """What a client gets, piece by piece; None: nothing."""
    text = ""
    for place, piece in enumerate(pieces):
        if isinstance(piece, str):
            text += piece
            continue
        value = values[piece.name]
        shown: str | None
        if value is not None and piece.format == "plural":
            shown = form_of(as_nearest_shows(value, place, pieces, locale), locale)
        else:
            shown = None if value is None else shown_as(value, piece.format, locale)
        if shown is None:
            shown = piece.default
        if shown is None:
            return None
        text += shown
    return text if 1 <= len(text) <= LONGEST and any(is_seen(char) for char in text) else None


def as_nearest_shows(value: str, place: int, pieces: Sequence["str | Hole"], locale: str) -> str:
    """The number as the nearest placeholder of the same attribute shows it to readers: what a plural has to agree with.

    Nearest is what has the fewest characters between, as the text is written; of two the one before.
    """
    sources = [written(each, locale, before_hole=number + 1 < len(pieces)) for number, each in enumerate(pieces)]
    name = pieces[place].name  # type: ignore[union-attr]
    found: list[tuple[int, int, str]] = []
    for other, piece in enumerate(pieces):
        if isinstance(piece, str) or piece.name != name or piece.format == "plural":
            continue
        first, last = sorted((place, other))
        found.append((len("".join(sources[first + 1 : last])), int(other > place), piece.format))
    how = min(found)[2] if found else ""
    if ":" not in how:
        return value
    return str(Decimal(value).quantize(Decimal(10) ** -int(how[-1]), ROUND_HALF_UP))


def form_of(number: str, locale: str) -> str:
    return {"ru": RUSSIAN, "en": ENGLISH}[locale][Locale(locale).plural_form(abs(Decimal(number)))]


def shown_as(value: str, how: str, locale: str) -> str | None:
    if how.startswith("number"):
        decimals = int(how[-1]) if ":" in how else len(value.partition(".")[2])
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        rounded = Decimal(value).quantize(Decimal(10) ** -decimals, ROUND_HALF_UP)
        rounded = abs(rounded) if rounded == 0 else rounded
        return format_decimal(rounded, pattern, locale=locale).replace("\u00a0", " ")
    if how == "date":
        day = unicodedata.normalize("NFC", value)
        year, month, number = (int(part) for part in day.split("-"))
        form = "dd.MM.yyyy" if locale == "ru" else "MMM d, y"
        return format_date(date(year, month, number), form, locale=locale)
    return cleaned(value) or None


#: Unicode Standard Annex #9, table 4 and 5, and signs without a width.
_DROPPED = {0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_DROPPED |= {0xAD, 0x180E, 0x200B, *range(0x2060, 0x2066), 0xFEFF}
_SPACING = {*range(9, 14), *range(0x1C, 0x20), 0x85, 0x2028, 0x2029}


def cleaned(value: str) -> str:
    """A value, character by character."""
    kept: list[str] = []
    for char in value:
        if ord(char) in _SPACING:
            if not kept or kept[-1] != "\n":
                kept.append("\n")  # stands for a row of them
        elif ord(char) not in _DROPPED and unicodedata.category(char) not in {"Cc", "Cs"}:
            kept.append(char)
    text = "".join(" " if char == "\n" else char for char in kept).strip()
    return text if any(is_seen(char) for char in text) else ""


def is_seen(char: str) -> bool:
    return not (char.isspace() or unicodedata.category(char) in {"Cc", "Cf", "Mn"} or ord(char) in {0x115F, 0x3164})


#: What breaks grammars and formats: braces, bars, what turns or hides text, and what takes two units.
_CHARS = [*"abЯя0 {}|\\:,'\"%<\u200e\u202e\u2066\r\n\t\x00\x1b\x85\u2028\ufeff€👋", "👨\u200d👩", "й"]
_HOLES = [
    ("first_name", ""), ("balance", "number"), ("balance", "number:0"), ("balance", "number:2"), ("day", "date"),
    ("count", "plural"), ("count", "plural"), ("count", "number:0"), ("count", "number:1"), ("count", ""),
    ("balance", "plural"),
]  # fmt: skip
_DEFAULTS = [None, None, "", "друг", "a:b, c", "0", "number"]
#: Texts of each of Hypothesis' examples: to draw each piece with it takes a hundred times as long as to render it.
AT_ONCE = 50

Case = tuple[list[str | Hole], dict[str, str | None], str]


def random_case(draw: Random) -> Case:
    """Pieces of a text, the values of a client, and a language."""

    def some() -> str:
        return "".join(draw.choices(_CHARS, k=draw.randint(0, 6)))

    def number() -> str:
        return f"{draw.randint(-(10 ** draw.randint(1, 12)), 10**12)}{draw.choice(['', '.5', '.50', '.001', '.0'])}"

    pieces: list[str | Hole] = [some().replace("\x00", "")]  # a text with NUL is refused where it comes in
    for _ in range(draw.randint(0, 4)):
        # No brace may stand right before a placeholder: three in a row open one that has a brace in its name.
        pieces[-1] = str(pieces[-1]).rstrip("{")
        pieces += [Hole(*draw.choice(_HOLES), draw.choice(_DEFAULTS)), some().replace("\x00", "")]
    day = date.fromordinal(draw.randint(1, date.max.toordinal()))
    values = {"first_name": some(), "balance": number(), "day": str(day), "count": number()}
    kept = {name: value if draw.random() < 0.8 else None for name, value in values.items()}
    return pieces, kept, draw.choice(["ru", "en"])


@given(st.integers(0, 2**32))
@settings(max_examples=10_000 // AT_ONCE, deadline=None)
def test_ten_thousand_random_texts_agree_with_a_slow_reference(seed: int) -> None:
    draw = Random(seed)
    for _ in range(AT_ONCE):
        pieces, values, locale = random_case(draw)
        source = "".join(
            written(piece, locale, before_hole=number + 1 < len(pieces)) for number, piece in enumerate(pieces)
        )
        renderer = Renderer(read_text(source, locale=locale))
        rendered = renderer.render([values[name] for name in renderer.names])
        assert rendered.text == expected(pieces, values, locale), (source, values, locale)
        if rendered.text is not None:
            # What was frozen says the same again.
            assert renderer.fill(rendered.frozen) == rendered.text
            # Most of them have one part: so some of them are counted many times over, too.
            check_parts(rendered.text, rendered.text * draw.choice([*[1] * 9, draw.randint(2, 40)]))


def check_parts(*texts: str) -> None:
    """Another codec's bytes make as many parts. It takes U+001B for one of GSM-7; the standard does not."""
    for text in texts:
        found = count_sms(text)
        assert (found.alphabet, found.parts) == (in_ucs2(text) if "\x1b" in text else counted(text)), text
        assert parts_of(text) == found.parts, text


def test_the_other_counter_disagrees_with_the_standard_about_the_escape_alone() -> None:
    assert counted("a\x1b") == (Alphabet.GSM7, 1)
    assert count_sms("a\x1b").alphabet is Alphabet.UCS2


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Анна", "Анна"),
        ("  Анна  ", "Анна"),
        ("{{tag}}", "{{tag}}"),
        ("}}{{", "}}{{"),
        ("{{phone_number|x}}", "{{phone_number|x}}"),
        ("\"Анна\" \\ 'O'Brien' %s %d", "\"Анна\" \\ 'O'Brien' %s %d"),
        ("Анна\x00", "Анна"),
        ("Анна\r\nПетровна", "Анна Петровна"),
        ("Анна\n\n\n\tПетровна", "Анна Петровна"),
        ("Анна\u2028Петровна", "Анна Петровна"),
        ("\u202eАнна\u202c", "Анна"),
        ("\u2066Ан\u200fна\u2069", "Анна"),
        ("Ан\u200b\ufeffна", "Анна"),
        ("\x1b[31mАнна", "[31mАнна"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("Ан\ud83dна", "Анна"),
    ],
)
def test_a_value_stays_on_one_line_and_is_never_read_again(value: str, shown: str) -> None:
    assert clean_value(value) == shown
    renderer = renderer_of("Здравствуйте, {{first_name}}!", "ru")
    assert renderer.render([value]).text == f"Здравствуйте, {shown}!"


@pytest.mark.parametrize("value", [None, "", " ", "\r\n", "\x00", "\u202e", "\u200b\ufeff", "\u200d", "\u3164"])
def test_a_value_of_which_nothing_is_seen_is_missing(value: str | None) -> None:
    rendered = renderer_of("Здравствуйте, {{first_name}}!", "ru").render([value])
    assert (rendered.text, rendered.refusal) == (None, Refusal.FIELD_MISSING)
    assert rendered.missing == ("first_name",)
    assert renderer_of("Здравствуйте, {{first_name|друг}}!", "ru").render([value]).text == "Здравствуйте, друг!"


@pytest.mark.parametrize(
    ("source", "locale", "value", "shown"),
    [
        ("{{v|number}}", "ru", "1234567.50", "1 234 567,50"),
        ("{{v|number}}", "en", "-1234567.50", "-1,234,567.50"),
        ("{{v|number}}", "ru", "999", "999"),
        ("{{v|number:2}}", "ru", "1500.5", "1 500,50"),
        ("{{v|number:0}}", "en", "2.5", "3"),
        ("{{v|number:2}}", "en", "-0.001", "0.00"),
        ("{{v}}", "ru", "1234567.50", "1234567.50"),
        ("{{v|date}}", "ru", "2026-03-08", "08.03.2026"),
        ("{{v|date}}", "en", "2026-03-08", "Mar 8, 2026"),
        ("{{v|plural:рубль,рубля,рублей}}", "ru", "21", "рубль"),
        ("{{v|plural:рубль,рубля,рублей}}", "ru", "12", "рублей"),
        ("{{v|plural:рубль,рубля,рублей}}", "ru", "1.5", "рубля"),
        ("{{v|plural:рубль,рубля,рублей}}", "ru", "-2", "рубля"),
        ("{{v|plural:day,days}}", "en", "1", "day"),
        ("{{v|plural:day,days}}", "en", "1.0", "days"),
    ],
)
def test_values_are_written_as_the_language_writes_them(source: str, locale: str, value: str, shown: str) -> None:
    assert renderer_of(source, locale).render([value]).text == shown


@pytest.mark.parametrize(
    ("source", "locale", "value", "shown"),
    [
        ("{{n|number:0}} {{n|plural:балл,балла,баллов}}", "ru", "1.4", "1 балл"),
        ("{{n|number:0}} {{n|plural:балл,балла,баллов}}", "ru", "1.5", "2 балла"),
        ("{{n|number:0}} {{n|plural:балл,балла,баллов}}", "ru", "4.5", "5 баллов"),
        ("{{n|number:0}} {{n|plural:балл,балла,баллов}}", "ru", "-1.4", "-1 балл"),
        ("{{n|number:0}} {{n|plural:балл,балла,баллов}}", "ru", "20.6", "21 балл"),
        ("{{n|number:1}} {{n|plural:балл,балла,баллов}}", "ru", "1.04", "1,0 балла"),
        ("{{n|number:2}} {{n|plural:балл,балла,баллов}}", "ru", "5", "5,00 балла"),
        ("{{n|number}} {{n|plural:балл,балла,баллов}}", "ru", "1.4", "1,4 балла"),
        ("{{n}} {{n|plural:балл,балла,баллов}}", "ru", "1.4", "1.4 балла"),
        ("{{n|number:0}} {{n|plural:point,points}}", "en", "1.4", "1 point"),
        ("{{n|number:1}} {{n|plural:point,points}}", "en", "1", "1.0 points"),
        # The number may stand behind, and in two ways: each form agrees with the nearest.
        ("{{n|plural:Остался,Осталось,Осталось}} {{n|number:0}}", "ru", "1.4", "Остался 1"),
        ("{{n|number:0}} {{n|plural:балл,балла,баллов}} ({{n|number:1}} {{n|plural:балл,балла,баллов}})", "ru", "1.4",
         "1 балл (1,4 балла)"),
        ("{{n}} {{n|plural:балл,балла,баллов}} {{n|number:0}}", "ru", "1.4", "1.4 балла 1"),
        ("{{n|number:0|нет}} {{n|plural:балл,балла,баллов|баллов}}", "ru", "1.4", "1 балл"),
    ],
)  # fmt: skip
def test_a_plural_agrees_with_the_number_that_is_shown(source: str, locale: str, value: str, shown: str) -> None:
    assert renderer_of(source, locale).render([value]).text == shown


def test_another_attribute_rounds_no_plural() -> None:
    renderer = renderer_of("{{a|number:0}} {{n|plural:балл,балла,баллов}}", "ru")
    assert renderer.render(["1.4", "1.4"]).text == "1 балла"


def test_values_that_an_earlier_release_froze_still_fill_the_text() -> None:
    """It kept one value for a plural that stands there twice, though the numbers beside it are rounded otherwise."""
    source = "{{n|number:0}} {{n|plural:балл,балла,баллов}}, {{n|number:1}} {{n|plural:балл,балла,баллов}}{{tag}}"
    renderer = renderer_of(source, "ru")
    assert renderer.fill(["1", "балла", "1,4", "!"]) == "1 балла, 1,4 балла!"
    rendered = renderer.render(["1.4", "!"])
    assert (rendered.text, renderer.fill(rendered.frozen)) == ("1 балл, 1,4 балла!", rendered.text)


@pytest.mark.parametrize(
    ("source", "value"),
    [("{{v|number}}", "много"), ("{{v|number}}", "1e5"), ("{{v|number}}", "NaN"), ("{{v|date}}", "2026-02-30"),
     ("{{v|date}}", "20260208"), ("{{v|plural:a,b,c}}", "много"), ("{{v|number}}", "٣")],
)  # fmt: skip
def test_a_value_that_its_format_cannot_write_is_missing(source: str, value: str) -> None:
    assert renderer_of(source, "ru").render([value]).refusal is Refusal.FIELD_MISSING


def test_a_text_that_would_be_too_long_or_empty_goes_to_nobody() -> None:
    renderer = renderer_of("{{first_name|}}", "ru")
    assert renderer.render([None]).refusal is Refusal.FIELD_MISSING
    assert renderer.render(["я" * LONGEST]).text == "я" * LONGEST
    too_long = renderer.render(["я" * 10_000])
    assert (too_long.text, too_long.refusal) == (None, Refusal.TEXT_TOO_LONG)
    assert too_long.detail == "the text would have 10000 characters"
