"""Mailings as Django's rows, for tests that use its models: in the transaction that is open."""

from typing import Any

from django.db import connection

from harness.rows import add_mailing
from vestnik.models import Mailing


def made_mailing(**more: Any) -> Mailing:
    """Write a mailing with :func:`harness.rows.add_mailing`, and read it as Django does.

    Raises:
        django.db.IntegrityError: a constraint forbids it.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        mailing = add_mailing(connection.connection, **more)
    return Mailing.objects.get(id=mailing)
