"""Encrypts the secrets of all gateways with today's ``SECRET_KEY``, so that an earlier key can be thrown away."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from vestnik.encryption import reencrypted
from vestnik.errors import WrongKey
from vestnik.models import Gateway, User
from vestnik.routing.edits import note


@dataclass(frozen=True, slots=True, kw_only=True)
class Reencrypted:
    """Names of gateways. ``done``: encrypted with today's key. ``unreadable``: no key that we have reads their secrets.

    ``current``: how many needed nothing.
    """

    done: tuple[str, ...]
    unreadable: tuple[str, ...]
    current: int


def earlier_key_needed() -> tuple[str, ...]:
    """Names of gateways whose secrets an earlier key encrypted that the settings still name."""
    return tuple(row.name for row in _with_secrets() if _is_of_an_earlier_key(row))


def reencrypt_secrets(*, actor: User | None) -> Reencrypted:
    """Encrypt with today's key what an earlier one of ``SECRET_KEY_FALLBACKS`` encrypted.

    Gateways go on as they are: their secrets stay the same. One whose secrets cannot be read is left as it is.
    """
    done, unreadable, current = [], [], 0
    with transaction.atomic():
        for gateway in _with_secrets().select_for_update(no_key=True):
            try:
                secrets = reencrypted(gateway.secrets)
            except WrongKey:
                unreadable.append(gateway.name)
                continue
            if secrets is None:
                current += 1
                continue
            gateway.secrets = secrets
            gateway.save(update_fields=["secrets"])
            note(gateway, "reencrypt", actor, {})
            done.append(gateway.name)
    return Reencrypted(done=tuple(done), unreadable=tuple(unreadable), current=current)


def _with_secrets() -> QuerySet[Gateway]:
    return Gateway.objects.exclude(secrets="").order_by("id")


def _is_of_an_earlier_key(gateway: Gateway) -> bool:
    try:
        return reencrypted(gateway.secrets) is not None
    except WrongKey:
        return False
