"""What the role of an account allows in the console. The rules are those of the REST API."""

from django.http import HttpRequest

from vestnik.errors import Refused
from vestnik.models import Role, User

_RANK = {Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMINISTRATOR: 2}


def may(user: object, role: Role) -> bool:
    """Return whether the user has at least this role."""
    return isinstance(user, User) and user.is_active and _RANK[Role(user.role)] >= _RANK[role]


def is_administrator(request: HttpRequest) -> bool:
    """Return whether the user is an administrator."""
    return may(request.user, Role.ADMINISTRATOR)


def user_of(request: HttpRequest) -> User:
    """Return the user of the request.

    Raises:
        Refused: Nobody is logged in. Pages require a login, so this is a bug.
    """
    if not isinstance(request.user, User):
        raise Refused("Log in first.")
    return request.user
