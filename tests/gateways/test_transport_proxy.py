"""A proxy by CONNECT: what it is told, what goes through it, and what comes of its refusals.

Only who is at the tunnel's end can take a message: whatever the proxy itself does wrong, nothing was sent.
"""

import base64
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.probe import probe_transport
from tests.gateways.certificates import Authority, server
from tests.gateways.peer import Peer
from tests.gateways.stage import OK, SEVEN, Stage, stage
from tests.sockets import closed_port
from vestnik.gateways.outcome import SUCCESS, Kind

PROXY = "http://127.0.0.1:{port}"
#: Names that only the proxy could look up.
PLAIN, SECURE = "http://gateway.invalid:8080/v1", "https://gateway.invalid/v1"
OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Path:
    return authority.certificate("gateway.invalid")


def connect(scene: Stage) -> tuple[Peer, list[str]]:
    """The connection over which a CONNECT for a new message has come, and the lines of that."""
    scene.hand_over()
    peer = scene.request()
    return peer, bytes(peer.plain).decode().split("\r\n")[:-2]


def assert_works(scene: Stage, peer: Peer, count: int = 3) -> None:
    """The message that waits, and more, go through the tunnel."""
    for number in range(count):
        if number:
            scene.hand_over()
        assert scene.request() is peer
        scene.send(peer, OK)
        assert scene.outcome() is SUCCESS


def test_plain_http_goes_through_a_tunnel_that_is_kept() -> None:
    with stage(url=PLAIN, proxy=PROXY, token="abc") as scene:
        peer, lines = connect(scene)
        assert lines == ["CONNECT gateway.invalid:8080 HTTP/1.1", "Host: gateway.invalid:8080", "User-Agent: vestnik"]
        peer.push(OPEN)
        assert_works(scene, peer)
        head = bytes(peer.plain).decode().split("\r\n\r\n")[1]
        assert head.startswith("POST /v1/send/")
        assert "\r\nHost: gateway.invalid:8080\r\n" in head
        assert "Proxy-Authorization" not in head
        assert bytes(peer.plain).count(b"CONNECT") == 1


def test_tls_goes_through_a_tunnel_and_is_the_gateways(authority: Authority, certificate: Path) -> None:
    with stage(url=SECURE, proxy=PROXY, verify_file=str(authority.file)) as scene:
        peer, lines = connect(scene)
        assert lines[:2] == ["CONNECT gateway.invalid:443 HTTP/1.1", "Host: gateway.invalid:443"]
        assert not any("Authorization" in line for line in lines)
        peer.push(OPEN)
        peer.start_tls(server(certificate))
        assert_works(scene, peer)


def test_a_proxy_that_shows_a_certificate_of_its_own_gets_nothing(authority: Authority) -> None:
    with stage(url=SECURE, proxy=PROXY, verify_file=str(authority.file)) as scene:
        peer, _ = connect(scene)
        peer.push(OPEN)
        peer.start_tls(server(authority.certificate("proxy.invalid", "127.0.0.1")))
        outcome = scene.outcome()
        assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "tls")


def test_an_address_of_ipv6_is_in_brackets() -> None:
    with stage(url="http://[2001:db8::1]", proxy=PROXY) as scene:
        peer, lines = connect(scene)
        assert lines[0] == "CONNECT [2001:db8::1]:80 HTTP/1.1"
        peer.push(OPEN)
        assert_works(scene, peer)


@pytest.mark.parametrize("answer", [
    b"HTTP/1.0 200 OK\r\nVia: x\r\n\r\n",
    b"HTTP/1.1 200\r\n\r\n",
    b"HTTP/1.1 204 Fine\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nX: " + b"y" * 50_000 + b"\r\n\r\n",
], ids=["1.0", "no phrase", "204", "a length", "chunks", "50 KB"])  # fmt: skip
def test_every_2xx_opens_the_tunnel_also_byte_by_byte(answer: bytes) -> None:
    """It has no body, whatever it says (RFC 9110, 9.3.6)."""
    with stage(url=PLAIN, proxy=PROXY) as scene:
        peer, _ = connect(scene)
        for byte in answer[:100]:
            peer.push(bytes([byte]))
            scene.turn()
        scene.send(peer, answer[100:])
        assert_works(scene, peer)


# -- a password


def test_a_password_is_shown_to_the_proxy_alone_and_a_wrong_one_sent_nothing() -> None:
    expected = base64.b64encode(b"user:p@ss:wo rd").decode()
    for password, right in (("p%40ss%3Awo%20rd", True), ("wrong", False)):
        proxy = f"http://user:{password}@127.0.0.1:{{port}}"
        with stage(url=PLAIN, proxy=proxy) as scene:
            peer, lines = connect(scene)
            assert (f"Proxy-Authorization: Basic {expected}" in lines) == right
            if right:
                peer.push(OPEN)
                assert_works(scene, peer)
                assert bytes(peer.plain).count(b"Basic") == 1
            else:
                peer.push(b'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n')
                outcome = scene.outcome()
                assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "proxy")
                assert "407" in outcome.detail
                assert password not in outcome.detail


@pytest.mark.parametrize("proxy", ["127.0.0.1:3128", "https://127.0.0.1:1", "socks5://127.0.0.1:1", "http://:1"])
def test_an_address_that_is_no_http_proxys_is_not_taken(proxy: str) -> None:
    with pytest.raises(ValueError, match="proxy"):
        probe_transport(url=PLAIN, token="t", concurrency=1, timeout=1, proxy=proxy)


# -- refusals


def nothing(_: Peer) -> None:
    pass


REFUSALS: dict[str, tuple[bytes, Callable[[Peer], None]]] = {
    "403": (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nno way", nothing),
    "407": (b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n", nothing),
    "502 and close": (b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n", Peer.close),
    "301": (b"HTTP/1.1 301 Moved\r\nLocation: http://elsewhere/\r\n\r\n", nothing),
    "rubbish": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", nothing),
    "a status of words": (b"HTTP/1.1 abc\r\n\r\n", nothing),
    "a head without end": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, nothing),
    "hangs up": (b"", Peer.close),
    "hangs up in the middle": (OPEN[:20], Peer.finish),
    "resets": (OPEN[:20], Peer.reset),
    "more than its head": (OPEN + OK, nothing),
    "one byte more": (OPEN + b"\n", nothing),
    "an answer instead of its own": (OK, nothing),
}  # fmt: skip


@pytest.mark.parametrize("url", [PLAIN, SECURE], ids=["http", "https"])
@pytest.mark.parametrize(("answer", "then"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_the_proxy_refuses_or_does_wrong_was_not_sent_and_is_tried_anew(
    url: str, answer: bytes, then: Callable[[Peer], None]
) -> None:
    with stage(url=url, proxy=PROXY) as scene:
        for _ in range(2):
            peer, _ = connect(scene)
            scene.send(peer, answer)
            then(peer)
            outcome = scene.outcome()
            assert (outcome.kind, outcome.code, outcome.answered) == (Kind.NOT_SENT, "proxy", False)
        assert len(scene.peers) == 2


def test_a_proxy_that_is_not_there_sent_nothing() -> None:
    for proxy in (f"http://127.0.0.1:{closed_port()}", "http://proxy.invalid:3128"):
        with stage(url=PLAIN, proxy=proxy) as scene:
            outcome = scene.outcome_of_new()
            assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "proxy")


@pytest.mark.parametrize("drip", [b"", b"x"], ids=["silent", "drips"])
def test_a_proxy_whose_answer_takes_too_long_sent_nothing(drip: bytes) -> None:
    with stage(url=PLAIN, proxy=PROXY, connect_timeout=0.3) as scene:
        peer, _ = connect(scene)
        peer.push(b"HTTP/1.1 200 ")
        scene.until(lambda: bool(peer.push(drip) or scene.answers))
        outcome = scene.outcome()
        assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "timeout")
        assert 0.3 <= scene.all_answers[0].latency < 4


# -- an open tunnel


@pytest.mark.parametrize("end", [Peer.finish, Peer.close, Peer.reset])
def test_a_tunnel_that_breaks_under_a_request_leaves_doubt(end: Callable[[Peer], None]) -> None:
    with stage(url=PLAIN, proxy=PROXY) as scene:
        peer, _ = connect(scene)
        peer.push(OPEN)
        assert scene.request() is peer
        end(peer)
        outcome = scene.outcome()
        assert (outcome.kind, outcome.code) == (Kind.AMBIGUOUS, "reset")


def test_a_kept_tunnel_that_was_closed_or_talked_into_is_replaced() -> None:
    with stage(url=PLAIN, proxy=PROXY) as scene:
        for end in (Peer.close, lambda peer: peer.push(OK), Peer.reset):
            peer, _ = connect(scene)
            peer.push(OPEN)
            assert_works(scene, peer)
            end(peer)
        peer, _ = connect(scene)
        peer.push(OPEN)
        assert scene.request() is peer
        scene.send(peer, SEVEN)
        assert scene.outcome().code == "7"


def test_the_gateways_name_is_the_proxys_to_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(host: str, *_: object, **__: object) -> list[object]:
        raise AssertionError(host)

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with stage(url=PLAIN, proxy=PROXY) as scene:
        peer, _ = connect(scene)
        peer.push(OPEN)
        assert_works(scene, peer)
