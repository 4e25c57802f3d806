"""Ignores a long wait that the gateway has asked for, by a person's decision."""

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.db.statements import Statements
from vestnik.errors import StateForbids
from vestnik.mailings.wake import wake_all
from vestnik.models import DEFAULT_GATEWAY, User

SQL = Statements("vestnik.dispatch")


def ignore_wait(*, actor: User | None, gateway: int = DEFAULT_GATEWAY) -> datetime:
    """Send at once, whatever the gateway has asked for (``Retry-After``), until the time that it named. Audited.

    What it has already turned away is tried again within a minute, everything else at once.

    Returns when its requests to wait count again.

    Raises:
        StateForbids: it asks for nothing.
    """
    with transaction.atomic():
        rows = SQL.run(connection, "ignore_wait", gateway=gateway)
        if not rows:
            raise StateForbids(_("The gateway does not ask anybody to wait."))
        record(actor=actor, action="gateway.ignore_wait", object_type="gateway", object_id=gateway, details={})
        wake_all("gateway")
    until: datetime = rows[0][0]
    return until
