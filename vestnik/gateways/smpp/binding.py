"""One bind that is kept: connects, binds, and begins again after a while when the session is over."""

import contextlib
import random
import select
from enum import Enum
from typing import Any, Protocol

from vestnik.gateways.limits import CONNECT_SECONDS
from vestnik.gateways.outcome import Kind, Outcome, classify_failure
from vestnik.gateways.smpp.endpoint import Endpoint
from vestnik.gateways.smpp.line import Line
from vestnik.gateways.smpp.session import Owner, Session, State
from vestnik.gateways.smpp.settings import Settings
from vestnik.gateways.transport.failures import TransportError
from vestnik.gateways.transport.names import Names
from vestnik.smpp.pdu import BadPdu, Command, encode

#: Seconds before the next attempt: the first and the longest pause, and those after our account was refused: some
#: SMSCs block an account that tries too often.
_PAUSES, _REFUSED_PAUSES = (0.1, 10.0), (5.0, 60.0)
#: Seconds after which a session counts as one that worked.
_WORKED = 10.0
#: Seconds between attempts, at least, when messages wait for one.
_IMPATIENT = 1.0
_RINVCMDLEN = 0x2


class Phase(Enum):
    """``PAUSED``: the next attempt is later."""

    PAUSED = "paused"
    CONNECTING = "connecting"
    IN_SESSION = "in_session"


class Keeper(Owner, Protocol):
    """Who owns the messages."""

    def returned(self, ticket: Any) -> None:
        """A submit of which no byte has left this process: it may go over another session."""

    def lost(self, ticket: Any, outcome: Outcome) -> None:
        """A submit whose answer will not come."""

    def session_over(self, session: Session) -> None:
        """Nothing can be acknowledged in this session any more."""


class Binding:
    """Times are monotonic seconds.

    ``is_barred``: it opens no session until it may again, and one that is open ends once it has all its answers.
    ``failure``: what the last attempt means for messages that wait; None: there was none, or it went well.

    Args:
        epoll: the channel's.
        names: the host's addresses.
        endpoint: where to.
        settings: of the gateway.
        keeper: told what becomes of submits.
    """

    def __init__(
        self, epoll: select.epoll, names: Names, endpoint: Endpoint, settings: Settings, keeper: Keeper
    ) -> None:
        self._epoll, self._names, self._endpoint = epoll, names, endpoint
        self._settings, self._keeper = settings, keeper
        self._line: Line | None = None
        self._began = self._next = float("-inf")
        self._failures = 0
        self.session: Session | None = None
        self.is_barred = False
        self.phase = Phase.PAUSED
        self.failure: Outcome | None = None

    @property
    def room(self) -> int:
        """How many submits its window takes now; none while the SMSC does not read what was written."""
        session = self.session
        if session is None or session.state is not State.BOUND or self._line is None or self._line.is_full:
            return 0
        return self._settings.window - len(session.window)

    def has(self, descriptor: int) -> bool:
        """Is it one of its sockets?"""
        return self._line is not None and descriptor in self._line.descriptors

    def submit(self, body: bytes, ticket: Any) -> None:
        """Submit; there must be room."""
        if self.session is not None:
            self.session.submit(body, ticket)

    @property
    def has_ended(self) -> bool:
        """Whether it is barred and has no connection any more."""
        return self.is_barred and self.phase is Phase.PAUSED

    def end(self) -> None:
        """End the session, or the attempt, if nothing waits for an answer in it. Only while it is barred."""
        session = self.session
        if self.phase is Phase.PAUSED or (session is not None and session.window):
            return
        self.close()
        self.phase, self.failure, self._failures, self._next = Phase.PAUSED, None, 0, float("-inf")
        if session is not None:
            self._keeper.session_over(session)

    def hurry(self, now: float) -> None:
        """Messages wait: try at once if the last attempt is not from just now, and our account was not refused."""
        refused = self.failure is not None and self.failure.kind is Kind.UNAUTHORIZED
        if self.phase is Phase.PAUSED and not refused and not self.is_barred:
            self._next = min(self._next, self._began + _IMPATIENT)
            self.act(now)

    def due(self) -> float:
        """When :meth:`act` is to be called."""
        if self.has_ended:
            return float("inf")
        if self.phase is Phase.IN_SESSION and self.session is not None:
            return self.session.due()
        if self.phase is Phase.CONNECTING and self._line is not None:
            return min(self._next, self._line.next_address_at)
        return self._next

    def act(self, now: float) -> None:
        """Do what is due."""
        if now < self.due():
            return
        try:
            self._do_what_is_due(now)
        except TransportError as error:
            self._fail(error.code, error.detail, now)
        self.flush(now)

    def named(self, now: float) -> None:
        """The host's name was looked up."""
        if self.phase is not Phase.CONNECTING or self._line is not None:
            return
        try:
            self._dial(now)
        except TransportError as error:
            self._fail(error.code, error.detail, now)
        if self._line is None and self._names.failure:
            self._fail("dns", f"no address of {self._endpoint.dialled[0]}: {self._names.failure}", now)

    def heard(self, descriptor: int, events: int, now: float) -> None:
        """Something happened at one of its sockets."""
        line = self._line
        if line is None:
            return
        try:
            self._hear(line, descriptor, events, now)
        except TransportError as error:
            self._fail(error.code, error.detail, now)
        except BadPdu as error:
            line.put(encode(Command.GENERIC_NACK, 0, status=_RINVCMDLEN))
            self.flush(now)
            if self._line is line:
                self._fail("garbage", str(error), now)
        else:
            self.flush(now)

    def flush(self, now: float) -> None:
        """Write what was put, and end what is over."""
        line, session = self._line, self.session
        if line is None:
            return
        try:
            line.flush()
        except TransportError as error:
            self._fail(error.code, error.detail, now)
            return
        if session is not None and session.state is State.OVER:
            self._fail(session.code, session.reason, now, refusal=session.refusal)

    def close(self) -> None:
        """Unbind, without waiting for the answer, and close the connection."""
        if self._line is None:
            return
        if self.session is not None and self.session.state is State.BOUND:
            self.session.unbind()
            with contextlib.suppress(TransportError):
                self._line.flush()
        self._line.close()
        self._line = self.session = None

    def _do_what_is_due(self, now: float) -> None:
        if self.phase is Phase.PAUSED:
            self._begin(now)
        elif self.phase is Phase.IN_SESSION and self.session is not None:
            self.session.act(now)
        elif now >= self._next:
            raise TransportError("timeout", f"no connection within {CONNECT_SECONDS:.3g} s")
        elif self._line is not None:
            self._line.dial_next(now)

    def _hear(self, line: Line, descriptor: int, events: int, now: float) -> None:
        data = line.heard(descriptor, events, now)
        if line.is_open and self.session is None:
            self._open(line, now)
        if data is None:
            raise TransportError("reset", "the gateway closed the connection")
        if data and self.session is not None:
            self.session.receive(data, now)

    def _begin(self, now: float) -> None:
        self._began, self._next = now, now + CONNECT_SECONDS
        self.phase = Phase.CONNECTING
        self._names.refresh(now)
        self._dial(now)

    def _dial(self, now: float) -> None:
        if self._names.addresses:
            self._line = Line(self._epoll, self._names, self._endpoint.way())
            self._line.dial_next(now)

    def _open(self, line: Line, now: float) -> None:
        self.phase = Phase.IN_SESSION
        self.session = Session(
            self._settings.bind, self._keeper, line.put, enquire_seconds=self._settings.enquire_seconds, now=now
        )

    def _fail(self, code: str, detail: str, now: float, *, refusal: Outcome | None = None) -> None:
        """The connection is over, or there will be none: say what became of the submits, and wait."""
        line, session = self._line, self.session
        unsent = set(line.unsent_marks()) if line is not None else set()
        was_bound = session is not None and session.was_bound
        worked = was_bound and now - self._began > _WORKED
        self._line = self.session = None
        if line is not None:
            line.close()
        # A session that broke says nothing about the next one: messages wait for it.
        self.failure = None if was_bound else refusal or classify_failure(code, detail, sent=False)
        self._failures = 0 if worked else self._failures + 1
        self.phase, self._next = Phase.PAUSED, now + self._pause()
        if session is not None:
            session.state = State.OVER
            gone = classify_failure(code, detail, sent=True)
            for sequence, ticket in session.window.items():
                if sequence in unsent:
                    self._keeper.returned(ticket)
                else:
                    self._keeper.lost(ticket, gone)
            self._keeper.session_over(session)

    def _pause(self) -> float:
        refused = self.failure is not None and self.failure.kind is Kind.UNAUTHORIZED
        first, longest = _REFUSED_PAUSES if refused else _PAUSES
        whole = min(longest, first * 2.0 ** min(max(0, self._failures - 1), 20))
        return whole * (0.75 + 0.25 * random.random())  # noqa: S311 - spreads load, guards nothing
