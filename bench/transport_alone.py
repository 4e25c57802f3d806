"""``python -m bench.transport_alone``: our transport in one process, driven as fast as it takes messages. No ledger."""

import argparse
import time

from bench.cluster import TOKEN
from bench.senders import FIRST_ID, FIRST_PHONE, send_at_the_start
from harness.probe import probe_transport
from harness.rest import TEXT
from vestnik.gateways.outcome import Kind
from vestnik.gateways.transport import Transport

#: Seconds for a request.
_TIMEOUT = 30.0


def send(transport: Transport, messages: int) -> int:
    """Send so many messages and wait for the answers; how many there were."""
    text = transport.prepare(TEXT, expires_at=time.time() + 3_600)
    handed_over = answered = 0
    while answered < messages:
        for _ in range(min(transport.free, messages - handed_over)):
            transport.hand_over(FIRST_ID + handed_over, FIRST_PHONE + handed_over, text, _TIMEOUT)
            handed_over += 1
        answers = transport.poll(1.0)
        bad = next((answer for answer in answers if answer.outcome.kind is not Kind.SUCCESS), None)
        assert bad is None, bad
        answered += len(answers)
    return answered


def main() -> None:
    """One of the processes. ``SSL_CERT_FILE`` of the environment names the certificates to trust."""
    parser = argparse.ArgumentParser(prog="bench.transport_alone")
    parser.add_argument("url")
    parser.add_argument("messages", type=int)
    parser.add_argument("--concurrency", type=int, required=True)
    options = parser.parse_args()
    transport = probe_transport(url=options.url, token=TOKEN, concurrency=options.concurrency, timeout=_TIMEOUT)
    # Connections are open then, and code is loaded: a handshake of TLS costs as much as a hundred requests.
    send(transport, max(2 * options.concurrency, options.messages // 10))
    send_at_the_start(lambda: send(transport, options.messages))
    transport.close()


if __name__ == "__main__":
    main()
