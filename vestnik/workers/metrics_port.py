"""A worker of a cluster of many machines tells its own metrics, on a port of its own."""

import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from vestnik.metrics.exposition import CONTENT_TYPE, exposition, may_read

log = logging.getLogger(__name__)


def serve_metrics(port: int, *, token: str) -> ThreadingHTTPServer | None:
    """Answer ``GET /metrics`` on a port, from a thread, until the process ends.

    A port that is taken is told in the log: a worker that sends, but tells nothing, is better than none.

    Args:
        port: on all addresses; 0 takes any free one.
        token: what a reader must send; empty lets everybody read.
    """

    class Metrics(BaseHTTPRequestHandler):
        # A reader that sends nothing must not hold a thread for ever.
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
        server = ThreadingHTTPServer(("", port), Metrics)
    except OSError as error:
        log.error(  # noqa: TRY400 - the reason is in its words
            "METRICS_PORT %s cannot be listened on (%s): nobody can read this worker's metrics", port, error
        )
        return None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
