"""Who sees whole phone numbers: all but viewers, and these, too, unless VIEWERS_SEE_PHONES says otherwise.

It goes by the role, as every right does. So it also holds for API keys of a viewer, and for accounts that a login
through an OpenID Connect provider makes.
"""

from django.conf import settings
from django.utils.translation import gettext as _

from vestnik.errors import Refused
from vestnik.models import Role
from vestnik.phones.reader import SHOWN_AT_AN_END, phones_are_masked


def sees_phones(role: Role) -> bool:
    """Return whether a request with this role is shown whole phone numbers, and may download files."""
    return role != Role.VIEWER or settings.ENVIRONMENT.viewers_see_phones


def refuse_hidden_digits(digits: str) -> None:
    """Refuse a search that would tell the digits that the reader does not see: one could guess them one by one.

    Args:
        digits: the first or the last ones that are searched for.

    Raises:
        Refused: there are more than a masked number shows.
    """
    if phones_are_masked() and len(digits) > SHOWN_AT_AN_END:
        raise Refused(
            _("You see phone numbers masked: search by the operator code (+7 911) or by at most the last 4 digits.")
        )


def refuse_masked() -> None:
    """Refuse what has whole phone numbers: files, and pages whose address is a number.

    Raises:
        Refused: the reader sees phones masked.
    """
    if phones_are_masked():
        raise Refused(_("Your account sees phone numbers masked, and downloads no files."))
