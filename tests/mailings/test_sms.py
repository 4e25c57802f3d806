"""An SMS as networks count it: alphabets, units and parts."""

import pytest

from vestnik.mailings.sms import count_sms, parts_of, without

EMOJI = "\N{WAVING HAND SIGN}"
GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "parts", "room"),
    [
        ("", "GSM-7", 0, 0, 160),
        ("a", "GSM-7", 1, 1, 159),
        ("a" * 160, "GSM-7", 160, 1, 0),
        ("a" * 161, "GSM-7", 161, 2, 2 * 153 - 161),
        ("a" * 306, "GSM-7", 306, 2, 0),
        ("a" * 307, "GSM-7", 307, 3, 152),
        ("a" * 459, "GSM-7", 459, 3, 0),
        ("a" * 2000, "GSM-7", 2000, 14, 14 * 153 - 2000),
        (GSM_BASIC, "GSM-7", 127, 1, 33),
        # The extension: two septets each, and an escape is not parted from what it escapes.
        ("^{}\\[~]|€\f", "GSM-7", 20, 1, 140),
        ("€" * 80, "GSM-7", 160, 1, 0),
        ("€" * 80 + "a", "GSM-7", 161, 2, 153 - 9),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3, 152),
        ("a" * 151 + "€" + "a" * 153, "GSM-7", 306, 2, 0),
        # One other character turns all of it into UCS-2.
        ("я", "UCS-2", 1, 1, 69),
        ("я" * 70, "UCS-2", 70, 1, 0),
        ("я" * 71, "UCS-2", 71, 2, 2 * 67 - 71),
        ("я" * 134, "UCS-2", 134, 2, 0),
        ("я" * 135, "UCS-2", 135, 3, 66),
        ("a" * 160 + "ё", "UCS-2", 161, 3, 3 * 67 - 161),
        ("€" * 69 + "я", "UCS-2", 70, 1, 0),
        ("“", "UCS-2", 1, 1, 69),
        ("`", "UCS-2", 1, 1, 69),
        ("ç", "UCS-2", 1, 1, 69),
        ("\t", "UCS-2", 1, 1, 69),
        # Beyond the first plane a character is two units, and they stay together.
        (EMOJI, "UCS-2", 2, 1, 68),
        (EMOJI * 35, "UCS-2", 70, 1, 0),
        (EMOJI * 36, "UCS-2", 72, 2, 67 - 6),
        ("я" * 66 + EMOJI + "я" * 66, "UCS-2", 134, 3, 66),
        ("я" * 65 + EMOJI + "я" * 67, "UCS-2", 134, 2, 0),
        (EMOJI * 67, "UCS-2", 134, 3, 67 - 2),
    ],
)
def test_a_text_has_its_alphabet_its_units_and_its_parts(
    text: str, alphabet: str, units: int, parts: int, room: int
) -> None:
    counted = count_sms(text)
    assert (counted.characters, counted.alphabet, counted.units) == (len(text), alphabet, units)
    assert (counted.parts, counted.room) == (parts, room)
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    ("text", "forcing"),
    [
        ("plain {text} for 5 €", ()),
        ("price — 5 €", ("—",)),
        ("a ‘quoted’ word — and ‘another’", ("‘", "’", "—")),
        (f"hi {EMOJI}{EMOJI}", (EMOJI,)),
        ("Дай", ("Д", "а", "й")),
    ],
)
def test_it_names_each_character_that_forces_ucs_2_once(text: str, forcing: tuple[str, ...]) -> None:
    assert count_sms(text).forcing == forcing


def test_it_says_what_a_text_would_be_without_them() -> None:
    text = "a" * 158 + "—"
    assert count_sms(text).parts == 3
    assert without(text, count_sms(text).forcing).parts == 1
