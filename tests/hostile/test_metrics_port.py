"""Whoever opens connections to a worker's metrics port makes few threads, and keeps nobody out for long."""

import socket
import threading
from contextlib import ExitStack

import httpx

from vestnik.cluster.processes import wait_for
from vestnik.workers.metrics_port import MAX_READERS, serve_metrics


def test_silent_connections_make_few_threads_and_readers_come_back() -> None:
    server = serve_metrics(0, token="")
    assert server is not None
    before = threading.active_count()

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{server.server_port}/metrics", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    try:
        with ExitStack() as stack:
            for _ in range(200):
                stack.enter_context(socket.create_connection(("127.0.0.1", server.server_port), timeout=30))
            assert wait_for(lambda: threading.active_count() - before >= MAX_READERS, seconds=30)
            assert not answers()
            assert threading.active_count() - before == MAX_READERS
        assert wait_for(answers, seconds=30)
    finally:
        server.shutdown()
        server.server_close()
