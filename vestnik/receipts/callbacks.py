"""Takes what a provider posts to us: finds the gateway, checks who calls, and keeps what was said.

A stranger learns nothing: a wrong name, a wrong secret and an address that is not allowed look the same.
"""

import hmac
import ipaddress
import logging
import time
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from vestnik.accounts.tries import Limit, take_try
from vestnik.errors import NotFound
from vestnik.gateways.adapter import Adapter, BadCallback, Callback, ForgedCallback, Received
from vestnik.gateways.adapters.kinds import KINDS
from vestnik.models import DEFAULT_GATEWAY, Gateway
from vestnik.receipts.counts import NO_GATEWAY
from vestnik.receipts.inbox import count, keep_inbound, keep_receipts_of_request
from vestnik.receipts.together import Together
from vestnik.routing.connections import way_to

#: Calls of an address that does not exist, or is not for the caller.
WRONG_ADDRESSES = Limit("receipt address", 300, timedelta(minutes=15))
#: Characters of the secret in the address that a provider calls.
_SECRET = 32
#: Seconds for which a process goes by what it has read of a gateway.
FRESH_SECONDS = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Door:
    """A gateway as a callback finds it.

    ``secrets``: of today's key and of earlier ones, and the one before a rotation while both count.
    ``read_at``: monotonic seconds.
    """

    gateway: int
    version: int
    adapter: Adapter
    secrets: tuple[str, ...]
    allowed: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    read_at: float


_doors: dict[str, _Door] = {}
#: Of this process.
_together = Together(lambda gateway, receipts: keep_receipts_of_request(connection, receipts, gateway=gateway))


def receipts_path(gateway: Gateway) -> str:
    """The path that a provider has to call with receipts of this gateway: it holds a secret."""
    return f"/gateways/{gateway.name}/receipts/{_secret(gateway.id, gateway.receipts_turn, settings.SECRET_KEY)}"


def receipts_url(gateway: Gateway) -> str | None:
    """The whole address for the provider's cabinet; None: a provider of this kind never calls."""
    adapter = KINDS.get(gateway.kind)
    if adapter is None or adapter.received is Adapter.received:
        return None
    return f"{settings.ENVIRONMENT.public_url}{receipts_path(gateway)}"


def take_callback(name: str, secret: str, callback: Callback) -> Received:
    """Keep what a provider told us. It is committed when this returns.

    Args:
        name: of the gateway, and
        secret: as the path that was called has them.
        callback: the request.

    Raises:
        NotFound: there is no such address for this caller.
        TooManyTries: so often that it has to wait.
        ForgedCallback: the signature is not the provider's.
        BadCallback: it cannot be read.
    """
    door = _door(name)
    if door is None or not _fits(door, secret) or not _is_allowed(door, callback.address):
        take_try(WRONG_ADDRESSES, callback.address)
        # Of a name that is none, too: a stranger could tell by the time which names exist.
        count(connection, {(door.gateway if door else NO_GATEWAY, "forged"): 1})
        raise NotFound
    received = _read(door, callback)
    # A statement each: a call that is repeated for lack of an answer does no harm. Almost always one of the two is
    # empty, and a transaction would cost three more ways to the database.
    if received.receipts:
        _together.keep(received.receipts, gateway=door.gateway)
    keep_inbound(connection, received.inbound, gateway=door.gateway)
    return received


def _read(door: _Door, callback: Callback) -> Received:
    """What a callback says; what is refused or cannot be read is counted."""
    try:
        received = door.adapter.received(callback)
    except ForgedCallback:
        count(connection, {(door.gateway, "forged"): 1})
        raise
    except BadCallback as error:
        count(connection, {(door.gateway, "bad"): error.receipts})
        raise
    if received.bad:
        log.warning("receipts that cannot be read: %s", received.bad[0], extra={"gateway": door.gateway})
        count(connection, {(door.gateway, "bad"): len(received.bad)})
    return received


def _door(name: str) -> _Door | None:
    known = _doors.get(name)
    if known is not None and time.monotonic() - known.read_at < FRESH_SECONDS:
        return known
    # Also one that is disabled: what was sent over it before may still be told about.
    gateway = Gateway.objects.filter(name=name, removed_at=None).first()
    if gateway is None:
        _doors.pop(name, None)
        return None
    same = known is not None and (known.gateway, known.version) == (gateway.id, gateway.version)
    # What the default gateway is does not stand in its row.
    adapter = known.adapter if known and same and gateway.id != DEFAULT_GATEWAY else way_to(gateway).adapter
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    door = _doors[name] = _Door(
        gateway=gateway.id,
        version=gateway.version,
        adapter=adapter,
        secrets=tuple(_secret(gateway.id, turn, key) for key in keys for turn in _turns(gateway)),
        allowed=tuple(ipaddress.ip_network(each, strict=False) for each in gateway.receipts_from),
        read_at=time.monotonic(),
    )
    return door


def _turns(gateway: Gateway) -> tuple[int, ...]:
    """The turns of the secret that count: for a while after a change, the one before, too."""
    until = gateway.receipts_before_until
    both = until is not None and until > timezone.now()
    return (gateway.receipts_turn, gateway.receipts_turn - 1) if both else (gateway.receipts_turn,)


def _secret(gateway: int, turn: int, key: str) -> str:
    """Derived, so that it is kept nowhere; it changes with SECRET_KEY, and when somebody rotates it."""
    value = f"{gateway} {turn}" if turn else str(gateway)
    return salted_hmac("vestnik.receipts", value, secret=key, algorithm="sha256").hexdigest()[:_SECRET]


def _fits(door: _Door, secret: str) -> bool:
    given = secret.encode()
    return any(hmac.compare_digest(given, each.encode()) for each in door.secrets)


def _is_allowed(door: _Door, address: str) -> bool:
    if not door.allowed:
        return True
    try:
        caller = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(caller, "ipv4_mapped", None) or caller
    return any(mapped in network for network in door.allowed)
