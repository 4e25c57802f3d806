"""Ignores a long wait that the gateway has asked for, by a person's decision."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.db.sql_files import sql
from vestnik.errors import StateForbids
from vestnik.mailings.wake import wake_all
from vestnik.models import User


def ignore_wait(*, actor: User | None) -> datetime:
    """Send at once, whatever the gateway has asked for (``Retry-After``), until the time that it named. Audited.

    What it has already turned away is tried again within a minute, everything else at once.

    Returns when its requests to wait count again.

    Raises:
        StateForbids: it asks for nothing.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sql("vestnik.dispatch", "ignore_wait"))
            row = cursor.fetchone()
        if row is None:
            raise StateForbids(_("The gateway does not ask anybody to wait."))
        record(actor=actor, action="gateway.ignore_wait", object_type="gateway", object_id=None, details={})
        wake_all("gateway")
    until: datetime = row[0]
    return until
