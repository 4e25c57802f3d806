"""However bytes are cut, the same requests come of them; what waits comes out as it went in."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from vestnik.front.limits import Limits
from vestnik.front.request import Request, RequestReader
from vestnik.front.spool import Budget, Spool

SENT = (
    b"POST /auth/login/?a=b HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nX-A: b\r\n\r\nhello world"
    b"GET /client/ HTTP/1.1\r\nHost: a\r\n\r\n"
    b"\r\nPUT /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
)


def requests_of(pieces: list[bytes]) -> list[tuple[bytes, bytes, int, bytes]]:
    found: list[Request] = []
    budget = Budget(memory=1000, disk=1000)
    reader = RequestReader(Limits(), budget, head_read=lambda _: None, request_read=found.append)
    for piece in pieces:
        reader.feed(piece)
    assert reader.problem is None
    return [(each.method, each.target, len(each.headers), each.body.take(1000) if each.body else b"") for each in found]


@given(st.lists(st.integers(0, len(SENT)), max_size=20))
def test_bytes_may_come_in_any_pieces(cuts: list[int]) -> None:
    places = sorted({0, len(SENT), *cuts})
    pieces = [SENT[one:other] for one, other in itertools.pairwise(places)]
    read = [(method, target, headers) for method, target, headers, _ in requests_of(pieces)]
    assert read == [(b"POST", b"/auth/login/?a=b", 3), (b"GET", b"/client/", 1), (b"PUT", b"/x", 1)]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    reader = RequestReader(Limits(), Budget(memory=9, disk=9), head_read=lambda _: None, request_read=lambda _: None)
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
