"""``python -m bench.baselines.aiosmpplib_loop``: aiosmpplib's own loop, one bind, with as many messages open as ours.

It keeps what it has sent in a dictionary, and walks over all of it for each message. So it is told to keep nothing for
receipts longer than it must, a second, and no receipts are asked for.
"""

import argparse
import asyncio
from typing import Any
from urllib.parse import urlsplit

from aiosmpplib import ESME, NPI, TON, PhoneNumber, SubmitSm, SubmitSmResp
from aiosmpplib.correlator import SimpleCorrelator
from aiosmpplib.hook import AbstractHook
from aiosmpplib.log import ERROR

from bench.senders import FIRST_PHONE, send_at_the_start
from harness.rest import TEXT


class Counting(AbstractHook):  # type: ignore[misc]  # it has no types
    """Counts answers, and says when all are there. ``slots``: places of a window."""

    def __init__(self, messages: int, window: int) -> None:
        self.missing = messages
        self.slots = asyncio.Semaphore(window)
        self.done = asyncio.Event()

    async def sending(self, smpp_message: Any, pdu: bytes, client_id: str) -> None:
        """Nothing to do."""

    async def received(self, smpp_message: Any, pdu: bytes, client_id: str) -> None:  # noqa: ARG002 - its interface
        """Count."""
        if isinstance(smpp_message, SubmitSmResp):
            self.missing -= 1
            self.slots.release()
            if not self.missing:
                self.done.set()

    async def send_error(self, smpp_message: Any, error: Exception, client_id: str) -> None:  # noqa: ARG002
        """No message may fail here."""
        raise error


async def send(port: int, messages: int, window: int) -> int:
    """Send so many messages and wait for the answers; how many there were."""
    hook = Counting(messages, window)
    correlator = SimpleCorrelator("bench", max_ttl_response=60.0, max_ttl_delivery=1.0)
    esme = ESME("127.0.0.1", port, "bench", "secret", hook=hook, correlator=correlator, log_level=ERROR)
    running = asyncio.ensure_future(esme.start())
    for number in range(messages):
        await hook.slots.acquire()
        await esme.broker.enqueue(
            SubmitSm(
                short_message=TEXT,
                source=PhoneNumber("Vestnik", TON.ALPHANUMERIC, NPI.UNKNOWN),
                destination=PhoneNumber(str(FIRST_PHONE + number)),
                log_id=str(number),
            )
        )
    await hook.done.wait()
    running.cancel()  # its stop() waits for a timeout of its own
    return messages


def main() -> None:
    """One of the processes."""
    parser = argparse.ArgumentParser(prog="bench.baselines.aiosmpplib_loop")
    parser.add_argument("url")
    parser.add_argument("messages", type=int)
    parser.add_argument("--window", type=int, required=True)
    options = parser.parse_args()
    port = urlsplit(options.url).port or 0
    send_at_the_start(lambda: asyncio.run(send(port, options.messages, options.window)))


if __name__ == "__main__":
    main()
