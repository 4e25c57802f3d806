"""One connection of the simulator. It parses requests with httptools, and answers or fails as configured.

Pipelining is not supported, because no client of this gateway uses it. A request that arrives before the previous
answer closes the connection.
"""

import asyncio
import socket
import struct
import time
from typing import cast

import httptools

from vestnik.simulator import answers
from vestnik.simulator.behaviour import AMBIGUOUS, DROP, ODD
from vestnik.simulator.control import control
from vestnik.simulator.exchange import Exchange, read_exchange
from vestnik.simulator.state import Gateway

#: The maximum size of a body in bytes.
MAX_BODY = 1_048_576
#: With this option, closing sends a reset (RST) instead of an end (FIN): socket(7), SO_LINGER.
_RESET = struct.pack("ii", 1, 0)
#: Headers that give the length of a body.
_FRAMING = frozenset((b"content-length", b"transfer-encoding"))
#: Seconds between the last bytes and the end of the connection, so that they arrive.
_MID_ANSWER = 0.02
#: A fault of the connection, besides those in the shares.
CLOSE_ON_REUSE = "close_on_reuse"


class Connection(asyncio.Protocol):
    """Serves the requests of one client, one after the other.

    ``pending``: a request is not answered yet. ``controls``: the connection made a control request, so faults of the
    socket do not affect it. ``last``: the connection closes after its next answer, with notice.
    """

    def __init__(self, gateway: Gateway) -> None:
        self.pending = False
        self.controls = False
        self.last = False
        self._gateway = gateway
        self._counts = gateway.counts
        self._transport: asyncio.Transport
        self._parser = httptools.HttpRequestParser(self)
        self._served = 0
        self._target = b""
        self._authorization = b""
        self._framing: list[bytes] = []
        self._chunks: list[bytes] = []
        self._size = 0
        self._started_at = 0.0
        self._fault: str | None = None
        self._exchange: Exchange
        self._answer = ""
        self._later: asyncio.TimerHandle | None = None

    # -- Callbacks of asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the connection."""
        self._transport = cast("asyncio.Transport", transport)
        self._gateway.connections.add(self)

    def data_received(self, data: bytes) -> None:
        """Parse the bytes."""
        try:
            while data:
                data = self._parse(data)
        except httptools.HttpParserError:
            self.abort()

    def _parse(self, data: bytes) -> bytes:
        """Parse bytes, and return those that the parser left.

        After an offer of another protocol, httptools treats the body as data of that protocol. We only speak HTTP/1.1,
        so a new parser gets the head without the offer, and then the body (RFC 9110, section 7.8).
        """
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            method, target, framing = self._parser.get_method(), self._target, b"".join(self._framing)
            self._parser = httptools.HttpRequestParser(self)
            if target:
                self._target = b""
                self._framing.clear()
                self._parser.feed_data(b"%s %s HTTP/1.1\r\n%s\r\n" % (method, target, framing))
            return data[upgrade.args[0] :]
        return b""

    def connection_lost(self, _error: Exception | None) -> None:
        """Count a request that was not answered."""
        self._gateway.connections.discard(self)
        if self._later is not None:
            self._later.cancel()
        if self.pending:
            self._settle("gone" if self._fault is None else self._fault)

    def abort(self) -> None:
        """Reset the connection without an answer."""
        if not self._transport.is_closing():
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()

    # -- Callbacks of httptools

    def on_url(self, part: bytes) -> None:
        """Choose the fault of a new request. Some faults apply before the request is read."""
        self._target += part
        if self._started_at:  # the target came in two pieces
            return
        self._started_at = time.time()
        if self.pending:
            self.abort()
        if part.startswith(b"/control"):
            self.controls = True
            return
        counts = self._counts = self._gateway.counts
        counts.requests += 1
        counts.connections += not self._served
        self._fault = None if self._gateway.plain else self._gateway.dice.fault()
        if self._fault == DROP:
            self._drop(part)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the token, and the headers that say where the body ends."""
        name = name.lower()
        if name == b"authorization":
            self._authorization = value
        elif name in _FRAMING:
            self._framing.append(b"%s: %s\r\n" % (name, value))

    def on_body(self, part: bytes) -> None:
        """Append to the body."""
        self._chunks.append(part)
        self._size += len(part)
        if self._size > MAX_BODY:
            self._transport.write(answers.TOO_LARGE)
            self._transport.close()

    def on_message_complete(self) -> None:
        """Answer the complete request. A head that offers another protocol is not answered here."""
        method = self._parser.get_method().decode()
        if self._parser.should_upgrade() and method != "CONNECT":
            return
        target, body, started_at = self._target, b"".join(self._chunks), self._started_at
        self._target, self._started_at, self._size = b"", 0.0, 0
        self._chunks.clear()
        self._framing.clear()
        if self._transport.is_closing():
            return
        self._served += 1
        if self.controls and target.startswith(b"/control"):
            self._transport.write(control(self._gateway, method, target, body))
            return
        self._counts.whole += 1
        found = read_exchange(self._gateway, method, target, body, authorization=self._authorization, fault=self._fault)
        if isinstance(found, tuple):
            refusal, name = found
            self._counts.by_answer[name] += 1
            self._transport.write(refusal)
            return
        self._receive(found, started_at)

    # -- A message

    def _receive(self, exchange: Exchange, started_at: float) -> None:
        self._exchange, self._message = exchange, exchange.key
        counts, message, fault = self._counts, self._message, self._fault
        counts.receive(message, started_at)
        counts.in_flight += 1
        counts.most_in_flight = max(counts.most_in_flight, counts.in_flight)
        self.pending = True
        self._received_at = started_at
        if self._gateway.plain and not self.last:
            exchange.deliver()
            self._write(exchange.success)
            self._settle("ok")
            return
        if self._gateway.behaviour.connections == CLOSE_ON_REUSE and self._served > 1:
            fault = self._fault = CLOSE_ON_REUSE
        ambiguous = fault in AMBIGUOUS or fault == CLOSE_ON_REUSE
        if fault is None or fault in ODD or (ambiguous and self._gateway.dice.taken()):
            exchange.deliver()
        delay = self._gateway.dice.delay()
        if delay:
            self._later = asyncio.get_running_loop().call_later(delay, self._respond)
        else:
            self._respond()

    # -- Answering

    def _respond(self) -> None:
        fault, behaviour = self._fault, self._gateway.behaviour
        if fault == "hang":
            return
        if fault == "reset":
            self._finish_with_nothing()
            return
        if fault == CLOSE_ON_REUSE:
            self._settle(fault)
            self._end()
            return
        exchange = self._exchange
        answer = exchange.success if fault is None else exchange.fault_answer(fault, behaviour)
        if fault == "drip":
            self._drip(answer or b"", 0, behaviour.drip_ms / 1_000)
            return
        self._write(answers.closing(answer or b"") if self.last else answer or b"")
        self._settle(fault or "ok")
        if self.last:
            self._end()
        elif fault == "reset_mid":
            self._later = asyncio.get_running_loop().call_later(_MID_ANSWER, self.abort)
        elif behaviour.connections == "close_after_answer":
            self._end()

    def _end(self) -> None:
        """Close without an answer.

        Over TLS, asyncio would wait until the client agrees. Other servers do not wait.
        """
        self._transport.close()
        asyncio.get_running_loop().call_later(_MID_ANSWER, self._transport.abort)

    def _drip(self, answer: bytes, position: int, pause: float) -> None:
        self._write(answer[position : position + 1])
        if position + 1 == len(answer):
            self._settle("drip")
        else:
            loop = asyncio.get_running_loop()
            self._later = loop.call_later(pause, self._drip, answer, position + 1, pause)

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def _finish_with_nothing(self) -> None:
        self._settle(self._fault or "gone")
        self.abort()

    def _drop(self, target: bytes) -> None:
        """Drop a request without reading it. Its id is counted, so tests know which message it was."""
        self._counts.by_answer[DROP] += 1
        identifier = target.rpartition(b"/")[2]
        if identifier.isdigit():
            self._counts.fail(int(identifier), DROP)
        self.abort()

    def _settle(self, name: str) -> None:
        """Count an answer that was written, or will never be."""
        counts, message = self._counts, self._message
        self.pending = False
        counts.in_flight -= 1
        counts.by_answer[name] += 1
        if name in {"ok", "drip", "content_type"}:
            counts.accept(message)
        if name != "ok":
            counts.fail(message, name)
        if self._gateway.log is not None:
            self._gateway.log(self._received_at, message, name)
