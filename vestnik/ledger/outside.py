"""Which gateways lead outside, to providers and so to people. The built-in simulator delivers nothing.

The environment names no gateway: ``default`` is the simulator, and so is one that was added with its address.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from vestnik.environment import Environment
from vestnik.models import DEFAULT_GATEWAY, Gateway


class Enabled(NamedTuple):
    """A gateway that is enabled. ``is_simulator``: what it takes reaches nobody."""

    id: int
    name: str
    is_simulator: bool


def is_simulator(gateway: Gateway, environment: Environment) -> bool:
    """Return whether messages over a gateway go to the built-in simulator."""
    if not environment.gateway_is_simulator:
        return False
    address = gateway.settings.get("url", "")
    return gateway.id == DEFAULT_GATEWAY or _place(address) == _place(environment.gateway_url)


def enabled_gateways(environment: Environment) -> list[Enabled]:
    """All gateways that messages may go over, ``default`` first. One small statement."""
    rows = Gateway.objects.filter(enabled=True, removed_at=None).exclude(id=DEFAULT_GATEWAY).order_by("id")
    added = [Enabled(row.id, row.name, is_simulator(row, environment)) for row in rows.only("name", "settings")]
    return [Enabled(DEFAULT_GATEWAY, "default", environment.gateway_is_simulator), *added]


def leads_outside(environment: Environment) -> bool:
    """Return whether any gateway that messages may go over leads to people, with or without a rule for it."""
    if not environment.gateway_is_simulator:
        return True
    return not all(gateway.is_simulator for gateway in enabled_gateways(environment))


def _place(url: str) -> str:
    """Host and port. The simulator listens on this machine."""
    return urlsplit(url).netloc.lower().replace("localhost:", "127.0.0.1:")
