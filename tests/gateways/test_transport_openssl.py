"""What Python's servers cannot do, by ``openssl s_server``: renegotiation in TLS 1.2, new keys in TLS 1.3."""

import fcntl
import os
import re
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.probe import probe_transport
from tests.gateways.certificates import Authority
from tests.gateways.stage import FIRST, OK, PHONE, TEXT
from tests.programs import needed
from vestnik.gateways.outcome import SUCCESS, Kind, Outcome
from vestnik.gateways.transport import Transport


class OpenSsl:
    """A server whose standard output has what it reads, and whose input is what it answers, or does."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output = process.stdin, process.stdout
        os.set_blocking(self._output.fileno(), False)
        self.seen = b""

    def says(self, words: bytes) -> bool:
        self.seen += self._output.read() or b""
        return words in self.seen

    def has_read(self) -> bool:
        """Has it read what was written? What is written together it takes for one command."""
        return fcntl.ioctl(self._input, termios.FIONREAD, bytes(4)) == bytes(4)

    def write(self, data: bytes) -> None:
        self._input.write(data)


@contextmanager
def openssl(certificate: Path, version: str) -> Iterator[tuple[OpenSsl, str]]:
    program = needed("openssl", package="openssl")
    command = [program, "s_server", "-accept", "0", "-cert", str(certificate), version]
    with subprocess.Popen(
        command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            server = OpenSsl(process)
            wait(lambda: server.says(b"ACCEPT ") and server.seen.endswith(b"\n"))
            port = re.search(rb"ACCEPT \S*:(\d+)", server.seen)
            assert port is not None
            yield server, f"https://localhost:{int(port[1])}"
        finally:
            process.kill()


def wait(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.002)


def outcomes(made: Transport, server: OpenSsl, *, first: bytes, done: Callable[[], bool], count: int) -> list[Outcome]:
    """Send messages one after the other. Before its first answer the server does ``first``, until that is done."""
    found: list[Outcome] = []
    for message_id in range(FIRST, FIRST + count):
        made.hand_over(message_id, PHONE, made.prepare(TEXT, expires_at=0), 5.0)
        answers = made.poll(0)
        while not server.says(b"/send/%d " % message_id) or not server.says(TEXT.encode()):
            answers += made.poll(0.002)
        if message_id == FIRST:
            server.write(first)
            while not done():
                answers += made.poll(0.002)
        server.write(OK)
        while not answers:
            answers += made.poll(0.1)
        found.append(answers[0].outcome)
    return found


pytestmark = pytest.mark.timeout(30)


@pytest.fixture
def transport_to(authority: Authority) -> Iterator[Callable[[str], Transport]]:
    made: list[Transport] = []

    def make(url: str) -> Transport:
        made.append(probe_transport(url=url, token="t", concurrency=1, timeout=5, verify_file=str(authority.file)))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize("command", [b"R\n", b"r\n"], ids=["and wants a certificate", "only"])
def test_renegotiation_is_refused(
    authority: Authority, transport_to: Callable[[str], Transport], command: bytes
) -> None:
    """The request was read: it is in doubt."""
    with openssl(authority.certificate("localhost"), "-tls1_2") as (server, url):
        (outcome,) = outcomes(
            transport_to(url), server, first=command, done=lambda: server.says(b"no renegotiation"), count=1
        )
        assert (outcome.kind, outcome.code) == (Kind.AMBIGUOUS, "reset")


@pytest.mark.parametrize("command", [b"k\n", b"K\n"], ids=["the servers", "of both"])
def test_keys_may_change_between_two_requests(
    authority: Authority, transport_to: Callable[[str], Transport], command: bytes
) -> None:
    with openssl(authority.certificate("localhost"), "-tls1_3") as (server, url):
        assert outcomes(transport_to(url), server, first=command, done=server.has_read, count=3) == [SUCCESS] * 3
