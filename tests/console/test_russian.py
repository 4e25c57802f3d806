"""The console speaks Russian, wholly: every sentence of ours, and every one that Unfold shows."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import unfold
from django.utils.translation import gettext as translated
from django.utils.translation import override
from django.utils.translation.template import templatize

from vestnik.phones.sentences import PHONE_WORDS

CONSOLE = Path(__file__).parents[2] / "vestnik" / "console"
UNFOLD = Path(unfold.__file__).parent
CATALOGUES = [CONSOLE / "locale", CONSOLE / "unfold_locale"]
#: Django's own marks, and the names that we give them.
MARKS = {"_", "_lazy", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "_now"}
_IN_TEMPLATE = re.compile(r"""\b(?:_|gettext)\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
_PLURAL_IN_TEMPLATE = re.compile(r"""\bngettext\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
_CONTEXT_IN_TEMPLATE = re.compile(
    r"""\bpgettext\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"), *u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
)
_LANGUAGES = {"English", "Vestnik", "CSV", "API", "REST API", "SMS"}


def in_templates(folder: Path) -> Iterator[str]:
    for file in sorted(folder.rglob("*.html")):
        source = templatize(file.read_text(encoding="utf-8"), origin=str(file))
        for pattern in (_IN_TEMPLATE, _PLURAL_IN_TEMPLATE):
            yield from (ast.literal_eval(found) for found in pattern.findall(source))
        for context, words in _CONTEXT_IN_TEMPLATE.findall(source):
            yield f"{ast.literal_eval(context)}\x04{ast.literal_eval(words)}"


def in_code(folder: Path) -> Iterator[str]:
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                words = [word.value for word in node.args if isinstance(word, ast.Constant)]
                if name in MARKS and all(isinstance(word, str) for word in words):
                    # A context stands before the sentence, as it does in a catalogue's keys.
                    yield "\x04".join(map(str, words[:2])) if name.startswith("pgettext") else str(words[0])


def catalogue_has(sentence: str, catalogue: dict[object, str]) -> bool:
    return sentence in catalogue or (sentence, 0) in catalogue


def compiled() -> dict[object, str]:
    found: dict[object, str] = {}
    for folder in CATALOGUES:
        with (folder / "ru" / "LC_MESSAGES" / "django.mo").open("rb") as file:
            found.update(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("folder", [CONSOLE, UNFOLD], ids=["ours", "Unfold's"])
def test_every_sentence_has_a_russian_one(folder: Path) -> None:
    sentences = set(in_templates(folder)) | set(in_code(folder))
    assert len(sentences) > 100
    catalogue = compiled()
    with override("ru"):
        missing = {
            sentence
            for sentence in sentences - _LANGUAGES
            if not catalogue_has(sentence, catalogue) and translated(sentence) == sentence
        }
    assert missing == set(), "say it in django.po, then `make messages`"


@pytest.mark.parametrize("words", PHONE_WORDS.values())
def test_why_a_phone_is_none_is_said_in_russian_too(words: str) -> None:
    """These are marked where no literal stands, so the look at the code above does not find them."""
    with override("ru"):
        assert re.search("[а-я]", translated(words))


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda folder: folder.name)
def test_the_compiled_catalogue_is_the_written_one(folder: Path) -> None:
    text = (folder / "ru" / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    written = {
        (f"{ast.literal_eval(context)}\x04" if context else "") + ast.literal_eval(english): ast.literal_eval(russian)
        for context, english, russian in re.findall(
            r'(?:^msgctxt (".+")\n)?^msgid (".+")\nmsgstr (".+")$', text, re.MULTILINE
        )
    }
    assert len(written) > 50
    with (folder / "ru" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    assert {english: catalogue.get(english) for english in written} == written
    for english, russian in written.items():
        assert sorted(re.findall(r"%\(\w+\)\w", english)) == sorted(re.findall(r"%\(\w+\)\w", russian))


def test_a_sentence_has_one_translation_in_all_catalogues() -> None:
    """Of two the first catalogue's is shown everywhere: a button had the imperative of the quick start's step."""
    said: dict[object, set[str]] = {}
    for folder in (CONSOLE.parent / "locale", *CATALOGUES):
        with (folder / "ru" / "LC_MESSAGES" / "django.mo").open("rb") as file:
            for english, russian in gettext.GNUTranslations(file)._catalog.items():  # type: ignore[attr-defined]
                said.setdefault(english, set()).add(russian)
    assert len(said) > 1_000
    assert {english: russian for english, russian in said.items() if english and len(russian) > 1} == {}


#: A time of day, which cannot be mistaken.
_CLOCK = re.compile(r'\|(?:date|time):(?!"H:i")')


@pytest.mark.parametrize("file", sorted(CONSOLE.rglob("*.html")), ids=lambda file: file.name)
def test_dates_are_shown_by_the_filters_that_all_pages_share(file: Path) -> None:
    assert not _CLOCK.search(file.read_text(encoding="utf-8")), "use moment, exact or day of vestnik.console.tags"


#: Single words that Russian says in one way, wherever they stand.
_ONE_WAY = {
    "administrator",
    "any",
    "friend",
    "ms",
    "never",
    "no",
    "nothing",
    "now",
    "operator",
    "viewer",
    "yes",
}


def test_a_single_word_says_where_it_stands() -> None:
    """A word alone has no gender, case or number: «выключен» is a gateway, «отключён» a webhook. It has a context."""
    text = (CONSOLE / "locale" / "ru" / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    alone = set(
        re.findall(
            r'^(?<!msgctxt)msgid "([a-z][a-z-]*)"$',
            re.sub(r"^msgctxt .*\n.*", "", text, flags=re.MULTILINE),
            re.MULTILINE,
        )
    )
    assert alone - _ONE_WAY == set(), "say context=… in the template, or pgettext in the code"
    assert _ONE_WAY - alone == set(), "no excuse"


@pytest.mark.parametrize("file", sorted(CONSOLE.rglob("*.html")), ids=lambda file: file.name)
def test_quotation_marks_are_those_of_the_language(file: Path) -> None:
    """English ones stand in sentences only, which the Russian catalogue says with its own."""
    source = templatize(file.read_text(encoding="utf-8"), origin=str(file))
    for pattern in (_IN_TEMPLATE, _PLURAL_IN_TEMPLATE, _CONTEXT_IN_TEMPLATE):
        source = pattern.sub("", source)
    assert not re.search("[“”„]", source)


def test_russian_quotation_marks_are_guillemets() -> None:
    for file in (CONSOLE.parent / "locale", *CATALOGUES):
        text = (file / "ru" / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
        assert re.findall(r"^msgstr.*[“”„].*$", text, re.MULTILINE) == []
        assert re.findall(r"^msgstr.* – .*$", text, re.MULTILINE) == [], "a dash between words is an em dash"
