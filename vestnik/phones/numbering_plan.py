"""Says which numbers of +7 are given out, and which are mobile, by libphonenumber's data."""

from functools import lru_cache

import phonenumbers


def is_given_out(national: int) -> bool:
    """Return whether the ten digits after the 7 are a number that was given out."""
    return phonenumbers.is_valid_number(phonenumbers.PhoneNumber(7, national))


@lru_cache(maxsize=1)
def mobile_codes() -> tuple[int, ...]:
    """The operator codes, 0 to 999, whose numbers are mobile.

    In the numbering plans of Russia and Kazakhstan, the three digits after the 7 decide (libphonenumber's data; a test
    compares). They also decide for blocks that were not given out yet.
    """
    return tuple(filter(_is_mobile_code, range(1_000)))


def _is_mobile_code(code: int) -> bool:
    kind = phonenumbers.number_type(phonenumbers.PhoneNumber(7, code * 10_000_000 + 1_234_567))
    return bool(kind == phonenumbers.PhoneNumberType.MOBILE)
