"""The grammar of personal texts: what can be written, and what each fault says, with its place."""

import pytest

from vestnik.texts.formats import Format
from vestnik.texts.grammar import Place, Slot, Text, WrongText, read_text
from vestnik.texts.render import Renderer

KNOWN = {
    "first_name": "text", "balance": "number", "day": "date", "count": "number", "phone_number": "text", "tag": "text",
}  # fmt: skip


def read(source: str, *, locale: str = "ru", need_defaults: bool = False) -> Text:
    return read_text(source, locale=locale, known=KNOWN, need_defaults=need_defaults)


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("{{first_name}}", Place(Slot("first_name"))),
        ("{{ first_name }}", Place(Slot("first_name"))),
        ("{{first_name|friend}}", Place(Slot("first_name"), "friend")),
        ("{{first_name | дорогой друг }}", Place(Slot("first_name"), "дорогой друг")),
        ("{{first_name|}}", Place(Slot("first_name"), "")),
        ("{{balance|number}}", Place(Slot("balance", Format.NUMBER))),
        ("{{balance|number|0}}", Place(Slot("balance", Format.NUMBER), "0")),
        ("{{balance|number|}}", Place(Slot("balance", Format.NUMBER), "")),
        ("{{balance|number:2|0}}", Place(Slot("balance", Format.NUMBER, decimals=2), "0")),
        ("{{balance||number}}", Place(Slot("balance"), "number")),
        ("{{day|date|soon}}", Place(Slot("day", Format.DATE), "soon")),
        ("{{count|plural:балл,балла,баллов}}", Place(Slot("count", Format.PLURAL, ("балл", "балла", "баллов")))),
    ],
)
def test_a_placeholder_has_a_name_a_format_and_a_default(written: str, place: Place) -> None:
    text = read(f"Здравствуйте, {written}!")
    assert text.literals == ("Здравствуйте, ", "!")
    assert text.places == (place,)


def test_a_form_may_be_empty_as_an_ending_close_to_its_word_and_nowhere_else() -> None:
    """Elsewhere a comma too many would send "you have 1 " to some clients, and none of them would count as missing."""
    assert read("балл{{count|plural:, а, ов|}}").places == (
        Place(Slot("count", Format.PLURAL, ("", "а", "ов")), ""),
    )  # fmt: skip
    for wrong in ("{{count}} {{count|plural:,а,ов}}", "{{count|plural:а,,ов}}", "{{tag}}{{count|plural:,а,ов}}"):
        with pytest.raises(WrongText, match="a form is empty"):
            read(wrong)


@pytest.mark.parametrize(
    ("source", "rendered"),
    [
        ("{ {one} }", "{ {one} }"),
        (r"\{{first_name\}}", "{{first_name}}"),
        (r"C:\\files\new {{tag}}", r"C:\\files\new vip"),
        (r"\\{{tag}}", "\\vip"),
        (r"\\\{{tag\}}", r"\{{tag}}"),
        ("{{tag}}}", "vip}"),
        ("{{tag}}{{tag}}", "vipvip"),
        ("a|b, c:d", "a|b, c:d"),
    ],
)
def test_braces_are_written_as_they_are_behind_a_backslash(source: str, rendered: str) -> None:
    renderer = Renderer(read(source))
    assert renderer.render(["vip"] * len(renderer.names)).text == rendered


_NO_SUCH = "no client has an attribute of that name;"
_FAULTS = [
    ("Hi\n{{first_nmae}}", f"Line 2, column 1: {{{{first_nmae}}}}: {_NO_SUCH} did you mean first_name?"),
    ("Hi {{FIRST_NAME}}", f"Line 1, column 4: {{{{FIRST_NAME}}}}: {_NO_SUCH} did you mean first_name?"),
    ("{{zzz}}", f"Line 1, column 1: {{{{zzz}}}}: {_NO_SUCH} there are: first_name, balance,"),
    ("{{Имя}}", "{{Имя}}: this is not an attribute name."),
    ("{{}}", "{{}}: this is not an attribute name."),
    ("{{balance|numbr}}", "did you mean the format number?"),
    ("{{balance|numbr}}", "If “numbr” is the text for clients without a value: {{balance||numbr}}"),
    ("{{count|plurals:a,b,c}}", "did you mean the format plural?"),
    ("{{balance|number:9|0}}", "there is no format “number:9”."),
    ("{{balance|money|0}}", "there is no format “money”. Formats are number, number:2, date and plural:one,few,many"),
    ("{{first_name|number}}", "the format number does not fit: the type of this attribute is text"),
    ("{{balance|date}}", "the format date does not fit: the type of this attribute is number"),
    ("{{count|plural:балл,балла}}", "plural wants 3 forms, separated by commas: plural:one,few,many"),
    ("{{first_name|a|b|c}}", "there are too many “|”. Write {{name|format|default}}"),
    ("Hello {{first_name", "Line 1, column 7: “{{” opens a placeholder that no “}}” closes."),
    ("{{first_name\n}}", "Line 1, column 1: “{{” opens a placeholder"),
    ("{{a {{tag}}", "Line 1, column 1: “{{” opens a placeholder"),
    ("Hello {tag}}", "Line 1, column 11: “}}” closes nothing."),
]


@pytest.mark.parametrize(("source", "said"), _FAULTS)
def test_a_fault_says_where_it_is_and_what_to_write(source: str, said: str) -> None:
    with pytest.raises(WrongText) as wrong:
        read(source)
    assert said in wrong.value.faults[0]


def test_all_faults_are_said_at_once_but_not_a_thousand() -> None:
    with pytest.raises(WrongText) as wrong:
        read("{{one}}\n{{two}}")
    assert [fault.split(":")[0] for fault in wrong.value.faults] == ["Line 1, column 1", "Line 2, column 1"]
    with pytest.raises(WrongText) as wrong:
        read("{{one}}" * 200)
    assert len(wrong.value.faults) == 10


def test_english_has_two_forms_and_russian_three_or_four() -> None:
    assert read("{{count|plural:day,days}}", locale="en").places[0].slot.forms == ("day", "days")
    assert len(read("{{count|plural:рубль,рубля,рублей,рубля}}").places[0].slot.forms) == 4
    with pytest.raises(WrongText, match="plural wants 2 forms, separated by commas: plural:one,other"):
        read("{{count|plural:day,days,days}}", locale="en")


def test_every_placeholder_must_have_a_default_where_that_is_wanted_but_what_everybody_has() -> None:
    read("{{first_name|friend}} {{tag}} {{phone_number}}", need_defaults=True)
    with pytest.raises(WrongText) as wrong:
        read("{{first_name|friend}} {{balance|number}}", need_defaults=True)
    (fault,) = wrong.value.faults
    assert fault.startswith("Line 1, column 23: {{balance|number}}: a client may have no value, so a default is needed")
    assert fault.endswith(": {{balance|number|default}}")


def test_a_text_that_was_checked_is_read_although_its_attributes_are_gone() -> None:
    assert read_text("{{gone|number}}", locale="en").names == ("gone",)
