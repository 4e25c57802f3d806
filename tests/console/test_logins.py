"""Who gets into the console, and how."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from harness.cast import PASSWORD
from vestnik.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/console/", "/console/clients", "/console/mailings"])
def test_a_stranger_is_sent_to_the_login(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"] == f"/console/login/?next={path}"


@pytest.mark.usefixtures("olga")
@pytest.mark.parametrize("name", ["olga", "OLGA", "olga@example.org"])
def test_an_operator_logs_in_by_name_or_e_mail(client: Client, name: str) -> None:
    answer = client.post("/console/login/?next=/console/", {"username": name, "password": PASSWORD}, follow=True)
    assert answer.status_code == 200
    assert answer.request["PATH_INFO"] == "/console/"


@pytest.mark.usefixtures("olga")
def test_wrong_passwords_are_limited_as_in_the_rest_api(client: Client) -> None:
    for _ in range(10):
        answer = client.post("/console/login/", {"username": "olga", "password": "wrong"})
        assert "Wrong username or password." in answer.text
    answer = client.post("/console/login/", {"username": "olga", "password": PASSWORD})
    assert "Too many attempts" in answer.text


@pytest.mark.parametrize("path", ["/", "/admin", "/admin/", "/console"])
def test_the_old_paths_lead_to_the_console(client: Client, path: str) -> None:
    assert client.get(path)["Location"] == "/console/"


def test_the_banner_says_that_nothing_is_delivered(client: Client, olga: User) -> None:
    client.force_login(olga)
    assert "TEST GATEWAY" in client.get("/console/").text


def test_a_page_that_is_not_there_is_a_page(client: Client, olga: User) -> None:
    client.force_login(olga)
    answer = client.get("/console/nothing-here")
    assert answer.status_code == 404
    assert "Page not found." in answer.text


def test_the_language_chosen_on_the_login_page_stays_after_the_login(client: Client, olga: User) -> None:
    assert "Войти" in client.get("/console/login/?language=ru").text
    assert "Войти" in client.get("/console/login/").text
    client.post("/console/login/", {"username": "olga", "password": PASSWORD})
    olga.refresh_from_db()
    assert olga.language == "ru"


def test_sessions_that_expired_are_forgotten_with_the_next_login(client: Client, as_olga: Client) -> None:
    assert as_olga.get("/console/account").status_code == 200
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    client.post("/console/login/", {"username": "olga", "password": PASSWORD})
    assert Session.objects.count() == 1


@pytest.mark.usefixtures("olga")
def test_wrong_passwords_for_many_names_are_limited_by_address(client: Client) -> None:
    for number in range(50):
        client.post("/console/login/", {"username": f"nobody{number}", "password": "wrong"})
    assert "Too many attempts" in client.post("/console/login/", {"username": "olga", "password": PASSWORD}).text
    elsewhere = {"username": "olga", "password": PASSWORD}
    assert client.post("/console/login/", elsewhere, REMOTE_ADDR="192.0.2.7").status_code == 302


@pytest.mark.parametrize("path", ["/console/login/", "/console/", "/console/nothing-here"])
def test_pages_load_scripts_of_this_host_alone_and_run_none_that_stands_in_them(as_olga: Client, path: str) -> None:
    policy = as_olga.get(path).headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.pop("style-src") == "'self' 'unsafe-inline'"
    # Alpine evaluates what stands in attributes; the pages of the REST API have no Alpine.
    assert rules.pop("script-src") == "'self' 'unsafe-eval'"
    assert set(" ".join(rules.values()).split()) <= {"'none'", "'self'", "data:"}
    assert "unsafe-eval" not in as_olga.get("/docs/").headers["Content-Security-Policy"]


RUSSIAN = {"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.8"}


def test_the_first_login_takes_the_language_of_the_browser_where_nobody_chose_one(client: Client, olga: User) -> None:
    client.post("/console/login/", {"username": "olga", "password": PASSWORD}, headers=RUSSIAN)
    assert "Рассылки" in client.get("/console/").text
    olga.refresh_from_db()
    assert olga.language == "ru"


def test_a_language_that_was_chosen_stays_whatever_the_browser_of_a_later_login(client: Client, olga: User) -> None:
    client.post("/console/login/", {"username": "olga", "password": PASSWORD})
    client.post("/console/logout/")
    client.post("/console/login/", {"username": "olga", "password": PASSWORD}, headers=RUSSIAN)
    olga.refresh_from_db()
    assert olga.language == "en"


def test_the_language_of_the_form_stays_at_the_first_login_with_a_browser_of_another_one(
    as_anna: Client, client: Client
) -> None:
    body = {"username": "boris", "email": "", "role": "viewer", "password": PASSWORD, "language": "en"}
    as_anna.post("/console/people", body)
    client.post("/console/login/", {"username": "boris", "password": PASSWORD}, headers=RUSSIAN)
    assert User.objects.get(username="boris").language == "en"


def test_a_registration_takes_the_language_of_its_request(client: Client, settings: Any) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, registration_open=True)
    body = {"username": "vera", "password1": "a-long-Passphrase-7", "password2": "a-long-Passphrase-7"}
    answer = client.post("/auth/registration/", body, content_type="application/json", headers=RUSSIAN)
    assert answer.status_code == 201
    assert User.objects.get(username="vera").language == "ru"


def test_a_logout_leads_to_the_login_page_in_the_language_of_the_account(as_olga: Client, olga: User) -> None:
    User.objects.filter(id=olga.id).update(language="ru")
    answer = as_olga.post("/console/logout/", follow=True)
    assert answer.request["PATH_INFO"] == "/console/login/"
    assert "Вы вышли из системы." in answer.text
    assert as_olga.get("/console/account").status_code == 302


def test_a_login_outlives_a_change_of_the_key_while_the_earlier_one_is_named(
    client: Client, olga: User, settings: Any
) -> None:
    client.force_login(olga)
    earlier = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new-" * 10, (earlier,)
    assert client.get("/console/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = ()
    assert client.get("/console/").status_code == 200, "the session was bound to the new key when it was used"


def test_a_login_ends_with_its_key(client: Client, olga: User, settings: Any) -> None:
    client.force_login(olga)
    settings.SECRET_KEY = "new-" * 10
    assert client.get("/console/").status_code == 302
