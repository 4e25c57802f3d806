"""Requests are shared out among the worker processes, and one that ended keeps nobody waiting."""

import socket
import threading
from contextlib import ExitStack
from pathlib import Path

from tests.front.stage import OK, everything, stage
from vestnik.cluster.processes import wait_for

GET = b"GET /client/ HTTP/1.1\r\nHost: a\r\n\r\n"


def test_each_process_gets_as_many_as_the_others_and_no_more_than_it_serves_at_once(tmp_path: Path) -> None:
    go = threading.Event()

    def wait(_request: bytes, connection: socket.socket) -> None:
        go.wait(60)
        connection.sendall(OK)

    with stage(tmp_path, wait, lanes=3, workers=12) as on, ExitStack() as stack:
        clients = [stack.enter_context(on.connect(GET)) for _ in range(6)]
        assert wait_for(lambda: on.by_lane == [2, 2, 2], seconds=30), on.by_lane
        clients += [stack.enter_context(on.connect(GET)) for _ in range(14)]
        assert wait_for(lambda: on.by_lane == [4, 4, 4], seconds=30), on.by_lane
        go.set()
        assert [client.recv(1000) for client in clients] == [OK] * 20
        assert len(on.asked) == 20


def test_those_that_become_free_unequally_are_filled_equally(tmp_path: Path) -> None:
    """A process whose requests take long gets fewer of them."""
    slow, go = threading.Event(), threading.Event()

    def first_waits(_request: bytes, connection: socket.socket) -> None:
        if not slow.is_set():
            slow.set()
            go.wait(60)
        connection.sendall(OK)

    with stage(tmp_path, first_waits, lanes=2, workers=2) as on, on.connect(GET) as held, on.connect() as other:
        assert slow.wait(30)
        for _ in range(5):
            other.sendall(GET)
            assert other.recv(1000) == OK
        assert sorted(on.by_lane) == [1, 5]
        go.set()
        assert held.recv(1000) == OK


def test_a_process_that_ended_gets_nothing_while_another_lives(tmp_path: Path) -> None:
    def die(_request: bytes, connection: socket.socket) -> None:
        if len(on.asked) == 1:
            raise StopIteration
        connection.sendall(OK)

    with stage(tmp_path, die, lanes=2, workers=2) as on:
        with on.connect(b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx") as unlucky:
            assert everything(unlucky).startswith(b"HTTP/1.1 502")
        died = on.by_lane.index(1)
        for _ in range(3):
            with on.connect(GET) as client:
                assert client.recv(1000) == OK
        assert on.by_lane[died] == 1


def test_where_nobody_listens_any_more_the_other_process_answers_and_without_any_it_says_so(tmp_path: Path) -> None:
    with stage(tmp_path, lanes=2, workers=2) as on:
        on.end_lane(0)
        for _ in range(4):
            with on.connect(GET) as client:
                assert client.recv(1000) == OK
        on.end_lane(1)
        with on.connect(GET.replace(b"Host", b"Connection: close\r\nHost")) as last:
            # The connection to it lives until that answer; the next has to make one.
            assert last.recv(1000).endswith(b"ok")
        with on.connect(GET) as late:
            assert everything(late).startswith(b"HTTP/1.1 503")


def test_a_request_waits_for_a_worker_only_so_long(tmp_path: Path) -> None:
    def silent(_request: bytes, connection: socket.socket) -> None:
        connection.recv(1)

    with (
        stage(tmp_path, silent, check=0.05, workers=1, queue=0.5) as on,
        on.connect(GET),
        on.connect(GET.replace(b"Host", b"Accept-Language: ru\r\nHost")) as client,
    ):
        said = everything(client)
        assert said.startswith(b"HTTP/1.1 503")
        assert b"Retry-After: 5\r\n" in said
        assert "повторите попытку" in said.decode()
