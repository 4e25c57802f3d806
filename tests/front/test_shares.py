"""Bodies of one address leave room for those of others, however many it sends and never ends."""

import select
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.front.stage import OK, Stage, everything, stage
from vestnik.cluster.processes import wait_for

ROOM, BODY = 1_000_000, 120_000
#: No time limit comes first, and what waits is on the disk.
LIMITS = {"memory": 0, "disk": ROOM, "body_grace": 300}


def upload(forwarded: str, size: int = BODY) -> bytes:
    head = f"POST /a HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {forwarded}\r\nContent-Length: {BODY}\r\n\r\n"
    return head.encode() + b"x" * size


def is_refused(on: Stage, client: socket.socket, free: int) -> bool:
    """Is there an answer already to a body that lacks its last byte? Else the body waits on the disk."""

    def answered() -> bool:
        return bool(select.select([client], [], [], 0)[0])

    assert wait_for(lambda: answered() or on.front.budget.disk == free - BODY + 1, seconds=30)
    return answered()


@pytest.mark.parametrize(
    ("proxies", "attacker", "stranger"),
    [
        pytest.param(0, ("127.0.0.1", "192.0.2.1"), ("127.0.0.2", "192.0.2.1"), id="no proxy"),
        pytest.param(1, ("127.0.0.1", "192.0.2.9, 192.0.2.1"), ("127.0.0.1", "192.0.2.1, 192.0.2.2"), id="a proxy"),
        pytest.param(1, ("127.0.0.1", "2001:db8::1"), ("127.0.0.1", "2001:db8:0:1::1"), id="another network"),
    ],
)
def test_bodies_without_an_end_of_one_address_leave_room_for_another(
    tmp_path: Path, proxies: int, attacker: tuple[str, str], stranger: tuple[str, str]
) -> None:
    with stage(tmp_path, proxies=proxies, **LIMITS) as on, ExitStack() as stack:
        for _ in range(ROOM // BODY + 1):
            free = on.front.budget.disk
            client = stack.enter_context(on.connect(upload(attacker[1], BODY - 1), source=attacker[0]))
            if is_refused(on, client, free):
                break
        assert everything(client).startswith(b"HTTP/1.1 503")
        assert wait_for(lambda: on.front.budget.disk == free, seconds=30)
        assert free >= ROOM / 2 > free - BODY
        with on.connect(upload(stranger[1]), source=stranger[0]) as other:
            assert other.recv(1000) == OK
    assert wait_for(lambda: on.front.budget.disk == ROOM, seconds=30)


def test_what_an_address_gave_back_it_may_take_again(tmp_path: Path) -> None:
    with stage(tmp_path, **LIMITS) as on, on.connect() as client:
        for _ in range(2 * ROOM // BODY):
            client.sendall(upload("192.0.2.1"))
            assert client.recv(1000) == OK
