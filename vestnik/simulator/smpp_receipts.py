"""Receipts over SMPP: each is delivered again and again until the client acknowledges it.

As the postman of the other protocols has it: the same plan, and the same counts.
"""

import asyncio
import random
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from vestnik.simulator.counts import Counts
from vestnik.simulator.state import Gateway
from vestnik.smpp.fields import (
    TAG_MESSAGE_STATE,
    TAG_RECEIPTED_ID,
    Message,
    c_string,
    write_message,
)

#: Deliveries of one session without an answer, at most.
WINDOW = 50
#: Seconds before a receipt is delivered again that the client asked to bring later.
_PAUSE = 0.5
#: The client cannot take it now (ESME_RX_T_APPN); anything else but success is for ever.
_LATER = frozenset((0x64, 0x58, 0x14))
#: An esm_class: a receipt; an intermediate notification. And the states of both (SMPP 3.4, 5.2.12, 5.2.28).
_RECEIPT, _INTERMEDIATE = 0x04, 0x20
_STATES = {"on_its_way": (1, "ENROUTE"), "delivered": (2, "DELIVRD"), "undelivered": (5, "UNDELIV")}


class Client(Protocol):
    """A session that takes deliveries."""

    account: str

    def deliver(self, body: bytes) -> int:
        """Send a deliver_sm; its sequence number."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A receipt: whose, its bytes, and the counts of the time when it was made."""

    account: str
    body: bytes
    counts: Counts


class Mailroom:
    """Keeps the receipts of all accounts. It belongs to one event loop.

    Args:
        gateway: whose plan is followed, and in whose counts receipts are counted.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._clients: dict[Client, dict[int, _Due]] = {}
        self._waiting: dict[str, deque[_Due]] = {}
        self._random = random.Random(0)  # noqa: S311 - reproducible on purpose

    def join(self, client: Client) -> None:
        """A client takes deliveries from now on."""
        self._clients[client] = {}
        self._send(client.account)

    def leave(self, client: Client) -> None:
        """A client has gone: what it did not acknowledge is delivered to the next one, first."""
        open_ones = self._clients.pop(client, {})
        queue = self._waiting.setdefault(client.account, deque())
        queue.extendleft(reversed(open_ones.values()))
        self._send(client.account)

    def plan(self, account: str, message: Message, identifier: str) -> str:
        """Plan the receipts of a message, or of a part. Returns what becomes of it: delivered or undelivered."""
        plan, chance, loop = self._gateway.postman.plan, self._random, asyncio.get_running_loop()
        last = chance.uniform(plan.low_ms, plan.high_ms) / 1_000
        final = "undelivered" if chance.random() < plan.undelivered else "delivered"
        fates, times = [final], [last]
        if plan.on_its_way:
            fates, times = ["on_its_way", *fates], [last * chance.random(), last]
        if plan.shuffled:
            chance.shuffle(fates)
        for fate, delay in zip(fates, times, strict=True):
            copies = 0 if chance.random() < plan.lost else plan.copies
            self._gateway.postman.counts["due"] += copies
            due = _Due(account, write_message(_receipt(message, identifier, fate)), self._gateway.counts)
            for _ in range(copies):
                loop.call_later(delay, self._add, due)
        return final

    def answered(self, client: Client, sequence: int, status: int) -> None:
        """A client has answered a delivery."""
        due = self._clients.get(client, {}).pop(sequence, None)
        if due is None:
            return
        if status in _LATER:
            asyncio.get_running_loop().call_later(_PAUSE, self._add, due)
        else:
            self._gateway.postman.counts["given_up" if status else "kept"] += 1
        self._send(client.account)

    def _add(self, due: _Due) -> None:
        self._waiting.setdefault(due.account, deque()).append(due)
        self._send(due.account)

    def _send(self, account: str) -> None:
        queue = self._waiting.get(account)
        while queue:
            clients = [client for client in self._clients if client.account == account]
            client = min(clients, key=lambda each: len(self._clients[each]), default=None)
            if client is None or len(self._clients[client]) >= WINDOW:
                return
            due = queue.popleft()
            if due.counts is not self._gateway.counts:  # all was reset meanwhile
                continue
            self._gateway.postman.counts["posted"] += 1
            self._clients[client][client.deliver(due.body)] = due


def _receipt(message: Message, identifier: str, fate: str) -> Message:
    state, word = _STATES[fate]
    done, error = int(fate == "delivered"), int(fate == "undelivered")
    text = f"id:{identifier.zfill(10)} sub:001 dlvrd:{done:03} stat:{word} err:{error:03} text:"
    return Message(
        source=message.destination, destination=message.source, content=text.encode(),
        esm_class=_INTERMEDIATE if fate == "on_its_way" else _RECEIPT,
        options={TAG_RECEIPTED_ID: c_string(identifier), TAG_MESSAGE_STATE: bytes((state,))},
    )  # fmt: skip
