"""A cast for the console's pages."""

from django.test import Client

from vestnik.accounts.registration import create_account
from vestnik.models import Role, User

PASSWORD = "a-long-Passphrase-7"


def person(name: str, role: str) -> User:
    """An account with the usual password."""
    return create_account(username=name, email=f"{name}@example.org", password=PASSWORD, role=Role(role))


def browser_of(user: User) -> Client:
    """A browser in which somebody has logged in."""
    client = Client()
    client.force_login(user)
    return client
