"""The record of decisions: who did what, when, to which object. Written in the decision's own transaction."""

import logging
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from vestnik.models import AuditEntry, User

log = logging.getLogger(__name__)
#: Who decided when no account did: a sweep, the command line without a name.
SYSTEM = "system"


def record(
    *, actor: User | None, action: str, object_type: str, object_id: int | None, details: Mapping[str, Any]
) -> AuditEntry:
    """Write one decision down, for ever. ``details`` must hold no text of a message and no whole phone number.

    Args:
        actor: the account, or None for the system.
        action: a dotted word such as ``mailing.pause``.
        object_type: the kind of thing decided about.
        object_id: which one, if there is one.
        details: what a reader needs beside it, as JSON.
    """
    name = SYSTEM if actor is None else actor.get_username()
    entry = AuditEntry.objects.create(
        actor=actor, actor_name=name, action=action, object_type=object_type, object_id=object_id, details=dict(details)
    )
    # No name: who it was stands in the ledger.
    about = {"action": action, **({object_type: object_id} if object_id is not None else {})}
    transaction.on_commit(lambda: log.info("decided", extra=about))
    return entry
