"""Searches phone numbers by their first digits."""

from vestnik.characters import without_blanks
from vestnik.phones.number import MAX_PHONE, MIN_PHONE
from vestnik.phones.sentences import PhoneFault
from vestnik.phones.spelling import NoPhone, digits_of, national_digits


def read_phone_prefix(text: str) -> str:
    """The first digits of the numbers that somebody looks for: ``+7 (911)``, ``8911``, ``911`` are all ``7911``.

    An empty text is the beginning of every number.

    Raises:
        NoPhone: no number of +7 begins like this.
    """
    if not without_blanks(text):
        return ""
    international, digits = digits_of(text)
    whole = national_digits(digits, international=international)
    if whole is not None:
        return f"7{whole}"
    if not international and digits[0] == "8":
        digits = f"7{digits[1:]}"
    elif not international and digits[0] != "7":
        digits = f"7{digits}"
    if digits[0] != "7" or len(digits) > 11:
        raise NoPhone(PhoneFault.WRONG)
    return digits


def phone_range(prefix: str) -> tuple[int, int]:
    """The lowest and the highest phone number that begin with ``prefix`` (one to eleven digits)."""
    missing = 11 - len(prefix)
    least = int(prefix) * 10**missing
    return max(least, MIN_PHONE), min(least + 10**missing - 1, MAX_PHONE)
