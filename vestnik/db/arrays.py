"""Arrays as PostgreSQL reads them. psycopg asks how to write each element, which takes several times as long."""

from collections.abc import Iterable


def number_array(numbers: Iterable[float | None]) -> str:
    """Numbers as an array of PostgreSQL's, for a cast like ``%(ids)s::bigint[]``."""
    return "{" + ",".join(["NULL" if number is None else repr(number) for number in numbers]) + "}"


def text_array(texts: Iterable[str | None]) -> str:
    """Texts as an array of PostgreSQL's, for the cast ``%(words)s::text[]``."""
    return "{" + ",".join(["NULL" if text is None else _quoted(text) for text in texts]) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
