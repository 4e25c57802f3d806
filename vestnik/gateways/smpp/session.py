"""One session with an SMSC, without its socket: PDUs go in, calls of its owner and PDUs to be written come out.

The rules are those of SMPP 3.4, 2 and 4. The session is a transceiver's; the SMSC may ask for its link to be tested,
deliver, and unbind. What it may not do is answered with a generic_nack, or ignored where it is a response.
"""

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple, Protocol

from vestnik.gateways.outcome import Outcome
from vestnik.gateways.smpp.statuses import OK, RINVBNDSTS, RINVCMDID, RINVMSGLEN, RX_R_APPN, bind_outcome
from vestnik.smpp.fields import Bind, Message, first_string, read_data, read_message, write_bind
from vestnik.smpp.pdu import MAX_SEQUENCE, RESPONSE, BadPdu, Command, Framer, Pdu, encode

#: Seconds for the answers to a bind and to an enquire_link, and for what is under way when the SMSC unbinds.
BIND_SECONDS, ENQUIRE_SECONDS, LEAVE_SECONDS = 10.0, 10.0, 2.0
#: Submits given up whose late answers are still understood.
_MAX_LATE = 10_000
#: Characters of a message's id, at most (SMPP 3.4, 5.2.23).
_MAX_ID = 64


class State(Enum):
    """``LEAVING``: the SMSC wants to unbind; nothing more is submitted. ``OVER``: the connection is to be closed."""

    BINDING = "binding"
    BOUND = "bound"
    LEAVING = "leaving"
    OVER = "over"


class Delivery(NamedTuple):
    """A message that the SMSC delivered, and how it is acknowledged."""

    sequence: int
    response: int
    message: Message


class Owner(Protocol):
    """Who learns what happens in a session. ``ticket`` is what the owner gave with the submit."""

    def submitted(self, ticket: Any, status: int, identifier: str) -> None:
        """A submit has its answer."""

    def answered_late(self, ticket: Any, status: int, identifier: str) -> None:
        """A submit that was given up has its answer."""

    def delivered(self, session: "Session", delivery: Delivery) -> None:
        """The SMSC delivered something. It waits until :meth:`Session.acknowledge` is called for it."""


class Session:
    """Times are monotonic seconds.

    - ``window``: submits without an answer, by their sequence numbers.
    - ``was_bound``: the SMSC took the bind. ``refusal``: what a bind that was not taken means.
    - ``reason``: why it is over; ``code``: the same as a word of an outcome.

    Args:
        bind: who we are.
        owner: told what happens.
        write: takes a PDU to be written, with a mark that is other than 0 for a submit.
        enquire_seconds: silence after which the link is tested.
        now: the connection is open since.
    """

    def __init__(
        self, bind: Bind, owner: Owner, write: Callable[[bytes, int], None], *, enquire_seconds: float, now: float
    ) -> None:
        self._owner, self._write = owner, write
        self._framer = Framer()
        self._enquire_seconds = enquire_seconds
        self._sequence = 1
        self._late: dict[int, Any] = {}
        self._late_order: deque[int] = deque()
        self._heard_at = now
        self._enquired_at: float | None = None
        self._until = now + BIND_SECONDS
        self._leaving = 0
        self.window: dict[int, Any] = {}
        self.state = State.BINDING
        self.was_bound = False
        self.refusal: Outcome | None = None
        self.reason, self.code = "", "reset"
        write(encode(Command.BIND_TRANSCEIVER, 1, write_bind(bind)), 0)

    def submit(self, body: bytes, ticket: Any) -> None:
        """Submit a message; it must be bound."""
        sequence = self._sequence = self._sequence + 1 if self._sequence < MAX_SEQUENCE else 1
        self.window[sequence] = ticket
        self._write(encode(Command.SUBMIT_SM, sequence, body), sequence)

    def give_up(self, sequence: int) -> None:
        """Wait no longer for an answer: its place in the window is free."""
        ticket = self.window.pop(sequence)
        self._late[sequence] = ticket
        self._late_order.append(sequence)
        if len(self._late_order) > _MAX_LATE:
            self._late.pop(self._late_order.popleft(), None)
        self._leave_if_done()

    def acknowledge(self, delivery: Delivery, status: int = OK) -> None:
        """Answer a delivery: from now on the SMSC forgets it, or, with another status, does what that says."""
        body = b"\0" if delivery.response == Command.DELIVER_SM_RESP else b""
        self._write(encode(delivery.response, delivery.sequence, body, status), 0)

    def unbind(self) -> None:
        """End the session; nothing is waited for."""
        self._write(encode(Command.UNBIND, self._next()), 0)

    def receive(self, data: bytes, now: float) -> None:
        """Take bytes of the SMSC.

        Raises:
            BadPdu: they are no SMPP; the connection is of no use any more.
        """
        self._heard_at, self._enquired_at = now, None
        pdus = self._framer.feed(data)
        while pdus:
            for pdu in pdus:
                if pdu.command == Command.SUBMIT_SM_RESP:
                    self._answered(pdu)
                elif self.state is not State.OVER:
                    self._act(pdu, now)
            pdus = self._framer.feed(b"")

    def due(self) -> float:
        """When :meth:`act` is to be called."""
        if self.state in {State.BINDING, State.LEAVING}:
            return self._until
        if self._enquired_at is not None:
            return self._enquired_at + ENQUIRE_SECONDS
        return self._heard_at + self._enquire_seconds

    def act(self, now: float) -> None:
        """Do what is due."""
        if now < self.due():
            return
        if self.state is State.BINDING:
            self._end("timeout", f"no answer to the bind within {BIND_SECONDS:.3g} s")
        elif self.state is State.LEAVING:
            self._leave()
        elif self._enquired_at is None:
            self._enquired_at = now
            self._write(encode(Command.ENQUIRE_LINK, self._next()), 0)
        else:
            self._end("timeout", f"no answer to enquire_link within {ENQUIRE_SECONDS:.3g} s")

    def _end(self, code: str, reason: str) -> None:
        self.state, self.code, self.reason = State.OVER, code, reason

    def _next(self) -> int:
        self._sequence = self._sequence + 1 if self._sequence < MAX_SEQUENCE else 1
        return self._sequence

    # -- what comes

    def _answered(self, pdu: Pdu) -> None:
        ticket = self.window.pop(pdu.sequence, None)
        identifier = first_string(pdu.body)[:_MAX_ID] if pdu.status == OK else ""
        if ticket is not None:
            self._owner.submitted(ticket, pdu.status, identifier)
            if pdu.status == RINVBNDSTS:
                self._end("reset", "the gateway says that the session is not bound")
            if self.state is State.LEAVING:
                self._leave_if_done()
            return
        late = self._late.pop(pdu.sequence, None)
        if late is not None:
            self._owner.answered_late(late, pdu.status, identifier)

    def _act(self, pdu: Pdu, now: float) -> None:
        match pdu.command:
            case Command.DELIVER_SM | Command.DATA_SM:
                self._deliver(pdu)
            case Command.ENQUIRE_LINK:
                self._write(encode(Command.ENQUIRE_LINK_RESP, pdu.sequence), 0)
            case Command.BIND_TRANSCEIVER_RESP if self.state is State.BINDING:
                self._bound(pdu)
            case Command.UNBIND:
                self._leaving = pdu.sequence
                self.state, self._until = State.LEAVING, now + LEAVE_SECONDS
                self._leave_if_done()
            case Command.GENERIC_NACK:
                self._nacked(pdu)
            case Command.OUTBIND | Command.ALERT_NOTIFICATION:
                pass  # neither has a response, and neither says anything to us
            case command if not command & RESPONSE:
                self._write(encode(Command.GENERIC_NACK, pdu.sequence, status=RINVCMDID), 0)

    def _bound(self, pdu: Pdu) -> None:
        if pdu.status == OK:
            self.state, self.was_bound = State.BOUND, True
        else:
            self.refusal = bind_outcome(pdu.status)
            self._end("bind", self.refusal.detail)

    def _deliver(self, pdu: Pdu) -> None:
        response = pdu.command | RESPONSE
        try:
            message = read_message(pdu.body) if pdu.command == Command.DELIVER_SM else read_data(pdu.body)
        except BadPdu:
            self._write(encode(response, pdu.sequence, b"\0", RINVMSGLEN), 0)
            return
        self._owner.delivered(self, Delivery(pdu.sequence, response, message))

    def reject(self, delivery: Delivery) -> None:
        """Answer a delivery that cannot be used, so that the SMSC does not bring it for ever."""
        self.acknowledge(delivery, RX_R_APPN)

    def _nacked(self, pdu: Pdu) -> None:
        """One of our PDUs was not understood. Without its number, the two sides do not speak the same stream."""
        if pdu.sequence in self.window or pdu.sequence in self._late:
            if pdu.status == OK:  # says nothing: what is under way stays without an answer
                self._end("garbage", "a generic_nack without a status")
            else:
                self._answered(pdu)
        elif self.state is State.BINDING:
            self.refusal = bind_outcome(pdu.status or RINVCMDID)
            self._end("bind", self.refusal.detail)
        else:
            self._end("garbage", f"a generic_nack ({pdu.status:#x}) for no request of ours")

    # -- leaving

    def _leave_if_done(self) -> None:
        if self.state is State.LEAVING and not self.window:
            self._leave()

    def _leave(self) -> None:
        self._write(encode(Command.UNBIND_RESP, self._leaving), 0)
        self._end("reset", "the gateway ended the session")
