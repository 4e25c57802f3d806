"""Every sentence of the API in English and in Russian, by Accept-Language; codes for machines stay as they are."""

import ast
import gettext
import re
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import client_body, mailing_body
from harness.rest import in_future
from tests.console.test_russian import in_templates
from vestnik.phones.sentences import PHONE_WORDS

SOURCE = Path(__file__).parents[2] / "vestnik"
CATALOGUE = SOURCE / "locale/ru/LC_MESSAGES"
MARKS = {"gettext_noop", "_", "_lazy", "_noop"}
#: Calls whose first argument is a sentence for people.
SPEAK = {
    "LoginEnded",
    "Refused",
    "NotFound",
    "StateForbids",
    "EditedMeanwhile",
    "KeyReused",
    "WrongKey",
    "ParseError",
    "AuthenticationFailed",
    "InvalidInput",
    "FileProblem",
    "ValidationError",
    "plain_problem",
    "problem_body",
}


def calls() -> list[tuple[str, ast.expr, str]]:
    """The name, first argument and place of each call in the code."""
    found = []
    for file in sorted(SOURCE.rglob("*.py")):
        if file.is_relative_to(SOURCE / "console"):  # a catalogue of its own
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                found.append((name, node.args[0], f"{file.relative_to(SOURCE)}:{node.lineno}"))
    return found


def written() -> dict[str, str]:
    """The sentences of the catalogue as people edit it."""
    text = (CATALOGUE / "django.po").read_text(encoding="utf-8")
    pairs = re.findall(r'^msgid (".+")\nmsgstr (".*")$', text, re.MULTILINE)
    return {ast.literal_eval(english): ast.literal_eval(russian) for english, russian in pairs}


def test_every_marked_sentence_has_a_russian_one():
    marked = {argument.value for name, argument, _ in calls() if name in MARKS and isinstance(argument, ast.Constant)}
    # The table of phones needs no Django, and is marked where it is used.
    marked |= set(PHONE_WORDS.values())
    marked |= set(in_templates(SOURCE / "templates"))
    russian = written()
    assert marked == set(russian), "say what is new in django.po, then `make messages`"
    assert all(re.search("[а-я]", sentence) for sentence in russian.values())
    for english, sentence in russian.items():
        assert sorted(re.findall(r"%\(\w+\)\w", english)) == sorted(re.findall(r"%\(\w+\)\w", sentence))


def bare(argument: ast.expr) -> bool:
    """Is it a sentence without a mark, or a dict or list that holds one?"""
    if isinstance(argument, ast.Dict):
        return any(bare(value) for value in argument.values)
    if isinstance(argument, ast.List):
        return any(bare(value) for value in argument.elts)
    return isinstance(argument, ast.JoinedStr) or isinstance(getattr(argument, "value", None), str)


def test_every_sentence_of_an_error_is_marked():
    # The command line speaks English, the sample is its own, receipts are posted by machines; a request can meet the
    # rest.
    heard = ("api/", "accounts/", "mailings/", "clients/", "audience/")
    found = [place for name, argument, place in calls() if name in SPEAK and bare(argument)]
    unheard = ("clients/sample.py", "api/receipts.py")
    assert [place for place in found if place.startswith(heard) and not place.startswith(unheard)] == []


def test_the_compiled_catalogue_is_current():
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert {english: compiled.gettext(english) for english in written()} == written()


@pytest.mark.parametrize(
    ("method", "path", "body", "english", "russian"),
    [
        ("get", "/client/99", None, "There is no client with this id.", "Клиента с таким id нет."),
        ("get", "/nowhere", None, "There is nothing here.", "Здесь ничего нет."),
        ("put", "/client/", {}, "not allowed", "не разрешен"),
        ("post", "/client/", {}, "This field is required.", "Обязательное поле."),
        ("post", "/client/", client_body(phone_number="1"), "Give 11 digits", "Укажите 11 цифр"),
        ("post", "/client/", client_body(timezone="Mars"), "not an IANA time zone", "Такого часового пояса"),
        ("get", "/client/?page_size=0", None, "from 1 to 10000", "от 1 до 10000"),
        ("post", "/sender/notifications", mailing_body(filter={}), "'tag' is missing", "'tag' не указан"),
        ("post", "/sender/notifications", mailing_body(end_time=in_future(days=-1)), "after the start", "позже начала"),
    ],
)
def test_the_same_request_in_both_languages(
    operator: APIClient, method: str, path: str, body: Any, english: str, russian: str
):
    for accepted, language, words in (
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru", russian),
        ("en", "en", english),
        ("de, fr;q=0.5", "en", english),
        ("", "en", english),
    ):
        answer = getattr(operator, method)(path, body, HTTP_ACCEPT_LANGUAGE=accepted)
        assert words in str(answer.json())
        assert answer["Content-Language"] == language
        assert "Accept-Language" in answer["Vary"]


def test_codes_are_the_same_in_every_language(operator: APIClient):
    answers = [operator.get("/client/99", HTTP_ACCEPT_LANGUAGE=language).json() for language in ("en", "ru")]
    assert [answer["code"] for answer in answers] == ["not_found", "not_found"]
