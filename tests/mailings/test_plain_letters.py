"""Letters that only look like those of GSM-7 cost parts, and can be replaced by those."""

import pytest

from vestnik.mailings.plain_letters import plainer
from vestnik.mailings.sms import count_sms

HUNDRED = "a" * 100


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (HUNDRED + "—", HUNDRED + "-"),
        (HUNDRED + " “it’s” …", HUNDRED + ' "it\'s" ...'),
        (HUNDRED + "\u00a0b\u200bc", HUNDRED + " bc"),
        (HUNDRED + " СОСА-СОLА", HUNDRED + " COCA-COLA"),
        ("a" * 400 + "а", "a" * 401),
    ],
)
def test_a_text_that_reads_the_same_has_fewer_parts(text: str, plain: str) -> None:
    found = plainer(text)
    assert found is not None
    assert found.text == plain
    assert (found.parts_before, found.parts) == (count_sms(text).parts, count_sms(plain).parts)
    assert found.parts < found.parts_before


def test_it_says_which_letters_it_replaces() -> None:
    found = plainer(HUNDRED + "— а —")
    assert found is not None
    assert found.replaced == (("—", "-"), ("а", "a"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        HUNDRED,  # nothing to replace
        "a — b",  # one part either way
        HUNDRED + "Привет",  # Russian stays Russian
        HUNDRED + "— \N{WAVING HAND SIGN}",  # one letter without a look-alike
        "\u200b" * 71,  # nothing would be left
    ],
)
def test_where_nothing_is_won_nothing_is_offered(text: str) -> None:
    assert plainer(text) is None
