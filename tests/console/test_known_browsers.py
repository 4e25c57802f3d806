"""A browser that somebody has logged in with gets in while strangers use up the tries of the account."""

import pytest
from django.test import Client

from harness.cast import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("olga")]


def log_in(browser: Client, password: str, *, address: str) -> bool:
    answer = browser.post("/console/login/", {"username": "olga", "password": password}, REMOTE_ADDR=address)
    return answer.status_code == 302


def test_a_known_browser_gets_in_from_any_address_while_the_account_is_held_up() -> None:
    known, stranger = Client(), Client()
    assert log_in(known, PASSWORD, address="192.0.2.1")
    for _ in range(10):
        assert not log_in(stranger, "wrong", address="198.51.100.7")
    assert not log_in(Client(), PASSWORD, address="203.0.113.9"), "a new browser has to wait"
    assert log_in(known, PASSWORD, address="203.0.113.9")


def test_a_browser_is_not_known_by_wrong_passwords_nor_by_a_cookie_that_it_made_up() -> None:
    guesser = Client()
    for _ in range(10):
        assert not log_in(guesser, "wrong", address="198.51.100.7")
    assert "vestnik_device" not in guesser.cookies
    guesser.cookies["vestnik_device"] = "a" * 32
    assert not log_in(guesser, PASSWORD, address="198.51.100.7")
