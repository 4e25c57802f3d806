"""Kept connections: what comes over one unasked is nobody's answer, and one that is closed costs no message."""

import random
import socket
from collections.abc import Callable

import pytest

from tests.gateways.peer import Peer
from tests.gateways.stage import OK, SEVEN, Stage, stage
from vestnik.gateways.outcome import SUCCESS, Kind

FAREWELL = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
NO_CODE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
UNASKED = {
    "a success": OK,
    "half a success": OK[:40],
    "a farewell": FAREWELL,
    "an interim answer": b"HTTP/1.1 103 Early Hints\r\n\r\n",
    "an empty line": b"\r\n",
    "noise": b"\x00",
}
CLOSES = {"close": Peer.close, "half-close": Peer.finish, "reset": Peer.reset}

unasked = pytest.mark.parametrize("data", UNASKED.values(), ids=UNASKED.keys())
closes = pytest.mark.parametrize("close", CLOSES.values(), ids=CLOSES.keys())


def succeeded(scene: Stage) -> Peer:
    """The connection over which one more message has gone with success."""
    scene.hand_over()
    peer = scene.request()
    scene.send(peer, OK)
    assert scene.outcome() is SUCCESS
    return peer


def assert_next_message_goes_by_another(scene: Stage, peer: Peer) -> None:
    scene.hand_over()
    following = scene.request()
    assert following is not peer
    scene.send(following, SEVEN)
    assert scene.outcome().code == "7"
    assert following.requests == 1


@unasked
def test_an_answer_that_nobody_asked_for_is_not_the_next_messages(data: bytes) -> None:
    """It lies unread in the kernel when the next message is handed over."""
    with stage() as scene:
        peer = succeeded(scene)
        peer.push(data)
        assert_next_message_goes_by_another(scene, peer)


@unasked
def test_a_connection_on_which_something_came_unasked_is_closed(data: bytes) -> None:
    with stage() as scene:
        peer = succeeded(scene)
        peer.push(data)
        scene.until(lambda: peer.gone)
        assert scene.all_answers[1:] == []
        assert_next_message_goes_by_another(scene, peer)


@closes
@pytest.mark.parametrize("last_words", [b"", FAREWELL], ids=["silently", "with a farewell"])
def test_a_kept_connection_that_was_closed_is_replaced_without_an_outcome(
    close: Callable[[Peer], None], last_words: bytes
) -> None:
    """At once, and also after the transport has looked at it."""
    with stage() as scene:
        for turns in (0, 1, 0, 2):
            peer = succeeded(scene)
            peer.push(last_words)
            close(peer)
            for _ in range(turns):
                scene.turn()
        succeeded(scene)
        assert len(scene.peers) == 5


def test_all_kept_connections_that_were_closed_are_replaced() -> None:
    with stage(concurrency=8) as scene:
        for _ in range(2):
            for _ in range(8):
                scene.hand_over()
            asked = [scene.request() for _ in range(8)]
            for peer in scene.peers[-8:]:
                peer.push(OK)
            assert {scene.outcome() for _ in asked} == {SUCCESS}
            for peer in scene.peers:
                peer.close()
        assert len(scene.peers) == 16


def test_a_message_whose_replacement_is_refused_was_not_sent() -> None:
    with stage() as scene:
        peer = succeeded(scene)
        scene.listeners.pop().close()
        peer.close()
        outcome = scene.outcome_of_new()
        assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "connect")


@closes
@pytest.mark.parametrize("greeting", [b"", FAREWELL, b"220 mail.example ESMTP\r\n"], ids=["silent", "408", "mail"])
def test_a_new_connection_that_is_closed_at_once_is_never_a_success(
    greeting: bytes, close: Callable[[Peer], None]
) -> None:
    """Whether the request was written before is known (the end of the stage compares)."""
    with stage() as scene:
        scene.hand_over()
        peer = scene.peer()
        peer.push(greeting)
        close(peer)
        outcome = scene.outcome()
        assert outcome.kind in (Kind.NOT_SENT, Kind.AMBIGUOUS, Kind.REFUSED)
        assert len(scene.peers) <= 2


# -- half-closed


@pytest.mark.parametrize("end", [Peer.finish, Peer.close], ids=["half-close", "close"])
def test_a_gateway_that_hangs_up_instead_of_answering_leaves_doubt(end: Callable[[Peer], None]) -> None:
    with stage() as scene:
        scene.hand_over()
        end(scene.request())
        outcome = scene.outcome()
        assert (outcome.kind, outcome.code) == (Kind.AMBIGUOUS, "reset")


def test_a_gateway_that_ends_its_side_after_the_answer_has_answered() -> None:
    with stage() as scene:
        for _ in range(3):
            scene.hand_over()
            peer = scene.request()
            peer.push(OK)
            peer.finish()
            assert scene.outcome() is SUCCESS
        assert len(scene.peers) == 3


def test_a_gateway_that_reads_no_more_may_still_answer() -> None:
    with stage() as scene:
        scene.hand_over()
        peer = scene.request()
        peer.socket.shutdown(socket.SHUT_RD)
        scene.send(peer, OK)
        assert scene.outcome() is SUCCESS


# -- all at once


def nothing(_: Peer) -> None:
    pass


def _cut(peer: Peer) -> None:
    peer.push(OK[:50])
    peer.close()


#: What the gateway does with a request, and what comes of the message.
PLAYS: list[tuple[Callable[[Peer], object], str]] = [
    (lambda peer: peer.push(OK), "0"),
    (lambda peer: peer.push(SEVEN), "7"),
    (lambda peer: peer.push(SEVEN + OK), "7"),
    (lambda peer: (peer.push(SEVEN + FAREWELL), peer.close()), "7"),
    (lambda peer: (peer.push(OK), peer.finish()), "0"),
    (lambda peer: peer.push(b"HTTP/1.1 100 Continue\r\n\r\n" + OK), "0"),
    (lambda peer: peer.push(b"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" + OK), "http_503"),
    (_cut, "reset"),
    (Peer.reset, "reset"),
    (Peer.finish, "reset"),
    (lambda peer: peer.push(OK[:30]), "timeout"),
    (lambda peer: peer.push(NO_CODE), "garbage"),
]


@pytest.mark.parametrize("seed", range(3))
def test_each_of_many_messages_gets_what_came_of_its_own_request(seed: int) -> None:
    """Eight at once over connections that are answered, closed, cut and talked into without being asked."""
    chance = random.Random(seed)
    expected: dict[int, str] = {}
    plays: dict[int, Callable[[Peer], object]] = {}
    with stage(concurrency=8) as scene:
        while len(scene.all_answers) < 400:
            while scene.made.free and len(expected) < 400:
                play, code = chance.choice(PLAYS)
                message_id = scene.hand_over(timeout=0.03 if code == "timeout" else 5.0)
                plays[message_id], expected[message_id] = play, code
            scene.turn(0.002)
            for peer in (each for each in scene.peers if each.requests and not each.gone):
                message_id = int(peer.plain[peer.plain.rindex(b"/send/") + 6 :].split(b" ", 1)[0])
                plays.pop(message_id, nothing)(peer)
        assert {answer.message_id: answer.outcome.code for answer in scene.all_answers} == expected
