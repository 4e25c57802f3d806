"""``python -m bench.smpp_alone``: our SMPP channel in one process, one bind, driven as fast as it goes. No ledger."""

import argparse
import time
from urllib.parse import urlsplit

from bench.senders import FIRST_ID, FIRST_PHONE, send_at_the_start
from harness.rest import TEXT
from vestnik.gateways.channel import ConnectionOptions
from vestnik.gateways.outcome import Kind
from vestnik.gateways.smpp import SmppChannel
from vestnik.gateways.smpp.settings import Settings
from vestnik.smpp.fields import Address, Bind

#: Seconds for a message.
_TIMEOUT = 30.0


def send(channel: SmppChannel, messages: int) -> int:
    """Send so many messages and wait for the answers; how many there were."""
    text = channel.prepare(TEXT, expires_at=time.time() + 3_600)
    handed_over = answered = 0
    while answered < messages:
        for _ in range(min(channel.free, messages - handed_over)):
            channel.hand_over(FIRST_ID + handed_over, FIRST_PHONE + handed_over, text, _TIMEOUT)
            handed_over += 1
        answers = channel.poll(1.0)
        bad = next((answer for answer in answers if answer.outcome.kind is not Kind.SUCCESS), None)
        assert bad is None, bad
        answered += len(answers)
    return answered


def main() -> None:
    """One of the processes."""
    parser = argparse.ArgumentParser(prog="bench.smpp_alone")
    parser.add_argument("url")
    parser.add_argument("messages", type=int)
    parser.add_argument("--window", type=int, required=True)
    options = parser.parse_args()
    settings = Settings(
        host="127.0.0.1", port=urlsplit(options.url).port or 0, bind=Bind("bench", "secret", ""),
        sender=Address(5, 0, "Vestnik"), window=options.window, registered_delivery=0,
    )  # fmt: skip
    channel = SmppChannel(settings, concurrency=options.window, timeout=_TIMEOUT, options=ConnectionOptions())
    send(channel, 2 * options.window)  # the session is open then, and code is loaded
    send_at_the_start(lambda: send(channel, options.messages))
    channel.close()


if __name__ == "__main__":
    main()
