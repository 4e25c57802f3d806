"""Text in CSV that no spreadsheet runs as a formula, and that an import of ours takes back as it was.

A cell is a formula when it begins with one of a few characters (OWASP, "CSV Injection"). A spreadsheet of a country
where a comma is the decimal point splits lines at semicolons, or at tabs, so a cell may begin inside a text of ours;
spaces and quotes before its beginning do not count. An apostrophe is put before each such place.
"""

import re

_STARTS = r"=+@\t\r\n＝＋－＠-"
#: What a line may be split at, whatever we separate with.
_SEPARATORS = r";\t\r\n"
#: What a spreadsheet drops before it looks at a cell.
_DROPPED = " '\"\u00a0"
_BEGINS = rf"(?:^|(?<=[{_SEPARATORS}]))"
_FORMULA = rf"(?=[{_DROPPED}]*[{_STARTS}])"
_UNGUARDED = re.compile(_BEGINS + _FORMULA)
_GUARDED = re.compile(rf"{_BEGINS}'{_FORMULA}")


def harmless(text: str) -> str:
    """``text`` with an apostrophe before whatever a spreadsheet would run."""
    return _UNGUARDED.sub("'", text)


def as_typed(text: str) -> str:
    """``text`` without the apostrophes of :func:`harmless`."""
    return _GUARDED.sub("", text) if "'" in text else text


def harmless_sql(column: str) -> str:
    """An expression of PostgreSQL that gives what :func:`harmless` gives.

    Args:
        column: an expression of ours; it is not quoted.
    """
    quote = "''"
    dropped = _DROPPED.replace("'", quote)
    return f"regexp_replace({column}, '{_BEGINS}(?=[{dropped}]*[{_STARTS}])', '{quote}', 'g')"
