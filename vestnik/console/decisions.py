"""Decisions of the audit log in a person's words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from vestnik.console.details import CODES, DETAILS
from vestnik.models import AuditEntry

#: What somebody did, for each of the audit's ACTIONS.
WORDS: dict[str, Any] = {
    "account.create": _("made the account"),
    "account.link": _("came through the login service, and took the account over"),
    "account.link_ask": _("asked somebody who came through the login service for the account's password"),
    "account.link_refused": _("refused the account to somebody who came through the login service"),
    "account.edit": _("changed the account"),
    "account.password": _("changed the password"),
    "api_key.create": _("made an API key"),
    "api_key.revoke": _("revoked an API key"),
    "books.repair": _("had the books repaired"),
    "client.create": _("added the client"),
    "client.delete": _("deleted the client"),
    "client.erase": _("erased the client's data"),
    "client.import": _("imported clients"),
    "client.import_cancel": _("cancelled the import"),
    "client.update": _("changed the client"),
    "gateway.ignore_wait": _("decided not to wait as the gateway asks"),
    "gateway.trial": _("sent a test message"),
    "ledger.restored": _("held everything back after a restore"),
    "mailing.create": _("created the mailing"),
    "mailing.edit": _("edited the mailing"),
    "mailing.pause": _("paused the mailing"),
    "mailing.resume": _("resumed the mailing"),
    "mailing.cancel": _("cancelled the mailing"),
    "mailing.delete": _("deleted the mailing"),
    "client.clean_tags": _("wrote tags anew that differed only in what cannot be seen"),
    "retention.erase_phones": _("erased old phone numbers of the mailing"),
    "retention.drop_messages": _("dropped old messages"),
    "mailing.unknown.resend": _("sent the unknown messages again"),
    "mailing.unknown.leave": _("left the unknown messages as they are"),
    "stop_list.add": _("put numbers on the stop list"),
    "stop_list.remove": _("took numbers off the stop list"),
}
#: The kinds of things that decisions are about: the audit's OBJECTS.
THINGS: dict[str, Any] = {
    "account": _("account"),
    "api_key": _("API key"),
    "client": _("client"),
    "gateway": _("gateway"),
    "import": _("import"),
    "ledger": _("ledger"),
    "mailing": _("mailing"),
    "message": _("test message"),
    "stop_list": _("stop list"),
}


def words_for(entry: AuditEntry) -> Any:
    """What was done; of an action that an older version took and this one does not know, its code."""
    return WORDS.get(entry.action, entry.action)


def details_of(entry: AuditEntry) -> list[tuple[Any, Any]]:
    """What stands beside a decision, named in words."""
    return [(DETAILS.get(name, name), _value(name, value)) for name, value in entry.details.items()]


def _value(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(_value(name, one)) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{DETAILS.get(within, within)} {_value(within, one)}" for within, one in value.items())
    return CODES.get(name, {}).get(value, value) if isinstance(value, str) else value
