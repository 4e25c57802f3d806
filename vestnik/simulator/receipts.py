"""Receipts of the simulator: what becomes of a delivered message, and when whom it tells."""

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from vestnik.errors import InvalidInput
from vestnik.simulator.bills import Bill
from vestnik.simulator.posting import send_post
from vestnik.simulator.protocols.protocol import Due, Sms, Teller

#: Requests with receipts at once.
_AT_ONCE = 16
#: How often receipts are posted that are not kept, and the seconds between.
_TRIES, _PAUSE = 60, 0.5
#: Final fates come last, unless they are shuffled.
_FINAL = frozenset(("delivered", "undelivered"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPlan:
    """What ``POST /control/receipts`` sets.

    - ``url``: where receipts go. Empty: where the request for a message wants them, if it says so.
    - ``secret``: what signs them. Empty: what the account's requests show, as SMS.ru's ``api_id``.
    - ``low_ms``, ``high_ms``: milliseconds from the message to its last receipt, chosen evenly between.
    - ``on_its_way``: a receipt before the last one says that the message is on its way.
    - ``copies``: each receipt is posted so often. ``shuffled``: the receipts of a message come in any order.
    - ``early``: the share of messages whose receipts are all due at once, before the message itself is answered if that
      takes a while.
    - ``doubled``: the share of receipts that are posted once more, and ``contradicted``: the share of messages of which
      another receipt says the opposite. Neither is over SMPP.
    - ``undelivered``, ``lost``: the share (0 to 1) of messages that do not arrive, and of receipts that never come.
    - ``seed``: the same seed and the same order of messages give the same receipts.
    """

    url: str = ""
    secret: str = ""
    low_ms: float = 0
    high_ms: float = 0
    on_its_way: bool = True
    copies: int = 1
    early: float = 0
    doubled: float = 0
    contradicted: float = 0
    shuffled: bool = False
    undelivered: float = 0
    lost: float = 0
    seed: int = 0


def parse_receipt_plan(body: object) -> ReceiptPlan:
    """Return the plan that a JSON object describes.

    Raises:
        InvalidInput: A field is unknown or not valid. The error names the first one.
    """
    if not isinstance(body, dict):
        raise InvalidInput({"body": ["Give a JSON object."]})
    known = {each.name: each.type for each in fields(ReceiptPlan)}
    for name, value in body.items():
        if name not in known:
            raise InvalidInput({name: ["No such field."]})
        if not _fits(name, value):
            raise InvalidInput({name: [f"{value!r} is wrong."]})
    plan = replace(ReceiptPlan(), **body)
    if plan.high_ms < plan.low_ms:
        plan = replace(plan, high_ms=plan.low_ms)
    return plan


def _fits(name: str, value: object) -> bool:
    default = getattr(ReceiptPlan(), name)
    if isinstance(default, str | bool):
        return type(value) is type(default)
    if name in {"copies", "seed"}:
        return type(value) is int and value >= 0
    highest = 1.0 if name in {"undelivered", "lost", "early", "doubled", "contradicted"} else 1e9
    return type(value) in {int, float} and 0 <= value <= highest  # type: ignore[operator]  # the types are just checked


class Postman:
    """Posts the receipts of one simulator. It belongs to one event loop.

    Args:
        plan: which receipts follow until another one is set, and after a reset.
    """

    def __init__(self, plan: ReceiptPlan) -> None:
        self._first_plan = plan
        self._tasks: set[asyncio.Task[None]] = set()
        self._times = 0
        self.reset()

    def reset(self) -> None:
        """Forget all counts and what was not posted yet, and follow the first plan again."""
        self.follow(self._first_plan)
        self.counts: Counter[str] = Counter()
        self._times += 1
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._queues: dict[tuple[str, str, str], deque[Due]] = {}
        for task in list(self._tasks):
            task.cancel()

    def follow(self, plan: ReceiptPlan) -> None:
        """Set the plan from the next message on."""
        self.plan = plan
        self._random = random.Random(plan.seed)  # noqa: S311 - reproducible on purpose

    def state(self) -> Mapping[str, Any]:
        """The plan, and counts of receipts: ``due``, ``posted`` (also again), ``kept`` and ``given_up``."""
        counts = {name: self.counts[name] for name in ("due", "posted", "kept", "given_up")}
        return {"plan": asdict(self.plan), "counts": counts}

    def delivered(self, protocol: Teller, sms: Sms, bill: Bill) -> None:
        """Plan the receipts of a message."""
        plan, chance = self.plan, self._random
        is_early = plan.early and chance.random() < plan.early
        last = 0.0 if is_early else chance.uniform(plan.low_ms, plan.high_ms) / 1_000
        fates = ["undelivered" if chance.random() < plan.undelivered else "delivered"]
        times = [last]
        if plan.on_its_way:
            fates, times = ["on_its_way", *fates], [last * chance.random(), last]
        if plan.shuffled:
            chance.shuffle(fates)
        if plan.contradicted and chance.random() < plan.contradicted:
            bill.contradicted = True
            fates.append("undelivered" if "delivered" in fates else "delivered")
            times.append(last)
        url, loop = plan.url or sms.callback, asyncio.get_running_loop()
        for fate, delay in zip(fates, times, strict=True):
            copies = 0 if not url or chance.random() < plan.lost else plan.copies
            if copies and plan.doubled and chance.random() < plan.doubled:
                copies += 1
            self.counts["due"] += copies
            key = (protocol.name, url, plan.secret or sms.secret)
            due = Due(sms, fate, time.time() + delay)
            loop.call_later(delay, self._come_due, self._times, protocol, key, due, bill, copies)

    def _come_due(
        self, times: int, protocol: Teller, key: tuple[str, str, str], due: Due, bill: Bill, copies: int
    ) -> None:
        if times != self._times:  # all was reset meanwhile
            return
        if bill.fate not in _FINAL:
            bill.fate = due.fate
        if not copies:
            return
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = deque()
        queue.extend([due] * copies)
        if len(queue) == copies:  # else somebody is about to take them
            self._start(self._empty(protocol, key, queue))

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _empty(self, protocol: Teller, key: tuple[str, str, str], queue: deque[Due]) -> None:
        while queue:
            await self._at_once.acquire()
            dues = [queue.popleft() for _ in range(min(len(queue), protocol.receipts_at_once))]
            self._start(self._post(protocol, key, dues))

    async def _post(self, protocol: Teller, key: tuple[str, str, str], dues: list[Due]) -> None:
        """Post receipts until they are kept. The place among those at once is given back after the first try."""
        _, url, secret = key
        for attempt in range(_TRIES):
            self.counts["posted"] += len(dues)
            try:
                kept = protocol.is_kept(*await send_post(protocol.post(dues, url, secret)))
            except (OSError, TimeoutError, ValueError):
                kept = False
            if not attempt:
                self._at_once.release()
            if kept:
                self.counts["kept"] += len(dues)
                return
            await asyncio.sleep(_PAUSE)
        self.counts["given_up"] += len(dues)
