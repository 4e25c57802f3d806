"""HTTP/1.1 to a gateway over our own sockets: one event loop, hundreds of requests at once.

- :mod:`.response`, :mod:`.tunnel`, :mod:`.tls` and :mod:`.connection` use no socket: bytes go in, events come out.
- :mod:`.names` looks names up, :mod:`.dial` opens sockets, :mod:`.loop` drives them all.
"""

from vestnik.gateways.channel import Answer
from vestnik.gateways.transport.loop import Transport

__all__ = ["Answer", "Transport"]
