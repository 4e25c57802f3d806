"""What stands beside a decision of the audit log, in a person's words: names, and codes where a value is one."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vestnik.gateway.outcome import Kind
from vestnik.models import ImportMode, ImportState, OnError, Role

ROLES: dict[str, Any] = {
    Role.ADMINISTRATOR: _("administrator"),
    Role.OPERATOR: _("operator"),
    Role.VIEWER: _("viewer"),
}
#: The audit's DETAILS (a guard test holds it).
DETAILS: dict[str, Any] = {
    "adopted": pgettext_lazy("decision", "messages put into batches"),
    "batches": pgettext_lazy("decision", "batches recounted"),
    "by": pgettext_lazy("decision", "through"),
    "cancelled": pgettext_lazy("decision", "cancelled"),
    "changed": pgettext_lazy("decision", "what"),
    "code": _("code"),
    "created": pgettext_lazy("decision", "added"),
    "days": _("days"),
    "email": _("e-mail"),
    "first": _("first"),
    "first_mailing": _("first mailing"),
    "is_active": _("may log in"),
    "last_mailing": _("last mailing"),
    "logins": _("logins ended"),
    "mailings": _("mailings"),
    "messages": _("messages"),
    "mode": pgettext_lazy("decision", "clients"),
    "on_error": pgettext_lazy("decision", "when rows are refused"),
    "outcome": _("outcome"),
    "phone": _("phone"),
    "phones": _("numbers"),
    "reason": _("reason"),
    "recalled": _("recalled"),
    "refused": pgettext_lazy("decision", "refused"),
    "refused_rows": _("refused rows of imports"),
    "role": _("role"),
    "rows": pgettext_lazy("decision", "rows"),
    "sending": pgettext_lazy("decision", "being sent"),
    "starts_with": _("starts with"),
    "state": pgettext_lazy("decision", "result"),
    "stop_list": _("stop list"),
    "thawed": pgettext_lazy("decision", "totals summed anew"),
    "unchanged": pgettext_lazy("decision", "unchanged"),
    "unknown": _("unknown"),
    "updated": pgettext_lazy("decision", "changed"),
}
#: Values that are codes, by the name that they stand under. A value that is none (a phone, a reason) stays as it is.
CODES: dict[str, dict[str, Any]] = {
    "by": {"openid_connect": pgettext_lazy("decision", "the login service")},
    "changed": {
        "phone_number": _("phone"),
        "mobile_operator_code": pgettext_lazy("decision", "operator code"),
        "tag": pgettext_lazy("decision", "tag"),
        "timezone": pgettext_lazy("decision", "time zone"),
        "name": _("name"),
        "username": pgettext_lazy("decision", "name for logging in"),
        "message_text": _("text"),
        "filter_tags": _("tags"),
        "filter_codes": _("operator codes"),
        "start_time": _("start"),
        "end_time": _("end"),
        "send_window_from": pgettext_lazy("decision", "beginning of the send window"),
        "send_window_to": pgettext_lazy("decision", "end of the send window"),
    },
    "email": {"changed": pgettext_lazy("decision", "another one")},
    "mode": {
        ImportMode.CREATE: pgettext_lazy("decision", "only new ones"),
        ImportMode.UPDATE: pgettext_lazy("decision", "only those that were there"),
        ImportMode.UPSERT: pgettext_lazy("decision", "new ones and those that were there"),
    },
    "on_error": {
        OnError.SKIP: pgettext_lazy("decision", "the other rows are imported"),
        OnError.ABORT: pgettext_lazy("decision", "nothing is imported"),
    },
    "outcome": {
        Kind.SUCCESS.value: pgettext_lazy("decision", "the gateway took it"),
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
        "removed": pgettext_lazy("decision", "the number was taken off"),
    },
}
