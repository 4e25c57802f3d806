"""What the role of an account allows in the console: the same as in the REST API."""

from django.http import HttpRequest

from vestnik.errors import Refused
from vestnik.models import Role, User

_RANK = {Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMINISTRATOR: 2}


def may(user: object, role: Role) -> bool:
    """May this user do what ``role`` may do?"""
    return isinstance(user, User) and user.is_active and _RANK[Role(user.role)] >= _RANK[role]


def is_administrator(request: HttpRequest) -> bool:
    """Does an administrator ask?"""
    return may(request.user, Role.ADMINISTRATOR)


def user_of(request: HttpRequest) -> User:
    """The account that asks.

    Raises:
        Refused: nobody is logged in; pages are behind the login, so this is a bug.
    """
    if not isinstance(request.user, User):
        raise Refused("Log in first.")
    return request.user
