"""Tests of attributes as one path of SQL/JSON (ISO 9075-2; PostgreSQL's ``jsonpath``)."""

import json
from collections.abc import Sequence

from vestnik.clients.attributes.values import Value
from vestnik.clients.segments.conditions import AttributeTest, Test

#: A path cannot say whether values of two types are equal. A filter (``?``) takes that as no, which NOT needs.
_PATTERNS = {
    Test.EQUALS: "{place} == {value}",
    Test.NOT: "!exists({place} ? (@ == {value}))",
    Test.GREATER: "{place} > {value}",
    Test.LESS: "{place} < {value}",
    Test.CONTAINS: "{place} like_regex {value}",
    Test.IS_SET: "exists({place})",
    Test.IS_NOT_SET: "!exists({place})",
}


def path_of(tests: Sequence[AttributeTest]) -> str | None:
    """The path that is true where all of these tests hold; None: there are none."""
    return " && ".join(f"({_predicate(each)})" for each in tests) or None


def _predicate(test: AttributeTest) -> str:
    value = _in_any_case(str(test.value)) if test.test == Test.CONTAINS else test.value
    return _PATTERNS[test.test].format(place=f'$."{test.name}"', value=_literal(value))


def _in_any_case(text: str) -> str:
    """A regular expression that finds a text in capital and small letters.

    Both are written out: PostgreSQL goes by its database's locale, in which Cyrillic letters may have no case.
    """
    return "".join(map(_either, text))


def _either(character: str) -> str:
    cases = {character.lower(), character.upper()}
    if len(cases) == 2 and all(len(each) == 1 for each in cases):
        return f"[{''.join(sorted(cases))}]"
    is_plain = not character.isascii() or character.isalnum() or character in " _"
    return character if is_plain else f"\\{character}"


def _literal(value: Value | None) -> str:
    """A value as a path writes it: strings are those of JSON."""
    return "" if value is None else json.dumps(value, ensure_ascii=False)
