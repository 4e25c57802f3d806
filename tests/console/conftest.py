"""Who looks at the console's pages. Models are imported late: this file is read before Django is set up."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def anna(db: None) -> Any:
    """An administrator."""
    del db
    from harness.cast import PASSWORD, person

    return person("anna", "administrator", password=PASSWORD)


@pytest.fixture
def olga(db: None) -> Any:
    """An operator."""
    del db
    from harness.cast import PASSWORD, person

    return person("olga", "operator", password=PASSWORD)


@pytest.fixture
def victor(db: None) -> Any:
    """A viewer."""
    del db
    from harness.cast import PASSWORD, person

    return person("victor", "viewer", password=PASSWORD)


@pytest.fixture
def as_anna(anna: Any) -> Any:
    """The administrator's browser."""
    from harness.cast import browser_of

    return browser_of(anna)


@pytest.fixture
def as_olga(olga: Any) -> Any:
    """The operator's browser."""
    from harness.cast import browser_of

    return browser_of(olga)


@pytest.fixture
def as_victor(victor: Any) -> Any:
    """The viewer's browser."""
    from harness.cast import browser_of

    return browser_of(victor)


@pytest.fixture
def seven(db: None) -> Iterator[None]:
    """A directory of seven clients, of whom two are in another time zone, and one has a tag that HTML has to escape."""
    del db
    from django.core.cache import cache

    from harness.cast import seven_clients

    cache.clear()  # the sizes of another test's directory
    seven_clients(most_in="Europe/Moscow", two_in="Asia/Kamchatka", other_tag="<old & true>")
    yield
    cache.clear()


@pytest.fixture
def ids_from_one(db: None) -> None:
    """The ids of the clients that a test makes begin anew: so it knows how many slices they are."""
    del db
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE vestnik_client ALTER COLUMN id RESTART WITH 1")


@pytest.fixture(autouse=True)
def _cheap_hashes(settings: Any) -> None:
    """Argon2 is asked for in tests of accounts; here it would only cost minutes."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
