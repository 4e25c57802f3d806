"""However bytes are cut, the same requests come of them; what waits comes out as it went in."""

import itertools
import re
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from vestnik.front.limits import Limits
from vestnik.front.request import UNREAD_HEADER, Request, RequestReader, head_for_worker
from vestnik.front.spool import Budget, Spool

#: An offer of another protocol, as Java's and curl's clients make it with their first request. httptools takes a body
#: for that protocol's.
H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
SENT = (
    b"POST /auth/login/?a=b HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nX-A: b\r\n\r\nhello world"
    b"GET /client/ HTTP/1.1\r\nHost: a\r\n\r\n"
    b"POST /h2 HTTP/1.1\r\nHost: a\r\n" + H2C + b"Content-Length: 4\r\n\r\nGET "
    b"GET /h2 HTTP/1.1\r\nHost: a\r\n" + H2C + b"\r\n"
    b"\r\nPUT /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
)


def requests_of(pieces: list[bytes]) -> list[tuple[bytes, bytes, bytes]]:
    found: list[Request] = []
    budget = Budget(memory=1000, disk=1000)
    reader = RequestReader(Limits(), budget, peer=b"", head_read=lambda _: None, request_read=found.append)
    for piece in pieces:
        reader.feed(piece)
    assert reader.problem is None
    return [
        (each.method, each.target, b"".join(iter(partial(each.body.take, 1000), b"")) if each.body else b"")
        for each in found
    ]


@given(st.lists(st.integers(0, len(SENT)), max_size=20))
def test_bytes_may_come_in_any_pieces(cuts: list[int]) -> None:
    places = sorted({0, len(SENT), *cuts})
    pieces = [SENT[one:other] for one, other in itertools.pairwise(places)]
    assert requests_of(pieces) == [
        (b"POST", b"/auth/login/?a=b", b"hello world"),
        (b"GET", b"/client/", b""),
        (b"POST", b"/h2", b"GET "),
        (b"GET", b"/h2", b""),
        (b"PUT", b"/x", b"abc"),
    ]


LINES = st.sampled_from(
    (
        b"Connection: Upgrade", b"Upgrade: h2c", b"Upgrade: websocket", b"Connection: close", b"Content-Length: 3",
        b"Content-Length: 0", b"Transfer-Encoding: chunked", b"Expect: 100-continue", b"Host: a",
        b"Connection: keep-alive, Upgrade", b"Content-Length: 3, 3", b"Content-Length: +3", b"Upgrade:",
    )
)  # fmt: skip


@given(
    st.sampled_from((b"GET", b"HEAD", b"POST", b"PUT", b"CONNECT", b"OPTIONS", b"DELETE", b"PRI", b"TRACE")),
    st.sampled_from((b"1.0", b"1.1")),
    st.lists(LINES, max_size=6),
    st.sampled_from((b"", b"abc", b"3\r\nabc\r\n0\r\n\r\n", b"abcGET / HTTP/1.1\r\n\r\n")),
)
def test_no_head_has_a_worker_wait_for_bytes_that_do_not_come(
    method: bytes, version: bytes, lines: list[bytes], rest: bytes
) -> None:
    found: list[tuple[bytes, int]] = []

    def note(request: Request) -> None:
        found.append((head_for_worker(request, b""), len(request.body) if request.body else 0))

    budget = Budget(memory=1000, disk=1000)
    reader = RequestReader(Limits(), budget, peer=b"", head_read=lambda _: None, request_read=note)
    reader.feed(
        method + b" a:1 HTTP/" + version + b"\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + rest
    )
    for head, held in found:
        said = re.findall(rb"(?i)\r\ncontent-length: (.*)\r\n", head)
        assert UNREAD_HEADER in head or int(said[0] if said else 0) == held, head


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    budget = Budget(memory=9, disk=9)
    reader = RequestReader(Limits(), budget, peer=b"", head_read=lambda _: None, request_read=lambda _: None)
    reader.feed(data)
    reader.feed(b"\r\n\r\n")


@given(st.lists(st.one_of(st.binary(min_size=1, max_size=50), st.integers(1, 60))), st.integers(0, 100))
def test_a_spool_is_first_in_first_out_within_its_budget(steps: list[bytes | int], memory: int) -> None:
    budget = Budget(memory=memory, disk=400)
    spool = Spool(budget, in_memory=40, most=300)
    went_in, came_out = b"", b""
    for step in steps:
        if isinstance(step, int):
            came_out += spool.take(step)
        elif spool.add(step):
            went_in += step
        assert len(spool) == len(went_in) - len(came_out) <= 300
        assert budget.memory >= 0
        assert budget.disk >= 0
    while piece := spool.take(7):
        came_out += piece
    assert came_out == went_in
    spool.close()
    assert (budget.memory, budget.disk) == (memory, 400)
