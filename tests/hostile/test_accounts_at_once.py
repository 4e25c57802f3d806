"""What an administrator decides about an account holds, whatever the account does at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from vestnik.accounts.keys import create_key, use_key
from vestnik.accounts.logins import check_token, log_in
from vestnik.accounts.people import change_person, reset_password
from vestnik.accounts.registration import create_account
from vestnik.cluster.processes import wait_for
from vestnik.errors import InvalidInput, LoginEnded
from vestnik.models import ApiKey, Login, Role, Tries, User

OLD, NEW = "correct horse battery", "another horse battery"
THREADS, TIMES = 8, 12


@pytest.fixture
def anna(ledger: Any) -> User:
    del ledger
    return create_account(username="anna", email="", password=OLD, role=Role.ADMINISTRATOR)


@pytest.fixture
def olga(anna: User) -> User:
    del anna
    return create_account(username="olga", email="olga@example.org", password=OLD, role=Role.OPERATOR)


def closed(olga: User, anna: User) -> None:
    change_person(user_id=olga.id, actor=anna, email=olga.email, role=Role.OPERATOR, is_active=False)


def demoted(olga: User, anna: User) -> None:
    change_person(user_id=olga.id, actor=anna, email=olga.email, role=Role.VIEWER, is_active=True)


def reset(olga: User, anna: User) -> None:
    reset_password(user_id=olga.id, actor=anna, password=NEW)


def while_busy(work: Callable[[int], None], decide: Callable[[], None], *, times: int = TIMES) -> None:
    """Eight threads do ``work`` again and again, at least ``times`` each, and meanwhile somebody decides."""
    decided, together = Event(), Barrier(THREADS + 1)

    def busy(number: int) -> None:
        try:
            together.wait()
            for turn in range(1_000):
                # So many more after the decision: a stale row may be written late.
                if decided.is_set() and turn >= times:
                    break
                work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        running = [threads.submit(busy, number) for number in range(THREADS)]
        together.wait()
        try:
            decide()
        finally:
            decided.set()
        for each in running:
            each.result(timeout=60)


@pytest.mark.parametrize("decide", [demoted, closed, reset])
def test_who_changes_his_own_details_undoes_no_decision(olga: User, anna: User, decide: Callable[..., None]) -> None:
    browsers = [APIClient(raise_request_exception=False) for _ in range(THREADS)]
    for browser in browsers:
        browser.credentials(HTTP_AUTHORIZATION=f"Bearer {log_in(user=olga).access}")

    def change(number: int) -> None:
        assert browsers[number].patch("/auth/user/", {"first_name": f"O{number}"}).status_code in {200, 401}

    while_busy(change, lambda: decide(olga, anna))
    now = User.objects.get(id=olga.id)
    assert (now.role, now.is_active) == (
        Role.VIEWER if decide is demoted else Role.OPERATOR, decide is not closed,
    )  # fmt: skip
    assert now.check_password(NEW if decide is reset else OLD)


@pytest.mark.parametrize("decide", [closed, reset])
def test_a_login_that_was_under_way_does_not_survive(olga: User, anna: User, decide: Callable[..., None]) -> None:
    """Its password was looked at before, and its row written after the logins were ended."""
    got: list[str] = []

    def enter(number: int) -> None:
        browser = APIClient(raise_request_exception=False, REMOTE_ADDR=f"192.0.2.{number}")
        answer = browser.post("/auth/login/", {"username": "olga", "password": OLD})
        assert answer.status_code in {200, 400, 429}
        if answer.status_code == 200:
            got.append(answer.json()["access"])

    def decide_among_them() -> None:
        assert wait_for(lambda: len(got) > 1, seconds=30)
        decide(olga, anna)

    for _ in range(2):
        got.clear()
        while_busy(enter, decide_among_them, times=4)  # all eight have one under way
        assert not Login.objects.filter(user=olga, revoked_at=None).exists()
        for token in got:
            with pytest.raises(LoginEnded):
                check_token(token=token)
        User.objects.filter(id=olga.id).update(is_active=True, password=anna.password)
        Tries.objects.all().delete()


@pytest.mark.parametrize("decide", [closed, reset])
def test_a_key_that_was_being_made_does_not_survive_the_login_that_makes_it(
    olga: User, anna: User, decide: Callable[..., None]
) -> None:
    stale = User.objects.get(id=olga.id)
    decide(olga, anna)
    with pytest.raises(LoginEnded):
        create_key(owner=stale, name="x", role=Role.VIEWER, expires_at=None)
    assert not ApiKey.objects.exists()


def test_who_was_demoted_makes_no_key_of_his_former_role(olga: User, anna: User) -> None:
    stale = User.objects.get(id=olga.id)
    demoted(olga, anna)
    with pytest.raises(InvalidInput, match="may not do more"):
        create_key(owner=stale, name="x", role=Role.OPERATOR, expires_at=None)


def test_what_a_closing_ended_stays_ended_when_the_account_is_opened_again(olga: User, anna: User) -> None:
    from django.test import Client

    _, key = create_key(owner=olga, name="x", role=Role.VIEWER, expires_at=None)
    token, console = log_in(user=olga).access, Client()
    console.force_login(olga)
    assert console.get("/console/account").status_code == 200
    closed(olga, anna)
    change_person(user_id=olga.id, actor=anna, email=olga.email, role=Role.OPERATOR, is_active=True)
    assert console.get("/console/account").status_code == 302
    for ended in (lambda: use_key(key=key), lambda: check_token(token=token)):
        with pytest.raises(LoginEnded):
            ended()
    assert log_in(user=User.objects.get(id=olga.id)).access
