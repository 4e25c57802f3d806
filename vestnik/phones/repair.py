"""Finds the phone number in a text that is none by the rules, so that somebody can say whether it is meant.

Nothing here is taken by itself: an import refuses such a text, shows what it could be read as, and a person decides.
"""

import re

from vestnik.phones.number import MIN_PHONE
from vestnik.phones.numbering_plan import is_given_out
from vestnik.phones.spelling import NoPhone, digits_of, read_phone

#: What stands between a number and something else: words, extensions, another number.
_BETWEEN = re.compile(r"[^0-9()+.\s\u00a0\u2010-\u2015-]+")


def repair_phone(text: str) -> int | None:
    """The number that a text seems to mean, as bigint; None if it means none.

    The first number counts (``8 911 123-45-67, 8 921 000-00-00``, ``+7 495 123-45-67 доб. 12``), and so does one with
    a wrong beginning: ``+8 911``, ``+7 8 911``, ``007 911``. It must be a number that was given out.
    """
    found = (_read(part.strip(". ")) for part in _BETWEEN.split(text) if re.search("[0-9]", part))
    return next((phone for phone in found if phone is not None), None)


def _read(part: str) -> int | None:
    national = _national(part)
    return MIN_PHONE + national if national is not None and is_given_out(national) else None


def _national(part: str) -> int | None:
    """The ten digits after the 7."""
    try:
        return read_phone(part) - MIN_PHONE
    except NoPhone:
        pass
    try:
        _international, digits = digits_of(part)
    except NoPhone:
        return None
    if len(digits) == 22 and digits[0] in "78" and digits[11] in "78":
        return int(digits[1:11])  # two numbers with nothing but a space between them
    if len(digits) == 11 and digits[0] == "8":
        return int(digits[1:])
    if len(digits) == 12 and digits.startswith("78"):
        return int(digits[2:])
    return int(digits[3:]) if len(digits) == 13 and digits.startswith("007") else None
