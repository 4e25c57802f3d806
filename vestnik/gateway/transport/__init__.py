"""HTTP/1.1 to the gateway over our own sockets: one event loop, hundreds of requests at once.

- :mod:`.response`, :mod:`.tunnel`, :mod:`.tls` and :mod:`.connection` use no socket: bytes go in, events come out.
- :mod:`.names` looks names up, :mod:`.dial` opens sockets, :mod:`.loop` drives them all.
"""

from vestnik.gateway.transport.loop import Answer, Transport

__all__ = ["Answer", "Transport"]
