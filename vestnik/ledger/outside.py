"""Which gateways lead outside, to providers and so to people. The built-in simulator delivers nothing.

The environment names no gateway: ``default`` is the simulator, and so is one that was added with its address. A
provider delivers nothing in test mode, which is a setting (:meth:`vestnik.gateways.adapter.Adapter.why_not_delivered`).
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from vestnik.environment import Environment
from vestnik.gateways.adapters.kinds import why_not_delivered
from vestnik.models import DEFAULT_GATEWAY, Gateway


class Enabled(NamedTuple):
    """A gateway that is enabled. ``reaches_nobody``: nothing is delivered that it takes.

    ``in_test``: because its settings put it into test mode.
    """

    id: int
    name: str
    reaches_nobody: bool
    in_test: bool = False


def is_simulator(gateway: Gateway, environment: Environment) -> bool:
    """Return whether messages over a gateway go to the built-in simulator."""
    if not environment.gateway_is_simulator:
        return False
    address = gateway.settings.get("url", "")
    return gateway.id == DEFAULT_GATEWAY or _place(address) == _place(environment.gateway_url)


def enabled_gateways(environment: Environment) -> list[Enabled]:
    """All gateways that messages may go over, ``default`` first. One small statement."""
    rows = Gateway.objects.filter(enabled=True, removed_at=None).exclude(id=DEFAULT_GATEWAY).order_by("id")
    added = [_enabled(row, environment) for row in rows.only("name", "kind", "settings")]
    return [Enabled(DEFAULT_GATEWAY, "default", environment.gateway_is_simulator), *added]


def leads_outside(environment: Environment) -> bool:
    """Return whether any gateway that messages may go over leads to people, with or without a rule for it."""
    if not environment.gateway_is_simulator:
        return True
    return not all(gateway.reaches_nobody for gateway in enabled_gateways(environment))


def _enabled(row: Gateway, environment: Environment) -> Enabled:
    simulator, in_test = is_simulator(row, environment), bool(why_not_delivered(row.kind, row.settings))
    return Enabled(row.id, row.name, simulator or in_test, in_test and not simulator)


def _place(url: str) -> str:
    """Host and port. The simulator listens on this machine."""
    return urlsplit(url).netloc.lower().replace("localhost:", "127.0.0.1:")
