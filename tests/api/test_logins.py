"""Accounts over REST: registration, logins and what becomes of their tokens."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import PASSWORD

NAMES = {"username": "Olga", "email": "Olga@Example.org", "password1": PASSWORD, "password2": PASSWORD}


def register(anonymous: APIClient, **changes: Any) -> dict[str, Any]:
    answer = anonymous.post("/auth/registration/", {**NAMES, **changes})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def with_token(access: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client


def is_good(access: str) -> bool:
    status = with_token(access).get("/client/").status_code
    assert status in (200, 401)
    return status == 200


def refresh(token: str) -> Any:
    return APIClient().post("/auth/token/refresh/", {"refresh": token})


def test_registration_answers_both_tokens_and_the_user(anonymous: APIClient):
    tokens = register(anonymous)
    assert is_good(tokens["access"])
    assert refresh(tokens["refresh"]).status_code == 200
    assert tokens["user"]["username"] == "Olga"
    assert tokens["user"]["role"] == "operator"


def test_registration_needs_no_email(anonymous: APIClient):
    answer = anonymous.post("/auth/registration", {"username": "o", "password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "a b"}, "username"),
        ({"username": "a" * 151}, "username"),
        ({"username": "a\x00b"}, "username"),
        ({"username": None}, "username"),
        ({"username": 7}, "username"),
        ({"username": ["olga"]}, "username"),
        ({"email": "no address"}, "email"),
        ({"email": 5}, "email"),
        ({"password1": "12345678", "password2": "12345678"}, "password1"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"password1": "Olga", "password2": "Olga"}, "password1"),
        ({"password2": "another one entirely"}, "password2"),
        ({"password1": None}, "password1"),
        ({"password1": "x" * 129, "password2": "x" * 129}, "password1"),
    ],
)
def test_registration_refuses_and_names_the_field(anonymous: APIClient, changes: dict[str, Any], field: str):
    answer = anonymous.post("/auth/registration/", {**NAMES, **changes})
    assert answer.status_code == 400
    assert field in answer.json()


def test_a_name_or_email_is_taken_whatever_its_case(anonymous: APIClient):
    register(anonymous)
    for changes, field in (({"email": ""}, "username"), ({"username": "other"}, "email")):
        again = anonymous.post("/auth/registration/", {**NAMES, "username": "OLGA", **changes})
        assert again.status_code == 400
        assert list(again.json()) == [field]


def test_closed_registration_is_a_403(anonymous: APIClient, settings: Any):
    import dataclasses

    settings.ENVIRONMENT = dataclasses.replace(settings.ENVIRONMENT, registration_open=False)
    answer = anonymous.post("/auth/registration/", NAMES)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


@pytest.mark.parametrize(
    "who",
    [{"username": "Olga"}, {"username": "oLGA"}, {"email": "olga@example.ORG"}, {"username": "olga@example.org"}],
)
def test_login_by_name_or_email_whatever_the_case(anonymous: APIClient, who: dict[str, str]):
    register(anonymous)
    tokens = anonymous.post("/auth/login/", {**who, "password": PASSWORD})
    assert tokens.status_code == 200
    assert is_good(tokens.json()["access"])
    assert refresh(tokens.json()["refresh"]).status_code == 200


def test_a_wrong_password_and_an_unknown_name_look_the_same(anonymous: APIClient):
    register(anonymous)
    wrong = anonymous.post("/auth/login/", {"username": "Olga", "password": "wrong"})
    unknown = anonymous.post("/auth/login/", {"username": "nobody", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 400
    assert wrong.json() == unknown.json()


def test_a_closed_account_cannot_log_in_and_its_tokens_end(anonymous: APIClient):
    from vestnik.models import User

    tokens = register(anonymous)
    User.objects.update(is_active=False)
    assert anonymous.post("/auth/login/", {"username": "Olga", "password": PASSWORD}).status_code == 400
    assert not is_good(tokens["access"])
    assert refresh(tokens["refresh"]).status_code == 401


def test_a_stale_token_keeps_nobody_from_logging_in(anonymous: APIClient):
    register(anonymous)
    answer = with_token("rubbish").post("/auth/login/", {"username": "Olga", "password": PASSWORD})
    assert answer.status_code == 200


@pytest.mark.parametrize("given", [True, False])
def test_logout_ends_both_tokens_whether_the_refresh_token_is_given_or_not(anonymous: APIClient, given: bool):
    tokens = register(anonymous)
    body = {"refresh": tokens["refresh"]} if given else {}
    assert with_token(tokens["access"]).post("/auth/logout/", body).status_code == 200
    assert not is_good(tokens["access"])
    assert refresh(tokens["refresh"]).status_code == 401


def test_logout_leaves_other_logins_alone(anonymous: APIClient):
    first = register(anonymous)
    second = anonymous.post("/auth/login/", {"username": "Olga", "password": PASSWORD}).json()
    with_token(first["access"]).post("/auth/logout/")
    assert is_good(second["access"])


def test_logout_of_one_account_cannot_end_the_login_of_another(anonymous: APIClient):
    victim = register(anonymous)
    thief = register(anonymous, username="thief", email="")
    with_token(thief["access"]).post("/auth/logout/", {"refresh": victim["refresh"]})
    assert is_good(victim["access"])


def test_rotation_keeps_the_login(anonymous: APIClient):
    tokens = register(anonymous)
    new = refresh(tokens["refresh"]).json()
    assert new["refresh"] != tokens["refresh"]
    assert is_good(new["access"])
    assert is_good(tokens["access"]), "the login goes on"
    with_token(new["access"]).post("/auth/logout/")
    assert not is_good(tokens["access"]), "it is one login"


def test_a_reused_refresh_token_is_refused_and_its_family_with_it(anonymous: APIClient):
    tokens = register(anonymous)
    new = refresh(tokens["refresh"]).json()
    assert refresh(tokens["refresh"]).status_code == 401
    assert refresh(new["refresh"]).status_code == 401
    assert not is_good(new["access"])


def test_an_access_token_cannot_refresh_and_a_refresh_token_cannot_ask(anonymous: APIClient):
    tokens = register(anonymous)
    assert refresh(tokens["access"]).status_code == 401
    assert not is_good(tokens["refresh"])
    assert is_good(tokens["access"]), "a mistake is no theft"


def test_verify_knows_good_tokens_from_used_and_wrong_ones(anonymous: APIClient):
    tokens = register(anonymous)
    refresh(tokens["refresh"])
    expected = {tokens["access"]: 200, tokens["refresh"]: 401, "rubbish": 401}
    for token, status in expected.items():
        assert anonymous.post("/auth/token/verify/", {"token": token}).status_code == status


def test_of_sixteen_simultaneous_refreshes_one_gets_tokens(ledger: Any):
    del ledger
    from django.db import connection

    from vestnik.accounts.logins import log_in
    from vestnik.models import User

    token = log_in(user=User.objects.create(username="olga")).refresh
    together = Barrier(16)

    def once(_: int) -> int:
        together.wait()
        try:
            return refresh(token).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as threads:
        statuses = sorted(threads.map(once, range(16)))
    assert statuses == [200] + [401] * 15


def test_a_password_change_ends_the_other_logins(anonymous: APIClient):
    here = register(anonymous)
    there = anonymous.post("/auth/login/", {"username": "Olga", "password": PASSWORD}).json()
    new = " another horse, another battery "
    answer = with_token(here["access"]).post(
        "/auth/password/change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    )
    assert answer.status_code == 200
    assert is_good(here["access"])
    assert not is_good(there["access"])
    assert refresh(there["refresh"]).status_code == 401
    assert anonymous.post("/auth/login/", {"username": "Olga", "password": PASSWORD}).status_code == 400
    assert anonymous.post("/auth/login/", {"username": "Olga", "password": new}).status_code == 200


def test_a_password_change_takes_the_present_one_and_guesses_of_it_are_few(anonymous: APIClient):
    here = with_token(register(anonymous)["access"])
    new = {"new_password1": "another horse battery", "new_password2": "another horse battery"}
    for body in (new, {**new, "old_password": ""}, {**new, "old_password": "wrong"}):
        answer = here.post("/auth/password/change/", body)
        assert (answer.status_code, list(answer.json())) == (400, ["old_password"])
    same = {"old_password": PASSWORD, "new_password1": PASSWORD, "new_password2": PASSWORD}
    assert list(here.post("/auth/password/change/", same).json()) == ["new_password2"]
    for _ in range(9):
        here.post("/auth/password/change/", {**new, "old_password": "wrong"})
    assert here.post("/auth/password/change/", {**new, "old_password": PASSWORD}).status_code == 429


@pytest.mark.parametrize(
    ("first", "second", "field"),
    [("12345678", "12345678", "new_password2"), ("a good long one", "another good one", "new_password2")],
)
def test_a_password_change_is_checked(operator: APIClient, first: str, second: str, field: str):
    answer = operator.post("/auth/password/change/", {"new_password1": first, "new_password2": second})
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


def test_ones_own_account_can_be_read_and_put_back(operator: APIClient):
    mine = operator.get("/auth/user/").json()
    assert set(mine) == {"pk", "username", "email", "first_name", "last_name", "role", "language"}
    assert operator.put("/auth/user/", {**mine, "first_name": "Ольга"}).json() == {**mine, "first_name": "Ольга"}


def test_everybody_chooses_the_language_that_he_is_written_to_in(operator: APIClient):
    assert operator.get("/auth/user/").json()["language"] == "en"
    assert operator.patch("/auth/user/", {"language": "ru"}).json()["language"] == "ru"
    assert list(operator.patch("/auth/user/", {"language": "xx"}).json()) == ["language"]


def test_nobody_makes_himself_administrator(viewer: APIClient):
    answer = viewer.patch("/auth/user/", {"role": "administrator", "email": "x@example.org", "is_superuser": True})
    assert answer.status_code == 200
    assert (answer.json()["role"], answer.json()["email"]) == ("viewer", "vera@example.org")


def test_a_name_that_is_taken_in_another_case_is_refused(operator: APIClient, viewer: APIClient):
    del viewer
    answer = operator.patch("/auth/user/", {"username": "VERA"})
    assert answer.status_code == 400
    assert list(answer.json()) == ["username"]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer a b", "Bearer rubbish", "Basic b2xnYQ==", "Token x", "Bearer ключ", "bearer " + "x" * 9000],
)
def test_no_header_but_a_good_token_lets_in(anonymous: APIClient, header: str):
    answer = anonymous.get("/client/", HTTP_AUTHORIZATION=header.encode().decode("latin-1"))
    assert answer.status_code == 401
    assert set(answer.json()) == {"detail", "code"}
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_signed_with_none_or_another_key_is_refused(anonymous: APIClient):
    import jwt

    access = register(anonymous)["access"]
    claims = jwt.decode(access, options={"verify_signature": False})
    for forged in (jwt.encode(claims, "", algorithm="none"), jwt.encode(claims, "x" * 40, algorithm="HS256")):
        assert not is_good(forged)


@pytest.mark.parametrize("word", ["Bearer", "bearer", "BEARER"])
def test_the_word_before_a_token_or_key_may_be_written_in_any_letters(anonymous: APIClient, word: str):
    access = register(anonymous)["access"]
    key = with_token(access).post("/auth/keys/", {"name": "CRM", "role": "viewer"}).json()["key"]
    for secret in (access, key):
        assert anonymous.get("/client/", HTTP_AUTHORIZATION=f"{word} {secret}").status_code == 200
