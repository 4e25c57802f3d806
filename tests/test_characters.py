"""Short texts: what a reader cannot tell apart is one text, and a text of which nothing can be seen is none."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestnik.characters import clean_text, is_blank

CLEANED: dict[str, str] = {
    "vip": "vip",
    " vip ": "vip",
    "\tvip\r\n": "vip",
    "\u00a0vip\u202f": "vip",
    "\u3000vip\u2003": "vip",
    "\ufeffvip": "vip",
    "vip\u200b\u200e\u2060\u00ad": "vip",
    "vip\u3164\u2800\u115f": "vip",
    "\u202avip\u202c": "vip",
    "vip\x01\x7f": "vip",
    "vip\ufe0f": "vip",
    "v\u200bi\u00adp": "vip",
    "v\u200di\u200cp": "vip",
    "\u0438\u0306": "\u0439",
    "\u200b\u00a0\ufe0f": "",
    "new\u00a0clients": "new clients",
    "new  clients": "new  clients",
    "a\tb\nc": "a\tb\nc",
    # What changes how a text looks stays.
    "\u2764\ufe0f ": "\u2764\ufe0f",
    "1\ufe0f\u20e3": "1\ufe0f\u20e3",
    "👨\u200d👩\u200d👧": "👨\u200d👩\u200d👧",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # noqa: E501
    "می\u200cخواهم": "می\u200cخواهم",
    "ﬁ": "ﬁ",
}


@pytest.mark.parametrize(("text", "clean"), CLEANED.items(), ids=list(map(ascii, CLEANED)))
def test_a_short_text_is_kept_as_it_is_seen(text: str, clean: str) -> None:
    assert clean_text(text) == clean


UNSEEN = st.text(
    st.sampled_from(" \t\n\u00a0\u2009\u202f\u3000\u200b\u200d\u200e\u2060\u00ad\ufeff\u2066\u3164\u2800\x1f")
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" \u200b\u200d\ufe0f\u0306\u00a0и❤v1\u20e3"))


@given(UNSEEN, TEXTS, UNSEEN)
def test_what_stands_around_a_text_unseen_makes_no_other_text(before: str, text: str, after: str) -> None:
    assert clean_text(before + text + after) == clean_text(text + after)
    seen = clean_text(text)
    if seen and seen[-1].isalnum():
        assert clean_text(before + text + after) == seen


@given(TEXTS)
def test_a_clean_text_is_clean(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert clean == "" or not is_blank(clean)
    assert bool(clean) != is_blank(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_both_forms_of_a_text_are_one(text: str) -> None:
    assert clean_text(unicodedata.normalize("NFD", text)) == clean_text(unicodedata.normalize("NFC", text))
