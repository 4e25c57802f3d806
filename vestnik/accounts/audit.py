"""The record of decisions: who did what, when, to which object. Written in the decision's own transaction."""

import logging
from collections.abc import Mapping
from itertools import chain
from typing import Any

import structlog
from django.db import transaction

from vestnik.models import AuditEntry, User

log = logging.getLogger(__name__)
#: The actor when no account decided: a sweep, the command line without a name.
SYSTEM = "system"
#: Rows of one INSERT.
_ROWS = 1_000
#: All actions that can be recorded, as dotted words. The console has a label for each (a guard test checks it).
ACTIONS = frozenset(
    (
        "account.create",
        "account.edit",
        "account.link",
        "account.link_ask",
        "account.link_refused",
        "account.password",
        "api_key.create",
        "api_key.revoke",
        "attribute.remove",
        "attribute.set",
        "books.repair",
        "client.clean_tags",
        "client.create",
        "client.delete",
        "client.erase",
        "client.import",
        "client.import_cancel",
        "client.update",
        "draft.delete",
        "draft.restore",
        "gateway.check",
        "gateway.create",
        "gateway.disable",
        "gateway.edit",
        "gateway.enable",
        "gateway.ignore_wait",
        "gateway.out",
        "gateway.put_back",
        "gateway.reencrypt",
        "gateway.remove",
        "gateway.rotate",
        "gateway.trial",
        "ledger.log_off",
        "ledger.log_on",
        "ledger.restored",
        "mailing.cancel",
        "mailing.create",
        "mailing.delete",
        "mailing.edit",
        "mailing.pause",
        "mailing.resume",
        "mailing.unknown.leave",
        "mailing.unknown.resend",
        "retention.drop_messages",
        "message.send",
        "retention.erase_phones",
        "route.create",
        "route.edit",
        "route.move",
        "route.remove",
        "segment.create",
        "segment.delete",
        "segment.edit",
        "stop_list.add",
        "stop_list.remove",
        "template.create",
        "template.delete",
        "template.edit",
        "webhook.create",
        "webhook.disable",
        "webhook.edit",
        "webhook.enable",
        "webhook.reencrypt",
        "webhook.remove",
        "webhook.replay",
        "webhook.rotate",
        "webhook.test",
    )
)
#: The kinds of things that are decided about. Each is the name of a field in the log's lines.
OBJECTS = frozenset(
    (
        "account",
        "api_key",
        "attribute",
        "client",
        "draft",
        "gateway",
        "import",
        "ledger",
        "mailing",
        "message",
        "route",
        "segment",
        "stop_list",
        "template",
        "webhook",
    )
)

#: The names of what may stand beside a decision, also within another of them ("recalled" counts messages by state).
DETAILS = frozenset(
    (
        "adopted",
        "batches",
        "by",
        "cancelled",
        "changed",
        "code",
        "created",
        "days",
        "email",
        "events",
        "first",
        "first_mailing",
        "good",
        "inbound",
        "is_active",
        "kind",
        "last_mailing",
        "logins",
        "mailings",
        "messages",
        "mode",
        "name",
        "on_error",
        "outcome",
        "phone",
        "phones",
        "place",
        "reason",
        "recalled",
        "refused",
        "refused_rows",
        "role",
        "rows",
        "same_account",
        "sending",
        "starts_with",
        "state",
        "stop_list",
        "thawed",
        "unchanged",
        "unknown",
        "updated",
    )
)


def record(
    *, actor: User | None, action: str, object_type: str, object_id: int | None, details: Mapping[str, Any]
) -> AuditEntry:
    """Write one decision down permanently. ``details`` must hold no text of a message and no whole phone number.

    Args:
        actor: the account, or None for the system.
        action: one of ACTIONS.
        object_type: one of OBJECTS.
        object_id: which one, if there is one.
        details: what a reader needs beside it, as JSON; each name is one of DETAILS.

    Raises:
        ValueError: the action, the kind of thing or the name of a detail is not in the vocabulary.
    """
    check_vocabulary(action, object_type, details)
    entry = AuditEntry.objects.create(
        actor=actor, actor_name=name_of(actor), action=action, object_type=object_type, object_id=object_id,
        details=dict(details),
    )  # fmt: skip
    tell_once_it_stands(action, object_type, object_id)
    return entry


def record_all(*, actor: User | None, action: str, object_type: str, details: Mapping[int, Mapping[str, Any]]) -> None:
    """Write one decision about many objects down, an entry for each, as :func:`record` does, in few statements.

    Args:
        actor: the account, or None for the system.
        action: one of ACTIONS.
        object_type: one of OBJECTS.
        details: by the id of each object, what a reader needs beside it.

    Raises:
        ValueError: a word is not in the vocabulary.
    """
    for each in details.values():
        check_vocabulary(action, object_type, each)
    who: dict[str, Any] = {"actor": actor, "actor_name": name_of(actor)}
    entries = [
        AuditEntry(**who, action=action, object_type=object_type, object_id=key, details=dict(each))
        for key, each in details.items()
    ]
    AuditEntry.objects.bulk_create(entries, batch_size=_ROWS)
    for key in details:
        tell_once_it_stands(action, object_type, key)


def check_vocabulary(action: str, object_type: str, details: Mapping[str, Any]) -> None:
    """Check that a decision uses only words of the vocabulary.

    Raises:
        ValueError: the action, the kind of thing or the name of a detail is not in the vocabulary.
    """
    if action not in ACTIONS or object_type not in OBJECTS:
        raise ValueError(f"{action} about {object_type} is not in the audit's vocabulary")
    within = [value for value in details.values() if isinstance(value, Mapping)]
    foreign = {*details, *chain.from_iterable(within)} - DETAILS
    if foreign:
        raise ValueError(f"{action} with {', '.join(sorted(foreign))}: not in the audit's vocabulary")


def name_of(actor: User | None) -> str:
    """The actor's name, which stays when the account is deleted."""
    return SYSTEM if actor is None else actor.get_username()


def is_system(entry: AuditEntry) -> bool:
    """Return whether Vestnik itself decided: it has no account. An old account may be called ``system``, too."""
    return is_systems(entry.actor_id, entry.actor_name)


def is_systems(account_id: int | None, name: str) -> bool:
    """Return whether name and id are those of the system. A deleted account keeps its name, without an id."""
    return account_id is None and name == SYSTEM


def tell_once_it_stands(action: str, object_type: str, object_id: int | None) -> None:
    """Write the decision to the log when the transaction commits. Only the ledger names the person."""
    about: dict[str, Any] = {"action": action, **({} if object_id is None else {object_type: object_id})}
    transaction.on_commit(lambda: _tell(about))


def _tell(about: Mapping[str, Any]) -> None:
    # As context, not as ``extra``: there logging keeps names such as "message" to itself, and raises.
    with structlog.contextvars.bound_contextvars(**about):
        log.info("decided")
