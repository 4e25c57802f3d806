"""The transport against the simulator and against raw sockets: each message goes out at most once."""

import gzip
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any

import orjson
import pytest

from harness.probe import probe_transport
from harness.simulator import TLS, running_simulator
from harness.simulator_client import SimulatorClient
from tests.sockets import OK, closed_port, raw_server, read_request
from vestnik.gateways import limits
from vestnik.gateways.outcome import SUCCESS, Kind
from vestnik.gateways.transport import Answer, Transport, loop
from vestnik.simulator.answers import OK_BODY

FIRST = 96_000_000_000_000
PHONE = 79110000001
TEXT = "Привет 👋"


@contextmanager
def transport(url: str, **options: Any) -> Iterator[Transport]:
    made = probe_transport(**{"url": url, "token": "t", "concurrency": 4, "timeout": 5.0, **options})
    try:
        yield made
    finally:
        made.close()


def send(made: Transport, count: int = 1, *, first: int = FIRST, timeout: float = 5.0) -> list[Answer]:
    """Hand over ``count`` messages, as many at once as there is room for, and wait for all outcomes."""
    answers: list[Answer] = []
    waiting = list(range(first, first + count))
    until = time.monotonic() + 30
    while len(answers) < count:
        while waiting and made.free:
            made.hand_over(waiting.pop(0), PHONE, made.prepare(TEXT, expires_at=0), timeout)
        answers += made.poll(1.0)
        assert time.monotonic() < until, "no outcome"
    return answers


def one(url: str, **options: Any) -> Answer:
    with transport(url, **options) as made:
        (answer,) = send(made)
    return answer


def one_from(play: Callable[[socket.socket], None], **options: Any) -> Answer:
    with raw_server(play) as url:
        return one(url, **options)


def answering(data: bytes) -> Callable[[socket.socket], None]:
    def play(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(data)

    return play


# -- the request


def test_the_request_is_the_contracts_to_the_byte() -> None:
    got: list[bytes] = []

    def play(connection: socket.socket) -> None:
        got.append(read_request(connection))
        connection.sendall(OK)

    with raw_server(play) as url:
        assert one(url + "/v1", token="abc.def").outcome is SUCCESS
    head, _, body = got[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == f"POST /v1/send/{FIRST} HTTP/1.1"
    assert {"Authorization: Bearer abc.def", "Content-Type: application/json", f"Content-Length: {len(body)}"} < set(
        lines
    )
    assert not any(line.lower().startswith(("expect", "transfer-encoding")) for line in lines)
    assert orjson.loads(body) == {"id": FIRST, "phone": PHONE, "text": "Привет 👋"}


def test_connections_are_kept_and_used_again(simulator: SimulatorClient) -> None:
    with transport(simulator.base_url, token=simulator.token) as made:
        answers = send(made, 200)
    assert {answer.outcome for answer in answers} == {SUCCESS}
    assert sorted(answer.message_id for answer in answers) == list(range(FIRST, FIRST + 200))
    totals = simulator.totals()
    assert (totals["distinct"], totals["repeated"]) == (200, 0)
    assert totals["connections"] <= 4


def test_more_requests_are_in_flight_at_once_than_select_has_descriptors(simulator: SimulatorClient) -> None:
    simulator.faults(latency={"kind": "fixed", "ms": 1_500})
    with transport(simulator.base_url, token=simulator.token, concurrency=1_500) as made:
        answers = send(made, 1_500, timeout=20)
        assert (made.in_flight, made.free) == (0, 1_500)
    assert Counter(answer.outcome.code for answer in answers) == {"0": 1_500}
    assert all(1.4 < answer.latency < 20 for answer in answers)
    totals = simulator.totals()
    assert totals["most_in_flight"] > 1_100
    assert (totals["distinct"], totals["repeated"]) == (1_500, 0)


def test_no_more_can_be_handed_over_than_the_concurrency(simulator: SimulatorClient) -> None:
    with transport(simulator.base_url, concurrency=1) as made:
        made.hand_over(FIRST, PHONE, made.prepare(TEXT, expires_at=0), 5)
        assert (made.free, made.in_flight) == (0, 1)
        with pytest.raises(IndexError):
            made.hand_over(FIRST + 1, PHONE, made.prepare(TEXT, expires_at=0), 5)


# -- at most once


def test_a_used_connection_that_closes_after_reading_gives_one_receipt_for_one_hand_over(
    simulator: SimulatorClient,
) -> None:
    simulator.faults(connections="close_on_reuse")
    with transport(simulator.base_url, token=simulator.token) as made:
        answers = send(made, 40)
    outcomes = Counter((answer.outcome.kind, answer.outcome.code) for answer in answers)
    assert outcomes.keys() == {(Kind.SUCCESS, "0"), (Kind.AMBIGUOUS, "reset")}
    assert outcomes[Kind.AMBIGUOUS, "reset"] >= 15
    totals = simulator.totals()
    assert (totals["requests"], totals["distinct"], totals["repeated"]) == (40, 40, 0)


@pytest.mark.parametrize("bytes_read", [0, 1, 300])
def test_a_used_connection_that_breaks_under_a_request_gives_one_request_for_one_hand_over(bytes_read: int) -> None:
    """Whatever part of the request the gateway has read before it closes; with bytes left the kernel resets."""
    requests: list[int] = []

    def play(connection: socket.socket) -> None:
        requests.append(len(read_request(connection)))
        connection.sendall(OK)
        connection.recv(1, socket.MSG_PEEK)
        requests.append(len(connection.recv(bytes_read)) if bytes_read else 1)

    with raw_server(play) as url, transport(url, concurrency=1) as made:
        assert send(made)[0].outcome is SUCCESS
        (second,) = send(made, first=FIRST + 1)
    assert (second.outcome.kind, second.outcome.code) == (Kind.AMBIGUOUS, "reset")
    assert len(requests) == 2


def test_a_kept_connection_that_the_gateway_closed_meanwhile_is_replaced_without_doubt(
    simulator: SimulatorClient,
) -> None:
    simulator.faults(connections="close_after_answer")
    with transport(simulator.base_url, token=simulator.token) as made:
        for number in range(0, 20, 4):
            assert {answer.outcome for answer in send(made, 4, first=FIRST + number)} == {SUCCESS}
            time.sleep(0.05)  # the close arrives
    totals = simulator.totals()
    assert (totals["connections"], totals["requests"]) == (20, 20)


def test_a_kept_tls_connection_that_the_gateway_closed_meanwhile_is_replaced_without_doubt(
    tls_simulator: SimulatorClient,
) -> None:
    tls_simulator.faults(connections="close_after_answer")
    trusted = str(TLS / "cert.pem")
    with transport(tls_simulator.base_url, token=tls_simulator.token, concurrency=1, verify_file=trusted) as made:
        for number in range(5):
            assert send(made, first=FIRST + number)[0].outcome is SUCCESS
            time.sleep(0.05)  # the close arrives
    assert tls_simulator.totals()["connections"] == 5


def test_a_slow_gateway_gets_all_the_requests_that_are_allowed(simulator: SimulatorClient) -> None:
    simulator.faults(latency={"kind": "fixed", "ms": 100})
    with transport(simulator.base_url, token=simulator.token, concurrency=64) as made:
        send(made, 640)
        assert made.free == 64
    assert simulator.totals()["most_in_flight"] == 64


def test_an_idle_connection_is_not_used_again_after_its_age(
    simulator: SimulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert limits.IDLE_CONNECTION < 5, "common servers close theirs after 5 seconds"
    monkeypatch.setattr(loop, "IDLE_CONNECTION", 0.2)
    with transport(simulator.base_url, token=simulator.token, concurrency=1) as made:
        send(made)
        time.sleep(0.3)  # its age is what the test is about
        send(made, first=FIRST + 1)
    assert simulator.totals()["connections"] == 2


# -- nothing was sent


def test_a_refused_connection_sent_nothing() -> None:
    outcome = one(f"http://127.0.0.1:{closed_port()}").outcome
    assert (outcome.kind, outcome.code, outcome.transport_failure) == (Kind.NOT_SENT, "connect", True)


def test_an_unknown_name_sent_nothing() -> None:
    outcome = one("http://gateway.invalid").outcome
    assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "dns")


def test_a_connection_that_is_not_made_in_time_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        # The kernel's queue is full: it drops what else comes, as a firewall does.
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        before = time.monotonic()
        outcome = one(f"http://127.0.0.1:{address[1]}", connect_timeout=0.3).outcome
        for each in waiting:
            each.close()
    assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "timeout")
    assert 0.3 <= time.monotonic() - before < 4


def test_a_handshake_that_does_not_end_in_time_sent_nothing() -> None:
    def play(connection: socket.socket) -> None:
        while connection.recv(65_536):
            pass

    with raw_server(play) as url:
        outcome = one(url.replace("http:", "https:"), connect_timeout=0.3).outcome
    assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "timeout")


@pytest.fixture(scope="module")
def tls_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorClient]:
    with running_simulator(tmp_path_factory.mktemp("tls"), tls=TLS / "cert.pem") as client:
        yield client


@pytest.fixture
def tls_simulator(tls_process: SimulatorClient) -> SimulatorClient:
    tls_process.reset()
    return tls_process


def test_a_certificate_that_nobody_vouches_for_gets_nothing(tls_simulator: SimulatorClient) -> None:
    outcome = one(tls_simulator.base_url, token=tls_simulator.token).outcome
    assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "tls")


def test_a_certificate_that_is_trusted_by_name_is_accepted(tls_simulator: SimulatorClient) -> None:
    options = {"token": tls_simulator.token, "verify_file": str(TLS / "cert.pem")}
    with transport(tls_simulator.base_url, **options) as made:
        assert {answer.outcome for answer in send(made, 20)} == {SUCCESS}


def test_a_certificate_of_another_host_gets_nothing(tmp_path: Path) -> None:
    with running_simulator(tmp_path, tls=TLS / "elsewhere.pem") as simulator:
        outcome = one(simulator.base_url, verify_file=str(TLS / "elsewhere.pem")).outcome
    assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "tls")


def test_plain_http_at_a_tls_port_and_tls_at_a_plain_one_are_no_success(
    simulator: SimulatorClient, tls_simulator: SimulatorClient
) -> None:
    plain = one(tls_simulator.base_url.replace("https:", "http:")).outcome
    assert plain.kind is Kind.AMBIGUOUS
    tls = one(simulator.base_url.replace("http:", "https:")).outcome
    assert (tls.kind, tls.code) == (Kind.NOT_SENT, "tls")


def test_a_gateway_that_stops_listening_answers_what_it_has_and_nothing_is_in_doubt(
    simulator: SimulatorClient,
) -> None:
    simulator.faults(latency={"kind": "fixed", "ms": 300})
    with transport(simulator.base_url, token=simulator.token) as made:
        for message in range(FIRST, FIRST + 4):
            made.hand_over(message, PHONE, made.prepare(TEXT, expires_at=0), 5)
        answers: list[Answer] = []
        assert eventually(lambda: answers.extend(made.poll(0.01)) or simulator.totals()["requests"] == 4)
        with simulator.refusing():
            while len(answers) < 4:
                answers += made.poll(1)
            assert {answer.outcome for answer in answers} == {SUCCESS}
            # On a slow machine a connection may have had its answer before: then it has one more.
            later = [send(made, first=FIRST + 4)[0].outcome]
            while later[-1] is SUCCESS and len(later) <= 4:
                later += [send(made, first=FIRST + 4)[0].outcome]
            assert (later[-1].kind, later[-1].code) == (Kind.NOT_SENT, "connect")
        assert send(made, first=FIRST + 4)[0].outcome is SUCCESS


# -- nobody knows


def test_a_reset_after_the_request_is_ambiguous(simulator: SimulatorClient) -> None:
    for fault in ("reset", "reset_mid", "drop"):
        simulator.faults(shares={fault: 1})
        outcome = one(simulator.base_url, token=simulator.token).outcome
        assert (outcome.kind, outcome.code, outcome.transport_failure) == (Kind.AMBIGUOUS, "reset", True)


def test_no_answer_in_time_is_ambiguous_and_cut_at_the_lesser_of_both_timeouts(simulator: SimulatorClient) -> None:
    simulator.faults(shares={"hang": 1})
    with transport(simulator.base_url, token=simulator.token, timeout=0.4) as made:
        (own,) = send(made, timeout=9)
        (given,) = send(made, timeout=0.1)
        (again,) = send(made, timeout=9)
    with transport(simulator.base_url, token=simulator.token, timeout=9) as made:
        (lesser,) = send(made, timeout=0.1)
    for answer, least in ((own, 0.4), (given, 0.1), (again, 0.4), (lesser, 0.1)):
        assert (answer.outcome.kind, answer.outcome.code) == (Kind.AMBIGUOUS, "timeout")
        assert least <= answer.latency < 5


def test_an_answer_that_drips_is_cut_by_the_total_timeout(simulator: SimulatorClient) -> None:
    simulator.faults(shares={"drip": 1}, drip_ms=50)
    answer = one(simulator.base_url, token=simulator.token, timeout=0.5)
    assert (answer.outcome.kind, answer.outcome.code) == (Kind.AMBIGUOUS, "timeout")
    assert answer.latency < 4, "the whole answer takes longer"


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 100_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"ffff\r\n" + b"x" * 65_535 + b"\r\n" + b"ffff\r\n"
        + b"x" * 65_535 + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000,
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000 + b"\r\n",
    ],
    ids=["announced", "chunked", "until the end", "one header", "many headers"],
)  # fmt: skip
def test_a_giant_answer_is_garbage_and_not_kept(data: bytes) -> None:
    outcome = one_from(answering(data)).outcome
    assert (outcome.kind, outcome.code) == (Kind.AMBIGUOUS, "garbage")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n" * 100, "garbage"),
        (b"HTTP/1.1 abc\r\n\r\n", "garbage"),
        (b"", "reset"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{", "reset"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "reset"),
    ],
)
def test_what_is_not_http_or_not_whole_is_ambiguous(data: bytes, code: str) -> None:
    outcome = one_from(answering(data)).outcome
    assert (outcome.kind, outcome.code, outcome.transport_failure) == (Kind.AMBIGUOUS, code, True)


# -- answers


def test_a_wrong_content_type_with_good_json_is_a_success(simulator: SimulatorClient) -> None:
    simulator.faults(shares={"content_type": 1})
    assert one(simulator.base_url, token=simulator.token).outcome is SUCCESS


def head(*lines: str) -> bytes:
    return "\r\n".join(("HTTP/1.1 200 OK", *lines, "", "")).encode()


def chunked(body: bytes) -> bytes:
    return b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"


PACKED = gzip.compress(OK_BODY)


@pytest.mark.parametrize(
    "data",
    [
        head("Content-Encoding: gzip", f"Content-Length: {len(PACKED)}") + PACKED,
        head("Content-Encoding: x-gzip", "Transfer-Encoding: chunked") + chunked(PACKED),
        head("Content-Encoding: gzip", "Connection: close") + PACKED,
        head("Content-Encoding: identity", f"Content-Length: {len(OK_BODY)}") + OK_BODY,
        head("Content-Encoding: gzip", f"Content-Length: {len(OK_BODY)}") + OK_BODY,
        head("Content-Type: application/json; charset=utf-16", f"Content-Length: {len(OK_BODY)}") + OK_BODY,
        head("Transfer-Encoding: chunked") + chunked(b"\xef\xbb\xbf" + OK_BODY),
    ],
)
def test_a_packed_success_is_one_whatever_the_headers_say_of_it(data: bytes) -> None:
    assert one_from(answering(data)).outcome is SUCCESS


def test_a_transfer_coding_that_nobody_may_use_unasked_is_no_success() -> None:
    """RFC 9112, 7.4: only chunked needs no TE header."""
    for coding in ("gzip, chunked", "gzip"):
        body = chunked(PACKED) if "chunked" in coding else PACKED
        outcome = one_from(answering(head(f"Transfer-Encoding: {coding}") + body)).outcome
        assert (outcome.kind, outcome.code) == (Kind.AMBIGUOUS, "garbage")


def test_an_interim_answer_is_passed_over() -> None:
    for interim in (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"):
        assert one_from(answering(interim + OK)).outcome is SUCCESS


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("500", Kind.AMBIGUOUS), ("503", Kind.AMBIGUOUS), ("garbage", Kind.AMBIGUOUS), ("empty", Kind.AMBIGUOUS),
        ("429", Kind.THROTTLED), ("400", Kind.REFUSED), ("code", Kind.REFUSED),
        ("401", Kind.UNAUTHORIZED), ("403", Kind.UNAUTHORIZED),
    ],
)  # fmt: skip
def test_each_answer_gets_its_outcome(simulator: SimulatorClient, fault: str, kind: Kind) -> None:
    simulator.faults(shares={fault: 1})
    outcome = one(simulator.base_url, token=simulator.token).outcome
    assert (outcome.kind, outcome.answered) == (kind, True)


def test_a_token_that_the_gateway_does_not_accept_is_unauthorized(simulator: SimulatorClient) -> None:
    assert one(simulator.base_url, token="wrong").outcome.kind is Kind.UNAUTHORIZED


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("7", 7, 7),
        ("in an hour", 3_500, 3_600),
        ("soon", None, None),
        ("-5", None, None),
    ],
)
def test_retry_after_is_understood_in_both_forms(header: str, least: float | None, most: float | None) -> None:
    if header == "in an hour":  # said now, not when the tests were collected
        header = formatdate(time.time() + 3_600, usegmt=True)
    data = f"HTTP/1.1 429 Too Many Requests\r\nRetry-After: {header}\r\nContent-Length: 0\r\n\r\n".encode()
    outcome = one_from(answering(data)).outcome
    assert outcome.kind is Kind.THROTTLED
    if least is None or most is None:
        assert outcome.retry_after is None
    else:
        assert outcome.retry_after is not None
        assert least <= outcome.retry_after <= most


def test_one_answers_body_is_not_taken_for_the_next_ones(simulator: SimulatorClient) -> None:
    with transport(simulator.base_url, token=simulator.token, concurrency=1) as made:
        simulator.faults(shares={"code": 1}, first=1)
        assert [send(made, first=FIRST + n)[0].outcome.code for n in range(3)] == ["7", "0", "0"]


# -- where it goes


def test_a_redirect_is_not_followed(simulator: SimulatorClient) -> None:
    for status in (301, 302, 307, 308):
        location = f"{simulator.base_url}/send/{FIRST}"
        data = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
        outcome = one_from(answering(data), token=simulator.token).outcome
        assert (outcome.kind, outcome.code) == (Kind.AMBIGUOUS, f"http_{status}")
    assert simulator.totals()["requests"] == 0


def test_a_proxy_of_the_environment_is_not_used(simulator: SimulatorClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    assert one(simulator.base_url, token=simulator.token).outcome is SUCCESS


# -- the caller's thread


def test_poll_returns_after_its_wait_and_does_not_spin(simulator: SimulatorClient) -> None:
    simulator.faults(shares={"hang": 1})
    with transport(simulator.base_url, token=simulator.token) as made:
        made.hand_over(FIRST, PHONE, made.prepare(TEXT, expires_at=0), 5)
        made.poll(0.1)
        wall, cpu = time.monotonic(), time.thread_time()
        assert made.poll(0.3) == []
        assert 0.3 <= time.monotonic() - wall < 4
        assert time.thread_time() - cpu < 0.05
        assert made.poll(0) == []


def test_an_answer_that_is_waited_for_longer_than_a_connection_costs_no_processor_time(
    simulator: SimulatorClient,
) -> None:
    simulator.faults(shares={"hang": 1})
    with transport(simulator.base_url, token=simulator.token, connect_timeout=0.1) as made:
        made.hand_over(FIRST, PHONE, made.prepare(TEXT, expires_at=0), 5)
        made.poll(0.2)
        cpu = time.thread_time()
        assert made.poll(0.5) == []
        assert time.thread_time() - cpu < 0.05


def test_wake_from_another_thread_ends_the_poll_and_a_wake_before_it_is_not_lost(simulator: SimulatorClient) -> None:
    with transport(simulator.base_url) as made:
        timer = threading.Timer(0.1, made.wake)
        timer.start()
        before = time.monotonic()
        assert made.poll(10) == []
        made.wake()
        made.wake()
        assert made.poll(10) == []
        assert time.monotonic() - before < 5
        before = time.monotonic()
        made.poll(0.1)
        assert time.monotonic() - before >= 0.1, "both wakes were used up by one poll"
        timer.join()


def test_close_drops_what_is_in_flight_and_may_be_repeated(simulator: SimulatorClient) -> None:
    simulator.faults(shares={"hang": 1})
    made = probe_transport(url=simulator.base_url, token=simulator.token, concurrency=50, timeout=30)
    for message in range(FIRST, FIRST + 50):
        made.hand_over(message, PHONE, made.prepare(TEXT, expires_at=0), 30)
    until = time.monotonic() + 5
    while simulator.totals()["in_flight"] < 50 and time.monotonic() < until:
        made.poll(0.01)
    made.close()
    made.close()
    made.wake()
    assert eventually(lambda: simulator.totals()["in_flight"] == 0), "the gateway saw the connections go"


def eventually(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + 5
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def test_a_hundred_transports_leave_no_descriptor_behind(simulator: SimulatorClient) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    one(simulator.base_url, token=simulator.token)
    before = descriptors()
    for _ in range(100):
        one(simulator.base_url, token=simulator.token)
    assert descriptors() <= before + 2


def test_answers_come_right_through_a_mix_of_all_faults(simulator: SimulatorClient) -> None:
    """Each message has exactly one outcome, and what the gateway accepted is what we call a success."""
    shares = dict.fromkeys(
        ("500", "503", "429", "400", "401", "hang", "drop", "reset", "reset_mid", "garbage", "code", "empty"), 0.04
    )
    simulator.faults(shares=shares, seed=5, latency={"kind": "exponential", "mean_ms": 5})
    with transport(simulator.base_url, token=simulator.token, concurrency=200, timeout=0.5) as made:
        answers = send(made, 3_000)
    assert sorted(answer.message_id for answer in answers) == list(range(FIRST, FIRST + 3_000))
    succeeded = {answer.message_id for answer in answers if answer.outcome is SUCCESS}
    rows = list(simulator.ids())
    assert {row["id"] for row in rows if row["accepted"]} == succeeded
    assert max(row["receipts"] for row in rows) == 1
    not_sent = {answer.message_id for answer in answers if answer.outcome.kind is Kind.NOT_SENT}
    assert not not_sent & {row["id"] for row in rows if row["receipts"]}
