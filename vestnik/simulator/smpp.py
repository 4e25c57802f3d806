"""The simulator's SMSC: one session of SMPP 3.4 for each connection, with the faults, bills and receipts of the others.

The password of every account is the simulator's secret, or its first eight characters or more. A message is counted by
its phone, since SMPP carries no id of ours. Parts of a long text are put together: one message, one bill, and a receipt
for each part.
"""

import asyncio
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import cast

from vestnik.simulator.behaviour import AMBIGUOUS, DROP, ODD
from vestnik.simulator.bills import Bill
from vestnik.simulator.smpp_receipts import Mailroom
from vestnik.simulator.state import Gateway
from vestnik.smpp.fields import Message, c_string, read_bind, read_message
from vestnik.smpp.pdu import RESPONSE, BadPdu, Command, Framer, Pdu, encode
from vestnik.smpp.texts import decode, place_of, split_header

#: The statuses by which faults are said (SMPP 3.4, 5.1.3; SMPP 5.0 for an account that may not send).
STATUSES = {
    "400": 0x0B, "401": 0x0F, "403": 0x0F, "404": 0x45, "funds": 0x101, "429": 0x58, "code": 0x45, "500": 0x08,
    "503": 0x08,
}  # fmt: skip
_ALREADY_BOUND = 0x05
_WRONG_PASSWORD, _NOT_BOUND, _WRONG_COMMAND, _WRONG_LENGTH, _WRONG_PHONE = 0x0E, 0x04, 0x03, 0x01, 0x0B
#: Faults that cut the connection, and those that answer with what is no SMPP.
_CUTS = frozenset((DROP, "reset"))
_GARBAGE = frozenset(("garbage", "empty", "202", "308", "html", "wrong_json", "banner"))
_RESET = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class _Long:
    """A long text of which some parts are there, and what becomes of each."""

    parts: dict[int, Message] = field(default_factory=dict)
    fates: dict[int, str] = field(default_factory=dict)
    first_id: str = ""


class SmppConnection(asyncio.Protocol):
    """Serves one client. As :class:`~vestnik.simulator.state.OpenConnection` has it.

    Args:
        gateway: what all connections share.
        mailroom: keeps receipts until they are acknowledged.
    """

    def __init__(self, gateway: Gateway, mailroom: Mailroom) -> None:
        self.pending = self.controls = self.last = False
        self.account = ""
        self._gateway, self._mailroom = gateway, mailroom
        self._framer = Framer()
        self._transport: asyncio.Transport
        self._sequence = 0
        self._leaving = False
        self._long: dict[tuple[str, str, int, int], _Long] = {}
        self._later: set[asyncio.TimerHandle] = set()

    # -- Callbacks of asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the connection."""
        self._transport = cast("asyncio.Transport", transport)
        self._gateway.connections.add(self)
        self._gateway.counts.connections += 1

    def data_received(self, data: bytes) -> None:
        """Serve the PDUs that are whole."""
        try:
            pdus = self._framer.feed(data)
            while pdus:
                for pdu in pdus:
                    self._serve(pdu)
                pdus = self._framer.feed(b"")
        except BadPdu:
            self.abort()

    def connection_lost(self, _error: Exception | None) -> None:
        """Receipts that were not acknowledged wait for the next session."""
        self._gateway.connections.discard(self)
        for timer in self._later:
            timer.cancel()
        self._mailroom.leave(self)

    def abort(self) -> None:
        """Reset the connection without an answer."""
        if not self._transport.is_closing():
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()

    def deliver(self, body: bytes) -> int:
        """Send a deliver_sm; its sequence number."""
        self._sequence += 1
        self._write(encode(Command.DELIVER_SM, self._sequence, body))
        return self._sequence

    # -- PDUs

    def _serve(self, pdu: Pdu) -> None:
        if self._transport.is_closing():
            return
        match pdu.command:
            case Command.SUBMIT_SM if self.account:
                self._submit(pdu)
            case Command.DELIVER_SM_RESP:
                self._mailroom.answered(self, pdu.sequence, pdu.status)
            case Command.UNBIND_RESP:
                self._transport.close()
            case Command.BIND_TRANSCEIVER | Command.BIND_TRANSMITTER | Command.BIND_RECEIVER:
                self._bind(pdu)
            case Command.ENQUIRE_LINK:
                self._write(encode(Command.ENQUIRE_LINK_RESP, pdu.sequence))
            case Command.UNBIND:
                self._write(encode(Command.UNBIND_RESP, pdu.sequence))
                self._transport.close()
            case command if not command & RESPONSE:
                status = _WRONG_COMMAND if self.account else _NOT_BOUND
                self._write(encode(Command.GENERIC_NACK, pdu.sequence, status=status))

    def _bind(self, pdu: Pdu) -> None:
        bind = read_bind(pdu.body)
        verifier = self._gateway.verifier
        good = verifier.is_password(bind.password, time.time()) or verifier.is_short_password(bind.password)
        status = 0 if good else _WRONG_PASSWORD
        if good and self._is_one_too_many(bind.system_id):
            status = _ALREADY_BOUND
        self._write(encode(pdu.command | RESPONSE, pdu.sequence, b"" if status else c_string("simulator"), status))
        if status:
            self._gateway.counts.by_answer["no_token" if status == _WRONG_PASSWORD else "no_session"] += 1
            return
        self.account = bind.system_id
        if pdu.command != Command.BIND_TRANSMITTER:
            self._mailroom.join(self)

    def _is_one_too_many(self, account: str) -> bool:
        most = self._gateway.behaviour.binds
        others = (each for each in self._gateway.connections if isinstance(each, SmppConnection) and each is not self)
        return most is not None and sum(each.account == account for each in others) >= most

    def _submit(self, pdu: Pdu) -> None:
        gateway, counts = self._gateway, self._gateway.counts
        counts.requests += 1
        try:
            message = read_message(pdu.body)
        except BadPdu:
            self._answer(pdu, "wrong_body", status=_WRONG_LENGTH)
            return
        if not message.destination.name.isdecimal():
            self._answer(pdu, "wrong_body", status=_WRONG_PHONE)
            return
        counts.whole += 1
        phone, now = int(message.destination.name), time.time()
        fault = None if gateway.plain else gateway.dice.fault()
        place = place_of(message)
        if fault != DROP and (place is None or place.number == 1):
            counts.receive(phone, now)
        identifier = ""
        if fault is None or fault in ODD or (fault in AMBIGUOUS and gateway.dice.taken()):
            identifier = self._take(message)
        if fault is not None:
            counts.fail(phone, fault)
        delay = 0.0 if gateway.plain else gateway.dice.delay()
        if delay:
            timer = asyncio.get_running_loop().call_later(delay, self._respond, pdu, fault, identifier, phone)
            self._later.add(timer)
        else:
            self._respond(pdu, fault, identifier, phone)
        if gateway.log is not None:
            gateway.log(now, phone, fault or "ok")

    def _take(self, message: Message) -> str:
        """Take a message or a part of one; the id that it gets."""
        identifier = str(self._gateway.bills.next_number())
        wanted = message.registered_delivery & 3
        fate = self._mailroom.plan(self.account, message, identifier) if wanted else "accepted"
        place = place_of(message)
        if place is None:
            text = decode(split_header(message)[1], message.data_coding)
            self._bill(message.destination.name, text, identifier, [fate])
        else:
            key = (message.source.name, message.destination.name, place.reference, place.total)
            long = self._long.setdefault(key, _Long(first_id=identifier))
            long.parts[place.number], long.fates[place.number] = message, fate
            if len(long.parts) == place.total:
                del self._long[key]
                whole = b"".join(split_header(part)[1] for _, part in sorted(long.parts.items()))
                text = decode(whole, message.data_coding)
                self._bill(message.destination.name, text, long.first_id, list(long.fates.values()))
        return identifier

    def _bill(self, phone: str, text: str, identifier: str, fates: list[str]) -> None:
        """``fates``: of its parts. A message with a part that does not arrive is undelivered."""
        gateway = self._gateway
        gateway.counts.deliver(int(phone), idempotent=False)
        fate = "undelivered" if "undelivered" in fates else fates[0]
        gateway.bills.add(Bill("smpp", identifier, None, phone, text, len(fates), time.time(), fate))

    # -- Answers

    def _respond(self, pdu: Pdu, fault: str | None, identifier: str, phone: int) -> None:
        if fault == "hang":
            self.pending = True
            self._gateway.counts.by_answer[fault] += 1
            return
        if fault in _CUTS:
            self._gateway.counts.by_answer[fault] += 1
            self.abort()
            return
        if fault in _GARBAGE:
            self._gateway.counts.by_answer[fault] += 1
            self._write(b"SSH-2.0-OpenSSH_9.2\r\n")
            self._transport.close()
            return
        if fault == "reset_mid":
            self._gateway.counts.by_answer[fault] += 1
            self._write(encode(Command.SUBMIT_SM_RESP, pdu.sequence, c_string(identifier))[:-1])
            self._transport.close()
            return
        status = STATUSES.get(fault or "", 0)
        if not status:
            self._gateway.counts.accept(phone)
        self._answer(pdu, fault or "ok", status=status, identifier=identifier)

    def _answer(self, pdu: Pdu, name: str, *, status: int, identifier: str = "") -> None:
        self._gateway.counts.by_answer[name] += 1
        body = b"" if status else c_string(identifier)
        self._write(encode(Command.SUBMIT_SM_RESP, pdu.sequence, body, status))
        if self.last and not self._leaving:  # what is under way still gets its answer
            self._leaving = True
            self._sequence += 1
            self._write(encode(Command.UNBIND, self._sequence))

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)
