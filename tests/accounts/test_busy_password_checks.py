"""Where too many passwords are checked at once, some are told to come again; that is no failed login of theirs."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from harness.cast import PASSWORD
from vestnik.accounts import hashing
from vestnik.accounts.logins import Origin, confirm_password, find_account
from vestnik.accounts.registration import create_account
from vestnik.accounts.tries import LOGINS_OF_ACCOUNT, LOGINS_OF_ADDRESS, PASSWORD_CHECKS
from vestnik.errors import TooManyTries
from vestnik.models import Role, Tries

pytestmark = pytest.mark.django_db
MOST = max(limit.most for limit in (LOGINS_OF_ACCOUNT, LOGINS_OF_ADDRESS, PASSWORD_CHECKS))


@contextmanager
def all_turns_taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As many hashes as are computed at once are under way, and do not end in the block."""
    over = Event()
    with monkeypatch.context() as patched:
        patched.setattr(hashing, "MAX_WAIT", 0.001)
        taken = [hashing._threads.submit(over.wait) for _ in range(hashing.AT_ONCE)]
        try:
            yield
        finally:
            over.set()
            for each in taken:
                each.result()


def test_who_found_no_turn_has_used_up_no_try(monkeypatch: pytest.MonkeyPatch) -> None:
    olga = create_account(username="olga", email="", password=PASSWORD, role=Role.OPERATOR)
    origin = Origin(address="192.0.2.1")
    with all_turns_taken(monkeypatch):
        for _ in range(MOST + 1):
            with pytest.raises(TooManyTries) as refusal:
                find_account(username="olga", password=PASSWORD, origin=origin)
            assert refusal.value.wait == 1
            with pytest.raises(TooManyTries) as refusal:
                confirm_password(user=olga, password=PASSWORD)
            assert refusal.value.wait == 1
    assert not Tries.objects.filter(count__gt=0)
    assert find_account(username="olga", password=PASSWORD, origin=origin) == olga
    assert confirm_password(user=olga, password=PASSWORD)
    assert find_account(username="olga", password="wrong", origin=origin) is None
    assert Tries.objects.filter(count__gt=0), "a wrong password counts"


def test_a_check_whose_turn_has_come_is_waited_for_however_slow_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    olga = create_account(username="olga", email="", password=PASSWORD, role=Role.OPERATOR)
    quick = Argon2PasswordHasher.verify

    def slow(self: Argon2PasswordHasher, password: str, encoded: str) -> bool:
        Event().wait(0.2)  # many times as long as a turn is waited for
        return bool(quick(self, password, encoded))

    monkeypatch.setattr(Argon2PasswordHasher, "verify", slow)
    monkeypatch.setattr(hashing, "MAX_WAIT", 0.01)
    assert find_account(username="olga", password=PASSWORD) == olga
