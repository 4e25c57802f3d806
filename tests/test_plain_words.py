"""What people read is in plain words: catalogues, sentences of the code, the daily report, the users' pages."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
VESTNIK = ROOT / "vestnik"
CATALOGUES = sorted(VESTNIK.rglob("ru/LC_MESSAGES/django.po"))
LETTER = sorted((VESTNIK / "templates").rglob("*.*"))
#: Pages for users. Decisions and explanations are for those who change the code.
PAGES = [
    *sorted((ROOT / "docs" / "start").glob("*.md")),
    *sorted((ROOT / "docs" / "how-to").glob("*.md")),
    *sorted((ROOT / "docs" / "reference").glob("*.md")),
    ROOT / "docs" / "README.md",
    ROOT / "README.md",
    ROOT / "README.ru.md",
    ROOT / "CHANGELOG.md",
]
#: What no native reader expects, and a plain way to say it. Each has stood on a page of ours.
MANNERED = {
    r"\bbooks?\b": "results, totals",
    r"\banew\b": "again",
    r"\bmend(?:s|ed|ing)?\b": "fix, correct",
    r"\bslips?\b": "mistake",
    r"\bspellings?\b": "format",
    r"\bdeeds?\b": "action",
    r"\bwhoever\b": "anybody who",
    r"\bany more\b": "no longer",
    r"\bfurther\b": "more, other, next",
    r"\btaken? back\b": "undone",
    r"(?<!\bthere )\b(?:is|are) no (?!such\b|longer\b|more\b)": "is not a",
    r"\bno table but\b": "not a table",
    r"\bcount on\b": "keep counting",
    r"\b(?:broke|breaks?|broken) off\b": "failed, was closed, was cut off",
    r"\bdid not leave\b": "was not sent",
    r"\bgive it an? \b": "enter",
    r"\bhad events\b": "redelivered events",
    r"\bneeds? a decision\b": "needs attention",
    r"(?-i:\b(?:LOOK|DECIDE|РЕШИТЕ|ПОСМОТРИТЕ)\b)": "Needs attention",
    r"\brefuse[sd]? us\b": "rejects our account",
    r"\b(?:is|are) out\b(?! of)": "is suspended",
    r"(?<!\bas )\bof now\b": "current",
    r"учёт сообщ": "итоги",
    r"загру(?:зил|жен|зить(?! и))": "импорт",
    r"\bисход(?!н)": "результат",
    r"сам Vestnik": "система",
    r"\(а\)": "страдательный залог",
}
_MANNERED = re.compile("|".join(MANNERED), re.IGNORECASE)
#: The same, in sentences only: a page may well say "look at the log".
IN_SENTENCES = {
    r"(?:^|[.:] )say\b": "use, for example",
    r"\blooks? (?:at|again)\b": "check, count again",
    r"\bholds?\b(?! of)": "contains",
}
_IN_SENTENCES = re.compile("|".join([*MANNERED, *IN_SENTENCES]), re.IGNORECASE)


def strings_of(source: str) -> Iterator[str]:
    """The sentences of a catalogue or a module: the strings of a .po file, or all of Python but docstrings."""
    if source.startswith("#") or "msgid" in source[:2_000]:
        yield from (ast.literal_eval(found) for found in re.findall(r'^(?:msg\S+ )?(".*")$', source, re.MULTILINE))
        return
    tree = ast.parse(source)
    expressions = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in expressions:
            yield node.value


def prose_of(page: str) -> str:
    """A page of Markdown without its code: what a program prints or is called is not ours to word here."""
    return re.sub(r"```.*?```|`[^`\n]*`", "``", page, flags=re.DOTALL)


def mannered(text: str, pattern: re.Pattern[str] = _MANNERED) -> list[str]:
    return [text[max(0, found.start() - 40) : found.end() + 40] for found in pattern.finditer(text)]


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: str(file.relative_to(VESTNIK)))
def test_catalogues_say_nothing_in_words_of_our_own(file: Path) -> None:
    assert len(CATALOGUES) >= 3
    sentences = list(strings_of(file.read_text(encoding="utf-8")))
    assert len(sentences) > 100
    assert [found for sentence in sentences for found in mannered(sentence, _IN_SENTENCES)] == []


def test_the_code_says_nothing_in_words_of_our_own() -> None:
    """Errors of the command line and of settings, what the API's fields are for: the catalogues do not have these."""
    said = {
        (str(file.relative_to(ROOT)), found)
        for file in sorted(VESTNIK.rglob("*.py"))
        for sentence in strings_of(file.read_text(encoding="utf-8"))
        if " " in sentence
        for found in mannered(sentence, _IN_SENTENCES)
    }
    assert said == set()


def descriptions_of(schema: object) -> Iterator[str]:
    """What an OpenAPI document says to readers."""
    if isinstance(schema, dict):
        yield from (schema[key] for key in ("summary", "description") if isinstance(schema.get(key), str))
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for each in inner:
        yield from descriptions_of(each)


def test_the_description_of_rest_says_nothing_in_words_of_our_own() -> None:
    said = list(descriptions_of(json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))))
    assert len(said) > 500
    assert [found for sentence in said for found in mannered(sentence, _IN_SENTENCES)] == []


@pytest.mark.parametrize("file", LETTER, ids=lambda file: file.name)
def test_templates_outside_the_console_say_nothing_in_words_of_our_own(file: Path) -> None:
    assert mannered(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_pages_for_users_say_nothing_in_words_of_our_own(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    if file.name == "CHANGELOG.md":  # what is released stays as it was said
        text = text.split("\n## ")[1]
        assert text.startswith("Unreleased")
    assert mannered(prose_of(text)) == []
