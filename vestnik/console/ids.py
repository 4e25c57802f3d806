"""Ids as they stand in queries and forms: whatever can be no id of the ledger is none, whatever its length."""

import re

#: Ids are PostgreSQL's bigint.
_MAX_ID = 2**63 - 1


def id_of(text: str) -> int | None:
    """The id that is written so; None: it can be nobody's. Python's own ``int`` fails on 5,000 digits."""
    if not re.fullmatch("[0-9]{1,19}", text):
        return None
    number = int(text)
    return number if number <= _MAX_ID else None
