"""Accounts under a lock: a caller that changes one reads its current row, and names the columns that change.

A row that a request read before may be old: an administrator may have demoted or closed the account, or given it
another password. Writing the whole row would undo that (`tests/accounts/test_columns_are_named.py` checks all of
Vestnik).
"""

from django.utils.translation import gettext as _

from vestnik.errors import LoginEnded, NotFound
from vestnik.models import User


def locked_account(*, user_id: int) -> User:
    """The account as it stands, locked until the end of the transaction.

    Raises:
        NotFound: there is none.
    """
    # Not FOR UPDATE: rows that point to the account (logins, keys, audit) may be written meanwhile.
    found = User.objects.select_for_update(no_key=True).filter(id=user_id).first()
    if found is None:
        raise NotFound(_("There is no account with this id."))
    return found


def locked_as_known(user: User) -> User:
    """The account as it stands, locked, if its logins still hold that held when ``user`` was read.

    Raises:
        LoginEnded: it was closed meanwhile, or given another password.
    """
    found = User.objects.select_for_update(no_key=True).filter(id=user.pk).first()
    if found is None or not found.is_active or found.logins_ended != user.logins_ended:
        raise LoginEnded(_("This login has ended: log in again."))
    return found
