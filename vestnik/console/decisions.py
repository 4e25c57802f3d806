"""Decisions of the audit log in a person's words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from vestnik.models import AuditEntry, Role

#: What somebody did, for each action on record; a test holds it against the code.
WORDS: dict[str, Any] = {
    "account.create": _("made the account"),
    "account.edit": _("changed the account"),
    "account.password": _("changed the password"),
    "api_key.create": _("made an API key"),
    "api_key.revoke": _("revoked an API key"),
    "books.repair": _("had the books repaired"),
    "client.delete": _("deleted the client"),
    "client.erase": _("erased the client's data"),
    "gateway.trial": _("sent a test message"),
    "mailing.create": _("created the mailing"),
    "mailing.edit": _("edited the mailing"),
    "mailing.pause": _("paused the mailing"),
    "mailing.resume": _("resumed the mailing"),
    "mailing.cancel": _("cancelled the mailing"),
    "mailing.delete": _("deleted the mailing"),
    "retention.erase_phones": _("erased old phone numbers of the mailing"),
    "retention.drop_messages": _("dropped old messages"),
    "mailing.unknown.resend": _("sent the unknown messages again"),
    "mailing.unknown.leave": _("left the unknown messages as they are"),
    "stop_list.add": _("put numbers on the stop list"),
    "stop_list.remove": _("took numbers off the stop list"),
}
#: The kinds of things that decisions are about.
THINGS: dict[str, Any] = {
    "account": _("account"),
    "api_key": _("API key"),
    "client": _("client"),
    "mailing": _("mailing"),
    "message": _("test message"),
    "stop_list": _("stop list"),
}
ROLES: dict[str, Any] = {
    Role.ADMINISTRATOR: _("administrator"),
    Role.OPERATOR: _("operator"),
    Role.VIEWER: _("viewer"),
}


def words_for(entry: AuditEntry) -> Any:
    """What was done; for an action without words yet, its code."""
    return WORDS.get(entry.action, entry.action)
