"""Passwords cannot be guessed for long, and accounts not be made by the thousand."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import PASSWORD
from vestnik.accounts.tries import (
    BAD_TOKENS_OF_ADDRESS,
    LOGINS_OF_ACCOUNT,
    LOGINS_OF_ADDRESS,
    REGISTRATIONS_OF_ADDRESS,
)
from vestnik.addresses import place_of


@pytest.fixture
def olga(person: Callable[..., Any]) -> Any:
    user = person("olga", "operator", email="olga@example.org")
    user.set_password(PASSWORD)
    user.save()
    return user


def login(client: APIClient, password: str, address: str = "192.0.2.1", **who: str) -> Any:
    return client.post("/auth/login/", {**(who or {"username": "olga"}), "password": password}, REMOTE_ADDR=address)


@pytest.mark.parametrize("names", [("olga", "OLGA", "Olga"), ("olga@example.org", "OLGA@example.org")])
def test_an_account_is_guarded_against_guessing_from_many_addresses(anonymous: APIClient, olga: Any, names: list[str]):
    del olga
    for number in range(LOGINS_OF_ACCOUNT.most):
        name = names[number % len(names)]
        assert login(anonymous, "wrong", f"192.0.2.{number}", username=name).status_code == 400
    refused = login(anonymous, PASSWORD, "192.0.2.200", username=names[0])
    assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
    assert 0 < int(refused["Retry-After"]) <= LOGINS_OF_ACCOUNT.period.total_seconds()


def test_the_limits_of_a_name_do_not_tell_whether_there_is_an_account(anonymous: APIClient, olga: Any):
    """A name and its e-mail shared one bucket, so that using one up told that both are the same person's."""
    del olga

    def answers(name: str, email: str) -> list[int]:
        tries = [{"username": name}] * (LOGINS_OF_ACCOUNT.most + 1) + [{"email": email}, {"username": email}]
        return [login(anonymous, "wrong", f"192.0.2.{number}", **who).status_code for number, who in enumerate(tries)]

    known, unknown = answers("olga", "olga@example.org"), answers("nobody", "nobody@example.org")
    assert known == unknown == [400] * LOGINS_OF_ACCOUNT.most + [429, 400, 400]


def test_strangers_do_not_lock_out_who_comes_from_a_known_address(anonymous: APIClient, olga: Any):
    del olga
    assert login(anonymous, PASSWORD, "198.51.100.1").status_code == 200
    for number in range(LOGINS_OF_ACCOUNT.most + 1):
        login(anonymous, "wrong", f"192.0.2.{number}")
    assert login(anonymous, PASSWORD, "198.51.100.9").status_code == 429
    assert login(anonymous, PASSWORD, "198.51.100.1").status_code == 200
    for _ in range(LOGINS_OF_ADDRESS.most + 1):
        login(anonymous, "wrong", "198.51.100.1")
    assert login(anonymous, PASSWORD, "198.51.100.1").status_code == 429, "not even from there without end"


def test_a_place_is_forgotten_with_the_password_that_was_typed_there(anonymous: APIClient, olga: Any, person: Any):
    from vestnik.accounts.people import reset_password
    from vestnik.models import KnownPlace

    assert login(anonymous, PASSWORD, "198.51.100.1").status_code == 200
    assert "198.51.100" not in str(list(KnownPlace.objects.values()))
    reset_password(user_id=olga.id, actor=person("anna", "administrator"), password="another horse battery")
    assert not KnownPlace.objects.exists()


def test_whoever_is_refused_writes_nothing(anonymous: APIClient, olga: Any):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    del olga
    for number in range(LOGINS_OF_ADDRESS.most):
        login(anonymous, "wrong", username=f"name{number}")
    with CaptureQueriesContext(connection) as asked:
        for name in ("olga", "nobody"):
            assert login(anonymous, "wrong", username=name).status_code == 429
    assert not [query["sql"] for query in asked if re.search("INSERT|UPDATE|DELETE", query["sql"])]


def test_whoever_is_refused_costs_no_hash(anonymous: APIClient, olga: Any, monkeypatch: pytest.MonkeyPatch):
    from vestnik.accounts import logins

    del olga
    for number in range(LOGINS_OF_ADDRESS.most):
        login(anonymous, "wrong", username=f"name{number}")
    monkeypatch.setattr(logins, "has_password", None)
    assert login(anonymous, PASSWORD).status_code == 429


def test_after_the_wait_the_right_password_gets_in(anonymous: APIClient, olga: Any):
    from vestnik.models import Tries

    del olga
    for _ in range(LOGINS_OF_ACCOUNT.most + 5):
        login(anonymous, "wrong")
    for row in Tries.objects.all():
        Tries.objects.filter(pk=row.pk).update(began_at=row.began_at - LOGINS_OF_ACCOUNT.period)
    assert login(anonymous, PASSWORD).status_code == 200


def test_logins_that_succeed_are_not_limited(anonymous: APIClient, olga: Any):
    del olga
    for _ in range(LOGINS_OF_ACCOUNT.most * 2):
        assert login(anonymous, PASSWORD).status_code == 200


def test_one_account_does_not_lock_another(anonymous: APIClient, olga: Any, person: Callable[..., Any]):
    del olga
    other = person("oleg", "operator")
    other.set_password(PASSWORD)
    other.save()
    for _ in range(LOGINS_OF_ACCOUNT.most + 1):
        login(anonymous, "wrong")
    assert login(anonymous, PASSWORD, username="oleg").status_code == 200


def test_an_address_is_guarded_against_trying_many_names(anonymous: APIClient, olga: Any):
    del olga
    for number in range(LOGINS_OF_ADDRESS.most):
        assert login(anonymous, "wrong", username=f"name{number}").status_code == 400
    assert login(anonymous, PASSWORD).status_code == 429
    assert login(anonymous, PASSWORD, "198.51.100.7").status_code == 200


def test_a_forged_forwarded_address_gains_nothing(anonymous: APIClient):
    for number in range(LOGINS_OF_ADDRESS.most + 1):
        body = {"username": f"name{number}", "password": "wrong"}
        answer = anonymous.post("/auth/login/", body, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    assert answer.status_code == 429


def test_registrations_of_one_address_are_limited(anonymous: APIClient):
    def register(number: int, address: str) -> int:
        body = {"username": f"name{number}", "password1": PASSWORD, "password2": PASSWORD}
        return anonymous.post("/auth/registration/", body, REMOTE_ADDR=address).status_code

    made = [register(number, "192.0.2.1") for number in range(REGISTRATIONS_OF_ADDRESS.most + 1)]
    assert made == [201] * REGISTRATIONS_OF_ADDRESS.most + [429]
    assert register(1000, "192.0.2.2") == 201


@pytest.mark.parametrize(("path", "field"), [("/auth/token/verify/", "token"), ("/auth/token/refresh/", "refresh")])
def test_bad_tokens_of_one_address_are_limited_and_good_ones_are_not(
    anonymous: APIClient, olga: Any, path: str, field: str
):
    from vestnik.accounts.logins import log_in

    def ask(token: str, address: str = "192.0.2.1") -> Any:
        return anonymous.post(path, {field: token}, REMOTE_ADDR=address)

    answers = [ask("no token") for _ in range(BAD_TOKENS_OF_ADDRESS.most + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "throttled")
    assert 0 < int(answers[-1]["Retry-After"]) <= BAD_TOKENS_OF_ADDRESS.period.total_seconds()
    assert ask("no token", "192.0.2.2").status_code == 401
    assert ask(log_in(user=olga).refresh).status_code == 200


def test_old_tries_are_swept_away_and_keep_no_names(anonymous: APIClient, olga: Any):
    from vestnik.models import Tries

    del olga
    login(anonymous, "wrong")
    assert Tries.objects.count() == 2
    assert not any("olga" in row.bucket or "192.0.2" in row.bucket for row in Tries.objects.all())
    for row in Tries.objects.all():
        Tries.objects.filter(pk=row.pk).update(began_at=row.began_at - timedelta(days=2))
    login(anonymous, "wrong", "192.0.2.9", username="nobody")
    assert Tries.objects.count() == 2


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:C000:0201", "192.0.2.1"),
        ("64:ff9b::192.0.2.1", "192.0.2.1"),
        ("::192.0.2.1", "192.0.2.1"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.0.2.45"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("192.0.2.1:54321", "192.0.2.1"),
        ("[2001:db8:1:2::1]:443", "2001:db8:1:2::/64"),
        ("[::ffff:192.0.2.1]", "192.0.2.1"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_a_household_of_ipv6_is_one_place(address: str, place: str):
    assert place_of(address) == place
