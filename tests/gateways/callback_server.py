"""A server for the receipts of providers, which reads them with an adapter as the real entry does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from vestnik.gateways.adapter import Adapter, BadCallback, Callback, ForgedCallback, Receipt


class Receiver:
    """``receipts`` that were read, in the order in which they came. ``forged``, ``bad``: callbacks turned away.

    ``refuse``: so many callbacks are answered with a 500 first.
    """

    def __init__(self, adapter: Adapter, url: str) -> None:
        self.adapter, self.url = adapter, url
        self.receipts: list[Receipt] = []
        self.callbacks = self.forged = self.bad = self.refuse = 0
        self.lock = threading.Lock()

    def answer(self, callback: Callback) -> tuple[int, bytes]:
        with self.lock:
            self.callbacks += 1
            if self.refuse:
                self.refuse -= 1
                return 500, b"later"
            try:
                received = self.adapter.received(callback)
            except ForgedCallback:
                self.forged += 1
                return 403, b"forged"
            except BadCallback:
                self.bad += 1
                return 400, b"bad"
            self.receipts += received.receipts
            return 200, received.reply


@contextmanager
def receiving(adapter: Adapter, query: str = "") -> Iterator[Receiver]:
    """A receiver for as long as the block lasts. ``query``: of its address, with the question mark."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            kind = self.headers.get("Content-Type", "")
            pairs = parse_qsl(body.decode(), keep_blank_values=True) if "form" in kind else []
            path = urlsplit(self.path)
            callback = Callback(
                method=self.command, url=f"http://{self.headers['Host']}{self.path}",
                headers={name.lower(): value for name, value in self.headers.items()},
                query=parse_qsl(path.query, keep_blank_values=True), form=pairs, body=body,
                address=self.client_address[0], now=0.0,
            )  # fmt: skip
            status, reply = receiver.answer(callback)
            self.send_response(status)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Receiver(adapter, f"http://127.0.0.1:{server.server_address[1]}/receipts/secret{query}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
