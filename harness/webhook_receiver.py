"""An endpoint of our own: a real server that judges each event with the library of Standard Webhooks."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from uuid import UUID

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class Written(NamedTuple):
    """An event as the ledger has it: the row of ``vestnik_webhook_event``, by :data:`WRITTEN`."""

    uid: UUID
    type: str
    at: datetime
    data: dict[str, Any]


#: The events in the order in which they were written, for :class:`Written`.
WRITTEN = "SELECT uid, type, at, data FROM vestnik_webhook_event ORDER BY id"


class Receiver:
    """What came, and how it answers. ``secrets``: an event is right if one of them signed it.

    ``status``: of each answer; None: it closes the connection without one. ``arrived``: unix seconds at which it first
    answered an event with 2xx, by the event's id. ``may_answer``: while it is clear, nothing that came is answered.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/hook?a=1"
        self.port = port
        self.secrets: list[str] = []
        self.status: int | None = 204
        self.headers: dict[str, str] = {}
        self.answer = b""
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.bodies: dict[str, set[bytes]] = {}
        self.events: list[dict[str, Any]] = []
        self.came: Counter[str] = Counter()
        self.arrived: dict[str, float] = {}
        self.wrong = 0
        self.paths: list[str] = []
        self.guard = threading.Lock()

    def types(self) -> list[str]:
        """The types of the events that arrived, in their order."""
        return [event["type"] for event in self.events]

    def forget(self) -> None:
        """As if nothing had come yet."""
        with self.guard:
            for kept in (self.bodies, self.events, self.came, self.arrived, self.paths):
                kept.clear()
            self.wrong = 0

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        """Judge what came, and keep it."""
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        now = time.time()
        headers = {name.lower(): value for name, value in handler.headers.items()}
        event = judged(self.secrets, body, headers)
        with self.guard:
            self.paths.append(handler.path)
            self.wrong += event is None
            self.came[headers["webhook-id"]] += 1
            self.bodies.setdefault(headers["webhook-id"], set()).add(body)
            if event is not None and self.status is not None and 200 <= self.status < 300:
                self.events.append(event)
                self.arrived.setdefault(headers["webhook-id"], now)
        self.may_answer.wait()

    def untrue(self, written: Iterable[Written]) -> list[str]:
        """Where what arrived is not what the ledger has: each event at least once, with one body, rightly signed."""
        with self.guard:
            missing, different = 0, 0
            left = set(self.bodies)
            for event in written:
                name = f"evt_{event.uid.hex}"
                left.discard(name)
                missing += name not in self.arrived
                bodies = self.bodies.get(name, set())
                different += len(bodies) > 1 or any(_read(body) != event[1:] for body in bodies)
            found = (
                (missing, "events did not arrive"),
                (different, "events came with another body than the ledger has"),
                (len(left), "events came that the ledger does not have"),
                (self.wrong, "signatures were wrong"),
            )
        return [f"{count} {words}" for count, words in found if count]


def _read(body: bytes) -> tuple[str, datetime, dict[str, Any]]:
    event = json.loads(body)
    return event["type"], datetime.fromisoformat(event["timestamp"]), event["data"]


def judged(secrets: list[str], body: bytes, headers: dict[str, str]) -> dict[str, Any] | None:
    """The event, if one of the secrets signed it."""
    for secret in secrets:
        try:
            event: dict[str, Any] = Webhook(secret).verify(body, headers)
        except WebhookVerificationError:
            continue
        return event
    return None


@contextmanager
def receiving(port: int = 0) -> Iterator[Receiver]:
    """A server that runs during a ``with``."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self)
            if receiver.status is None:
                self.close_connection = True
                return
            self.send_response(receiver.status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            if receiver.status != 204:
                self.send_header("Content-Length", str(len(receiver.answer)))
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    receiver = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
