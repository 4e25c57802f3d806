"""The Probe gateway's adapter, and a transport that speaks it."""

from vestnik.gateways.adapter import ConnectionOptions
from vestnik.gateways.adapters.probe import Probe
from vestnik.gateways.limits import CONNECT_SECONDS
from vestnik.gateways.transport import Transport

#: What a gateway of a test takes.
ANY_TOKEN = "t"  # noqa: S105 - nobody checks it


def probe(url: str, token: str = ANY_TOKEN) -> Probe:
    """The adapter to a gateway at ``url``."""
    return Probe({"url": url, "token": token})


def probe_transport(
    *,
    url: str,
    token: str = ANY_TOKEN,
    concurrency: int,
    timeout: float,
    connect_timeout: float = CONNECT_SECONDS,
    verify_file: str | None = None,
    authorities: str | None = None,
    client_certificate: str | None = None,
    proxy: str | None = None,
) -> Transport:
    """A transport to a gateway at ``url``; the arguments are those of the transport and of its options."""
    options = ConnectionOptions(
        verify_file=verify_file, authorities=authorities, client_certificate=client_certificate, proxy=proxy
    )
    return Transport(
        adapter=probe(url, token), concurrency=concurrency, timeout=timeout, connect_timeout=connect_timeout,
        options=options,
    )  # fmt: skip
