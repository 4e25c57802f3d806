"""The settings of a dispatcher."""

from dataclasses import dataclass, field

from vestnik.environment import ConnectionOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSettings:
    """The settings of a dispatcher. Durations are seconds, the rate is messages per second of the whole cluster."""

    name: str
    gateway_url: str
    gateway_token: str
    concurrency: int
    timeout: float
    idempotent: bool
    max_rate: int | None
    #: Further arguments of the transport: :attr:`vestnik.environment.Environment.gateway_connection`.
    connection_options: ConnectionOptions = field(default_factory=ConnectionOptions)
