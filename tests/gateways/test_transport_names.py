"""Names and addresses: IPv6, addresses that do not answer, names that change or are gone."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.gateways.stage import OK, Stage, stage
from vestnik.gateways.outcome import SUCCESS, Kind
from vestnik.gateways.transport import names

NAME = "gateway.test"
URL = f"http://{NAME}:{{port}}"


class Resolver:
    """Stands in for ``socket.getaddrinfo``: one name, with the addresses or the failure that a test gives it."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.failure: Exception | None = None
        self.asked = 0
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        assert host == NAME
        self.asked += 1
        self.may_answer.wait(10)
        if self.failure is not None:
            raise self.failure
        return [_info(address, port) for address in self.addresses]


def _info(address: str, port: int) -> Any:
    if ":" in address:
        return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    made = Resolver("127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", made)
    return made


def listening(*hosts: str) -> list[socket.socket]:
    """Listeners at these addresses, all at one port."""
    first = _listener(hosts[0], 0)
    return [first, *(_listener(host, first.getsockname()[1]) for host in hosts[1:])]


def _listener(host: str, port: int) -> socket.socket:
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


@contextmanager
def silent(host: str, port: int) -> Iterator[None]:
    """An address at which connections are neither taken nor refused: the kernel's queue is full."""
    with socket.create_server((host, port), backlog=0):
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex((host, port))
        yield
        for each in waiting:
            each.close()


def host_of_success(scene: Stage, **more: Any) -> str:
    """The address that one more message went to, with success."""
    scene.hand_over(**more)
    peer = scene.request()
    scene.send(peer, OK)
    assert scene.outcome() is SUCCESS
    return str(peer.listener.getsockname()[0])


# -- IPv6


def test_an_address_of_ipv6_is_reached_and_named_in_brackets() -> None:
    with stage(url="http://[::1]:{port}/v1", listeners=listening("::1")) as scene:
        assert [host_of_success(scene) for _ in range(2)] == ["::1"] * 2
        port = scene.listeners[0].getsockname()[1]
        assert f"\r\nHost: [::1]:{port}\r\n".encode() in scene.peers[0].plain


def test_a_name_with_an_address_of_each_kind_is_reached_where_somebody_listens(resolver: Resolver) -> None:
    for addresses, listens in (
        (("::1", "127.0.0.1"), "127.0.0.1"),
        (("127.0.0.1", "::1"), "::1"),
        (("::1", "127.0.0.1"), "::1"),
    ):
        resolver.addresses = addresses
        with stage(url=URL, listeners=listening(listens)) as scene:
            assert host_of_success(scene) == listens


# -- addresses that do not answer


def test_refused_addresses_cost_no_time_and_the_one_that_served_is_first_from_then_on(resolver: Resolver) -> None:
    resolver.addresses = ("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1")
    with stage(url=URL, listeners=listening("127.0.0.1")) as scene:
        for _ in range(3):
            assert host_of_success(scene) == "127.0.0.1"
            scene.peers[-1].close()
        assert max(answer.latency for answer in scene.all_answers) < 0.25


def test_an_address_that_does_not_answer_is_passed_by_and_not_tried_first_again(resolver: Resolver) -> None:
    resolver.addresses = ("127.0.0.2", "127.0.0.1")
    listeners = listening("127.0.0.1")
    with silent("127.0.0.2", listeners[0].getsockname()[1]), stage(url=URL, listeners=listeners) as scene:
        for _ in range(3):
            assert host_of_success(scene) == "127.0.0.1"
            scene.peers[-1].close()
        first, *later = (answer.latency for answer in scene.all_answers)
        assert 0.25 <= first < 4
        assert max(later) < 0.25


def test_when_no_address_answers_nothing_was_sent(resolver: Resolver) -> None:
    resolver.addresses = ("127.0.0.2", "127.0.0.3")
    with stage(url=URL, connect_timeout=0.4) as scene:
        outcome = scene.outcome_of_new()
        assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "connect")
        with silent("127.0.0.3", scene.listeners[0].getsockname()[1]):
            outcome = scene.outcome_of_new()
        assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "timeout")
        assert scene.peers == []


# -- look-ups


@pytest.mark.parametrize(
    "failure",
    [
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
        UnicodeError("label too long"),
        OSError(24, "Too many open files"),
        None,
    ],
    ids=["unknown", "temporary", "no name", "descriptors", "no address"],
)
def test_a_name_that_does_not_resolve_sent_nothing_and_is_asked_for_again(
    resolver: Resolver, failure: Exception | None
) -> None:
    with stage(url=URL) as scene:
        resolver.failure, resolver.addresses = failure, ()
        for asked in (1, 2):
            outcome = scene.outcome_of_new()
            assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "dns")
            assert resolver.asked == asked
        resolver.failure, resolver.addresses = None, ("127.0.0.1",)
        assert host_of_success(scene) == "127.0.0.1"


def test_a_resolver_that_hangs_holds_nobody_up(resolver: Resolver) -> None:
    resolver.may_answer.clear()
    with stage(url=URL, connect_timeout=0.2) as scene:
        began = time.monotonic()
        scene.hand_over()
        scene.made.poll(0.01)
        assert time.monotonic() - began < 4
        outcome = scene.outcome()
        assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "timeout")
        scene.hand_over()
        resolver.may_answer.set()
        scene.send(scene.request(), OK)
        assert scene.outcome() is SUCCESS
        assert resolver.asked == 1


def test_a_name_is_looked_up_once_for_many_and_then_kept(resolver: Resolver) -> None:
    with stage(url=URL, concurrency=20) as scene:
        for _ in range(3):
            for _ in range(20):
                scene.hand_over()
            for peer in [scene.request() for _ in range(20)]:
                del peer
            for peer in scene.peers[-20:]:
                peer.push(OK)
            assert {scene.outcome() for _ in range(20)} == {SUCCESS}
            for peer in scene.peers:
                peer.close()
        assert resolver.asked == 1


def until_served_by(scene: Stage, host: str, before: Callable[[], None] = lambda: None) -> None:
    """Send one message after the other until they go to ``host``; each is a success."""
    scene.until(lambda: before() or host_of_success(scene, timeout=0.1) == host)


def test_a_name_that_changes_is_followed_and_connections_to_its_former_address_are_not_used_again(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "FRESH_SECONDS", 0.05)
    with stage(url=URL, listeners=listening("127.0.0.1", "127.0.0.2")) as scene:
        assert host_of_success(scene) == "127.0.0.1"
        resolver.addresses = ("127.0.0.2",)
        until_served_by(scene, "127.0.0.2")
        former = [peer for peer in scene.peers if peer.listener is scene.listeners[0]]
        scene.until(lambda: all(peer.gone for peer in former))
        assert len(scene.peers) == 2
        assert host_of_success(scene) == "127.0.0.2"


def test_a_name_that_gets_one_more_address_keeps_its_connections(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "FRESH_SECONDS", 0.01)
    with stage(url=URL, listeners=listening("127.0.0.1", "127.0.0.2")) as scene:
        assert host_of_success(scene) == "127.0.0.1"
        resolver.addresses = ("127.0.0.2", "127.0.0.1")
        asked = resolver.asked
        scene.until(lambda: host_of_success(scene, timeout=0.05) == "127.0.0.1" and resolver.asked > asked + 2)
        assert len(scene.peers) == 1


def test_a_name_that_is_gone_while_connections_are_kept_harms_nobody(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are used, and a new one goes to the addresses that were known last."""
    monkeypatch.setattr(names, "FRESH_SECONDS", 0.01)
    with stage(url=URL) as scene:
        assert host_of_success(scene) == "127.0.0.1"
        resolver.failure = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        asked = resolver.asked
        scene.until(lambda: host_of_success(scene, timeout=0.05) == "127.0.0.1" and resolver.asked > asked + 1)
        assert len(scene.peers) == 1
        scene.peers[-1].close()
        assert host_of_success(scene) == "127.0.0.1"
        assert len(scene.peers) == 2
