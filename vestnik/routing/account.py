"""Keeps messages at the account that knows their ids: a gateway with messages in doubt gets no other account."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vestnik.db.statements import Statements
from vestnik.encryption import decrypt
from vestnik.errors import InvalidInput, WrongKey
from vestnik.gateways.adapters.kinds import KINDS, repeats_safely
from vestnik.models import Gateway
from vestnik.routing.values import secret_names

SQL = Statements("vestnik.routing")


class Left(NamedTuple):
    """What still hangs on a gateway, of mailings that are not over.

    ``in_doubt``: queued messages that may be settled only there. ``leased``: batches that are being sent over it.
    ``unknown``: messages that a receipt could settle.
    """

    in_doubt: int
    leased: int
    unknown: int


def left_at(gateway: Gateway) -> Left:
    """Count what still hangs on a gateway."""
    ((in_doubt, leased, unknown),) = SQL.run(connection, "left_at_gateway", gateway=gateway.id)
    return Left(in_doubt, leased, unknown)


def refuse_another_account(gateway: Gateway, changes: Mapping[str, Any]) -> None:
    """Refuse changes after which a repeated message would be delivered twice.

    A message in doubt goes to its gateway again, since the provider recognises its id. Another account does not, and
    neither does a provider of which it is no longer said. A batch on its way over an idempotent gateway may yet be in
    doubt.

    Args:
        gateway: locked, before the changes.
        changes: as in :func:`vestnik.routing.edits.edit_gateway`. With ``same_account`` other
            settings are taken, but a gateway stays idempotent.

    Raises:
        InvalidInput: by field, what would lead elsewhere and what to do.
    """
    ends = gateway.idempotent and changes.get("idempotent") is False
    others = [] if changes.get("same_account") else _other_account(gateway, changes.get("settings") or {})
    if not (ends or others):
        return
    left = left_at(gateway)
    if not left.in_doubt and not (left.leased and gateway.idempotent):
        return
    wrong = {f"settings.{name}": [f"{_said(left)} {_confirm()}"] for name in others}
    if ends:
        wrong["idempotent"] = [_said(left)]
    raise InvalidInput(wrong)


def refuse_to_begin_repeating(gateway: Gateway, *, repeated: bool) -> None:
    """Refuse a change after which messages in doubt are sent again, while some left in another way.

    What is being sent over the gateway now, or is in doubt there, went without an id that the provider recognises, or
    to another account. Who takes over a lease that lapses goes by what is set then, and would send it a second time.

    Args:
        gateway: locked, with its changes.
        repeated: whether messages in doubt were sent again before the changes.

    Raises:
        InvalidInput: what is left there, and what to do.
    """
    if repeated or not repeats_safely(gateway.kind, gateway.settings, marked=gateway.idempotent):
        return
    left = left_at(gateway)
    if left.leased or left.in_doubt:
        raise InvalidInput({"idempotent": [_said_of_repeating(left)]})


def _said_of_repeating(left: Left) -> str:
    if left.leased:
        return _(
            "Messages are being sent over it now without being recognised, and would be delivered twice if they were"
            " sent again. Disable it and try again in a minute."
        )
    return _(
        "Messages are in doubt there that were sent without being recognised, and would be delivered twice if they were"
        " sent again. Wait until their mailings have ended."
    )


def _other_account(gateway: Gateway, given: Mapping[str, Any]) -> list[str]:
    """The names of those settings that may lead to another account, and change."""
    adapter = KINDS.get(gateway.kind)
    if adapter is None:
        return []
    usual = {each.name: each.default for each in adapter.all_fields()}
    names = [name for name in adapter.account if name in given]
    secrets = set(secret_names(gateway.kind))
    stored = _stored(gateway) if secrets & set(names) else {}
    # An empty secret is what a form sends whose field was left alone; null forgets it.
    entered = [name for name in names if name not in secrets or given[name] != ""]
    before = {name: (stored if name in secrets else gateway.settings).get(name) for name in entered}
    return [name for name in entered if _text(before[name] or usual[name]) != _text(given[name] or usual[name])]


def _text(value: Any) -> str:
    """As settings are compared: the adapter takes blanks around them and a slash at the end away."""
    return "" if value is None else str(value).replace("\r\n", "\n").strip().rstrip("/")


def _stored(gateway: Gateway) -> Mapping[str, str]:
    """The secrets of now; none that cannot be read: any other may be of another account."""
    try:
        return decrypt(gateway.secrets) if gateway.secrets else {}
    except WrongKey:
        return {}


def _said(left: Left) -> str:
    if not left.in_doubt:
        return _(
            "Messages are being sent over it now, and would be delivered twice if they were sent again elsewhere."
            " Disable it and try again in a minute."
        )
    sentence = ngettext(
        "%(count)s message is in doubt there, and would be delivered twice if it were sent again elsewhere. Wait until"
        " its mailing has ended.",
        "%(count)s messages are in doubt there, and would be delivered twice if they were sent again elsewhere. Wait"
        " until their mailings have ended.",
        left.in_doubt,
    )
    return sentence % {"count": f"{left.in_doubt:,}"}


def _confirm() -> str:
    return _("If this is the same account of the same provider, confirm it (same_account).")
