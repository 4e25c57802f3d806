"""Receipts of the Probe gateway: JSON with plain names and with the client's own ids."""

from collections.abc import Sequence
from typing import ClassVar

import orjson

from vestnik.simulator.protocols.protocol import Due, Post, Teller


class ProbeReceipts(Teller):
    """Up to a hundred in an array. They are not signed."""

    name: ClassVar[str] = "probe"
    receipts_at_once: ClassVar[int] = 100

    def post(self, dues: Sequence[Due], url: str, secret: str) -> Post:
        """A request with receipts."""
        del secret
        items = [
            {"id": due.sms.message, "state": "sent" if due.fate == "on_its_way" else due.fate, "at": due.at}
            for due in dues
        ]
        return Post("POST", url, (("Content-Type", "application/json"),), orjson.dumps(items))


PROBE_RECEIPTS = ProbeReceipts()
