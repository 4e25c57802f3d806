"""Tags that look alike are one tag, over REST, in files and in the console; what cannot be seen is missing."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import client_body, mailing_body

ALIKE = ["vip", " vip", "vip\u00a0", "\ufeffvip", "v\u200bip", "\u200evip\u202f", "\tvip\n", "vip\ufe0f"]
UNSEEN = ["", " ", "\u00a0\u200b", "\ufeff", "\u3164", "\t\n", "\u2800\ufe0f"]


def post(client: APIClient, path: str, body: dict[str, Any]) -> Any:
    return client.post(path, body, format="json")


@pytest.mark.parametrize("tag", ALIKE, ids=ascii)
def test_rest_keeps_finds_and_sends_to_a_tag_as_it_is_seen(operator: APIClient, tag: str) -> None:
    assert post(operator, "/client/", client_body(tag=tag)).json()["tag"] == "vip"
    for sought in ALIKE:
        assert len(operator.get("/client/", {"tag": sought}).json()) == 1
    body = mailing_body(filter={"tag": [tag, " vip ", "vip"], "operator_code": None})
    assert post(operator, "/sender/notifications/preview", body).json()["total"] == 1
    assert post(operator, "/sender/notifications", body).json()["filter"] == {"tag": ["vip"], "operator_code": None}


def test_both_spellings_of_a_letter_are_one_tag(operator: APIClient) -> None:
    assert post(operator, "/client/", client_body(tag="геро\u0438\u0306")).json()["tag"] == "герой"


@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
def test_what_cannot_be_seen_is_missing_over_rest(operator: APIClient, text: str) -> None:
    for path, body, field in (
        ("/client/", client_body(tag=text), "tag"),
        ("/sender/notifications", mailing_body(message_text=text), "message_text"),
        ("/sender/notifications", mailing_body(filter={"tag": [text], "operator_code": None}), "filter"),
        ("/auth/keys/", {"name": text, "role": "viewer"}, "name"),
    ):
        answer = post(operator, path, body)
        assert (answer.status_code, list(answer.json())) == (400, [field]), path


def test_a_message_text_is_sent_as_it_was_typed(operator: APIClient) -> None:
    text = "\u200e Hello\u00a0there \n"
    assert post(operator, "/sender/notifications", mailing_body(message_text=text)).json()["message_text"] == text


def test_why_a_phone_is_stopped_is_kept_as_it_is_seen(operator: APIClient) -> None:
    answer = post(operator, "/client/stop-list", {"phone_number": "79111234567", "reason": " asked\u200b us \ufeff"})
    assert answer.json()["reason"] == "asked us"


@pytest.mark.parametrize("tag", ALIKE, ids=ascii)
def test_files_and_the_console_keep_a_tag_as_it_is_seen(db: None, tag: str) -> None:
    del db
    from vestnik.clients.imports.checking import row_checker
    from vestnik.clients.imports.columns import Columns
    from vestnik.console.clients.forms import ClientForm, ClientSearch
    from vestnik.console.composing.fields import read_tag

    columns = Columns(phone=0, code=None, tag=1, zone=None, count=2, tag_for_all=tag)
    check = row_checker(columns, zones=frozenset(), needs_all=False)
    assert (check(["79111234567", tag]).tag, check(["79111234567", "\u200b"]).tag) == ("vip", "vip")
    assert read_tag(tag) == "vip"
    form = ClientForm({"phone_number": "79111234567", "tag": tag, "timezone": "Europe/Moscow"})
    assert form.is_valid(), form.errors
    assert form.client_fields().tag == "vip"
    search = ClientSearch({"tag": tag})
    assert search.is_valid(), search.errors
    assert search.filters()["tag"] == "vip"


@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
def test_what_cannot_be_seen_is_missing_in_files_and_in_the_console(db: None, text: str) -> None:
    del db
    from django.core.exceptions import ValidationError

    from vestnik.clients.imports.checking import row_checker
    from vestnik.clients.imports.columns import Columns
    from vestnik.console.clients.forms import ClientForm
    from vestnik.console.composing.fields import read_tag
    from vestnik.console.gateways.forms import TrialForm
    from vestnik.console.people.forms import KeyForm

    check = row_checker(Columns(phone=0, code=2, tag=1, zone=None, count=3), zones=frozenset(), needs_all=True)
    assert check(["79111234567", text, text]).reason == "tag_missing"
    assert "tag" in ClientForm({"phone_number": "79111234567", "tag": text, "timezone": "Europe/Moscow"}).errors
    assert "text" in TrialForm({"phone": "79111234567", "text": text}).errors
    assert "name" in KeyForm({"name": text, "role": "viewer"}).errors
    with pytest.raises(ValidationError):
        read_tag(text)
