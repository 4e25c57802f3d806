"""The dispatcher: one event loop hands over granted messages, and a second thread records the outcomes."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor

from vestnik.db.connection import Connection
from vestnik.dispatch.arrivals import Arriving
from vestnik.dispatch.brake import Brake
from vestnik.dispatch.breaker import Breaker
from vestnik.dispatch.clock import DatabaseClock
from vestnik.dispatch.demand import Demand
from vestnik.dispatch.exchange import Exchange, Reply
from vestnik.dispatch.flight import Flight
from vestnik.dispatch.holdings import Holdings
from vestnik.dispatch.lease import Lease, LeaseUpdate, Stamp
from vestnik.dispatch.pacing import Pacer, cost_of
from vestnik.dispatch.places import PlaceLimit
from vestnik.dispatch.recorder import Recorder
from vestnik.dispatch.sender import Sender
from vestnik.dispatch.settings import DispatchSettings
from vestnik.dispatch.stall import StallWatch
from vestnik.gateways.adapter import Channel

#: Seconds between flushes, at most; a flush renews the leases and reads back states and clock.
FLUSH_SECONDS = 0.25
#: Seconds between flushes, at least: bigger flushes cost less.
MIN_FLUSH_SECONDS = 0.02
#: The same where flushes take long, because the machine or the ledger is busy: twice what the last one took, and at
#: most this. Several single messages then share one.
BUSY_FLUSH_SECONDS = 0.05
#: Seconds that an idle dispatcher sleeps at most; NOTIFY and nudges wake it before.
IDLE_SECONDS = 5.0
#: Outcomes that make a flush worth while before its time. The rest of the window is sent while it is written.
FLUSH_OUTCOMES = 1_500
#: Ids granted and not recorded, over all leases of the process: what is in doubt if it is killed.
WINDOW = 4_096
#: Seconds that a stop waits for requests in flight.
DRAIN_SECONDS = 9.0

log = logging.getLogger(__name__)


class Dispatcher:
    """Leases batches, sends them and records the outcomes, until stopped.

    ``run`` belongs to one thread; ``wake`` and ``stop`` may be called from any.

    Args:
        settings: what it must know.
        transport: the way to the gateway; one made from the settings when absent.
        on_connect: Called with each new connection to the ledger before anything is read or written. The process that
            runs the dispatcher holds back a restored backup here.
        recorder: the way to the ledger; one made from the settings when absent.
        clock: gives monotonic seconds.
        on_change: called when the settings of any gateway may have changed.
        executor: runs the exchanges with the ledger, one at a time; a thread when absent. It is shut down at the end.
        window: ids that may be granted and not yet recorded, at least enough for two fills of the connections.
    """

    def __init__(
        self,
        settings: DispatchSettings,
        transport: Channel | None = None,
        *,
        on_connect: Callable[[Connection], object],
        on_change: Callable[[], None] = lambda: None,
        recorder: Recorder | None = None,
        clock: Callable[[], float] = time.monotonic,
        executor: Executor | None = None,
        window: int = WINDOW,
    ) -> None:
        self._now = clock
        self._on_change, self._known = on_change, -1
        self._transport = transport or settings.adapter.open(
            concurrency=settings.concurrency, timeout=settings.timeout, options=settings.connection
        )
        self._recorder = recorder or Recorder(
            settings.name, gateway=settings.gateway, gateway_name=settings.gateway_name, max_rate=settings.max_rate,
            max_at_once=settings.max_at_once, timeout=settings.timeout, facts=settings.adapter.facts,
            on_connect=on_connect, clock=clock,
        )  # fmt: skip
        self._arriving = Arriving(self._transport, gateway=settings.gateway, name=settings.name, on_connect=on_connect)
        self._executor = executor or ThreadPoolExecutor(max_workers=1, thread_name_prefix="recorder")
        # Some protocols and providers take less than was set: ids that wait for them would be in doubt after a crash.
        capacity = max(1, min(settings.concurrency, self._transport.free))
        self.holdings = Holdings(max(window, 2 * capacity), self._transport)
        self._places = PlaceLimit.of(self._transport, settings.max_at_once, settings.timeout)
        self._pacer = Pacer(settings.max_rate)
        self.breaker = Breaker()
        self._brake = Brake()
        self._flight = Flight(self.breaker, self._brake, idempotent=settings.idempotent, timeout=settings.timeout)
        self._clock = DatabaseClock()
        self._sender = Sender(
            holdings=self.holdings, transport=self._transport, flight=self._flight, pacer=self._pacer,
            breaker=self.breaker, brake=self._brake, clock=self._clock, timeout=settings.timeout,
            cost=cost_of(self._transport, max_rate=settings.max_rate, of_submits=settings.adapter.max_rate()),
        )  # fmt: skip
        self._demand = Demand(self.holdings, self.breaker, concurrency=capacity, flush_seconds=FLUSH_SECONDS)
        self._stall = StallWatch(settings.timeout)
        self._others = self._out = False
        self._orphans: list[tuple[Lease, list[Stamp]]] = []

        self._stopping = False
        self._stop_by = float("inf")
        self._woken = True
        self._exchange: Future[Reply | None] | None = None
        self._in_exchange: list[LeaseUpdate] = []
        self._asked_slots = 0
        self._exchanged_at = 0.0
        self._pause = MIN_FLUSH_SECONDS
        self._claim_at = 0.0
        self._handed_since = 0

    def wake(self) -> None:
        """Wake it: something may be due before the next known due time."""
        self._woken = True
        self._transport.wake()

    def stop(self) -> None:
        """Stop: hand over nothing more, wait for requests in flight (for a limited time), record, return the leases."""
        self._stopping = True
        self._demand.end()
        self._transport.wake()

    def run(self) -> None:
        """Dispatch until stopped.

        Raises:
            Exception: a bug; leases lapse and are taken over, so the caller may simply start another.
        """
        try:
            while not self.finished():
                self.step()
        finally:
            self.close()

    def step(self) -> None:
        """One turn: take the ledger's answer in, hand over, ask the ledger again, take the gateway's answers in."""
        now = self._now()
        self._receive(now)
        self._places.expire(now - self._sender.renewed_at)
        if not self._stopping:
            self._handed_since += self._sender.hand_over(now)
        self._begin_exchange(now)
        answers = self._transport.poll(self._wait(self._now()))
        self._arriving.step()
        now = self._now()
        if answers:
            self._flight.land(answers, self._clock.earliest(now))
        if self._others:
            self._stall.watch(self.breaker, now, in_flight=self._transport.in_flight, answers=answers)

    def ask_ledger(self) -> None:
        """Let the next step exchange with the ledger, as if the last exchange was long ago."""
        self._woken = True
        self._exchanged_at = float("-inf")

    def finished(self) -> bool:
        """Return whether the stop is complete. Begins a requested stop; records known outcomes when time is over."""
        if not self._stopping:
            return False
        now = self._now()
        if self._stop_by == float("inf"):
            self._stop_by = now + DRAIN_SECONDS
            self.holdings.drain()
        if now > self._stop_by:
            log.warning("%s requests got no answer before the stop; they are in doubt", self._transport.in_flight)
            self._flush_last()
            return True
        return self._exchange is None and not len(self.holdings) and not self._orphans

    def close(self) -> None:
        """Drop everything at once; leases still held lapse. An exchange under way is waited for."""
        self._stopping = True
        self._demand.end()
        self._stop_by = 0.0
        self._executor.shutdown(wait=True)
        self._arriving.close()
        in_flight = self._transport.in_flight
        self._transport.close()
        self._recorder.end(in_flight=in_flight)

    # -- stopping and waiting

    def _flush_last(self) -> None:
        """Record what is known when the time is over: only requests without an answer stay in doubt."""
        if self._exchange is not None:
            self._exchange.exception()  # waits; the recorder gives up by itself when the ledger is away
            self._receive(self._now())
        self._recorder.exchange(self._request(self._now()), give_up=self._give_up)

    def _wait(self, now: float) -> float:
        """Seconds to wait for answers before there is something else to do."""
        if self._exchange is not None:
            due = now + FLUSH_SECONDS
        elif now - self._exchanged_at < self._pause:
            due = self._exchanged_at + self._pause  # then it is looked whether there is something to say
        elif len(self.holdings):
            due = self._exchanged_at + FLUSH_SECONDS
        elif self._stopping:
            due = now
        else:
            due = min(self._claim_at, now + IDLE_SECONDS)
        wait = max(0.0, due - now)
        if self._pacer.limited and self.holdings.to_hand_over():
            wait = min(wait, max(0.001, self._pacer.wait(now)))
        return wait

    # -- exchanges with the ledger

    def _wants_exchange(self, now: float) -> bool:
        """Return whether there is something to report or to request before the next regular flush."""
        if self.breaker.has_news or self._brake.has_news or self._flight.was_refused or self._orphans:
            return True
        may_claim = not len(self.holdings) or (self._demand.batches() > 0 and self._demand.runs_short())
        if may_claim and (self._woken or now >= self._claim_at):
            return True
        pending = sum(lease.unwritten for lease in self.holdings)
        if pending >= FLUSH_OUTCOMES or (len(self.holdings) and all(lease.over for lease in self.holdings)):
            return True
        if self._woken or self._lets_a_single_one_go():
            return True
        waiting = self.holdings.to_hand_over()
        if self._pacer.ask(waiting):
            return True
        return waiting < self._transport.free and bool(self._demand.grants())

    def _lets_a_single_one_go(self) -> bool:
        """Return whether an exchange would grant a single message: it waits for no regular flush."""
        return any(lease.grantable for lease in self.holdings.direct_leases()) and bool(self._demand.grants())

    def _begin_exchange(self, now: float) -> None:
        if self._exchange is not None:
            return
        since = now - self._exchanged_at
        regular = since >= FLUSH_SECONDS and (len(self.holdings) or now >= self._claim_at or self._woken)
        if not regular and not (since >= self._pause and self._wants_exchange(now)):
            return
        self._demand.note(handed=self._handed_since, seconds=since)
        self._exchanged_at = now
        request = self._request(now)
        self._exchange = self._executor.submit(self._recorder.exchange, request, give_up=self._give_up)
        self._exchange.add_done_callback(lambda _: self._transport.wake())

    def _give_up(self) -> bool:
        return self._now() > self._stop_by

    def _request(self, now: float) -> Exchange:
        self._woken = False
        grants, latest = self._demand.grants(), self._clock.latest(now)
        splits = self._others and (self._stopping or self._out or self.breaker.open)
        self._in_exchange = [
            lease.update(grants.get(lease.batch, 0), closed=latest >= lease.until, splits=splits)
            for lease in self.holdings
            if not lease.lost
        ]
        self._asked_slots = self._pacer.ask(self.holdings.to_hand_over() + sum(grants.values()))
        request = Exchange(
            updates=self._in_exchange, late=self._orphans, refused=self._flight.refusals(),
            known=frozenset(self.holdings.mailings), loaded=self.holdings.loaded_by_mailing(),
            want=self._demand.batches(), lane=self._demand.lane(), room=self._demand.room(), slots=self._asked_slots,
            brake=self._brake.report(), breaker=self.breaker.report(),
            landed=self._flight.landed(), handed=self._handed_since, in_flight=self._transport.in_flight,
            places=self._places.promise(),
        )  # fmt: skip
        self._orphans, self._handed_since = [], 0
        return request

    def _receive(self, now: float) -> None:
        """Take the ledger's answer in."""
        if self._exchange is None or not self._exchange.done():
            return
        reply = self._exchange.result()
        self._exchange = None
        self._pause = min(BUSY_FLUSH_SECONDS, max(MIN_FLUSH_SECONDS, 2 * (now - self._exchanged_at)))
        if reply is None:
            return
        if self._known != reply.known:  # also the first time: it may have changed since the caller looked
            self._on_change()
        self._known = reply.known
        self._places.learn(reply.places)
        if reply.places is not None and not reply.places.places:
            self.holdings.drain()
        self._clock.read(reply.database_now, sent=reply.sent, received=reply.received)
        self._sender.renewed_at = reply.sent
        self._confirm(reply)
        if reply.slots_in is not None:
            self._pacer.grant(reply.received + reply.slots_in, self._asked_slots)
        self._look_at_breaker(reply)
        self._brake.learn(reply.careful_since, reply.dispatchers)
        self.holdings.learn(reply.mailings)
        self._take_leases(reply, now)

    def _confirm(self, reply: Reply) -> None:
        for update in self._in_exchange:
            lease = update.lease
            if lease.batch not in reply.kept:
                log.warning("a lease was lost", extra={"batch": lease.batch, "mailing": lease.mailing})
                lease.lose(update)
            elif update.release:
                self._drop(lease)
            else:
                lease.confirm(update, reply.recalls.get(lease.batch), split=lease.batch in reply.split)
        self._in_exchange = []
        for lease in [lease for lease in self.holdings if lease.lost and lease.in_flight == 0]:
            self._orphans.append((lease, lease.definite_answers()))
            self._drop(lease)

    def _drop(self, lease: Lease) -> None:
        self.holdings.drop(lease)
        self.breaker.forget(lease)

    def _look_at_breaker(self, reply: Reply) -> None:
        self._others, self._out = reply.others, reply.out
        if reply.out or (reply.breaker_open and self.breaker.probe is None):
            self.holdings.drain()
        if self.breaker.learn(
            is_open=reply.breaker_open, asks_to_wait=reply.asks_to_wait, ignores_waits=reply.ignores_waits
        ):
            self._brake.distrust()

    def _take_leases(self, reply: Reply, now: float) -> None:
        new = {lease.mailing for lease in reply.leases} - self.holdings.mailing_ids()
        for lease in reply.leases:
            if self._stopping:
                lease.drain()
            self.holdings.add(lease)
        if reply.probe_timeout is not None and reply.leases:
            self.breaker.begin_probe(reply.leases[0], reply.probe_timeout)
        self._claim_at = now if reply.leases else now + max(reply.idle_seconds(IDLE_SECONDS), MIN_FLUSH_SECONDS)
        self.holdings.forget_unheld()
        self._brake.hold(self.holdings.mailing_ids(), new)
