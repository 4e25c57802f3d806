"""A text that is no phone number is read as the one that it seems to mean, if there is one."""

import pytest

from vestnik.phones.repair import repair_phone
from vestnik.phones.spelling import is_phone

PHONE = 79111234567


@pytest.mark.parametrize(
    "text",
    [
        "+8 911 123-45-67", "+89111234567", "+7 8 911 123-45-67", "789111234567", "007 911 123 45 67",
        "89111234567, 89210000000", "8 911 123-45-67; 8 921 000-00-00", "8 911 123-45-67/68", "89111234567 89210000000",
        "+7 911 123-45-67 доб. 12", "тел. 8 911 123-45-67", "Иван 8(911)123-45-67", "9111234567 моб",
    ],
)  # fmt: skip
def test_the_first_number_counts_whatever_stands_beside_it(text: str) -> None:
    assert not is_phone(text)
    assert repair_phone(text) == PHONE


@pytest.mark.parametrize(
    "text",
    [
        "", "—", "нет", "12", "911", "8911OOO4567", "7,91112E+10", "8 800 FLOWERS", "+1 202 555 0100",
        "+8 111 123-45-67", "79111234", "10.11.2026",
    ],
)  # fmt: skip
def test_what_means_no_number_is_none(text: str) -> None:
    assert repair_phone(text) is None
