"""Opens connections for the loop: name, socket. What follows on the socket (proxy, TLS) is the loop's."""

import select
from collections.abc import Callable

from vestnik.gateways.transport.dial import Dial
from vestnik.gateways.transport.endpoint import Endpoint
from vestnik.gateways.transport.failures import TransportError
from vestnik.gateways.transport.link import ASSIGNED, DIALLING, IDLE, NAMING, OPENING, Link
from vestnik.gateways.transport.names import Names


class Opener:
    """Brings links from nothing to a connected socket.

    Args:
        endpoint: where to.
        epoll: the loop's.
        links: the loop's, by descriptor.
        failed: called for a link that gets no socket.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        epoll: select.epoll,
        links: dict[int, Link],
        failed: Callable[[Link, TransportError], None],
    ) -> None:
        self._endpoint = endpoint
        self._epoll = epoll
        self._links = links
        self._failed = failed
        self._nameless: list[Link] = []
        self.names = Names(*endpoint.dialled)
        epoll.register(self.names.fd, select.EPOLLIN)

    @property
    def nameless(self) -> list[Link]:
        """Links that wait for the name to be looked up."""
        return self._nameless

    def open(self, link: Link, now: float) -> None:
        """Begin with a new link, or wait for the name."""
        self.names.refresh(now)
        if self.names.addresses:
            link.phase = DIALLING
            link.dial = Dial(self.names.addresses)
            self.dial_next(link, now)
        else:
            link.phase = NAMING
            link.due = min(link.deadline, link.connect_by)
            self._nameless.append(link)

    def dial_next(self, link: Link, now: float) -> None:
        """Try the next address of a link that is dialling."""
        dial = link.dial
        attempt = dial.try_next(now)
        if attempt is not None:
            self._links[attempt.fileno()] = link
            self._epoll.register(attempt.fileno(), select.EPOLLOUT)
        link.due = min(link.deadline, link.connect_by, dial.next_at)
        if dial.over:
            self._unreachable(link, dial.failure)

    def looked_up(self) -> list[Link]:
        """A look-up has ended: give back the links that can dial now, and fail the others."""
        self.names.ended()
        waiting = [link for link in self._nameless if link.phase == NAMING]
        self._nameless = []
        if self.names.addresses:
            self._retire()
            return waiting
        code = "proxy" if self._endpoint.through_proxy else "dns"
        detail = f"no address of {self._endpoint.dialled[0]}: {self.names.failure}"
        for link in waiting:
            self._failed(link, TransportError(code, detail))
        return []

    def dialled(self, link: Link, descriptor: int) -> bool:
        """A socket of a link that is dialling can be written: True when the link is connected."""
        dial = link.dial
        won = dial.answered(descriptor)
        if won is None:
            del self._links[descriptor]
            if dial.over:
                self._unreachable(link, dial.failure)
            return False
        self.hang_up(link)
        link.sock, link.address = won
        self.names.prefer(won[1])
        self._epoll.modify(descriptor, select.EPOLLIN)
        connection = link.connection = self._endpoint.connection()
        link.receive = connection.reader.feed if connection.tls is None and not self._endpoint.through_proxy else None
        link.phase = OPENING
        link.due = min(link.deadline, link.connect_by)
        return True

    def hang_up(self, link: Link) -> None:
        """Give up the attempts of a link that are under way."""
        for descriptor in link.dial.close():
            self._links.pop(descriptor, None)

    def close(self) -> None:
        """Ask no more names."""
        self._nameless.clear()
        self.names.close()

    def _unreachable(self, link: Link, detail: str) -> None:
        self.names.distrust()
        self._failed(link, TransportError("proxy" if self._endpoint.through_proxy else "connect", detail))

    def _retire(self) -> None:
        """The host has other addresses now: what is connected to a former one carries no further request."""
        for link in {*self._links.values()}:
            if link.is_connected and link.address not in self.names.addresses:
                link.retired = True
                if link.phase in (IDLE, ASSIGNED):
                    self._failed(link, TransportError("reset", "the gateway's name has another address now"))
