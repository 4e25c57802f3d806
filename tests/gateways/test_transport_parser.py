"""The parts of the transport that use no socket: pieces do not matter, and they raise nothing but their own error."""

import itertools
import ssl
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.gateways.certificates import Authority, server
from tests.gateways.stage import OK, OK_BODY, SEVEN
from tests.gateways.test_transport_cuts import UNTIL_CLOSE, WHOLE
from vestnik.gateways.channel import ConnectionOptions
from vestnik.gateways.transport.connection import Connection
from vestnik.gateways.transport.failures import TransportError
from vestnik.gateways.transport.response import ResponseReader
from vestnik.gateways.transport.tls import TlsLayer, make_context
from vestnik.gateways.transport.tunnel import Tunnel


class Read(NamedTuple):
    """What a reader made of some bytes and the end of the connection after them."""

    status: int
    body: bytes
    headers: dict[str, str]
    error: str


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """``data``, cut at these places."""
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[one:other] for one, other in itertools.pairwise(places)]


def read(reader: ResponseReader, parts: list[bytes]) -> Read:
    """The first answer of a reader, as the loop reads it."""
    try:
        if not any(reader.feed(part) for part in parts) and not reader.end():
            raise AssertionError("an end is the answer's or an error")
    except TransportError as error:
        return Read(0, b"", {}, error.code)
    return Read(reader.status, reader.body, reader.headers(), "")


def assert_pieces_do_not_matter(data: bytes, cuts: list[int]) -> Read:
    whole = read(ResponseReader(), [data] if data else [])
    assert read(ResponseReader(), pieces(data, cuts)) == whole
    return whole


places = st.lists(st.integers(0, 10_000), max_size=12)
#: What answers are made of, right or wrong.
TOKENS = st.sampled_from(
    (
        b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\n",
        b"HTTP/1.1 101 Switching\r\n", b"HTTP/1.1 204 No Content\r\n", b"HTTP/1.1 429 Slow\r\n", b"HTTP/2 200\r\n",
        b"Content-Length: 25\r\n", b"Content-Length: 0\r\n", b"Content-Length: 3, 3\r\n", b"Content-Length: -1\r\n",
        b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: gzip\r\n",
        b"Connection: close\r\n", b"Connection: keep-alive\r\n", b"Upgrade: h2c\r\nConnection: Upgrade\r\n",
        b"Retry-After: 7\r\n", b"X: y\r\n folded\r\n", b"X y\r\n", b": z\r\n", b"X: \x00\xff\r\n", b"Trailer: X\r\n",
        b"\r\n", b"\n", b"\r", b"0\r\n\r\n", b"19\r\n", b"5;a=b\r\n", b"ffffffffffffffff\r\n", b"zz\r\n", OK_BODY,
        OK, SEVEN,
    )
)  # fmt: skip
answers = st.lists(TOKENS, max_size=10).map(b"".join)
noise = st.binary(max_size=60)


@given(st.sampled_from([*WHOLE.values(), *UNTIL_CLOSE.values()]), places)
def test_a_good_answer_is_the_same_in_any_pieces(answer: bytes, cuts: list[int]) -> None:
    result = assert_pieces_do_not_matter(answer, cuts)
    assert (result.status, result.body, result.error) == (200, OK_BODY, "")


@given(st.one_of(answers, noise, st.builds(bytes.__add__, answers, noise)), places)
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", [20])
@example(b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n", [59])
@example(b"HTTP/1.1 103 Hints\r\nContent-Length: 2\r\n\r\nxxHTTP/1.1 429 Slow\r\nRetry-After: 7\r\n\r\n", [42, 60])
@example(b"HTTP/1.1 101 Switching\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", [26])
def test_whatever_comes_is_the_same_in_any_pieces_and_raises_nothing_but_the_transports_error(
    data: bytes, cuts: list[int]
) -> None:
    assert_pieces_do_not_matter(data, cuts)


@given(st.lists(st.tuples(st.sampled_from([*WHOLE.values(), SEVEN]), places), min_size=1, max_size=5))
def test_nothing_of_an_answer_is_left_for_the_next(row: list[tuple[bytes, list[int]]]) -> None:
    reader = ResponseReader()
    for answer, cuts in row:
        expected = read(ResponseReader(), [answer])
        assert read(reader, pieces(answer, cuts)) == expected
        assert reader.keep is True


# -- a proxy


def opened(parts: list[bytes]) -> str:
    tunnel = Tunnel("gateway.example", 443, b"")
    try:
        return "open" if any(tunnel.receive(part) for part in parts) else tunnel.end().code
    except TransportError as error:
        return error.code


@given(
    st.one_of(answers, noise, st.sampled_from([b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200\r\nA: b\r\n\r\n"])), places
)
def test_a_proxys_answer_opens_the_tunnel_in_any_pieces_or_is_its_error(data: bytes, cuts: list[int]) -> None:
    """Where more than the head comes, it depends on the pieces whether that is seen: TLS or HTTP would see it then."""
    whole, cut = opened([data] if data else []), opened(pieces(data, cuts))
    assert {whole, cut} <= {"open", "proxy"}
    _, end, rest = data.partition(b"\r\n\r\n")
    if not (end and rest):
        assert whole == cut


# -- TLS


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    return make_context(ConnectionOptions(verify_file=str(authority.file))), server(
        Path(authority.certificate("localhost"))
    )


def conversation(contexts: tuple[ssl.SSLContext, ssl.SSLContext], position: int, change: bytes, cuts: list[int]) -> str:
    """A handshake and an answer of which the server's bytes are changed at one place and come in pieces."""
    ours, theirs = contexts
    connection = Connection(tls=TlsLayer(ours, "localhost", None))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    peer = theirs.wrap_bio(incoming, outgoing, server_side=True)
    connection.open()
    said, asked = 0, False
    try:
        for _ in range(4):
            incoming.write(connection.outgoing)
            connection.outgoing = b""
            _act(peer, asked)
            data = outgoing.read()
            place = position - said
            if 0 <= place < len(data):
                data = data[:place] + change + data[place + len(change) :]
            said += len(data)
            if any(connection.receive(part) for part in pieces(data, cuts)):
                return f"{connection.reader.status} {connection.reader.body.decode()}"
            if connection.ready and not asked:
                asked = True
                connection.outgoing += connection.encode(b"POST / HTTP/1.1\r\n\r\n")
        connection.end()
    except TransportError as error:
        return error.code
    raise AssertionError("neither an answer nor an error")


def _act(peer: ssl.SSLObject, asked: bool) -> None:
    try:
        peer.do_handshake()
        if asked:
            peer.write(OK)
    except ssl.SSLError:
        pass


@given(position=st.integers(0, 2_500), change=st.binary(max_size=8), cuts=places)
@example(position=0, change=b"", cuts=[])
@example(position=0, change=b"\x15\x03\x03\x00\x02\x02\x28", cuts=[])
def test_bytes_of_tls_that_are_changed_are_an_error_and_never_another_answer(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], position: int, change: bytes, cuts: list[int]
) -> None:
    result = conversation(contexts, position, change, cuts)
    assert result in {f"200 {OK_BODY.decode()}", "tls", "reset", "garbage"}
    if not change:
        assert result == f"200 {OK_BODY.decode()}"


@given(st.lists(noise.filter(bool), min_size=1, max_size=4))
def test_noise_is_no_tls(contexts: tuple[ssl.SSLContext, ssl.SSLContext], parts: list[bytes]) -> None:
    connection = Connection(tls=TlsLayer(contexts[0], "localhost", None))
    connection.open()

    def receive_all() -> None:
        for part in parts:
            assert connection.receive(part) is False
        connection.end()

    with pytest.raises(TransportError, match="tls"):
        receive_all()
