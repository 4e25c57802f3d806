"""Erases numbers in messages, and deletes batches whose messages are gone. In Django's transaction."""

from django.db import connection

from vestnik.ledger.fragments import SQL


def erase_next_phones(*, mailing: int, after: int, most: int) -> tuple[int | None, int]:
    """Erase the numbers of the next messages of a mailing, by keyset.

    Args:
        mailing: whose messages.
        after: the id of the last message of the call before.
        most: messages to look at.

    Returns the id of the last message (None: there is none left), and how many numbers were erased.
    """
    ((last, erased),) = SQL.run(connection, "erase_phones", mailing=mailing, after=after, most=most)
    return last, int(erased)


def delete_batches(*, most: int) -> int:
    """Delete at most so many batches whose messages were dropped. Returns how many."""
    return SQL.change(connection, "delete_batches_without_messages", most=most)


def keep_gateway_totals(*, first: int, beyond: int) -> None:
    """Write what each gateway did into the frozen totals of mailings, whose batches are about to be deleted.

    Args:
        first: the id of the first of them.
        beyond: the id behind the last of them.
    """
    SQL.change(connection, "keep_gateway_totals", first=first, beyond=beyond)
