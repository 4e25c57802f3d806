"""The way to a gateway outside of any mailing: its adapter with today's settings, and how it is connected."""

from typing import NamedTuple

from django.conf import settings

from vestnik.encryption import decrypt
from vestnik.gateways.adapter import Adapter, ConnectionOptions
from vestnik.gateways.adapters.kinds import make_adapter
from vestnik.gateways.adapters.probe import Probe
from vestnik.models import DEFAULT_GATEWAY, Gateway


class Way(NamedTuple):
    """An adapter, how connections are made, seconds for one message, and messages a second (None: no limit)."""

    adapter: Adapter
    options: ConnectionOptions
    timeout: float
    max_rate: int | None


def way_to(gateway: Gateway) -> Way:
    """The way to a gateway. For ``default`` it is what the environment says.

    Raises:
        WrongKey: its secrets cannot be read.
        InvalidInput: its settings do not suit this release any more.
    """
    environment = settings.ENVIRONMENT
    if gateway.id == DEFAULT_GATEWAY:
        adapter: Adapter = Probe({"url": environment.gateway_url, "token": environment.gateway_token})
        options = ConnectionOptions(**environment.gateway_connection)
        return Way(adapter, options, environment.gateway_timeout, environment.gateway_max_rate)
    secrets = decrypt(gateway.secrets) if gateway.secrets else {}
    adapter = make_adapter(gateway.kind, {**gateway.settings, **secrets})
    rates = [rate for rate in (gateway.max_rate, adapter.max_rate()) if rate is not None]
    return Way(adapter, adapter.options, gateway.timeout, min(rates, default=None))
