"""The cast of the REST tests: an operator, a viewer and somebody without a token."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _cheap_hashes(settings: Any) -> None:
    """Argon2 is asked for in tests of accounts; here it would only cost minutes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def person(db: None) -> Callable[..., Any]:
    """Makes an account with a role."""
    del db
    from harness.cast import person

    return person


@pytest.fixture
def anonymous(db: None) -> Any:
    del db
    from rest_framework.test import APIClient

    return APIClient()


@pytest.fixture
def admin(person: Callable[..., Any]) -> Any:
    from harness.cast import as_user

    return as_user(person("anna", "administrator"))


@pytest.fixture
def operator(person: Callable[..., Any]) -> Any:
    from harness.cast import as_user

    return as_user(person("olga", "operator"))


@pytest.fixture
def viewer(person: Callable[..., Any]) -> Any:
    from harness.cast import as_user

    return as_user(person("vera", "viewer"))
