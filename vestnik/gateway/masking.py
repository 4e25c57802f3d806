"""Phone numbers as logs, details and traces may show them: recognisable, but not complete."""

import re

#: Eleven digits in a row, and a Russian number as people write it: +7 (911) 123-45-67.
_ELEVEN = re.compile(r"(?<![0-9])([0-9]{4})[0-9]{3}([0-9]{4})(?![0-9])")
_WRITTEN = re.compile(
    r"(?<![0-9])([78])[ ().-]{0,3}([0-9]{3})[ ().-]{0,3}[0-9]{3}[ .-]?([0-9]{2})[ .-]?([0-9]{2})(?![0-9])"
)


def mask_phone(phone: int) -> str:
    """``79111234567`` → ``7911***4567``."""
    digits = str(phone)
    return f"{digits[:4]}***{digits[-4:]}"


def mask_phones(text: str) -> str:
    """``text`` with whatever looks like a phone number masked, as foreign words may echo one."""
    return _WRITTEN.sub(r"\1\2***\3\4", _ELEVEN.sub(r"\1***\2", text))
