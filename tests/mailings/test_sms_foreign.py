"""The parts of texts agree with those that another codec's bytes give (``harness/foreign_parts.py``)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.foreign_parts import counted
from vestnik.mailings.sms import count_sms, parts_of

_CHARACTERS = st.sampled_from([*"abZ0 @£Ñ\n{}[]~^|\\€\f", *"бЯ—`ç\u00a0\t", "👋"])


@given(st.lists(_CHARACTERS, min_size=1, max_size=3, unique=True), st.lists(st.integers(0, 2), max_size=500))
@settings(max_examples=500, deadline=None)
def test_another_codec_counts_the_same(characters: list[str], places: list[int]) -> None:
    text = "".join(characters[place % len(characters)] for place in places)
    found = count_sms(text)
    assert (found.alphabet, found.parts) == counted(text)
    assert parts_of(text) == found.parts
