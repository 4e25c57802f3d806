"""What a mailing may say: the limits that REST and the console hold it to."""

from collections.abc import Sequence

from vestnik.characters import clean_text

#: Characters (Unicode code points), as in the ledger's columns.
LONGEST_NAME, LONGEST_TEXT, LONGEST_TAG = 200, 2_000, 64
#: Values in one key of a filter.
MOST_VALUES = 1_000
#: Years that a time may be in: PostgreSQL knows more, Python's zones no more.
FIRST_YEAR, LAST_YEAR = 1970, 9000


def is_tag(value: object) -> bool:
    """Can a client have this tag, once it is cleaned?"""
    return isinstance(value, str) and is_storable(value) and 1 <= len(clean_text(value)) <= LONGEST_TAG


def clean_tags(tags: Sequence[str] | None) -> list[str] | None:
    """The tags of a filter as clients have them, each once; None: not filtered by it."""
    return None if tags is None else list(dict.fromkeys(map(clean_text, tags)))


def matched_tags(tags: Sequence[str] | None) -> list[str] | None:
    """The tags that a filter of the ledger matches: what earlier releases kept may not be clean yet."""
    return None if tags is None else list(dict.fromkeys([*tags, *map(clean_text, tags)]))


def is_operator_code(value: object) -> bool:
    """Is this a number of three digits (leading zeros left out)?"""
    return type(value) is int and 0 <= value <= 999


def is_storable(text: str) -> bool:
    """Can the ledger and the gateway take this text: is there no NUL in it, and no half of a surrogate pair?"""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
