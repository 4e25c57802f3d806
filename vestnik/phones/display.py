"""Phone numbers as people read them, and masked: recognisable, but not complete, for logs, details and traces.

Two rules decide what is masked. A field whose meaning is known to be one of our own ids is written whole
(:mod:`vestnik.logs`). Any other text is free text: whatever reads as a Russian phone number in it is masked, except
inside an id of a usual form.
"""

import re

#: What people write between the digits of a number: white space, brackets, dots, dashes, invisible characters; the same
#: as Python and JSON escape them.
_BETWEEN = (
    r"(?:[\s().\-\u00ad\u200b-\u200f\u2010-\u2015\u2060-\u2064\u2212\ufeff]"
    r"|\\u(?:00a[0d]|20[0-9a-f]{2}|2212|feff|202f|3000)|\\x[0-9a-f]{2}|\\[nrt]){0,3}"
)
#: A number of +7 as people write it: 7 or 8 and ten digits, or the ten digits of a mobile number alone.
_PHONE = re.compile(
    rf"(?<!\d)([78])(?:{_BETWEEN}~{_BETWEEN}10{_BETWEEN}[78]?)?{_BETWEEN}"
    rf"(\d){_BETWEEN}(\d){_BETWEEN}(\d)(?:{_BETWEEN}\d){{3}}"
    rf"{_BETWEEN}(\d){_BETWEEN}(\d){_BETWEEN}(\d){_BETWEEN}(\d)(?!\d)"
)
_TEN_DIGITS = re.compile(
    rf"(?<!\d)(9){_BETWEEN}(\d){_BETWEEN}(\d)(?:{_BETWEEN}\d){{3}}"
    rf"{_BETWEEN}(\d){_BETWEEN}(\d){_BETWEEN}(\d){_BETWEEN}(\d)(?!\d)"
)
#: Ids that nobody reads as a phone: a UUID (RFC 9562), and 32, 40 or 64 hexadecimal digits with a letter among them.
_ID = re.compile(
    r"(?<!\w)(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?=[0-9]*[a-f])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}))(?!\w)",
    re.IGNORECASE,
)
#: A name given to a request that is a phone number, whole or between two separators, and no name.
_NAMED_BY_PHONE = re.compile(
    r"(?<![0-9A-Za-z])(?:[78](?:[._:-]{0,2}[0-9]){10}|9(?:[._:-]{0,2}[0-9]){9})(?![0-9A-Za-z])"
)
#: Text without so many digits needs no closer look.
_DIGITS_OF_A_PHONE = re.compile(rf"\d(?:{_BETWEEN}\d){{9}}")


def spell_phone(phone: int | str) -> str:
    """``79111234567`` as people read it: ``+7 911 123-45-67``. What has not eleven digits stays as it is."""
    digits = str(phone)
    return f"+{digits[0]} {digits[1:4]} {digits[4:7]}-{digits[7:9]}-{digits[9:]}" if len(digits) == 11 else digits


def mask_phone(phone: int) -> str:
    """``79111234567`` → ``7911***4567``."""
    digits = str(phone)
    return f"{digits[:4]}***{digits[-4:]}"


def mask_phones(text: str) -> str:
    """``text`` with each phone number masked, as foreign words may echo one; ids of a usual form stay."""
    if _DIGITS_OF_A_PHONE.search(text) is None:
        return text
    parts, at = [], 0
    for found in _ID.finditer(text):
        parts += [_masked(text[at : found.start()]), found.group()]
        at = found.end()
    return "".join((*parts, _masked(text[at:])))


def is_named_by_phone(name: str) -> bool:
    """Return whether a name is a phone number, or has one between separators: it is not written whole to a log."""
    return _ID.fullmatch(name) is None and _NAMED_BY_PHONE.search(name) is not None


def _masked(text: str) -> str:
    return _TEN_DIGITS.sub(r"\1\2\3***\4\5\6\7", _PHONE.sub(r"\1\2\3\4***\5\6\7\8", text))
