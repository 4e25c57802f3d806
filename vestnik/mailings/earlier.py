"""Checks the filter of a mailing by an earlier one."""

from django.utils.translation import gettext as _

from vestnik.errors import InvalidInput
from vestnik.mailings.fields import Earlier
from vestnik.mailings.find import find_mailings


def check_earlier(earlier: Earlier | None, *, own_id: int | None = None) -> None:
    """Check that the earlier mailing of a filter still has its messages.

    Args:
        earlier: the filter, if there is one.
        own_id: the mailing that is edited; it cannot be its own earlier one.

    Raises:
        InvalidInput: it is not there, or its numbers were erased.
    """
    if earlier is None:
        return
    found = find_mailings().filter(id=earlier.mailing).first()
    if found is None or found.id == own_id:
        raise InvalidInput({"filter": [_("There is no earlier mailing with this id.")]})
    if found.phones_erased_at is not None or found.messages_dropped_at is not None:
        raise InvalidInput(
            {"filter": [_("The numbers of that mailing were erased at the end of their retention period.")]}
        )
