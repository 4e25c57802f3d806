"""Who asks, and what the role of an account allows."""

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from vestnik.models import Role, User


def actor_of(request: Request) -> User | None:
    """The account that makes this request."""
    return request.user if isinstance(request.user, User) else None


class MayWrite(BasePermission):
    """Viewers read; operators and administrators also write."""

    message = "Your account may only read."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Is the method allowed to the role?"""
        del view
        user = actor_of(request)
        return user is not None and (request.method in SAFE_METHODS or user.role != Role.VIEWER)
