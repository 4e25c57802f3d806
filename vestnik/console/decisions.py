"""Decisions of the audit log as text, with their details."""

from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from vestnik.accounts.audit import is_system
from vestnik.gateways.outcome import Kind
from vestnik.models import AuditEntry, ImportMode, ImportState, OnError, Role
from vestnik.phones.reader import shown_text

ROLES: dict[str, Any] = {
    Role.ADMINISTRATOR: _("administrator"),
    Role.OPERATOR: _("operator"),
    Role.VIEWER: _("viewer"),
}
#: Labels for the audit's DETAILS. A guard test compares the two.
DETAILS: dict[str, Any] = {
    "adopted": pgettext_lazy("decision", "messages put into batches"),
    "batches": pgettext_lazy("decision", "batches recounted"),
    "by": pgettext_lazy("decision", "through"),
    "cancelled": pgettext_lazy("decision", "cancelled"),
    "changed": pgettext_lazy("decision", "what"),
    "code": pgettext_lazy("decision", "code"),
    "created": pgettext_lazy("decision", "added"),
    "days": pgettext_lazy("decision", "days"),
    "email": pgettext_lazy("decision", "e-mail"),
    "events": pgettext_lazy("decision", "events"),
    "first": pgettext_lazy("decision", "first"),
    "first_mailing": _("first mailing"),
    "good": pgettext_lazy("decision", "succeeded"),
    "is_active": _("may log in"),
    "kind": pgettext_lazy("decision", "kind"),
    "last_mailing": _("last mailing"),
    "logins": _("sessions ended"),
    "mailings": pgettext_lazy("decision", "mailings"),
    "messages": pgettext_lazy("decision", "messages"),
    "inbound": _("received texts"),
    "mode": pgettext_lazy("decision", "clients"),
    "name": pgettext_lazy("decision", "name"),
    "on_error": pgettext_lazy("decision", "if rows are refused"),
    "outcome": pgettext_lazy("decision", "outcome"),
    "phone": pgettext_lazy("decision", "phone"),
    "phones": pgettext_lazy("decision", "numbers"),
    "place": pgettext_lazy("decision", "place"),
    "reason": pgettext_lazy("decision", "reason"),
    "recalled": pgettext_lazy("decision", "recalled"),
    "refused": pgettext_lazy("decision", "refused"),
    "refused_rows": _("refused import rows"),
    "role": pgettext_lazy("decision", "role"),
    "rows": pgettext_lazy("decision", "rows"),
    "same_account": pgettext_lazy("decision", "confirmed: the same account"),
    "sending": pgettext_lazy("decision", "being sent"),
    "starts_with": _("starts with"),
    "state": pgettext_lazy("decision", "result"),
    "stop_list": _("stop list"),
    "thawed": pgettext_lazy("decision", "totals recalculated"),
    "unchanged": pgettext_lazy("decision", "unchanged"),
    "unknown": pgettext_lazy("decision", "unknown"),
    "updated": pgettext_lazy("decision", "changed"),
}
#: Labels for values that are codes, by the name of the detail. Other values, such as a phone or a reason, are shown as
#: they are.
CODES: dict[str, dict[str, Any]] = {
    "by": {"openid_connect": pgettext_lazy("decision", "the login service")},
    "changed": {
        "phone_number": pgettext_lazy("decision", "phone"),
        "mobile_operator_code": pgettext_lazy("decision", "operator code"),
        "tag": pgettext_lazy("decision", "tag"),
        "timezone": pgettext_lazy("decision", "time zone"),
        "name": pgettext_lazy("decision", "name"),
        "username": pgettext_lazy("decision", "username"),
        "message_text": pgettext_lazy("decision", "text"),
        "filter_tags": pgettext_lazy("decision", "tags"),
        "filter_codes": _("operator codes"),
        "own_phone": pgettext_lazy("decision", "own phone number"),
        "earlier_mailing": pgettext_lazy("decision", "earlier mailing"),
        "earlier_states": pgettext_lazy("decision", "states in the earlier mailing"),
        "earlier_codes": pgettext_lazy("decision", "codes in the earlier mailing"),
        "segment": pgettext_lazy("decision", "segment"),
        "conditions": pgettext_lazy("decision", "conditions"),
        "exclude": pgettext_lazy("decision", "who is left out"),
        "personal": pgettext_lazy("decision", "personal text"),
        "on_missing": pgettext_lazy("decision", "what happens without a value"),
        "locale": pgettext_lazy("decision", "language of the values"),
        "start_time": pgettext_lazy("decision", "start"),
        "end_time": pgettext_lazy("decision", "end"),
        "send_window_from": pgettext_lazy("decision", "beginning of the send window"),
        "send_window_to": pgettext_lazy("decision", "end of the send window"),
        "settings": pgettext_lazy("decision", "settings"),
        "secrets": pgettext_lazy("decision", "secrets"),
        "concurrency": pgettext_lazy("decision", "concurrent messages"),
        "max_rate": pgettext_lazy("decision", "rate limit"),
        "timeout": pgettext_lazy("decision", "timeout"),
        "url": pgettext_lazy("decision", "address"),
        "event_types": pgettext_lazy("decision", "events"),
        "description": pgettext_lazy("decision", "description"),
        "receipts_from": pgettext_lazy("decision", "where receipts may come from"),
        "idempotent": pgettext_lazy("decision", "deduplication by message ID"),
        "operator_codes": _("operator codes"),
        "mailing": pgettext_lazy("decision", "mailing"),
        "gateways": pgettext_lazy("decision", "gateways and weights"),
        "fallbacks": pgettext_lazy("decision", "fallback gateways"),
    },
    "email": {"changed": pgettext_lazy("decision", "a new one")},
    "mode": {
        ImportMode.CREATE: pgettext_lazy("decision", "only new ones"),
        ImportMode.UPDATE: pgettext_lazy("decision", "only existing ones"),
        ImportMode.UPSERT: pgettext_lazy("decision", "new and existing ones"),
    },
    "on_error": {
        OnError.SKIP: pgettext_lazy("decision", "the other rows are imported"),
        OnError.ABORT: pgettext_lazy("decision", "nothing is imported"),
    },
    "outcome": {
        Kind.SUCCESS.value: pgettext_lazy("decision", "the gateway accepted it"),
        Kind.NOT_SENT.value: pgettext_lazy("decision", "not sent"),
        Kind.THROTTLED.value: pgettext_lazy("decision", "the gateway was too busy"),
        Kind.AMBIGUOUS.value: pgettext_lazy("decision", "not known"),
        Kind.REFUSED.value: pgettext_lazy("decision", "the gateway refused it"),
        Kind.UNAUTHORIZED.value: pgettext_lazy("decision", "the gateway refused our token"),
    },
    "role": ROLES,
    "state": {
        ImportState.DONE: pgettext_lazy("decision", "imported"),
        ImportState.FAILED: pgettext_lazy("decision", "nothing was imported"),
    },
    "stop_list": {
        "absent": pgettext_lazy("decision", "the number was not on it"),
        "kept": pgettext_lazy("decision", "the number stays on it"),
        "removed": pgettext_lazy("decision", "the number was removed"),
    },
}
#: Labels for the audit's ACTIONS.
WORDS: dict[str, Any] = {
    "account.create": _("created the account"),
    "account.link": _("linked the account to the login service"),
    "account.link_ask": _("asked for the password at a login through the login service"),
    "account.link_refused": _("refused a login through the login service"),
    "account.edit": _("changed the account"),
    "account.password": _("changed the password"),
    "api_key.create": _("created an API key"),
    "api_key.revoke": _("revoked an API key"),
    "attribute.remove": _("removed the attribute"),
    "attribute.set": _("set the type of the attribute"),
    "books.repair": _("repaired the totals"),
    "client.create": _("added the client"),
    "client.delete": _("deleted the client"),
    "client.erase": _("erased the client's data"),
    "client.import": _("imported clients"),
    "client.import_cancel": _("cancelled the import"),
    "client.update": _("changed the client"),
    "draft.delete": _("deleted the draft"),
    "draft.restore": _("restored the deleted draft"),
    "gateway.check": _("checked the gateway"),
    "gateway.create": _("added the gateway"),
    "gateway.disable": _("disabled the gateway"),
    "gateway.edit": _("changed the gateway"),
    "gateway.enable": _("enabled the gateway"),
    "gateway.out": _("suspended the gateway: it rejected our account"),
    "gateway.put_back": _("put the gateway back into use"),
    "gateway.reencrypt": _("encrypted the secrets of the gateway with the new key"),
    "gateway.remove": _("removed the gateway"),
    "gateway.rotate": _("created a new address for the receipts of the gateway"),
    "route.create": _("added the rule"),
    "route.edit": _("changed the rule"),
    "route.move": _("moved the rule"),
    "route.remove": _("removed the rule"),
    "gateway.ignore_wait": _("ignored the gateway's request to wait"),
    "gateway.trial": _("sent a test message"),
    "ledger.log_off": _("switched the outcome log off"),
    "ledger.log_on": _("switched the outcome log on"),
    "ledger.restored": _("paused everything after a restore from a backup"),
    "message.send": _("sent a single message"),
    "mailing.create": _("created the mailing"),
    "mailing.edit": _("edited the mailing"),
    "mailing.pause": _("paused the mailing"),
    "mailing.resume": _("resumed the mailing"),
    "mailing.cancel": _("cancelled the mailing"),
    "mailing.delete": _("deleted the mailing"),
    "client.clean_tags": _("cleaned tags that differed only in invisible characters"),
    "retention.erase_phones": _("erased old phone numbers of the mailing"),
    "retention.drop_messages": _("deleted old messages"),
    "mailing.unknown.resend": _("sent the unknown messages again"),
    "mailing.unknown.leave": _("left the unknown messages as they are"),
    "segment.create": _("saved the segment"),
    "segment.delete": _("deleted the segment"),
    "segment.edit": _("changed the segment"),
    "stop_list.add": _("added numbers to the stop list"),
    "stop_list.remove": _("removed numbers from the stop list"),
    "template.create": _("saved the template"),
    "template.delete": _("deleted the template"),
    "template.edit": _("changed the template"),
    "webhook.create": _("added the webhook"),
    "webhook.disable": _("disabled the webhook"),
    "webhook.edit": _("changed the webhook"),
    "webhook.enable": _("enabled the webhook"),
    "webhook.reencrypt": _("encrypted the secret of the webhook with the new key"),
    "webhook.remove": _("removed the webhook"),
    "webhook.replay": _("redelivered events"),
    "webhook.rotate": _("created a new secret for the webhook"),
    "webhook.test": _("sent a test event"),
}
#: Labels for the audit's OBJECTS.
THINGS: dict[str, Any] = {
    "account": pgettext_lazy("decision", "account"),
    "api_key": pgettext_lazy("decision", "API key"),
    "attribute": pgettext_lazy("decision", "attribute"),
    "client": pgettext_lazy("decision", "client"),
    "draft": pgettext_lazy("decision", "draft"),
    "gateway": pgettext_lazy("decision", "gateway"),
    "import": pgettext_lazy("decision", "import"),
    "ledger": pgettext_lazy("decision", "database"),
    "mailing": pgettext_lazy("decision", "mailing"),
    "message": pgettext_lazy("decision", "message"),
    "route": pgettext_lazy("decision", "rule"),
    "segment": pgettext_lazy("decision", "segment"),
    "stop_list": _("stop list"),
    "template": pgettext_lazy("decision", "template"),
    "webhook": pgettext_lazy("decision", "webhook"),
}


def name_of_actor(entry: AuditEntry) -> str:
    """Return who decided: the account's name, or Vestnik itself."""
    return gettext("System") if is_system(entry) else entry.actor_name


def words_for(entry: AuditEntry) -> Any:
    """Return the label of an action, or its code if this version does not know it."""
    return WORDS.get(entry.action, entry.action)


def details_of(entry: AuditEntry) -> list[tuple[Any, Any]]:
    """Return the details of a decision as pairs of label and value."""
    return [(DETAILS.get(name, name), _value(name, value)) for name, value in entry.details.items()]


def _value(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(_value(name, one)) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{DETAILS.get(within, within)} {_value(within, one)}" for within, one in value.items())
    if name == "changed" and isinstance(value, str) and value.startswith("attributes."):
        return _("attribute %(name)s") % {"name": value.removeprefix("attributes.")}
    return CODES.get(name, {}).get(value) or shown_text(value) if isinstance(value, str) else value
