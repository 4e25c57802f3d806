"""An account that an administrator makes: its password is shown once, and replaced at the first login."""

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
    assert 'data-copy="new-account"' in page
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


def test_a_password_that_an_administrator_sets_anew_is_replaced_as_well(
    as_anna: Client, olga: User, client: Client
) -> None:
    assert as_anna.post(f"/console/people/{olga.id}", {"password": FIRST}).status_code == 302
    client.post("/console/login/", {"username": "olga", "password": FIRST})
    assert client.get("/console/").headers["Location"] == "/console/account"
    client.post("/console/account", {"old_password": FIRST, "new_password": PASSWORD + "-new"})
    assert client.get("/console/").status_code == 200
