"""The settings of a dispatcher."""

from dataclasses import dataclass, field

from vestnik.gateways.adapter import Adapter, ConnectionOptions
from vestnik.models import DEFAULT_GATEWAY


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSettings:
    """The settings of a dispatcher. Durations are seconds, the rate is messages per second of the whole cluster.

    ``gateway``, ``gateway_name``: the id and the name of the one that it sends over. ``adapter``: its protocol.
    ``connection``: how connections to it are made. ``max_at_once``: places that the provider gives all dispatchers of
    the gateway together (:mod:`vestnik.dispatch.places`); None: it has no such limit.
    """

    name: str
    adapter: Adapter
    concurrency: int
    timeout: float
    idempotent: bool
    max_rate: int | None
    connection: ConnectionOptions = field(default_factory=ConnectionOptions)
    gateway: int = DEFAULT_GATEWAY
    gateway_name: str = "default"
    max_at_once: int | None = None


def names_of_dispatchers(gateway: int) -> str:
    """How the names of all dispatchers of one gateway begin, and of no other's: they are counted by it.

    Those of ``default`` are one for each process that sends.
    """
    return "dispatch " if gateway == DEFAULT_GATEWAY else f"dispatch/{gateway} "
