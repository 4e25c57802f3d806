"""The phone number that an account sends its own test messages to."""

from datetime import timedelta

from django.db import transaction

from vestnik.accounts.audit import record
from vestnik.accounts.locking import locked_as_known
from vestnik.accounts.tries import Limit, take_try
from vestnik.models import User
from vestnik.phones.display import mask_phone

#: Changes of the number of one account: a test goes to oneself, not to everybody in turn.
OWN_PHONES = Limit("own phone", 5, timedelta(days=1))


def change_own_phone(*, user: User, phone: int | None) -> None:
    """Remember the number, in the ledger and in memory; None forgets it. The record has it masked.

    Raises:
        TooManyTries: the account has changed it too often.
        LoginEnded: the account was closed, or given another password, meanwhile.
    """
    if user.own_phone == phone:
        return
    if phone is not None:
        take_try(OWN_PHONES, str(user.pk))
    with transaction.atomic():
        account = locked_as_known(user)
        account.own_phone = phone
        account.save(update_fields=["own_phone"])
        named = {} if phone is None else {"phone": mask_phone(phone)}
        details = {"changed": ["own_phone"], **named}
        record(actor=account, action="account.edit", object_type="account", object_id=account.id, details=details)
    user.own_phone = phone
