"""The way to an SMSC: SMPP 3.4 as transceiver, over one epoll in one thread (docs/decisions/smpp.md)."""

from vestnik.gateways.smpp.channel import SmppChannel

__all__ = ["SmppChannel"]
