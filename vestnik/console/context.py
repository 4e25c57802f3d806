"""Context variables for the templates of every page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from vestnik.console.cookies import PREFIX
from vestnik.console.roles import may
from vestnik.models import Role
from vestnik.phones.reader import phones_are_masked
from vestnik.routing.reach import reach


def of_every_page(request: HttpRequest) -> dict[str, Any]:
    """Return the banner of the test gateway, the user's role, and the time zone of the page."""
    if not request.path_info.startswith(PREFIX):
        return {}
    user = getattr(request, "user", None)
    return {
        # Read once a page, and not at all for parts that do not show it.
        "reach": SimpleLazyObject(reach),
        "public_url": settings.ENVIRONMENT.public_url,
        "sign_on": settings.ENVIRONMENT.openid_connect,
        "zone": timezone.get_current_timezone_name(),
        "sees_phones": not phones_are_masked(),
        "is_operator": may(user, Role.OPERATOR),
        "is_administrator": may(user, Role.ADMINISTRATOR),
    }
