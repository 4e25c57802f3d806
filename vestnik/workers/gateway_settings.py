"""What the dispatcher of a gateway must know: from the environment for ``default``, else from the gateway's row."""

from django.conf import settings

from vestnik.dispatch.settings import DispatchSettings, names_of_dispatchers
from vestnik.encryption import decrypt
from vestnik.gateways.adapter import ConnectionOptions
from vestnik.gateways.adapters import make_adapter, repeats_safely
from vestnik.gateways.adapters.probe import Probe
from vestnik.models import DEFAULT_GATEWAY, Gateway


def default_settings(label: str) -> DispatchSettings:
    """The settings of ``default``. ``label``: of this process."""
    environment = settings.ENVIRONMENT
    return DispatchSettings(
        name=f"{names_of_dispatchers(DEFAULT_GATEWAY)}{label}",
        adapter=Probe({"url": environment.gateway_url, "token": environment.gateway_token}),
        concurrency=environment.gateway_concurrency,
        timeout=environment.gateway_timeout,
        idempotent=environment.gateway_idempotent,
        max_rate=environment.gateway_max_rate,
        connection=ConnectionOptions(**environment.gateway_connection),
    )


def settings_of(gateway: Gateway, label: str) -> DispatchSettings:
    """The settings of a gateway by its row.

    Raises:
        VestnikError: its secrets cannot be read with our key, or its kind or its settings are of another release.
    """
    secrets = decrypt(gateway.secrets) if gateway.secrets else {}
    adapter = make_adapter(gateway.kind, {**gateway.settings, **secrets})
    rates = [rate for rate in (gateway.max_rate, adapter.max_rate()) if rate is not None]
    return DispatchSettings(
        name=f"{names_of_dispatchers(gateway.id)}{label}",
        gateway=gateway.id,
        gateway_name=gateway.name,
        adapter=adapter,
        concurrency=gateway.concurrency,
        timeout=float(gateway.timeout),
        idempotent=repeats_safely(gateway.kind, gateway.settings, marked=gateway.idempotent),
        max_rate=min(rates, default=None),
        connection=adapter.options,
        max_at_once=adapter.max_at_once(),
    )
