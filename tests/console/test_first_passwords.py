"""An account that an administrator makes: its password is shown once, and replaced at the first login."""

import re

import pytest
from django.test import Client

from harness.cast import PASSWORD
from vestnik.models import User

pytestmark = pytest.mark.django_db
FIRST = "gerold-i-vestnik-17"


def made(as_anna: Client) -> str:
    body = {"username": "boris", "email": "", "role": "operator", "password": FIRST}
    return str(as_anna.post("/console/people", body).text)


def test_name_password_and_address_are_shown_once(as_anna: Client) -> None:
    page = made(as_anna)
    assert f"/console/ · boris · {FIRST}</code>" in page
    assert 'data-copy="given-password"' in page
    assert FIRST not in as_anna.get("/console/people").text
    boris = User.objects.get(username="boris")
    assert FIRST not in as_anna.get(f"/console/people/{boris.id}").text


@pytest.mark.parametrize("path", ["/console/", "/console/mailings", "/console/clients", "/console/api-keys"])
def test_the_first_login_leads_to_the_new_password_and_nowhere_else(as_anna: Client, client: Client, path: str) -> None:
    made(as_anna)
    client.post("/console/login/", {"username": "boris", "password": FIRST})
    assert client.get(path).headers["Location"] == "/console/account"
    assert "Your password is temporary" in client.get("/console/account").text
    same = client.post("/console/account", {"old_password": FIRST, "new_password": FIRST})
    assert same.status_code == 400
    assert client.get(path).status_code == 302
    client.post("/console/account", {"old_password": FIRST, "new_password": PASSWORD + "-new"})
    assert client.get(path).status_code == 200


def generated(page: str) -> str:
    """The password that the form offers. It is visible."""
    (field,) = re.findall(r"<input[^>]*name=.password.[^>]*>", page)
    assert 'type="text"' in field
    return re.findall(r'value="([^"]{12})"', field)[0]


def test_a_password_that_an_administrator_sets_anew_is_given_to_be_sent_and_shown_once(
    as_anna: Client, olga: User
) -> None:
    path = f"/console/people/{olga.id}"
    password = generated(as_anna.get(path).text)
    page = as_anna.post(path, {"password": password}).text
    assert "The password of olga was changed. Copy this and send it to the person" in page
    assert f"/console/ · olga · {password}</code>" in page
    assert 'data-copy="given-password"' in page
    assert "The password must be changed at the next login." in page
    assert generated(page) != password  # the form has another one for the next time
    assert password not in as_anna.get(path).text


def test_a_password_that_is_refused_stays_in_its_field_and_is_not_given(as_anna: Client, olga: User) -> None:
    answer = as_anna.post(f"/console/people/{olga.id}", {"password": "password"})
    assert answer.status_code == 400
    assert 'value="password"' in answer.text
    assert "given-password" not in answer.text


def test_a_password_that_an_administrator_sets_anew_is_replaced_as_well(
    as_anna: Client, olga: User, client: Client
) -> None:
    assert as_anna.post(f"/console/people/{olga.id}", {"password": FIRST}).status_code == 200
    client.post("/console/login/", {"username": "olga", "password": FIRST})
    assert client.get("/console/").headers["Location"] == "/console/account"
    client.post("/console/account", {"old_password": FIRST, "new_password": PASSWORD + "-new"})
    assert client.get("/console/").status_code == 200
