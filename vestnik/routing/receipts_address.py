"""A gateway's address for receipts. Its path holds a secret, which is derived from SECRET_KEY and changes by turns.

Most providers are told the address in their cabinet. Some take it with each message: there it is one of the gateway's
settings, which has to follow when the address changes.
"""

import re

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from vestnik.gateways.adapter import Adapter
from vestnik.gateways.adapters.kinds import KINDS
from vestnik.models import Gateway

#: Characters of the secret.
_LENGTH = 32


def receipts_path(gateway: Gateway) -> str:
    """The path that a provider has to call with receipts of this gateway: it holds a secret."""
    return _path(gateway, _secret(gateway.id, gateway.receipts_turn, settings.SECRET_KEY))


def receipts_url(gateway: Gateway) -> str | None:
    """The whole address for the provider; None: a provider of this kind never calls."""
    adapter = KINDS.get(gateway.kind)
    if adapter is None or adapter.received is Adapter.received:
        return None
    return f"{settings.ENVIRONMENT.public_url}{receipts_path(gateway)}"


def valid_secrets(gateway: Gateway) -> tuple[str, ...]:
    """The secrets that count: of today's key and of earlier ones, and those before a rotation while both count."""
    until = gateway.receipts_before_until
    both = until is not None and until > timezone.now()
    turns = (gateway.receipts_turn, gateway.receipts_turn - 1) if both else (gateway.receipts_turn,)
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return tuple(_secret(gateway.id, turn, key) for key in keys for turn in turns)


def address_setting(gateway: Gateway) -> str:
    """The name of the setting that holds the address; empty: the provider is told it in its cabinet."""
    adapter = KINDS.get(gateway.kind)
    return "" if adapter is None else adapter.receipts_setting


def goes_along(gateway: Gateway) -> bool:
    """Whether the address of now goes out with each message, so that nobody has to enter it."""
    name = address_setting(gateway)
    return bool(name) and gateway.settings.get(name) == receipts_url(gateway)


def renew_setting(gateway: Gateway) -> bool:
    """Put the address of now into the setting that held another one of this gateway. Return whether that changed it.

    The settings lead to the same account, so that the gateway stays checked and enabled. An address that is not
    Vestnik's, and none at all, was somebody's decision: it stays.
    """
    name = address_setting(gateway)
    if not name or goes_along(gateway) or not _is_ours(gateway, gateway.settings.get(name)):
        return False
    gateway.settings = {**gateway.settings, name: receipts_url(gateway)}
    return True


def address_warning(gateway: Gateway) -> str:
    """What is wrong with the setting that holds the address, for people; empty: nothing."""
    name = address_setting(gateway)
    value = gateway.settings.get(name) if name else None
    if not value or goes_along(gateway):
        return ""
    if not _is_ours(gateway, value):
        template = _(
            "“%(setting)s” is not this gateway's address for receipts, so none arrive. Enter the address that Vestnik "
            "shows."
        )
    elif value in {f"{settings.ENVIRONMENT.public_url}{_path(gateway, each)}" for each in valid_secrets(gateway)}:
        template = _(
            "“%(setting)s” is an earlier address for receipts, which works only for now. Create a new address: Vestnik "
            "enters it there."
        )
    else:
        template = _(
            "“%(setting)s” is an address for receipts that counts no more, so none arrive. Create a new address: "
            "Vestnik enters it there."
        )
    return template % {"setting": name}


def _path(gateway: Gateway, secret: str) -> str:
    return f"/gateways/{gateway.name}/receipts/{secret}"


def _is_ours(gateway: Gateway, value: object) -> bool:
    """Whether it is an address of this gateway, of whatever key and turn."""
    start = re.escape(f"{settings.ENVIRONMENT.public_url}{_path(gateway, '')}")
    return isinstance(value, str) and re.fullmatch(f"{start}[0-9a-f]{{{_LENGTH}}}", value) is not None


def _secret(gateway: int, turn: int, key: str) -> str:
    """Derived, so that no table of secrets exists. A kind that sends the address along has it in its settings."""
    value = f"{gateway} {turn}" if turn else str(gateway)
    return salted_hmac("vestnik.receipts", value, secret=key, algorithm="sha256").hexdigest()[:_LENGTH]
