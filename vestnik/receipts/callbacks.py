"""Takes what a provider posts to us: finds the gateway, checks who calls, and keeps what was said.

A stranger learns nothing: a wrong name, a wrong secret and an address that is not allowed look the same.
"""

import hmac
import ipaddress
import logging
import time
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from vestnik.accounts.tries import Limit, take_try
from vestnik.errors import NotFound
from vestnik.gateways.adapter import Adapter, BadCallback, Callback, ForgedCallback, Received
from vestnik.models import DEFAULT_GATEWAY, Gateway
from vestnik.receipts.counts import NO_GATEWAY
from vestnik.receipts.inbox import count, keep_inbound, keep_receipts_of_request
from vestnik.receipts.together import Together
from vestnik.routing.connections import way_to
from vestnik.routing.receipts_address import valid_secrets

#: Calls of an address that does not exist, or is not for the caller.
WRONG_ADDRESSES = Limit("receipt address", 300, timedelta(minutes=15))
#: Seconds for which a process goes by what it has read of a gateway.
FRESH_SECONDS = 2.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Door:
    """A gateway as a callback finds it.

    ``secrets``: those that count in its address.
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
    door = _doors[name] = _Door(
        gateway=gateway.id,
        version=gateway.version,
        adapter=adapter,
        secrets=valid_secrets(gateway),
        allowed=tuple(ipaddress.ip_network(each, strict=False) for each in gateway.receipts_from),
        read_at=time.monotonic(),
    )
    return door


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
