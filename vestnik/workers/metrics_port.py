"""In a cluster of many machines each worker serves its own metrics, on a port of its own."""

import logging
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from vestnik.metrics.exposition import CONTENT_TYPE, exposition, may_read

#: Readers at once, each with a thread: one Prometheus needs one, and strangers must not make thousands.
MAX_READERS = 8

log = logging.getLogger(__name__)


class _FewReaders(ThreadingHTTPServer):
    """Serves a limited number of readers at once; others are turned away without a thread."""

    #: Connections that the kernel holds until they are accepted. With http.server's five, a burst makes readers wait
    #: for seconds until they try again.
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        self._places = threading.BoundedSemaphore(MAX_READERS)
        super().__init__(*args)

    def process_request(self, request: socket.socket, client_address: Any) -> None:  # type: ignore[override]
        """Called in the server's own thread, which a reader must not hold."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: socket.socket, client_address: Any) -> None:  # type: ignore[override]
        """Called in the reader's thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()


def serve_metrics(port: int, *, token: str) -> ThreadingHTTPServer | None:
    """Answer ``GET /metrics`` on a port, from a thread, until the process ends.

    A port that is taken is reported in the log: a worker that sends without metrics is better than none.

    Args:
        port: on all addresses; 0 takes any free one.
        token: what a reader must send; empty lets everybody read.
    """

    class Metrics(BaseHTTPRequestHandler):
        # A reader that sends nothing must not hold a thread without end.
        timeout = 10

        def do_GET(self) -> None:
            if self.path.partition("?")[0].rstrip("/") != "/metrics":
                self.send_error(404)
            elif not may_read(self.headers.get("Authorization", ""), token):
                self.send_error(401)
            else:
                self._answer(exposition())

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Scrapes are not worth a line."""

    try:
        server = _FewReaders(("", port), Metrics)
    except OSError as error:
        log.error(  # noqa: TRY400 - the reason is in its words
            "METRICS_PORT %s cannot be listened on (%s): nobody can read this worker's metrics", port, error
        )
        return None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
