"""What reaches the workers, and what comes back, is what client and worker said, no more."""

import socket
import threading
from pathlib import Path

import pytest

from tests.front.stage import OK, everything, stage
from vestnik.cluster.processes import wait_for

GET = b"GET /client/?a=1 HTTP/1.1\r\nHost: a\r\n\r\n"


def header(request: bytes, name: bytes) -> list[bytes]:
    lines = request.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    return [line.partition(b": ")[2] for line in lines if line.lower().startswith(name.lower() + b":")]


@pytest.mark.parametrize("size", [1, 60_000, 900_000])
def test_a_body_arrives_as_it_was_sent(tmp_path: Path, size: int) -> None:
    body = bytes(number % 251 for number in range(size))
    sent = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size + body
    with stage(tmp_path) as on, on.connect(sent) as client:
        assert client.recv(1000) == OK
        assert on.asked[0].partition(b"\r\n\r\n")[2] == body
        client.sendall(sent)
        assert client.recv(1000) == OK
        budget = on.front.budget
        assert wait_for(
            lambda: (budget.memory, budget.disk) == (on.front.limits.memory, on.front.limits.disk), seconds=5
        )


@pytest.mark.parametrize("name", ["X-Vestnik-Peer", "x-vestnik-peer", "X_Vestnik_Peer", "X-Vestnik_Peer"])
def test_nobody_says_where_a_request_comes_from_but_the_front(tmp_path: Path, name: str) -> None:
    sent = GET.replace(b"Host", name.encode() + b": 203.0.113.9\r\nX_Forwarded_For: 203.0.113.9\r\nHost")
    with stage(tmp_path) as on, on.connect(sent) as client:
        assert client.recv(1000) == OK
        assert header(on.asked[0], b"X-Vestnik-Peer") == [b"127.0.0.1"]
        assert b"203.0.113.9" not in on.asked[0]


def test_headers_of_one_connection_only_are_not_handed_on(tmp_path: Path) -> None:
    sent = GET.replace(
        b"Host", b"TE: trailers\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nX-Forwarded-For: 1.2.3.4\r\nHost"
    )
    with stage(tmp_path) as on, on.connect(sent) as client:
        assert client.recv(1000) == OK
        assert header(on.asked[0], b"X-Forwarded-For") == [b"1.2.3.4"]
        for name in (b"TE", b"Keep-Alive", b"Proxy-Connection", b"Connection"):
            assert header(on.asked[0], name) == []


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n", id="too large"),
        pytest.param(b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n", id="in pieces"),
    ],
)
def test_a_body_that_is_refused_by_its_head_is_not_read_and_its_sender_reads_why(tmp_path: Path, head: bytes) -> None:
    def refuse(_request: bytes, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 413 No\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno")

    with stage(tmp_path, refuse) as on, on.connect(head + b"x" * 5_000_000) as client:
        assert everything(client).startswith(b"HTTP/1.1 413")
        assert b"x" * 100 not in on.asked[0]
        assert header(on.asked[0], b"X-Vestnik-Unread") == [b"1"]


@pytest.mark.parametrize("name", ["X-Vestnik-Unread", "x-vestnik-unread", "X_Vestnik_Unread"])
def test_nobody_but_the_front_says_that_a_body_does_not_come(tmp_path: Path, name: str) -> None:
    sent = b"POST /a HTTP/1.1\r\nHost: a\r\n%s: 1\r\nContent-Length: 1\r\n\r\nx" % name.encode()
    with stage(tmp_path) as on, on.connect(sent) as client:
        assert client.recv(1000) == OK
        assert header(on.asked[0], b"X-Vestnik-Unread") == []


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"rubbish\r\n\r\n", b"400", id="no HTTP"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"400", id="HTTP/2"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400", id="TLS"),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000, b"431", id="a long header"),
        pytest.param(b"GET /" + b"a" * 40_000, b"431", id="a long path"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 101 + b"\r\n", b"431", id="many headers"),
        pytest.param(
            b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"400",
            id="two lengths",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", b"400", id="lengths differ"
        ),
        pytest.param(b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"400", id="a negative length"),
        pytest.param(b"GET / HTTP/1.1\r\nX: a\r\n b: c\r\n\r\n", b"400", id="a folded header"),
        pytest.param(b"GET / HTTP/1.1\r\nX : a\r\n\r\n", b"400", id="a space before the colon"),
        pytest.param(b"GET / HTTP/1.1\nX: a\n\n", b"400", id="bare line feeds"),
    ],
)
def test_what_is_no_proper_request_is_refused_without_a_worker(tmp_path: Path, sent: bytes, status: bytes) -> None:
    with stage(tmp_path, linger=0.5) as on, on.connect(sent) as client:
        said = everything(client)
        assert said.split(b" ")[1] == status, said
        assert on.asked == []


def test_a_client_that_asks_first_is_told_to_go_on(tmp_path: Path) -> None:
    head = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    with stage(tmp_path) as on, on.connect(head) as client:
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abc")
        assert client.recv(1000) == OK
        assert header(on.asked[0], b"Expect") == []


def test_requests_that_were_sent_before_their_turn_are_answered_in_order(tmp_path: Path) -> None:
    def echo(request: bytes, connection: socket.socket) -> None:
        path = request.split(b" ")[1]
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(path) + path)

    sent = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(10, 20))
    with stage(tmp_path, echo) as on, on.connect(sent) as client:
        data = b""
        while data.count(b"HTTP/1.1 200") < 10 or not data.endswith(b"/19"):
            data += client.recv(65_536)
        assert [part[-3:] for part in data.split(b"HTTP/1.1 200 OK")[1:]] == [b"/%d" % n for n in range(10, 20)]


def test_a_flood_of_requests_on_one_connection_ends_it(tmp_path: Path) -> None:
    held = threading.Event()

    def wait(_request: bytes, connection: socket.socket) -> None:
        held.wait(10)
        connection.sendall(OK)

    with stage(tmp_path, wait) as on, on.connect(GET * 200) as client:
        assert everything(client) == b""
        held.set()


def test_an_upgrade_is_answered_as_a_plain_request_and_the_connection_ends(tmp_path: Path) -> None:
    sent = GET.replace(b"Host", b"Connection: Upgrade\r\nUpgrade: websocket\r\nHost")
    with stage(tmp_path, linger=0.5) as on, on.connect(sent + b"\x81\x05hello" * 100) as client:
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        assert header(on.asked[0], b"Upgrade") == []


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_old_clients_and_heads_are_answered(tmp_path: Path, method: bytes, version: bytes) -> None:
    def play(request: bytes, connection: socket.socket) -> None:
        assert b"HTTP/" + version in request
        connection.sendall(OK[: -2 * (method == b"HEAD") or None])
        if version == b"1.0":
            raise StopIteration

    with stage(tmp_path, play) as on, on.connect(method + b" /a HTTP/" + version + b"\r\nHost: a\r\n\r\n") as client:
        if version == b"1.1":
            first = client.recv(1000)
            client.sendall(method + b" /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert first + everything(client) == OK[: -2 * (method == b"HEAD") or None] * 2
        else:
            assert everything(client) == OK[: -2 * (method == b"HEAD") or None]


def test_who_went_away_before_its_turn_costs_no_worker(tmp_path: Path) -> None:
    go = threading.Event()

    def wait(_request: bytes, connection: socket.socket) -> None:
        go.wait(10)
        connection.sendall(OK)

    with stage(tmp_path, wait, workers=1) as on, on.connect(GET) as first:
        assert wait_for(lambda: len(on.asked) == 1, seconds=30)
        for _ in range(5):
            with on.connect(GET) as gone:
                gone.shutdown(socket.SHUT_WR)
                # The front has seen it.
                assert everything(gone) == b""
        with on.connect(GET.replace(b"a=1", b"a=2")) as last:
            go.set()
            assert first.recv(1000) == OK
            assert last.recv(1000) == OK
        assert [request.split(b" ")[1] for request in on.asked] == [b"/client/?a=1", b"/client/?a=2"]


def test_too_many_connections_end_those_that_have_waited_longest(tmp_path: Path) -> None:
    with stage(tmp_path, connections=20) as on:
        silent = [on.connect() for _ in range(20)]
        with on.connect(GET) as client:
            assert client.recv(1000) == OK
            assert everything(silent[0]) == b""
            silent[-1].sendall(GET)
            assert silent[-1].recv(1000) == OK
        for each in silent:
            each.close()
