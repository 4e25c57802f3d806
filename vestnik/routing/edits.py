"""Makes and changes gateways. Every decision is recorded, and dispatchers hear of it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.db.clock import database_now
from vestnik.errors import InvalidInput, StateForbids
from vestnik.gateways.adapters import repeats_safely
from vestnik.ledger.leases import end_earlier_releases
from vestnik.mailings.wake import wake_all
from vestnik.models import DEFAULT_GATEWAY, Gateway, GatewayState, User
from vestnik.routing.account import refuse_another_account, refuse_to_begin_repeating
from vestnik.routing.receipts_address import renew_setting
from vestnik.routing.values import (
    GatewayFields,
    check_name,
    check_numbers,
    kind_of,
    read_networks,
    refuse_unseen_ids,
    set_idempotent,
    set_settings,
)

#: How long the address for receipts before a change of its secret counts.
BOTH_COUNT = timedelta(hours=24)
#: What may be changed of a gateway, beside its settings.
_NUMBERS = ("concurrency", "max_rate", "timeout")


def create_gateway(*, fields: GatewayFields, actor: User | None) -> Gateway:
    """Make a gateway. It is disabled: first it is checked, and a test message sent over it.

    Raises:
        InvalidInput: by field, what is wrong; of its kind's settings as ``settings.NAME``.
    """
    check_name(fields.name)
    kind_of(fields.kind)
    gateway = Gateway(
        name=fields.name, kind=fields.kind, concurrency=fields.concurrency, max_rate=fields.max_rate,
        timeout=fields.timeout, created_by=actor,
    )  # fmt: skip
    check_numbers(gateway)
    set_settings(gateway, fields.settings)
    set_idempotent(gateway, fields.idempotent)
    try:
        with transaction.atomic():
            gateway.save(force_insert=True)
            end_earlier_releases(connection)
            GatewayState.objects.get_or_create(id=gateway.id)
            note(gateway, "create", actor, {"kind": gateway.kind})
    except IntegrityError as error:
        if "gateway_name_unique" not in str(error):
            raise
        raise InvalidInput({"name": [_("There is a gateway of this name already.")]}) from error
    return gateway


def edit_gateway(*, gateway: Gateway, changes: Mapping[str, Any], actor: User | None) -> Gateway:
    """Change a gateway. With other settings or secrets it is disabled until it was checked and tested again.

    Args:
        gateway: locked, in a transaction.
        changes: by the names of :class:`GatewayFields`, and ``receipts_from``; what is absent stays.
            ``settings``: those that change, None: the setting is left out, and a stored secret forgotten; a secret
            that is absent or empty stays.
            ``same_account``: somebody has confirmed that the new settings lead to the account of now.
        actor: who decides.

    Raises:
        InvalidInput: by field, what is wrong; also settings of another account while messages are in doubt at this one.
        StateForbids: it is the gateway of the environment, of which only ``receipts_from`` can be changed.
    """
    if changes.keys() - {"same_account"} != {"receipts_from"}:
        refuse_default(gateway)
    for name in ("name", "kind"):
        if changes.get(name, getattr(gateway, name)) != getattr(gateway, name):
            raise InvalidInput({name: [_("This cannot be changed. Make another gateway.")]})
    refuse_another_account(gateway, changes)
    repeated = repeats_safely(gateway.kind, gateway.settings, marked=gateway.idempotent)
    changed = [name for name in _NUMBERS if name in changes and changes[name] != getattr(gateway, name)]
    for name in changed:
        setattr(gateway, name, changes[name])
    check_numbers(gateway)
    if changes.get("receipts_from") is not None:
        networks = read_networks(changes["receipts_from"])
        if networks != gateway.receipts_from:
            gateway.receipts_from = networks
            changed.append("receipts_from")
    if changes.get("settings") is not None:
        changed += set_settings(gateway, {**gateway.settings, **changes["settings"]})
    if changes.get("idempotent") not in (None, gateway.idempotent):
        set_idempotent(gateway, changes["idempotent"])
        changed.append("idempotent")
    if "settings" in changed:
        refuse_unseen_ids(gateway)
    refuse_to_begin_repeating(gateway, repeated=repeated)
    if not changed:
        return gateway
    if {"settings", "secrets"} & set(changed):
        gateway.enabled, gateway.checked_at, gateway.tested_at = False, None, None
    gateway.version += 1
    # With other settings they change, too.
    others = ("enabled", "checked_at", "tested_at", "version")
    gateway.save(update_fields=[*changed, *others])
    confirmed = {"same_account": True} if changes.get("same_account") else {}
    note(gateway, "edit", actor, {"changed": changed, **confirmed})
    return gateway


def rotate_receipts_secret(*, gateway: Gateway, at_once: bool, actor: User | None) -> None:
    """Give a gateway another secret in its address for receipts.

    Where the address goes out with each message, the setting that holds it follows.

    Args:
        gateway: locked, in a transaction.
        at_once: the earlier address counts no more. Else it counts for :data:`BOTH_COUNT`: nothing is lost until the
            provider has the new one.
        actor: who decides.
    """
    gateway.receipts_turn += 1
    gateway.receipts_before_until = None if at_once else database_now() + BOTH_COUNT
    gateway.version += 1
    changed = ["settings"] if renew_setting(gateway) else []
    gateway.save(update_fields=["receipts_turn", "receipts_before_until", "version", *changed])
    note(gateway, "rotate", actor, {"changed": changed} if changed else {})


def refuse_default(gateway: Gateway) -> None:
    """Refuse to change the gateway that the environment sets.

    Raises:
        StateForbids: it is that one.
    """
    if gateway.id == DEFAULT_GATEWAY:
        raise StateForbids(_("The environment sets this gateway (GATEWAY_URL and others): it is only read here."))


def note(gateway: Gateway, action: str, actor: User | None, details: Mapping[str, Any]) -> None:
    """Record a decision about a gateway, and tell dispatchers of it once it stands."""
    told = {"name": gateway.name, **details}
    record(actor=actor, action=f"gateway.{action}", object_type="gateway", object_id=gateway.id, details=told)
    wake_all("gateway")
