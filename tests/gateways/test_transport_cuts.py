"""Answers cut at every byte: one that goes on is the same answer, one that ends there is in doubt."""

from collections.abc import Callable

import pytest

from tests.gateways.peer import Peer
from tests.gateways.stage import OK, OK_BODY, Stage, stage
from vestnik.gateways.outcome import SUCCESS, Kind

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
    b'5;name=value\r\n{"cod\r\n014;quoted="a;b\\"c"\r\ne":0,"message":"OK"}\r\n'
    b"0;last\r\nX-Sum: 1\r\nServer-Timing: x\r\n\r\n"
)
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n" + OK
HTTP_1_0 = b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 25\r\n\r\n" + OK_BODY
#: Answers that say where they end, and keep the connection.
WHOLE = {"usual": OK, "chunked": CHUNKED, "interim": INTERIM, "HTTP/1.0": HTTP_1_0}
#: Answers that end when the connection does.
UNTIL_CLOSE = {
    "no length": b"HTTP/1.1 200 OK\r\n\r\n" + OK_BODY,
    "close": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + OK_BODY,
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\n" + OK_BODY,
}
ENDS = {"close": Peer.close, "half-close": Peer.finish, "reset": Peer.reset}

whole = pytest.mark.parametrize("answer", WHOLE.values(), ids=WHOLE.keys())
until_close = pytest.mark.parametrize("answer", UNTIL_CLOSE.values(), ids=UNTIL_CLOSE.keys())
ends = pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())


def asked(scene: Stage) -> Peer:
    """The connection over which a new message has come."""
    scene.hand_over()
    return scene.request()


@whole
def test_an_answer_that_pauses_anywhere_is_a_success_and_the_connection_is_kept(answer: bytes) -> None:
    with stage() as scene:
        for cut in range(1, len(answer)):
            peer = asked(scene)
            scene.send(peer, answer[:cut])
            scene.turn()
            assert scene.answers == [], f"an outcome after {cut} of {len(answer)} bytes"
            scene.send(peer, answer[cut:])
            assert scene.outcome() is SUCCESS
        assert len(scene.peers) == 1


@whole
def test_an_answer_that_comes_byte_by_byte_is_a_success(answer: bytes) -> None:
    with stage() as scene:
        for _ in range(2):
            peer = asked(scene)
            for byte in answer:
                assert scene.answers == []
                scene.send(peer, bytes([byte]))
                scene.turn()
            assert scene.outcome() is SUCCESS
        assert len(scene.peers) == 1


@ends
@whole
def test_an_answer_that_ends_before_its_end_is_in_doubt(answer: bytes, end: Callable[[Peer], None]) -> None:
    with stage() as scene:
        for cut in range(len(answer)):
            peer = asked(scene)
            scene.send(peer, answer[:cut])
            end(peer)
            outcome = scene.outcome()
            assert (outcome.kind, outcome.code, cut) == (Kind.AMBIGUOUS, "reset", cut)
        assert len(scene.peers) == len(answer)


@until_close
def test_an_answer_without_a_length_may_pause_anywhere(answer: bytes) -> None:
    with stage() as scene:
        for cut in range(1, len(answer) + 1):
            peer = asked(scene)
            scene.send(peer, answer[:cut])
            scene.turn()
            assert scene.answers == [], f"an outcome after {cut} of {len(answer)} bytes"
            scene.send(peer, answer[cut:])
            peer.finish()
            assert scene.outcome() is SUCCESS
        assert len(scene.peers) == len(answer)


@until_close
def test_an_answer_without_a_length_is_whole_where_it_is_closed_and_half_an_object_is_no_success(answer: bytes) -> None:
    """Its head must be whole, and a reset is no end."""
    body = len(answer) - len(OK_BODY)
    with stage() as scene:
        for cut in range(len(answer) + 1):
            peer = asked(scene)
            scene.send(peer, answer[:cut])
            peer.finish()
            outcome = scene.outcome()
            expected = "reset" if cut < body else "garbage" if cut < len(answer) else "0"
            assert (outcome.code, cut) == (expected, cut)
            assert (outcome is SUCCESS) == (cut == len(answer))
        for cut in range(len(answer) + 1):
            peer = asked(scene)
            scene.send(peer, answer[:cut])
            scene.turn()
            peer.reset()
            outcome = scene.outcome()
            assert (outcome.kind, outcome.code, cut) == (Kind.AMBIGUOUS, "reset", cut)
