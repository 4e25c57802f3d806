"""Serializers serve one request after the other: each in its own language, and nothing of one is left for the next."""

from typing import Any

from rest_framework.test import APIClient

from harness.cast import client_body, mailing_body

LONG = client_body(tag="x" * 65)
SENTENCES = {
    "en": "Ensure this field has no more than 64 characters.",
    "ru": "Убедитесь, что это значение содержит не более 64 символов.",
}


def said(operator: APIClient, language: str) -> Any:
    return operator.post("/client/", LONG, headers={"Accept-Language": language}).json()


def test_each_request_is_answered_in_its_own_language(operator: APIClient) -> None:
    """A validator keeps the sentence that it was first translated to."""
    for language in ("en", "ru", "en", "ru"):
        assert said(operator, language) == {"tag": [SENTENCES[language]]}


def test_errors_of_one_request_are_not_told_to_the_next(operator: APIClient) -> None:
    assert operator.post("/client/", client_body(timezone="Mars/Base")).json().keys() == {"timezone"}
    assert operator.post("/client/", client_body(tag="")).json().keys() == {"tag"}
    assert operator.post("/client/", client_body()).status_code == 201


def test_what_one_body_says_is_not_taken_for_said_by_the_next(operator: APIClient) -> None:
    window = {"from": "09:00", "to": "21:00"}
    first = operator.post("/sender/notifications", mailing_body(name="News", send_window=window))
    body = mailing_body()
    del body["name"], body["send_window"]
    second = operator.post("/sender/notifications", body)
    assert (first.json()["name"], first.json()["send_window"]) == ("News", window)
    assert (second.json()["name"], second.json()["send_window"]) == ("", None)


def test_a_change_of_some_fields_does_not_make_the_others_optional_for_the_next(operator: APIClient) -> None:
    made = operator.post("/client/", client_body()).json()
    assert operator.patch(f"/client/{made['id']}", {"tag": "new"}).status_code == 200
    assert operator.put(f"/client/{made['id']}", {"tag": "new"}).json().keys() == {"phone_number", "timezone"}
    assert operator.patch(f"/client/{made['id']}", {"tag": "newer"}).status_code == 200


def test_no_body_is_told_as_before(operator: APIClient) -> None:
    for body in ("null", "[]", "7"):
        answer = operator.post("/client/", body, content_type="application/json")
        assert (answer.status_code, answer.json().keys()) == (400, {"non_field_errors"})
