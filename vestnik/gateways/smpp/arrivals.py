"""What an SMSC delivered and nobody has committed yet. A delivery is acknowledged once it is: else it comes again."""

from dataclasses import dataclass
from typing import NamedTuple

from vestnik.gateways.adapter import Arrival, Inbound, Receipt
from vestnik.gateways.smpp.deliveries import inbound, read_delivery
from vestnik.gateways.smpp.session import Delivery, Session, State
from vestnik.gateways.smpp.settings import Settings
from vestnik.gateways.smpp.statuses import RX_T_APPN
from vestnik.smpp.fields import Message
from vestnik.smpp.texts import Place, decode, place_of, split_header

#: Seconds for which the parts of a long text are waited for.
PARTS_SECONDS = 5.0
_NEVER = float("inf")


class _Open(NamedTuple):
    session: Session
    delivery: Delivery


@dataclass(slots=True)
class _Parts:
    """A long text of which some parts are there, by their numbers."""

    total: int
    until: float
    found: dict[int, _Open]


class Arrivals:
    """Keeps at most so many deliveries unacknowledged; what is more is asked to come again later.

    Parts of a long text are put together, and acknowledged together. If one is missing after five seconds, the others
    are given out as they are; an SMSC that waits for each acknowledgement gets its parts acknowledged one by one.

    Args:
        settings: of the gateway.
        limit: deliveries that wait for their acknowledgement.
    """

    def __init__(self, settings: Settings, limit: int) -> None:
        self._settings, self._limit = settings, limit
        self._fresh: list[Arrival] = []
        #: Something came since :meth:`seen` was called.
        self.has_news = False
        self._given: dict[int, list[_Open]] = {}
        self._waiting = 0
        self._parts: dict[tuple[str, str, int, int], _Parts] = {}
        self._token = 0
        self._one_by_one = False
        #: Deliveries that could not be used and were rejected.
        self.unreadable = 0

    def seen(self) -> None:
        """The channel has woken for it: it need not wake again for the same."""
        self.has_news = False

    @property
    def waiting(self) -> int:
        """Deliveries that wait for their acknowledgement."""
        return self._waiting

    def take(self) -> list[Arrival]:
        """What came since the last call."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def note(self, what: Receipt) -> None:
        """Give out something that no delivery brought."""
        self._fresh.append(Arrival(0, what))
        self.has_news = True

    def delivered(self, session: Session, delivery: Delivery, now: float) -> None:
        """Take a delivery."""
        if self._waiting >= self._limit:
            session.acknowledge(delivery, RX_T_APPN)
            return
        what = read_delivery(delivery.message, self._settings)
        if what is None:
            self.unreadable += 1
            session.reject(delivery)
            return
        self._waiting += 1
        opened = _Open(session, delivery)
        place = place_of(delivery.message) if isinstance(what, Inbound) and not self._one_by_one else None
        if place is None:
            self._give(what, [opened])
        else:
            self._collect(place, opened, now)

    def acknowledge(self, token: int) -> None:
        """What was given out with this token is committed. What its session no longer waits for is left."""
        for session, delivery in self._given.pop(token, ()):
            self._waiting -= 1
            if session.state in {State.BOUND, State.LEAVING}:
                session.acknowledge(delivery)

    def session_over(self, session: Session) -> None:
        """The SMSC will deliver again what was not acknowledged in this session."""
        for key, parts in [*self._parts.items()]:
            if any(opened.session is session for opened in parts.found.values()):
                del self._parts[key]
                self._waiting -= len(parts.found)
        for token, opened in [*self._given.items()]:
            if any(each.session is session for each in opened):
                del self._given[token]
                self._waiting -= len(opened)

    def due(self) -> float:
        """When :meth:`act` is to be called."""
        return min((parts.until for parts in self._parts.values()), default=_NEVER)

    def act(self, now: float) -> None:
        """Give out long texts whose last parts do not come."""
        for key, parts in [*self._parts.items()]:
            if parts.until <= now:
                del self._parts[key]
                self._one_by_one = self._one_by_one or len(parts.found) == 1
                for _, opened in sorted(parts.found.items()):
                    message = opened.delivery.message
                    self._give(inbound(message, _text([message])), [opened])

    def _give(self, what: Receipt | Inbound, opened: list[_Open]) -> None:
        self._token += 1
        self._given[self._token] = opened
        self._fresh.append(Arrival(self._token, what))
        self.has_news = True

    def _collect(self, place: Place, opened: _Open, now: float) -> None:
        message = opened.delivery.message
        key = (message.source.name, message.destination.name, place.reference, place.total)
        parts = self._parts.setdefault(key, _Parts(place.total, now + PARTS_SECONDS, {}))
        known = parts.found.get(place.number)
        if known is not None:  # the SMSC brings it again: one of the two is enough
            known.session.acknowledge(known.delivery)
            self._waiting -= 1
        parts.found[place.number] = opened
        if len(parts.found) == place.total:
            del self._parts[key]
            whole = [each for _, each in sorted(parts.found.items())]
            messages = [each.delivery.message for each in whole]
            self._give(inbound(messages[0], _text(messages)), whole)


def _text(messages: list[Message]) -> str:
    """The text of parts: a character of two units may stand in two of them."""
    contents = [split_header(message)[1] for message in messages]
    codings = {message.data_coding for message in messages}
    if len(codings) == 1:
        return decode(b"".join(contents), codings.pop())
    return "".join(decode(content, message.data_coding) for content, message in zip(contents, messages, strict=True))
