"""Switches gateways on and off, puts them back and removes them."""

from dataclasses import dataclass

from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vestnik.errors import StateForbids
from vestnik.models import DEFAULT_GATEWAY, Gateway, GatewayState, User
from vestnik.routing.account import left_at
from vestnik.routing.edits import note, refuse_default
from vestnik.routing.routes import label_of, lock_rules, routes_over


def enable_gateway(*, gateway: Gateway, actor: User | None) -> Gateway:
    """Let messages go over a gateway.

    Args:
        gateway: locked, in a transaction.
        actor: who decides.

    Raises:
        StateForbids: no check, or no test message, has succeeded with its settings of now; or it is ``default``.
    """
    refuse_default(gateway)
    if gateway.checked_at is None:
        raise StateForbids(_("No check has succeeded with these settings yet. Check the gateway first."))
    if gateway.tested_at is None:
        raise StateForbids(_("No test message has succeeded with these settings yet. Send one first."))
    return _switch(gateway, True, actor)


def disable_gateway(*, gateway: Gateway, actor: User | None) -> Gateway:
    """Let no more messages go over a gateway; those on their way still get their outcome.

    Args:
        gateway: locked, in a transaction.
        actor: who decides.

    Raises:
        StateForbids: it is ``default``.
    """
    refuse_default(gateway)
    return _switch(gateway, False, actor)


@dataclass(frozen=True, slots=True)
class Removal:
    """What removing a gateway would mean. ``refusals``: why it cannot be removed now. ``consequences``: if it is."""

    refusals: tuple[str, ...]
    consequences: tuple[str, ...]


def removal_of(gateway: Gateway) -> Removal:
    """Say whether a gateway can be removed, and what would happen."""
    if gateway.id == DEFAULT_GATEWAY:
        return Removal((_("The environment sets this gateway: it cannot be removed."),), ())
    refusals = []
    if gateway.enabled:
        refusals.append(_("It is enabled. Disable it first."))
    used = [label_of(route) for route in routes_over(gateway.id)]
    if used:
        refusals.append(_("Rules send over it: %(rules)s. Change or remove them first.") % {"rules": ", ".join(used)})
    in_doubt, leased, unknown = left_at(gateway)
    if in_doubt:
        sentence = ngettext(
            "%(count)s message is in doubt there, and may be settled only over it. Wait until its mailing has ended.",
            "%(count)s messages are in doubt there, and may be settled only over it. Wait until their mailings have"
            " ended.",
            in_doubt,
        )
        refusals.append(sentence % {"count": f"{in_doubt:,}"})
    if leased:
        refusals.append(_("Messages are being sent over it now. Try again in a minute."))
    consequences = [
        _("It disappears from the list. Mailings, results and reports keep its name."),
        _("Its settings and secrets are erased. This cannot be undone."),
        _("The provider's receipts for messages that it has taken are refused from then on."),
    ]
    if unknown:
        sentence = ngettext(
            "%(count)s message of it stays unknown: no receipt will settle it.",
            "%(count)s messages of it stay unknown: no receipt will settle them.",
            unknown,
        )
        consequences.append(sentence % {"count": f"{unknown:,}"})
    return Removal(tuple(refusals), tuple(consequences))


def remove_gateway(*, gateway: Gateway, actor: User | None) -> None:
    """Remove a gateway; its row stays without settings and secrets, since messages name it.

    Args:
        gateway: locked, in a transaction.
        actor: who decides.

    Raises:
        StateForbids: :func:`removal_of` says why.
    """
    lock_rules()
    refusals = removal_of(gateway).refusals
    if refusals:
        raise StateForbids(" ".join(refusals))
    gateway.removed_at, gateway.settings, gateway.secrets = timezone.now(), {}, ""
    gateway.version += 1
    gateway.save(update_fields=["removed_at", "settings", "secrets", "version"])
    note(gateway, "remove", actor, {})


def put_back(*, gateway: Gateway, actor: User | None) -> Gateway:
    """Let a gateway that refused us take messages again; somebody has mended what was wrong.

    Args:
        gateway: locked, in a transaction.
        actor: who decides.

    Raises:
        StateForbids: it is not out.
    """
    out = GatewayState.objects.filter(id=gateway.id, out_at__isnull=False)
    if not out.update(out_at=None, out_code="", out_words="", careful_since=Now(), careful_bad=0):
        raise StateForbids(_("The gateway is not suspended."))
    note(gateway, "put_back", actor, {})
    return gateway


def _switch(gateway: Gateway, enabled: bool, actor: User | None) -> Gateway:
    if gateway.enabled != enabled:
        gateway.enabled = enabled
        gateway.version += 1
        gateway.save(update_fields=["enabled", "version"])
        note(gateway, "enable" if enabled else "disable", actor, {})
    return gateway
