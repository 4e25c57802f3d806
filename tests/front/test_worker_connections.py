"""One connection to a worker: what it carries, when it is kept, closed, and used again."""

import socket
import threading
from pathlib import Path

import pytest

from tests.front.stage import OK, everything, stage
from vestnik.cluster.processes import wait_for
from vestnik.front import worker_connection

GET = b"GET /client/?a=1 HTTP/1.1\r\nHost: a\r\n\r\n"


def test_an_unused_connection_is_closed_by_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers' server would close it later, perhaps just when the next request is on its way."""
    monkeypatch.setattr(worker_connection, "IDLE", 0.3)
    with stage(tmp_path, check=0.05) as on, on.connect(GET) as client:
        assert client.recv(1000) == OK
        assert on.ended == 0
        assert wait_for(lambda: on.ended == 1, seconds=30)
        client.sendall(GET)
        assert client.recv(1000) == OK


def test_an_interim_answer_comes_before_the_answer_and_does_not_end_it(tmp_path: Path) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"

    def play(_request: bytes, connection: socket.socket) -> None:
        connection.sendall(hints)
        threading.Event().wait(0.1)
        connection.sendall(OK)

    with stage(tmp_path, play) as on, on.connect(GET.replace(b"Host", b"Connection: close\r\nHost")) as client:
        assert everything(client) == hints + OK


def test_a_worker_that_speaks_without_being_asked_is_cut_off(tmp_path: Path) -> None:
    """Otherwise the next client would get what it said."""

    def twice(_request: bytes, connection: socket.socket) -> None:
        connection.sendall(OK)
        threading.Event().wait(0.2)
        if len(on.asked) == 1:
            connection.sendall(OK.replace(b"ok", b"no"))

    with stage(tmp_path, twice) as on, on.connect(GET) as client:
        assert client.recv(1000) == OK
        assert wait_for(lambda: on.ended == 1, seconds=30)
        client.sendall(GET)
        assert client.recv(1000) == OK


def test_what_is_no_http_reaches_no_client(tmp_path: Path) -> None:
    with stage(tmp_path, lambda _request, worker: worker.sendall(b"SSH-2.0\r\n\r\n")) as on, on.connect(GET) as client:
        assert everything(client) == b""


def test_who_breaks_off_ends_what_was_made_for_it(tmp_path: Path) -> None:
    ended = threading.Event()

    def endless(_request: bytes, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        try:
            while True:
                connection.sendall(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
        except OSError:
            ended.set()

    with stage(tmp_path, endless) as on:
        with on.connect(GET) as client:
            assert client.recv(1000)
        assert ended.wait(30)
        assert on.front.budget.disk == on.front.limits.disk


def test_a_worker_that_dies_is_told_and_a_reading_request_is_repeated_once(tmp_path: Path) -> None:
    def die_second(_request: bytes, connection: socket.socket) -> None:
        if len(on.asked) == 2:
            raise StopIteration
        connection.sendall(OK)

    with stage(tmp_path, die_second, workers=1) as on, on.connect(GET) as client:
        assert client.recv(1000) == OK
        client.sendall(GET)
        assert client.recv(1000) == OK
        assert len(on.asked) == 3

    folder = tmp_path / "other"
    folder.mkdir()
    with stage(folder, die_second, workers=1) as on, on.connect(GET) as client:
        assert client.recv(1000) == OK
        client.sendall(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
        said = everything(client)
        assert said.startswith(b"HTTP/1.1 502")
        assert b"may or may not have been carried out" in said


def test_an_answer_that_ends_too_early_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    def half(_request: bytes, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
        raise StopIteration

    with stage(tmp_path, half) as on, on.connect(GET) as client:
        assert not everything(client).endswith(b"0\r\n\r\n")


def test_a_worker_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    def silent(_request: bytes, connection: socket.socket) -> None:
        connection.recv(1)

    with stage(tmp_path, silent, check=0.05, answer=0.5) as on, on.connect(GET) as client:
        assert everything(client).startswith(b"HTTP/1.1 504")
