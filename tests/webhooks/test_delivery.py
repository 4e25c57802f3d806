"""Every event arrives in the end, signed, with one id and one body, whatever an endpoint does meanwhile."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from harness.webhook_receiver import WRITTEN, Receiver, Written
from tests.webhooks.stage import deliver, lend, tell, waiting
from vestnik.models import WebhookAttempt, WebhookEndpoint
from vestnik.webhooks import post as posting
from vestnik.webhooks.delivery import attempt, deliver_next, take
from vestnik.webhooks.endpoints import edit_endpoint, rotate_secret
from vestnik.webhooks.retry import DELAYS, GIVE_UP_SECONDS
from vestnik.webhooks.trial import send_test

Made = Callable[..., WebhookEndpoint]


def later(ledger: Any, seconds: float) -> None:
    """The clock moves: everything that was written is that much older."""
    ago = f"interval '{seconds} seconds'"
    ledger.execute(f"UPDATE vestnik_webhook_delivery SET due_at = due_at - {ago}, since = since - {ago}")  # noqa: S608
    ledger.execute(
        f"UPDATE vestnik_webhook_endpoint SET waits_until = waits_until - {ago},"  # noqa: S608
        f" failing_since = failing_since - {ago}, disabled_at = disabled_at - {ago}"
    )


def fresh(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return WebhookEndpoint.objects.get(id=endpoint.id)


def test_an_event_arrives_once_signed_as_standard_webhooks_has_it(
    ledger: Any, receiver: Receiver, endpoint_of: Made
) -> None:
    endpoint = endpoint_of(receiver)
    tell(ledger, 3)
    assert deliver(endpoint) == 3
    assert [event["data"]["mailing_id"] for event in receiver.events] == [0, 1, 2]
    assert all(set(event) == {"type", "timestamp", "data"} for event in receiver.events)
    assert receiver.paths == ["/hook?a=1"] * 3
    assert (receiver.wrong, set(receiver.came.values()), waiting()) == (0, {1}, 0)
    assert deliver(endpoint) == 0


def test_an_endpoint_that_was_down_for_an_hour_gets_everything(
    ledger: Any, receiver: Receiver, endpoint_of: Made
) -> None:
    endpoint = endpoint_of(receiver)
    receiver.status = 503
    for _ in range(120):  # An hour, in steps of half a minute, with an event in each.
        tell(ledger, 1)
        deliver(endpoint)
        later(ledger, 30)
    tries = sum(receiver.came.values())
    assert tries < 40  # It is not hammered.
    assert waiting() == 120
    assert receiver.events == []
    receiver.status = 200
    later(ledger, 300)
    deliver(endpoint)
    assert waiting() == 0
    assert (len(receiver.events), len(receiver.bodies), receiver.wrong) == (120, 120, 0)
    assert all(len(bodies) == 1 for bodies in receiver.bodies.values())
    assert receiver.untrue(Written(*row) for row in ledger.execute(WRITTEN)) == []
    assert fresh(endpoint).failures == 0


@pytest.mark.parametrize("how", ["refused", "closes", "redirects", "server error", "not found"])
def test_what_is_no_2xx_is_tried_again(ledger: Any, receiver: Receiver, endpoint_of: Made, how: str) -> None:
    endpoint = endpoint_of(receiver)
    receiver.status = {"closes": None, "redirects": 302, "server error": 500, "not found": 404}.get(how, 200)
    if how == "refused":
        ledger.execute("UPDATE vestnik_webhook_endpoint SET url = 'http://127.0.0.1:9/'")
    tell(ledger, 1)
    assert deliver(endpoint) == 1
    kept = WebhookAttempt.objects.get()
    assert (kept.status is None) == (how in {"refused", "closes"})
    assert bool(kept.error) == (kept.status is None)
    ledger.execute("UPDATE vestnik_webhook_endpoint SET url = %s", [receiver.url])
    receiver.status = 299
    assert deliver(endpoint) == 0  # not yet
    later(ledger, DELAYS[0] + 1)
    assert deliver(endpoint) == 1
    assert waiting() == 0
    assert len(receiver.events) == 1
    assert len(receiver.bodies) == 1


def test_an_endpoint_that_is_gone_is_disabled_and_what_waits_stays(
    ledger: Any, receiver: Receiver, endpoint_of: Made
) -> None:
    endpoint = endpoint_of(receiver)
    receiver.status = 410
    tell(ledger, 2)
    assert deliver(endpoint) == 1
    assert (fresh(endpoint).enabled, fresh(endpoint).disabled_code) == (False, "gone")
    receiver.status = 200
    edit_endpoint(endpoint=fresh(endpoint), changes={"enabled": True}, actor=None)
    assert deliver(endpoint) == 2
    assert len(receiver.events) == 2


def test_retry_after_is_respected(ledger: Any, receiver: Receiver, endpoint_of: Made) -> None:
    endpoint = endpoint_of(receiver)
    receiver.status, receiver.headers = 429, {"Retry-After": "200"}
    tell(ledger, 2)
    assert deliver(endpoint) == 1
    receiver.status = 200
    later(ledger, 190)
    assert deliver(endpoint) == 0
    later(ledger, 20)
    assert deliver(endpoint) == 2


@pytest.mark.parametrize("asked", ["86400", "Fri, 31 Dec 2099 23:59:59 GMT"])
def test_an_endpoint_that_asks_for_a_day_is_tried_again_within_five_minutes(
    ledger: Any, receiver: Receiver, endpoint_of: Made, asked: str
) -> None:
    """A mistake of the endpoint, or of a proxy before it, must not keep its events back for longer than an outage."""
    endpoint = endpoint_of(receiver)
    receiver.status, receiver.headers = 503, {"Retry-After": asked}
    tell(ledger, 2)
    assert deliver(endpoint) == 1
    receiver.status = 200
    later(ledger, 301)
    assert deliver(endpoint) == 2
    assert waiting() == 0


@pytest.mark.parametrize("failures", [1, 3], ids=["asked to wait", "down"])
def test_a_test_event_that_arrives_ends_the_pause(
    ledger: Any, receiver: Receiver, endpoint_of: Made, failures: int
) -> None:
    endpoint = endpoint_of(receiver)
    receiver.status, receiver.headers = 503, {"Retry-After": "250"}
    tell(ledger, failures + 1)
    for _ in range(failures):
        ledger.execute("UPDATE vestnik_webhook_endpoint SET waits_until = NULL")
        assert deliver(endpoint) == 1
    send_test(endpoint=endpoint, actor=None)
    assert deliver(endpoint) == 0
    assert fresh(endpoint).failures == failures
    receiver.status = 200
    send_test(endpoint=endpoint, actor=None)
    state = fresh(endpoint)
    assert (state.failures, state.failing_since, state.waits_until) == (0, None, None)
    assert deliver(endpoint) == failures + 1
    assert waiting() == 0


def test_after_75_hours_an_event_is_given_up_and_an_endpoint_that_took_nothing_is_disabled(
    ledger: Any, receiver: Receiver, endpoint_of: Made
) -> None:
    endpoint = endpoint_of(receiver)
    receiver.status = 500
    tell(ledger, 1)
    attempts, hours = 0, 0
    while waiting() and hours < 100:
        attempts += deliver(endpoint)
        later(ledger, 3_600)
        hours += 1
    assert 75 <= hours <= 85  # Each of the delays ends at a full hour here.
    assert attempts <= len(DELAYS) + 1
    assert fresh(endpoint).disabled_code == "failing"
    assert sum(DELAYS) >= GIVE_UP_SECONDS


def test_a_worker_that_dies_between_delivery_and_commit_repeats_with_the_same_id(
    ledger: Any, receiver: Receiver, endpoint_of: Made
) -> None:
    endpoint = endpoint_of(receiver)
    tell(ledger, 1)
    with lend() as connection:
        delivery = take(connection, endpoint.id)
    assert delivery is not None
    assert attempt(delivery).is_good  # and here it dies
    assert deliver(endpoint) == 0  # until the attempt counts as lost
    later(ledger, 61)
    assert deliver(endpoint) == 1
    assert (list(receiver.came.values()), len(receiver.bodies), receiver.wrong) == ([2], 1, 0)
    assert waiting() == 0


def test_two_workers_share_the_events_of_an_endpoint(ledger: Any, receiver: Receiver, endpoint_of: Made) -> None:
    endpoint = endpoint_of(receiver)
    tell(ledger, 40)
    workers = [threading.Thread(target=deliver, args=(endpoint,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (len(receiver.came), set(receiver.came.values())) == (40, {1})


def test_while_a_secret_is_rotated_both_are_right(ledger: Any, receiver: Receiver, endpoint_of: Made) -> None:
    endpoint = endpoint_of(receiver)
    old = receiver.secrets[0]
    new = rotate_secret(endpoint=fresh(endpoint), actor=None)
    for secrets in ([old], [new]):
        receiver.secrets = secrets
        tell(ledger, 1)
        deliver(endpoint)
    assert (receiver.wrong, len(receiver.events)) == (0, 2)
    ledger.execute("UPDATE vestnik_webhook_endpoint SET before_until = now() - interval '1 second'")
    receiver.secrets = [old]
    tell(ledger, 1)
    deliver(endpoint)
    assert receiver.wrong == 1


def test_an_answer_that_never_ends_is_cut_and_its_start_is_kept(
    ledger: Any, receiver: Receiver, endpoint_of: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "TOTAL_SECONDS", 1.0)
    endpoint = endpoint_of(receiver)
    receiver.status, receiver.answer, receiver.headers = 500, b"\x1b[2J" + b"a" * 100_000, {"X": "y"}
    tell(ledger, 1)
    began = time.monotonic()
    assert deliver_next(lend, endpoint.id)
    assert time.monotonic() - began < 8
    kept = WebhookAttempt.objects.get()
    assert (kept.status, kept.answer[:8], "\x1b" in kept.answer) == (500, "\\x1b[2Ja", False)
    assert len(kept.answer) < 1_000


def test_an_answer_that_comes_a_byte_at_a_time_is_cut(
    ledger: Any, receiver: Receiver, endpoint_of: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte begins the time limit of a socket again: only the limit of the whole attempt ends it."""
    monkeypatch.setattr(posting, "TOTAL_SECONDS", 1.0)
    endpoint = endpoint_of(receiver)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drip, args=(server,), daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        ledger.execute("UPDATE vestnik_webhook_endpoint SET url = %s", [url])
        tell(ledger, 1)
        began = time.monotonic()
        assert deliver_next(lend, endpoint.id)
        assert time.monotonic() - began < 8
    assert WebhookAttempt.objects.get().status is None
    assert waiting() == 1


def drip(server: socket.socket) -> None:
    """Answers one request with a head that does not end within 20 seconds."""
    connection, _ = server.accept()
    with connection, contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(100):
            connection.sendall(b"a")
            time.sleep(0.2)


#: Heads that a server may send, right or wrong: with each an attempt ends in an answer, and its delivery is settled.
HOSTILE_HEADS = [
    b"HTTP/1.1 503 x\r\nRetry-After: " + value + b"\r\n\r\n"
    for value in (
        b"Fri, 31 Dec 9999 23:59:59 -1200", b"Mon, 01 Jan 0001 00:00:00 +1400", b"Fri, 31 Dec 9999 23:59:59 GMT",
        b"Mon, 01 Jan 0001 00:00:00 GMT", b"Fri, 31 Dec 99999 23:59:59 GMT", b"Fri, 31 Dec 2030 99:99:99 GMT",
        b"Fri, 31 Dec 99999999999999999999 23:59:59 GMT", b"Fri, 31 Dec 2030 99999999999999:59:59 GMT",
        b"Fri, 99999999999999999999 Dec 2030 23:59:59 GMT", b"Fri, 31 Dec 2030 23:59:59 +99999999999999999999",
        b"Fri, 31 Dec 2030 23:59:59 +9999999999", b"Fri, 31 Dec 2030 23:59:59 -9999", b"9" * 5_000, b"-1", b"1e9", b"",
        b"nan", b",", b"Fri", b"\xb2", b"\xff\xfe", b"Fri, 31", b"0 0 0 0 0 0", b"Fri, 31 Dec",
    )
] + [
    b"HTTP/1.1 " + status + b"\r\n\r\n" for status in (b"99999999999", b"-1", b"000", b"2OO OK", b"", b"\xb2\xb2\xb2")
] + [
    b"HTTP/1.1 503 x\r\n" + head + b"\r\n\r\n"
    for head in (
        b"Content-Length: x", b"Content-Length: -5", b"Content-Length: 1, 2", b"Content-Length: " + b"9" * 5_000,
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Location: http://[::1", b"Location: //\x00", b"Content-Encoding: gzip\r\n\r\nno", b"Connection: \xff",
        b"X" * 70_000 + b": y", b"\r\n".join(b"X-%d: y" % n for n in range(200)), b"no colon", b": no name",
        b" folded", b"Content-Type: multipart/x; boundary", b"Set-Cookie: \x00=\x00", b"Keep-Alive: timeout=-1",
        b"Date: Fri, 31 Dec 9999 23:59:59 -1200",
    )
] + [b"", b"\x00" * 100, b"HTTP/9.9 200 OK\r\n\r\n", b"SSH-2.0-x\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"]  # fmt: skip


def test_no_head_of_the_other_side_raises(ledger: Any, endpoint_of: Made, receiver: Receiver) -> None:
    """Else nobody settles the delivery: it would be repeated each minute for ever, without an attempt to be seen."""
    endpoint = endpoint_of(receiver)
    answers: list[tuple[bytes, str]] = []
    for head in HOSTILE_HEADS:
        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=answer_with, args=(server, head), daemon=True)
            thread.start()
            url = f"http://127.0.0.1:{server.getsockname()[1]}/"
            ledger.execute("UPDATE vestnik_webhook_endpoint SET url = %s, waits_until = NULL, failures = 0", [url])
            ledger.execute("TRUNCATE vestnik_webhook_delivery, vestnik_webhook_attempt")
            tell(ledger, 1)
            try:
                deliver_next(lend, endpoint.id)
            except Exception as error:  # noqa: BLE001 - all of them are listed
                answers.append((head[:80], repr(error)))
            thread.join(10)
        ((due,),) = ledger.execute("SELECT due_at - now() FROM vestnik_webhook_delivery").fetchall() or [(None,)]
        assert due is None or due.total_seconds() < 301, head
        if WebhookAttempt.objects.count() != 1:
            answers.append((head[:80], "no attempt is kept"))
    assert answers == []


def test_a_test_event_shows_whatever_the_head_says(ledger: Any, endpoint_of: Made, receiver: Receiver) -> None:
    del ledger
    endpoint = endpoint_of(receiver)
    receiver.status, receiver.headers = 503, {"Retry-After": "Fri, 31 Dec 99999999999999999999 23:59:59 GMT"}
    assert send_test(endpoint=endpoint, actor=None).status == 503


def answer_with(server: socket.socket, head: bytes) -> None:
    """Takes one request, says this, and closes."""
    connection, _ = server.accept()
    with connection, contextlib.suppress(OSError):
        connection.settimeout(5)
        while b"\r\n\r\n" not in connection.recv(65_536):
            pass
        connection.sendall(head)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass


def test_nothing_is_written_where_no_endpoint_wants_it(ledger: Any, receiver: Receiver, endpoint_of: Made) -> None:
    tell(ledger, 1)
    endpoint_of(receiver, "import.finished")
    tell(ledger, 1)
    assert ledger.execute("SELECT count(*) FROM vestnik_webhook_event").fetchone() == (0,)
