"""One mailing under one fault: begin, break, recover, judge."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from chaos.ledger import Ledger
from chaos.supervisor import Supervisor
from chaos.totals import Sampler
from chaos.verify import FAILED, Allowed, Verdict, together, verify
from harness.rest import post_mailing, statistics
from harness.simulator_client import SimulatorClient
from vestnik.cluster.rest import Unavailable

#: Seconds after the fault's end in which the mailing must complete by itself, and how long we look on.
RECOVERY, PATIENCE = 30.0, 90.0
#: The most ids that one process may have in doubt (the dispatcher's window; a test holds the two together).
WINDOW = 4_096
#: Requests in flight in each dispatcher.
CONCURRENCY = 128
#: Where a gateway fails and another is to take over: how long one answer takes, and how long a mailing does. A gateway
#: that usually takes a second is given more time before it counts as stalled, and then 5 s say nothing.
_LATENCY, _PACE = 0.18, 24.0


def fitting_concurrency(messages: int, dispatchers: int) -> int:
    """Requests in flight with which two gateways together take so many messages in the usual time of a failover."""
    return max(4, min(CONCURRENCY, round(messages / _PACE * _LATENCY / (2 * dispatchers))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    """What a scenario did, and what it excuses.

    ``deaths``: processes that died, or were taken for dead, with requests in flight: each leaves some in doubt.
    ``cut``: requests that may have been cut on their way, before the gateway had read them.
    ``forbids``: figures that must be 0: ``again``, ``unknown``, ``failed``, ``answers`` (burnt retry budget).
    ``ended``: time.monotonic() of the fault's end; None: now. ``problems``: what the scenario itself saw.
    ``recovery``: seconds after the fault in which all has to be over. ``words``: what else is worth knowing.
    ``singles``: single messages that were accepted meanwhile: what holds for the mailing's holds for them.
    """

    times: int
    deaths: int = 0
    cut: int = 0
    forbids: frozenset[str] = frozenset()
    state: str = "completed"
    ended: float | None = None
    problems: list[str] = field(default_factory=list)
    recovery: float = RECOVERY
    words: str = ""
    singles: Sequence[int] = ()


@dataclass(slots=True, kw_only=True)
class Result:
    """A row of the table."""

    name: str
    gateway: str
    messages: int
    times: int
    verdict: Verdict
    samples: int
    totals: str
    recovery: float | None
    seconds: float
    words: str = ""


class Stage:
    """A running cluster and its gateway, and the mailing that is being sent on it.

    Args:
        messages: of the next mailing.
        short: scenarios break less.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        gateway: SimulatorClient,
        *,
        idempotent: bool,
        seed: int,
        messages: int,
        short: bool,
    ) -> None:
        self.supervisor = supervisor
        self.gateway = gateway
        self.idempotent = idempotent
        self.short = short
        self.messages = messages
        self.random = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self.seed = seed
        self.ledger = Ledger(supervisor.database_url)
        self.rest = supervisor.logged_in()
        self.mailing = 0
        #: Requests in flight in each dispatcher of a gateway.
        self.concurrency = CONCURRENCY
        #: Where there are two gateways: the one that does not fail.
        self.second: SimulatorClient | None = None
        #: Where the gateway is broken from the start: mends it.
        self.mend: Callable[[], None] = lambda: None
        self._sampler: Sampler | None = None
        self._began = 0.0
        self._doubt = 0

    def times(self, usual: int, short: int) -> int:
        """How often to break."""
        return short if self.short else usual

    def seconds(self, usual: float, short: float) -> float:
        """How long to break."""
        return short if self.short else usual

    # -- the mailing

    def begin(
        self, *, pace: float, ends_in: float = 900.0, flows: bool = True, receipts: Mapping[str, Any] | None = None
    ) -> None:
        """Start a mailing that takes about ``pace`` seconds, and where it ``flows``, wait for its first messages.

        ``receipts``: which the gateway posts (:class:`~vestnik.simulator.receipts.ReceiptPlan`); None: none.
        """
        self._began = time.monotonic()
        # Two rounds of its connections and a second's worth of messages: far below the promised window.
        flow = self.messages / pace / len(self.supervisor.dispatchers)
        self._doubt = min(WINDOW, 2 * self.concurrency + int(flow))
        for gateway in self._gateways:
            gateway.reset()
        self.gateway.receipts(**(receipts or {}))
        self.behave(pace=pace)
        tag = f"chaos-{time.monotonic_ns()}"
        self.ledger.add_clients(tag, self.messages)
        self.mailing = post_mailing(self.rest, tag, ends_in=ends_in)
        self._sampler = Sampler(self.supervisor.logged_in(), self.mailing)
        self._sampler.start()
        if flows:
            started = self.supervisor.until(lambda: self.ledger.progress(self.mailing) > 0, seconds=30)
            assert started, "the mailing did not start"

    @property
    def room(self) -> int:
        """Requests that may be in flight at once."""
        return len(self.supervisor.dispatchers) * self.concurrency * len(self._gateways)

    @property
    def _gateways(self) -> list[SimulatorClient]:
        return [self.gateway] if self.second is None else [self.gateway, self.second]

    def behave(self, *, pace: float | None = None, **faults: object) -> None:
        """Set the gateway's behaviour; ``pace``: seconds that the whole mailing would take at its latency."""
        if pace is not None:
            mean = min(1_000.0, pace * self.room * 1_000 / self.messages)
            faults["latency"] = {"kind": "uniform", "low_ms": mean / 2, "high_ms": mean * 1.5}
        for gateway in self._gateways:
            gateway.faults(seed=self.seed, **faults)

    def behave_of_first(self, **faults: object) -> None:
        """Set the behaviour of the gateway that fails; the other one goes on as it is."""
        self.gateway.faults(seed=self.seed, **faults)

    # -- the end

    def result(self, name: str, injected: Injected) -> Result:
        """Let the gateway behave, wait for the end, and judge."""
        for gateway in self._gateways:
            gateway.faults()
        ended = injected.ended or time.monotonic()
        patience = max(PATIENCE, injected.recovery + 10)
        over = self.supervisor.until(lambda: self.ledger.is_over(self.mailing), seconds=patience)
        recovery = time.monotonic() - ended if over else None
        verdict = self._judge(injected, recovery)
        sampler = self._stop_sampling()
        differences = self.ledger.differences(self.mailing)
        wrong = list(dict.fromkeys(sampler.wrong))
        verdict.problems += wrong[:3] + differences[:3]
        return Result(
            name=name, gateway="idempotent" if self.idempotent else "strict", messages=self.messages,
            times=injected.times, verdict=verdict, samples=sampler.samples,
            totals="balance" if not wrong and not differences else "WRONG",
            recovery=recovery, seconds=time.monotonic() - self._began, words=injected.words,
        )  # fmt: skip

    def _stop_sampling(self) -> Sampler:
        assert self._sampler is not None
        self._sampler.stop()
        self._sampler.sample()
        return self._sampler

    def _judge(self, injected: Injected, recovery: float | None) -> Verdict:
        allowed = Allowed(idempotent=self.idempotent, in_doubt=injected.deaths * self._doubt + injected.cut)
        messages = [*self.ledger.messages(self.mailing), *self.ledger.single_messages(injected.singles)]
        ids = self.ledger.ids_by_phone(self.mailing) if self.second is not None else {}
        received = together([{ids.get(row["id"], row["id"]): row for row in each.ids()} for each in self._gateways])
        verdict = verify(messages, received, self.messages + len(injected.singles), allowed)
        figures = {
            "again": verdict.again,
            "unknown": verdict.unknown,
            "failed": verdict.by_state.get(FAILED, 0),
            "answers": sum(message.answers for message in messages),
        }
        verdict.problems += [f"{figures[name]} {name}, must be 0" for name in sorted(injected.forbids) if figures[name]]
        verdict.problems += injected.problems
        verdict.problems += self._late(received.values())
        state = self.ledger.state(self.mailing)
        if state != injected.state:
            verdict.problems.append(f"the mailing is {state}, not {injected.state}")
        if recovery is None or recovery > injected.recovery:
            verdict.problems.append(f"not over {injected.recovery:.0f} s after the fault")
        if self.supervisor.surprises:
            verdict.problems.append("; ".join(self.supervisor.surprises))
            self.supervisor.surprises.clear()
        return verdict

    def _late(self, received: object) -> list[str]:
        """Requests that started after the mailing's end, by the gateway's own log."""
        end = self.ledger.ends_at(self.mailing)
        late = [row for row in received if row["last_at"] > end]  # type: ignore[attr-defined]
        return [f"{len(late)} requests after the end"] if late else []

    # -- helpers of scenarios

    def database_answers(self) -> bool:
        """Is the ledger there?"""
        try:
            self.ledger.query("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def api_answers(self) -> bool:
        """Is the API there?"""
        try:
            statistics(self.rest, self.mailing)
        except Unavailable:
            return False
        return True
