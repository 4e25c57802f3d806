"""Phone numbers as people write them."""

import phonenumbers

from vestnik.models import GREATEST_PHONE, LEAST_PHONE

_DRESS = str.maketrans("", "", " ()-\xa0\u2011\u2013.")


def phone_of(text: str) -> int | None:
    """The number of ``+7 (911) 123-45-67``, ``8911…``, ``7911…`` or ``911…``, as bigint; None if it is none of +7.

    Eleven digits of the two common forms are read directly: phonenumbers takes 20 µs a number, and reads them the same
    (a test compares). What is odder goes through it, and must be a number that was given out: ten digits may as well be
    eleven of which one was lost, and then a stranger would get the messages.
    """
    bare = text if len(text) == 11 else text.translate(_DRESS)
    if len(bare) == 12 and bare[:2] == "+7":
        bare = bare[1:]
    if len(bare) == 11 and bare[0] in "78" and bare.isascii() and bare.isdigit():
        return 70_000_000_000 + int(bare[1:])
    return _parsed(text)


def phone_prefix_of(text: str) -> str | None:
    """The first digits of the numbers that somebody looks for: ``+7 (911)``, ``8911``, ``911`` are all ``7911``.

    None: they are no beginning of a number of +7.
    """
    bare = text.translate(_DRESS)
    international = bare.startswith("+")
    digits = bare[1:] if international else bare
    if not (digits.isascii() and digits.isdigit()):
        return None if digits or international else ""
    if not international and digits[0] == "8":
        digits = f"7{digits[1:]}"
    elif not international and digits[0] != "7":
        digits = f"7{digits}"
    return digits if digits[0] == "7" and len(digits) <= 11 else None


def _parsed(text: str) -> int | None:
    try:
        number = phonenumbers.parse(text, "RU")
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != 7 or number.extension or not phonenumbers.is_valid_number(number):
        return None
    phone = 70_000_000_000 + (number.national_number or 0)
    return phone if LEAST_PHONE <= phone <= GREATEST_PHONE else None
