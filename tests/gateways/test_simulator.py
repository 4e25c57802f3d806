"""The gateway simulator keeps the Probe contract, counts what it gets, and fails as it is told."""

import asyncio
import json
import re
import socket
import time
from collections import Counter
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import pytest

from harness.simulator import running_simulator
from harness.simulator_client import SimulatorClient
from vestnik.errors import InvalidInput, SettingError
from vestnik.simulator.listener import Listener
from vestnik.simulator.token import Verifier, make_token

PHONE = 79110000001
FIRST = 95_000_000_000_000


@pytest.fixture
def http(simulator: SimulatorClient) -> Any:
    headers = {"Authorization": f"Bearer {simulator.token}"}
    with httpx.Client(base_url=simulator.base_url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


def send(http: httpx.Client, message: int = FIRST, **changes: Any) -> httpx.Response:
    return http.post(f"/send/{message}", json={"id": message, "phone": PHONE, "text": "Привет", **changes})


# -- the contract


@pytest.mark.parametrize("base", ["", "/v1", "/a/b"])
def test_a_message_is_taken_under_any_base_path(http: httpx.Client, base: str) -> None:
    answer = http.post(f"{base}/send/{FIRST}", json={"id": FIRST, "phone": PHONE, "text": "Привет"})
    assert (answer.status_code, answer.json()) == (200, {"code": 0, "message": "OK"})


@pytest.mark.parametrize(
    "header",
    [
        None, "", "Bearer", "Bearer x", "Basic eDp5", f"Bearer {make_token('another secret of 32 characters or more')}",
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.",
    ],
)  # fmt: skip
def test_without_a_token_of_ours_it_answers_401_and_takes_nothing(
    http: httpx.Client, simulator: SimulatorClient, header: str | None
) -> None:
    del http.headers["Authorization"]
    if header is not None:
        http.headers["Authorization"] = header
    assert send(http).status_code == 401
    assert simulator.totals()["distinct"] == 0
    assert simulator.totals()["by_answer"] == {"no_token": 1}


def test_a_token_that_ended_is_not_accepted_though_it_was() -> None:
    import jwt

    secret = "s" * 40
    header = b"Bearer " + jwt.encode({"exp": int(time.time()) + 60}, secret, algorithm="HS256").encode()
    verifier = Verifier(secret)
    assert verifier.accepts(header, time.time())
    assert not verifier.accepts(header, time.time() + 61)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(SettingError, match="SIMULATOR_SECRET"):
        make_token("short")


@pytest.mark.parametrize(
    "body",
    [
        {"id": FIRST + 1}, {"id": str(FIRST)}, {"id": True}, {"phone": "79110000001"}, {"phone": None}, {"phone": True},
        {"phone": 2**63}, {"text": None}, {"text": 5},
    ],
)  # fmt: skip
def test_a_body_that_is_wrong_or_of_another_id_is_a_400(
    http: httpx.Client, simulator: SimulatorClient, body: dict[str, Any]
) -> None:
    assert send(http, **body).status_code == 400
    assert simulator.totals()["by_answer"] == {"wrong_body": 1}


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"\xff"])
def test_a_body_that_is_no_object_is_a_400(http: httpx.Client, body: bytes) -> None:
    assert http.post(f"/send/{FIRST}", content=body).status_code == 400


def test_other_paths_are_404_and_other_methods_405(http: httpx.Client) -> None:
    assert http.post("/send/", json={}).status_code == 404
    assert http.post("/send/x1", json={}).status_code == 404
    assert http.get("/").status_code == 404
    assert http.get(f"/send/{FIRST}").status_code == 405


#: As Java's HttpClient and ``curl --http2`` send with their first request.
H2C = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("cut", [10, 150, -20, None])
def test_an_offer_of_http2_is_answered_as_if_it_had_not_been_made(
    simulator: SimulatorClient, chunked: bool, cut: int | None
) -> None:
    """In however many pieces it comes. The connection goes on in HTTP/1.1."""
    sent = raw_request(simulator, FIRST).decode().replace("Host", f"{H2C}Host")
    if chunked:
        head, _, body = sent.partition("\r\n\r\n")
        head = re.sub(r"Content-Length: \d+", "Transfer-Encoding: chunked", head)
        sent = f"{head}\r\n\r\n{len(body):x}\r\n{body}\r\n0\r\n\r\n"
    url = urlsplit(simulator.base_url)
    with socket.create_connection((url.hostname, url.port), timeout=30) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw.sendall(sent[:cut].encode())
        if cut is not None:
            time.sleep(0.05)  # so that the rest is a piece of its own; it is answered in any case
            raw.sendall(sent[cut:].encode())
        assert raw.recv(1000).endswith(b'{"code":0,"message":"OK"}')
        raw.sendall(raw_request(simulator, FIRST + 1))
        assert raw.recv(1000).endswith(b'{"code":0,"message":"OK"}')
    assert [row["receipts"] for row in simulator.ids()] == [1, 1]
    assert simulator.totals()["requests"] == 2


@pytest.mark.parametrize("head", ["GET /", "CONNECT a:1"])
def test_other_methods_with_an_offer_are_refused_as_without_one(simulator: SimulatorClient, head: str) -> None:
    url = urlsplit(simulator.base_url)
    with socket.create_connection((url.hostname, url.port), timeout=30) as raw:
        raw.sendall(f"{head} HTTP/1.1\r\nHost: x\r\n{H2C}\r\n".encode())
        assert raw.recv(1000).startswith(b"HTTP/1.1 404")


# -- counts


def test_a_repeated_id_is_received_again_and_delivered_once(http: httpx.Client, simulator: SimulatorClient) -> None:
    before = time.time()
    for message in (FIRST, FIRST, FIRST + 1):
        assert send(http, message).status_code == 200
    totals = simulator.totals()
    names = ("requests", "whole", "distinct", "repeated", "accepted", "delivered", "deliveries", "connections")
    assert [totals[name] for name in names] == [3, 3, 2, 1, 2, 2, 2, 1]
    assert before <= totals["first_at"] < totals["last_at"] <= time.time()
    first, second = simulator.ids()
    assert (first["id"], first["receipts"], first["delivered"], first["accepted"]) == (FIRST, 2, 1, 2)
    assert (second["id"], second["receipts"], second["faults"]) == (FIRST + 1, 1, {})
    assert (first["first_at"], second["last_at"]) == (totals["first_at"], totals["last_at"])
    assert first["first_at"] < first["last_at"] < second["first_at"]


def test_a_gateway_that_is_not_idempotent_delivers_each_receipt(http: httpx.Client, simulator: SimulatorClient) -> None:
    simulator.faults(idempotent=False)
    for _ in range(3):
        send(http)
    assert [simulator.totals()[name] for name in ("distinct", "delivered", "deliveries")] == [1, 1, 3]


def test_ids_are_paged_without_gap_or_double(http: httpx.Client, simulator: SimulatorClient) -> None:
    sent = sorted({0, 1, 255, 256, 257, FIRST, FIRST + 300, 2**63 - 1})
    for message in reversed(sent):
        assert send(http, message).status_code == 200
    got: list[int] = []
    page = http.get("/control/ids?limit=3").json()
    while True:
        got += [row["id"] for row in page["ids"]]
        if page["next"] is None:
            break
        page = http.get(f"/control/ids?limit=3&after={page['next']}").json()
    assert got == sent == [row["id"] for row in simulator.ids()]


def test_the_log_names_start_id_and_answer_of_each_request(tmp_path: Path) -> None:
    log = tmp_path / "log"
    before = time.time()
    with running_simulator(tmp_path, "--log", str(log)) as simulator:
        headers = {"Authorization": f"Bearer {simulator.token}"}
        with httpx.Client(base_url=simulator.base_url, headers=headers, trust_env=False) as http:
            send(http)
            simulator.faults(shares={"500": 1})
            send(http, FIRST + 1)
    rows = [line.split("\t") for line in log.read_text().splitlines()]
    assert [row[1:] for row in rows] == [[str(FIRST), "ok"], [str(FIRST + 1), "500"]]
    assert before <= float(rows[0][0]) < float(rows[1][0]) <= time.time()


# -- faults


@pytest.mark.parametrize("fault", ["500", "503", "429", "400", "401", "403"])
def test_a_fault_can_be_a_status(http: httpx.Client, simulator: SimulatorClient, fault: str) -> None:
    simulator.faults(shares={fault: 1}, taken=0)
    assert send(http).status_code == int(fault)
    assert simulator.totals()["by_answer"] == {fault: 1}
    (row,) = simulator.ids()
    assert (row["receipts"], row["accepted"], row["delivered"], row["faults"]) == (1, 0, 0, {fault: 1})


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ("garbage", 200, b"<html>\x00\xff maintenance, 503 </html>"),
        ("empty", 200, b""),
        ("code", 200, b'{"code":42,"message":"simulated refusal"}'),
    ],
)
def test_a_fault_can_be_a_200_that_is_no_success(
    http: httpx.Client, simulator: SimulatorClient, fault: str, status: int, body: bytes
) -> None:
    simulator.faults(shares={fault: 1}, code=42)
    answer = send(http)
    assert (answer.status_code, answer.content) == (status, body)
    assert simulator.totals()["accepted"] == 0


def test_a_wrong_content_type_and_a_slow_drip_are_good_answers(http: httpx.Client, simulator: SimulatorClient) -> None:
    simulator.faults(shares={"content_type": 1})
    answer = send(http)
    assert (answer.headers["Content-Type"], answer.json()["code"]) == ("text/html", 0)
    simulator.faults(shares={"drip": 1}, drip_ms=2)
    before = time.monotonic()
    assert send(http, FIRST + 1).json()["code"] == 0
    assert time.monotonic() - before > 0.1
    assert simulator.totals()["accepted"] == simulator.totals()["delivered"] == 2


@pytest.mark.parametrize("fault", ["drop", "reset", "reset_mid"])
def test_a_fault_can_be_a_connection_that_breaks(http: httpx.Client, simulator: SimulatorClient, fault: str) -> None:
    simulator.faults(shares={fault: 1})
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        send(http)
    totals = simulator.totals()
    assert totals["requests"] == totals["by_answer"][fault] == 1
    receipts = 0 if fault == "drop" else 1
    assert totals["whole"] == totals["distinct"] == receipts
    (row,) = simulator.ids()
    assert (row["receipts"], row["faults"]) == (receipts, {fault: 1})


def test_a_request_that_hangs_gets_no_answer_until_the_reset_cuts_it(
    http: httpx.Client, simulator: SimulatorClient
) -> None:
    simulator.faults(shares={"hang": 1})
    with pytest.raises(httpx.ReadTimeout):
        http.post(f"/send/{FIRST}", json={"id": FIRST, "phone": PHONE, "text": ""}, timeout=0.2)
    (row,) = simulator.ids()
    assert (row["receipts"], row["accepted"], row["faults"]) == (1, 0, {"hang": 1})
    with socket.create_connection((urlsplit(simulator.base_url).hostname, urlsplit(simulator.base_url).port)) as raw:
        raw.sendall(raw_request(simulator, FIRST))
        wait_for_receipts(simulator, 2)
        simulator.reset()
        raw.settimeout(30)
        with pytest.raises(ConnectionResetError):
            raw.recv(1)


def raw_request(simulator: SimulatorClient, message: int) -> bytes:
    body = json.dumps({"id": message, "phone": PHONE, "text": ""})
    head = f"POST /send/{message} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {simulator.token}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def wait_for_receipts(simulator: SimulatorClient, receipts: int) -> None:
    until = time.monotonic() + 30
    while simulator.totals()["whole"] < receipts:
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize("taken", [0, 1])
def test_an_ambiguous_fault_may_have_delivered_or_not(
    http: httpx.Client, simulator: SimulatorClient, taken: int
) -> None:
    simulator.faults(shares={"500": 1}, taken=taken)
    send(http)
    assert simulator.totals()["delivered"] == taken


def test_retry_after_is_given_in_both_forms(http: httpx.Client, simulator: SimulatorClient) -> None:
    simulator.faults(shares={"429": 1}, retry_after=7)
    assert send(http).headers["Retry-After"] == "7"
    simulator.faults(shares={"429": 1}, retry_after=60, retry_after_as="date")
    when = parsedate_to_datetime(send(http).headers["Retry-After"]).timestamp()
    assert 58 <= when - time.time() <= 60
    simulator.faults(shares={"429": 1}, retry_after=None)
    assert "Retry-After" not in send(http).headers


def test_a_seed_makes_faults_reproducible_and_shares_hold(http: httpx.Client, simulator: SimulatorClient) -> None:
    def run(seed: int) -> list[int]:
        simulator.faults(shares={"500": 0.3, "429": 0.2}, seed=seed)
        return [send(http, FIRST + number).status_code for number in range(400)]

    first = run(1)
    assert first == run(1) != run(2)
    counts = Counter(first)
    assert abs(counts[500] - 120) < 40
    assert abs(counts[429] - 80) < 40


def test_faults_can_meet_only_the_first_requests(http: httpx.Client, simulator: SimulatorClient) -> None:
    simulator.faults(shares={"500": 1}, first=2)
    assert [send(http).status_code for _ in range(4)] == [500, 500, 200, 200]


@pytest.mark.parametrize(
    ("latency", "low"),
    [
        ({"kind": "fixed", "ms": 50}, 0.05),
        ({"kind": "uniform", "low_ms": 40, "high_ms": 60}, 0.04),
        ({"kind": "exponential", "mean_ms": 30}, 0.0001),
    ],
)
def test_answers_can_be_late(
    http: httpx.Client, simulator: SimulatorClient, latency: dict[str, Any], low: float
) -> None:
    simulator.faults(latency=latency)
    before = time.monotonic()
    assert send(http).status_code == 200
    assert low <= time.monotonic() - before < 20


def test_it_refuses_connections_for_a_while_and_comes_back_on_its_port(
    http: httpx.Client, simulator: SimulatorClient
) -> None:
    assert send(http).status_code == 200
    address = (urlsplit(simulator.base_url).hostname, urlsplit(simulator.base_url).port)
    simulator.refuse(0.1)
    assert eventually(lambda: not refuses(address))
    assert send(http, FIRST + 1).status_code == 200  # the connection was kept: this is its last answer
    with simulator.refusing():
        assert refuses(address)
    assert not refuses(address)
    assert send(http, FIRST + 2).status_code == 200
    assert simulator.totals()["distinct"] == 3


def eventually(condition: Any) -> bool:
    until = time.monotonic() + 30
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def refuses(address: Any) -> bool:
    try:
        socket.create_connection(address, timeout=10).close()
    except ConnectionRefusedError:
        return True
    return False


def test_it_can_close_kept_connections_after_the_answer(http: httpx.Client, simulator: SimulatorClient) -> None:
    simulator.faults(connections="close_after_answer")
    for number in range(3):
        assert send(http, FIRST + number).status_code == 200
        time.sleep(0.02)  # the close needs a moment to arrive; a client that does not see it would fail
    assert simulator.totals()["connections"] == 3


def test_it_can_read_a_request_on_a_used_connection_and_close(http: httpx.Client, simulator: SimulatorClient) -> None:
    simulator.faults(connections="close_on_reuse")
    assert send(http).status_code == 200
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        send(http, FIRST + 1)
    assert simulator.totals()["distinct"] == 2
    assert simulator.totals()["accepted"] == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        {"nonsense": 1}, {"shares": {"418": 1}}, {"shares": {"500": 1.5}}, {"shares": {"500": 0.6, "503": 0.6}},
        {"shares": []}, {"latency": {"kind": "fixed"}}, {"latency": {"kind": "x", "ms": 1}}, {"latency": {"ms": -1}},
        {"taken": 2}, {"first": -1}, {"seed": "x"}, {"idempotent": 1}, {"connections": "x"}, {"retry_after_as": "x"},
    ],
)  # fmt: skip
def test_a_wrong_behaviour_is_refused_by_name_and_changes_nothing(
    simulator: SimulatorClient, behaviour: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        simulator.faults(**behaviour)
    assert list(refused.value.fields) == list(behaviour)


@pytest.mark.parametrize("path", ["ids?after=x", "ids?limit=-1"])
def test_wrong_control_queries_are_refused(http: httpx.Client, path: str) -> None:
    assert http.get(f"/control/{path}").status_code == 400


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b'{"seconds": -1}', b'{"seconds": "1"}', b""])
def test_wrong_control_bodies_are_refused(http: httpx.Client, content: bytes) -> None:
    assert http.post("/control/refuse", content=content).status_code == 400


def test_a_connection_that_waits_to_be_taken_is_served_when_others_are_refused() -> None:
    """What was sent over it would else be in doubt: the kernel resets it with the listening socket."""

    class Echo(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast("asyncio.Transport", transport)

        def data_received(self, data: bytes) -> None:
            self.transport.write(data)

    async def play() -> bytes:
        listener = Listener(Echo, None, lambda: None)
        port = await listener.open("127.0.0.1", 0)
        # The loop stands still here, so it takes neither of them before it refuses.
        address = ("127.0.0.1", port)
        with socket.create_connection(address) as one, socket.create_connection(address) as other:
            for each in (one, other):
                each.sendall(b"taken")
                each.settimeout(30)
            listener.refuse(60)
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(address)
            answers = [await asyncio.to_thread(each.recv, 5) for each in (one, other)]
        return b" ".join(answers)

    assert asyncio.run(play()) == b"taken taken"
