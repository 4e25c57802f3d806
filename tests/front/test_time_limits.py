"""Every read, write and silence of a client has an end, and a worker is asked only for whole requests."""

import socket
import threading
from pathlib import Path

import pytest

from tests.front.stage import OK, everything, stage
from vestnik.cluster.processes import wait_for

POST = b"POST /client/ HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n"
GET = b"GET /client/ HTTP/1.1\r\nHost: a\r\n\r\n"
QUICK = {"silence": 0.5, "idle": 0.5, "head": 0.3, "body_grace": 0.3, "linger": 0.3, "stall": 0.5, "check": 0.1}


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        pytest.param(b"", b"", id="nothing at all"),
        pytest.param(b"\r\n\r\n", b"", id="empty lines"),
        pytest.param(b"GET /client/ HT", b"408", id="a piece of the first line"),
        pytest.param(b"GET /client/ HTTP/1.1\r\nHost: a\r\nX: y", b"408", id="a piece of a header"),
        pytest.param(POST, b"408", id="a head without its body"),
        pytest.param(POST + b"{", b"408", id="one byte of a body"),
        pytest.param(POST + b"x" * 899, b"408", id="all of a body but one byte"),
    ],
)
def test_what_does_not_go_on_is_ended_without_a_worker(tmp_path: Path, sent: bytes, answer: bytes) -> None:
    with stage(tmp_path, **QUICK) as on, on.connect(sent) as client:
        said = everything(client)
        assert said.split(b" ")[1:2] == [answer][: bool(answer)]
        assert (b"too_slow" in said) == bool(answer)
        assert on.asked == []


def test_a_byte_now_and_then_does_not_keep_a_request_alive(tmp_path: Path) -> None:
    with stage(tmp_path, **QUICK) as on:
        for first in (b"GET / HTTP/1.1\r\nX: ", POST):
            with on.connect(first) as client:
                ended = threading.Event()

                def drip(client: socket.socket = client, ended: threading.Event = ended) -> None:
                    try:
                        while not ended.wait(0.1):
                            client.sendall(b"a")
                    except OSError:
                        pass

                thread = threading.Thread(target=drip)
                thread.start()
                said = everything(client)
                ended.set()
                thread.join()
                assert said == b"" or said.startswith(b"HTTP/1.1 408"), said
        assert on.asked == []


def test_a_long_body_has_the_time_that_its_bytes_take_at_the_lowest_rate(tmp_path: Path) -> None:
    with stage(tmp_path, **{**QUICK, "body_grace": 0.4, "body_rate": 100}) as on, on.connect(POST) as client:
        for _ in range(9):
            client.sendall(b"x" * 100)
            threading.Event().wait(0.1)
        assert client.recv(1000) == OK


def test_a_kept_connection_ends_when_it_is_not_used(tmp_path: Path) -> None:
    with stage(tmp_path, **QUICK) as on, on.connect(GET) as client:
        assert client.recv(1000) == OK
        client.sendall(GET)
        assert client.recv(1000) == OK
        assert everything(client) == b""


def large(_request: bytes, connection: socket.socket, size: int = 3_000_000) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size)


def test_an_answer_that_is_not_read_frees_its_worker_at_once_and_its_reader_is_cut(tmp_path: Path) -> None:
    with stage(tmp_path, large, **{**QUICK, "workers": 1}) as on, on.connect(GET, small=True) as sleeper:
        assert wait_for(lambda: on.asked == on.asked[:1] != [], seconds=10)
        with on.connect(GET) as other:
            assert len(_read(other, 3_000_000)) > 3_000_000
        budget = on.front.limits.disk
        assert wait_for(lambda: on.front.budget.disk == budget, seconds=20)
        # What the kernel held for it comes, and then the end.
        assert len(everything(sleeper)) < 3_000_000


def test_a_slow_reader_gets_all_of_it(tmp_path: Path) -> None:
    with stage(tmp_path, large, **{**QUICK, "workers": 1, "stall": 2.0}) as on, on.connect(GET, small=True) as slow:
        with on.connect(GET) as other:
            _read(other, 3_000_000)
        got = 0
        while got < 3_000_000:
            got += len(slow.recv(200_000))
        assert on.front.budget.memory == on.front.limits.memory


def test_an_answer_that_finds_no_room_waits_at_the_worker_and_is_cut_with_its_reader(tmp_path: Path) -> None:
    limits = {**QUICK, "workers": 1, "each_answer": 100_000}
    with stage(tmp_path, large, **limits) as on, on.connect(GET, small=True), on.connect(GET) as other:
        assert len(_read(other, 3_000_000)) > 3_000_000
        assert on.ended == 1


def _read(client: socket.socket, at_least: int) -> bytes:
    data = b""
    while len(data) <= at_least and (part := client.recv(65_536)):
        data += part
    return data
