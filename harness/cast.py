"""Who plays in tests: people with a role, their browsers and API clients, and bodies of requests that are right."""

from datetime import UTC, datetime
from typing import Any

from django.test import Client as Browser
from rest_framework.test import APIClient

from harness.rest import in_future
from vestnik.accounts.logins import log_in
from vestnik.models import Client, Role, StoppedPhone, User

#: Good enough for every rule about passwords.
PASSWORD = "correct horse battery"  # noqa: S105 - of tests
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def person(name: str, role: str = Role.OPERATOR, *, password: str = "", email: str | None = None, **more: Any) -> User:
    """An account.

    Args:
        name: of the account.
        role: what it may do.
        password: empty: nobody can log in with one, and no time is spent on its hash; :func:`as_user` and
            :func:`browser_of` need none.
        email: None: one of its own.
        more: columns of the account.
    """
    user = User(username=name, email=f"{name}@example.org" if email is None else email, role=role, **more)
    if password:
        user.set_password(password)
    user.save()
    return user


def administrator(name: str, *, role: str = Role.ADMINISTRATOR, **more: Any) -> User:
    """An administrator who has been here since long ago, so that every daily report goes to him."""
    return person(name, role, **{"date_joined": LONG_AGO, **more})


def as_user(user: User) -> APIClient:
    """A client of the REST API that somebody's token lets in."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {log_in(user=user).access}")
    return client


def browser_of(user: User) -> Browser:
    """A browser in which somebody has logged in."""
    browser = Browser()
    browser.force_login(user)
    return browser


def seven_clients(*, most_in: str, two_in: str, other_tag: str) -> None:
    """A directory of seven: six are ``vip``, of which the last is on the stop list, and one has another tag.

    Args:
        most_in: the time zone of five of them.
        two_in: that of the two with the code 904.
        other_tag: that of the seventh.
    """
    rows = [
        *((79_110_000_000 + number, 911, "vip", most_in) for number in range(3)),
        *((79_040_000_000 + number, 904, "vip", two_in) for number in range(2)),
        (79_110_000_009, 911, other_tag, most_in),
        (79_990_000_000, 999, "vip", most_in),
    ]
    for phone, code, tag, zone in rows:
        Client.objects.create(phone_number=phone, mobile_operator_code=code, tag=tag, timezone=zone)
    StoppedPhone.objects.create(phone_number=79_990_000_000)


def client_body(**changes: Any) -> dict[str, Any]:
    """A client that is right, but for ``changes``."""
    return {
        "phone_number": "79111234567",
        "mobile_operator_code": "911",
        "tag": "vip",
        "timezone": "Europe/Moscow",
        **changes,
    }


def mailing_body(**changes: Any) -> dict[str, Any]:
    """A mailing of tomorrow that is right, but for ``changes``."""
    return {
        "name": "News",
        "start_time": in_future(days=1),
        "end_time": in_future(days=2),
        "message_text": "Good morning!",
        "filter": {"tag": ["vip"], "operator_code": [911]},
        "send_window": None,
        **changes,
    }
