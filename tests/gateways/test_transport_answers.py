"""Answers in every form that gateways send, and some that none should: each has its outcome.

The next message shows whether the connection is used again, and that it gets the answer to its own request.
"""

from collections.abc import Callable

import pytest

from tests.gateways.peer import Peer
from tests.gateways.stage import OK, OK_BODY, SEVEN, Stage, stage
from vestnik.gateways.outcome import SUCCESS, Outcome

KIB, MIB = 1 << 10, 1 << 20
LENGTH = b"Content-Length: 25\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"19\r\n" + OK_BODY + b"\r\n0\r\n\r\n"
FAREWELL = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"
SENT, GARBAGE = "success", "ambiguous garbage"
#: More text than the kernels hold between the two.
BIG = "x" * (12 * MIB)


def http(head: bytes, body: bytes = OK_BODY, version: bytes = b"HTTP/1.1") -> bytes:
    return version + b" 200 OK\r\n" + head + b"\r\n" + body


def old(head: bytes) -> bytes:
    return http(head, version=b"HTTP/1.0")


def judged(outcome: Outcome) -> str:
    return "success" if outcome is SUCCESS else f"{outcome.kind.value} {outcome.code}"


def assert_next_message_gets_its_own_answer(scene: Stage, peer: Peer, *, kept: bool) -> None:
    scene.hand_over()
    following = scene.request()
    assert (following is peer) == kept, "the connection was used again" if not kept else "it was not used again"
    scene.send(following, SEVEN)
    assert judged(scene.outcome()) == "refused 7"


ROWS = {
    # Interim answers (RFC 9110, 15.2).
    "100": (CONTINUE + OK, SENT, True),
    "103": (HINTS + OK, SENT, True),
    "100, 103, 103, 100": (CONTINUE + HINTS * 2 + CONTINUE + OK, SENT, True),
    "100 and a refusal": (CONTINUE + b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", "refused http_400", True),
    "101": (b"HTTP/1.1 101 Switch\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n" + OK, "ambiguous http_101", False),
    # Chunked (RFC 9112, 7.1).
    "chunked": (http(CHUNKED, CHUNKS), SENT, True),
    "extensions": (http(CHUNKED, b'19;a;b=c;d="e;\\"f"\r\n' + OK_BODY + b"\r\n000;last=1\r\n\r\n"), SENT, True),
    "trailers": (http(CHUNKED, b"0019\r\n" + OK_BODY + b"\r\n0\r\nX-Sum: 1\r\nContent-Length: 3\r\n\r\n"), SENT, True),
    "chunked and close": (http(CHUNKED + b"Connection: close\r\n", CHUNKS), SENT, False),
    "the name in capitals": (http(b"TRANSFER-ENCODING: Chunked\r\n", CHUNKS), SENT, True),
    # Versions and Connection (RFC 9112, 9.3).
    "1.0": (old(LENGTH), SENT, False),
    "1.0 keep-alive": (old(LENGTH + b"Connection: keep-alive\r\n"), SENT, True),
    "1.0 Keep-Alive": (old(LENGTH + b"Connection: Keep-Alive\r\nKeep-Alive: timeout=5, max=100\r\n"), SENT, True),
    "1.0 close": (old(LENGTH + b"Connection: close\r\n"), SENT, False),
    "close": (http(LENGTH + b"Connection: close\r\n"), SENT, False),
    "Close among others": (http(LENGTH + b"Connection: foo, Close\r\n"), SENT, False),
    "keep-alive": (http(LENGTH + b"Connection: keep-alive\r\n"), SENT, True),
    # Bodies that a status has or has not (RFC 9112, 6.3).
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", "ambiguous http_204", True),
    "304": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 25\r\n\r\n", "ambiguous http_304", True),
    "an empty body": (http(b"Content-Length: 0\r\n", b""), GARBAGE, True),
    # What nobody asked for, in the same segment.
    "close and a farewell": (http(LENGTH + b"Connection: close\r\n") + FAREWELL, SENT, False),
    "a farewell": (OK + FAREWELL, SENT, False),
    "two answers": (OK + OK, SENT, False),
    "an answer and a half": (OK + OK[:30], SENT, False),
    "an interim answer behind it": (OK + HINTS, SENT, False),
    "more body than was said": (OK + b"}", SENT, False),
    "a byte behind a refusal": (b"HTTP/1.1 400 Bad\r\nContent-Length: 1\r\n\r\nxy", "refused http_400", False),
    "noise behind it": (OK + b"\x00\x15\x03\x03\x00\x02", SENT, False),
    "behind chunks": (http(CHUNKED, CHUNKS) + OK, SENT, False),
    # Limits.
    "a head of 60 KiB": (http(LENGTH + b"X: " + b"x" * (60 * KIB) + b"\r\n"), SENT, True),
    "a head of 1 MiB": (http(LENGTH + b"X: " + b"x" * MIB + b"\r\n"), GARBAGE, False),
    "a head of 1 MiB in lines": (http(LENGTH + b"X: y\r\n" * (MIB // 6)), GARBAGE, False),
    "1 MiB before the end of the status": (b"HTTP/1.1 200 " + b"O" * MIB + b"\r\n\r\n" + OK_BODY, GARBAGE, False),
    "1 MiB of interim answers": (HINTS * (MIB // len(HINTS)) + OK, GARBAGE, False),
    "1 MiB of trailers": (http(CHUNKED, CHUNKS[:-2] + b"X: y\r\n" * (MIB // 6) + b"\r\n"), GARBAGE, False),
    "1 MiB of one extension": (http(CHUNKED, b"19;" + b"x" * MIB + b"\r\n" + CHUNKS[4:]), GARBAGE, False),
    "a body of 1 MiB": (http(b"Content-Length: %d\r\n" % MIB, OK_BODY.ljust(MIB)), SENT, True),
    "a body over 1 MiB": (http(b"Content-Length: %d\r\n" % (MIB + 1), OK_BODY.ljust(MIB + 1)), GARBAGE, False),
    "1 MiB in chunks of a byte": (http(CHUNKED, b"1\r\n \r\n" * (MIB - 25) + CHUNKS), SENT, True),
    # What is no answer.
    "HTTP/0.9": (OK_BODY, GARBAGE, False),
    "another protocol": (b"220 mail.example ESMTP\r\n", GARBAGE, False),
    "HTTP/2": (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + b"\x00" * 18, GARBAGE, False),
    "TLS": (b"\x15\x03\x03\x00\x02\x02\x28", GARBAGE, False),
    "a status of words": (b"HTTP/1.1 OK 200\r\n" + LENGTH + b"\r\n" + OK_BODY, GARBAGE, False),
    "a NUL in the head": (http(b"X: a\x00b\r\n" + LENGTH), SENT, True),
    "two lengths": (http(LENGTH + b"Content-Length: 26\r\n"), GARBAGE, False),
    "a length below 0": (http(b"Content-Length: -25\r\n"), GARBAGE, False),
    "a length with a plus": (http(b"Content-Length: +25\r\n"), GARBAGE, False),
    "a length over 64 bits": (http(b"Content-Length: 18446744073709551641\r\n"), GARBAGE, False),
    "a chunk over 64 bits": (http(CHUNKED, b"10000000000000019\r\n" + CHUNKS[4:]), "ambiguous reset", False),
    "a chunk without its size": (http(CHUNKED, OK_BODY + b"\r\n0\r\n\r\n"), "ambiguous reset", False),
    "a chunk longer than it says": (http(CHUNKED, b"18\r\n" + OK_BODY + b"\r\n0\r\n\r\n"), "ambiguous reset", False),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "expected", "kept"), ROWS.values(), ids=ROWS.keys())
def test_each_answer_has_its_outcome_and_the_next_message_its_own(answer: bytes, expected: str, kept: bool) -> None:
    with stage() as scene:
        scene.hand_over()
        peer = scene.request()
        scene.send(peer, answer)
        assert judged(scene.outcome()) == expected
        assert_next_message_gets_its_own_answer(scene, peer, kept=kept)


ENDLESS = {
    "until the end": (b"HTTP/1.1 200 OK\r\n\r\n", b" " * KIB),
    "in chunks": (http(CHUNKED, b""), b"400\r\n" + b" " * KIB + b"\r\n"),
    "of a byte each": (http(CHUNKED, b""), b"1\r\n \r\n" * KIB),
    "of a long length": (http(b"Content-Length: 99999999999\r\n", b""), b" " * KIB),
    "of extensions": (http(CHUNKED, b"1;"), b"x" * KIB),
    "of trailers": (http(CHUNKED, b"0\r\n"), b"X: y\r\n" * KIB),
    "of headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * KIB),
    "of interim answers": (b"", HINTS * KIB),
}


@pytest.mark.parametrize(("begin", "piece"), ENDLESS.values(), ids=ENDLESS.keys())
def test_an_answer_without_end_is_cut(begin: bytes, piece: bytes) -> None:
    with stage() as scene:
        scene.hand_over()
        peer = scene.request()
        scene.send(peer, begin)
        scene.send_for_ever(peer, piece)
        assert judged(scene.outcome()) == "ambiguous garbage"
        scene.until(lambda: peer.gone)
        assert_next_message_gets_its_own_answer(scene, peer, kept=False)


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\n", http(CHUNKED, b"5"), CONTINUE, HINTS * 3])
def test_an_answer_that_stops_is_cut_by_the_timeout_and_its_end_is_not_the_next_ones(begin: bytes) -> None:
    with stage() as scene:
        scene.hand_over(timeout=0.1)
        peer = scene.request()
        scene.send(peer, begin)
        assert judged(scene.outcome()) == "ambiguous timeout"
        scene.until(lambda: peer.gone)
        assert_next_message_gets_its_own_answer(scene, peer, kept=False)


# -- an answer before the request is written


TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n%s\r\n"
EARLY = {
    "413 and close": (TOO_LARGE % b"Connection: close\r\n", "refused http_413"),
    "413": (TOO_LARGE % b"", "refused http_413"),
    "100 and 413": (CONTINUE + TOO_LARGE % b"", "refused http_413"),
    "429": (b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n", "throttled http_429"),
    "success": (OK, "success"),
}


@pytest.mark.parametrize("end", [None, Peer.finish, Peer.close], ids=["stays", "half-closes", "closes unread"])
@pytest.mark.parametrize(("answer", "expected"), EARLY.values(), ids=EARLY.keys())
def test_an_answer_before_the_body_is_written_counts_and_the_connection_is_not_used_again(
    answer: bytes, expected: str, end: Callable[[Peer], None] | None
) -> None:
    """With bytes unread the close arrives as a reset: the answer was there before it."""
    with stage(read_at_most=2_000) as scene:
        scene.hand_over(BIG)
        peer = scene.peer()
        scene.until(lambda: b"\r\n\r\n" in peer.plain)
        assert peer.requests == 0
        scene.send(peer, answer)
        if end is not None:
            end(peer)
        assert judged(scene.outcome()) == expected
        assert_next_message_gets_its_own_answer(scene, peer, kept=False)


def test_a_body_that_is_written_slowly_arrives_whole() -> None:
    with stage() as scene:
        scene.hand_over(BIG)
        peer = scene.request()
        assert bytes(peer.plain).endswith(b'"text":"' + BIG.encode() + b'"}')
        scene.send(peer, OK)
        assert scene.outcome() is SUCCESS
        assert_next_message_gets_its_own_answer(scene, peer, kept=True)


@pytest.mark.parametrize("end", [None, Peer.close, Peer.reset], ids=["stays", "closes", "resets"])
def test_a_body_that_cannot_be_written_whole_is_in_doubt(end: Callable[[Peer], None] | None) -> None:
    with stage(read_at_most=2_000) as scene:
        scene.hand_over(BIG, timeout=0.3 if end is None else 5.0)
        peer = scene.peer()
        scene.until(lambda: b"\r\n\r\n" in peer.plain)
        if end is not None:
            end(peer)
        outcome = scene.outcome()
        assert judged(outcome) == ("ambiguous timeout" if end is None else "ambiguous reset")
