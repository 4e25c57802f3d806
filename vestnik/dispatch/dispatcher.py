"""One event loop of libcurl: hands over what its leases grant, and lets a second thread record what came of it."""

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import orjson

from vestnik.dispatch.clock import DatabaseClock
from vestnik.dispatch.decide import BreakerWatch, backoff, decide, was_cut
from vestnik.dispatch.holdings import Holdings
from vestnik.dispatch.lease import Exchange, Lease, LeaseUpdate, MailingView, Reply, Stamp
from vestnik.dispatch.pacing import Pacer, smoothed_rate
from vestnik.dispatch.recorder import Recorder
from vestnik.gateway.outcome import SUCCESS, Kind, Outcome
from vestnik.gateway.transport import Transport
from vestnik.mailings.hours import LAST_SECOND
from vestnik.models import MessageState

#: Seconds between flushes, at most; a flush renews the leases and reads back states and clock.
FLUSH_SECONDS = 0.25
#: Seconds between flushes, at least: bigger flushes cost less.
LEAST_FLUSH_SECONDS = 0.02
#: Nothing is handed over on a renewal older than this: a pause, an end, a lost lease or a slow ledger stop it.
FRESH_SECONDS = 0.5
_LAST_SECOND = LAST_SECOND.total_seconds()
#: Seconds that an idle dispatcher sleeps at most; NOTIFY and nudges wake it before.
IDLE_SECONDS = 5.0
#: Messages handed over of one mailing before the next has its turn.
BURST = 16
#: Outcomes that make a flush worth while before its time.
FLUSH_OUTCOMES = 1_000
#: Ids granted and not recorded, over all leases of the process: what is in doubt if it is killed.
WINDOW = 4_096
#: Leases held at once.
MOST_LEASES = 64
#: Seconds that a stop waits for requests in flight.
DRAIN_SECONDS = 9.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSettings:
    """What a dispatcher must know. Durations are seconds, the rate messages per second over the whole cluster."""

    name: str
    gateway_url: str
    gateway_token: str
    concurrency: int
    timeout: float
    idempotent: bool
    max_rate: int | None


class Dispatcher:
    """Leases batches, sends them and records the outcomes, until told to stop.

    ``run`` belongs to one thread; ``wake`` and ``stop`` may be called from any.

    Args:
        settings: what it must know.
        transport: the way to the gateway; one made from the settings when absent.
    """

    def __init__(self, settings: DispatchSettings, transport: Transport | None = None) -> None:
        self._settings = settings
        self._window = max(WINDOW, 2 * settings.concurrency)
        self._transport = transport or Transport(
            url=settings.gateway_url,
            token=settings.gateway_token,
            concurrency=settings.concurrency,
            timeout=settings.timeout,
        )
        self._recorder = Recorder(settings.name, max_rate=settings.max_rate, timeout=settings.timeout)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recorder")
        self._holdings = Holdings(self._window)
        self._pacer = Pacer(settings.max_rate)
        self._watch = BreakerWatch()
        self._clock = DatabaseClock()
        self._owners: dict[int, Lease] = {}
        self._orphans: list[tuple[Lease, list[Stamp]]] = []
        self._refused: dict[int, tuple[float, str]] = {}

        self._stopping = False
        self._stop_by = float("inf")
        self._woken = True
        self._exchange: Future[Reply | None] | None = None
        self._in_exchange: list[LeaseUpdate] = []
        self._asked_slots = 0
        self._exchanged_at = 0.0
        self._renewed_at = float("-inf")
        self._claim_at = 0.0
        self._rate = 0.0
        self._handed_since = 0

        self._breaker_open = False
        self._breaker_reason: str | None = None
        self._probe: Lease | None = None
        self._probe_timeout = 0.0
        self._probe_answered: bool | None = None
        self._probe_reason = ""

    def wake(self) -> None:
        """Something may be due: look now instead of at the next due time."""
        self._woken = True
        self._transport.wake()

    def stop(self) -> None:
        """Hand over nothing more, wait for what is in flight (bounded), record it, give the leases back, return."""
        self._stopping = True
        self._transport.wake()

    def run(self) -> None:
        """Dispatch until stopped.

        Raises:
            Exception: a fault of ours; leases lapse and are taken over, so the caller may simply start another.
        """
        try:
            while not self._finished():
                self.step()
        finally:
            self.close()

    def step(self) -> None:
        """One turn: take the ledger's answer in, hand over, ask the ledger again, take the gateway's answers in."""
        now = time.monotonic()
        self._receive(now)
        self._hand_over(now)
        self._begin_exchange(now)
        for answer in self._transport.poll(self._wait(time.monotonic())):
            self._take(answer.message_id, answer.outcome, answer.latency)

    def close(self) -> None:
        """Drop everything at once; leases still held lapse. An exchange under way is waited for."""
        self._stopping = True
        self._stop_by = 0.0
        self._thread.shutdown(wait=True)
        self._transport.close()
        self._recorder.close()

    # -- stopping and waiting

    def _finished(self) -> bool:
        if not self._stopping:
            return False
        now = time.monotonic()
        if self._stop_by == float("inf"):
            self._stop_by = now + DRAIN_SECONDS
            self._holdings.drain()
        if now > self._stop_by:
            log.warning("%s requests got no answer before the stop; they are in doubt", self._transport.in_flight)
            self._flush_last()
            return True
        return self._exchange is None and not len(self._holdings) and not self._orphans

    def _flush_last(self) -> None:
        """Record what is known when the time is over: only requests without an answer stay in doubt."""
        if self._exchange is not None:
            self._exchange.exception()  # waits; the recorder gives up by itself when the ledger is away
            self._receive(time.monotonic())
        self._recorder.exchange(self._request(time.monotonic()), give_up=self._give_up)

    def _wait(self, now: float) -> float:
        """Seconds to wait for answers before there is something else to do."""
        if self._exchange is not None:
            due = now + FLUSH_SECONDS
        elif self._wants_exchange(now):
            due = self._exchanged_at + LEAST_FLUSH_SECONDS
        elif len(self._holdings):
            due = self._exchanged_at + FLUSH_SECONDS
        elif self._stopping:
            due = now
        else:
            due = min(self._claim_at, now + IDLE_SECONDS)
        wait = max(0.0, due - now)
        if self._pacer.limited and self._holdings.to_hand_over():
            wait = min(wait, max(0.001, self._pacer.wait(now)))
        return wait

    # -- handing over

    def _hand_over(self, now: float) -> None:
        """Hand over what is granted, mailings in turn, while connections are free and the last renewal is fresh."""
        if self._stopping or now - self._renewed_at > FRESH_SECONDS:
            return
        free = self._transport.free
        while free > 0:
            handed = 0
            for mailing, lease in self._holdings.turns():
                count = self._pacer.allowed(now, min(free, BURST, lease.granted - lease.handed))
                if count <= 0 or not self._may_send(mailing, lease, now):
                    continue
                self._hand_over_some(mailing, lease, count, now)
                free -= count
                handed += count
            self._handed_since += handed
            if not handed:
                return

    def _may_send(self, mailing: MailingView, lease: Lease, now: float) -> bool:
        if self._breaker_open and lease is not self._probe:
            return False
        latest = self._clock.latest(now)
        if not mailing.running or latest >= mailing.end - _LAST_SECOND:
            self._holdings.drain(mailing.id)
            return False
        if latest >= lease.until:
            self._holdings.drain_closed(latest)
            return False
        return True

    def _hand_over_some(self, mailing: MailingView, lease: Lease, count: int, now: float) -> None:
        timeout = min(self._settings.timeout, mailing.end - self._clock.latest(now))
        if lease is self._probe:
            timeout = min(timeout, self._probe_timeout)
        first = lease.handed
        for index in range(first, first + count):
            message = lease.ids[index]
            former = self._owners.get(message)
            self._owners[message] = lease
            if former is None:
                self._transport.hand_over(message, lease.phones[index], mailing.text_json, timeout)
            else:
                # Still in the air from a lease of ours that was lost: its answer counts for this one.
                former.in_flight -= 1
        lease.handed += count
        lease.in_flight += count
        self._pacer.spend(count)

    # -- outcomes

    def _take(self, message: int, outcome: Outcome, latency: float) -> None:
        lease = self._owners.pop(message)
        lease.in_flight -= 1
        at = self._clock.earliest(time.monotonic())
        if outcome is SUCCESS:
            self._watch.succeeded()
            lease.sent_ids.append(message)
            lease.sent_at.append(at)
        else:
            self._take_other(lease, message, outcome, at, latency)
        if lease is self._probe and self._probe_answered is None:
            self._probe_answered = not (outcome.transport_failure or outcome.server_error)
            self._probe_reason = f"the probe failed with: {outcome.code}"

    def _take_other(self, lease: Lease, message: int, outcome: Outcome, at: float, latency: float) -> None:
        if not was_cut(outcome, latency, timeout=self._settings.timeout):
            reason = self._watch.observe(outcome)
            if reason and not self._breaker_open:
                self._breaker_reason = reason
        if outcome.kind is Kind.UNAUTHORIZED:
            handed_over = at - latency
            words = f"the gateway refused our token ({outcome.code}): check GATEWAY_TOKEN, then resume"
            self._refused[lease.mailing] = max(self._refused.get(lease.mailing, (0.0, "")), (handed_over, words))
        answers, in_doubt = lease.doubtful.get(message, (0, False))
        verdict = decide(outcome, idempotent=self._settings.idempotent, in_doubt=in_doubt, answers=answers)
        if verdict.state is MessageState.QUEUED:
            lease.retry = True
        lease.stamps.append(Stamp(message, verdict.state, verdict.in_doubt, verdict.burns, outcome, at))

    # -- exchanges with the ledger

    def _wants_exchange(self, now: float) -> bool:
        """Is there something to tell or to ask before the next regular flush?"""
        if self._breaker_reason or self._refused or self._orphans or self._probe_answered is not None:
            return True
        if not len(self._holdings) or self._wants_batches(now) > 0:
            return self._woken or now >= self._claim_at
        pending = sum(len(lease.sent_ids) + len(lease.stamps) for lease in self._holdings)
        if pending >= FLUSH_OUTCOMES or any(lease.over for lease in self._holdings):
            return True
        waiting = self._holdings.to_hand_over()
        if self._pacer.ask(waiting):
            return True
        return waiting < self._transport.free and bool(self._grants())

    def _wants_batches(self, now: float) -> int:
        """How many batches to claim: -1 none; 0 only of mailings of which none is held."""
        if self._stopping or (self._probe is not None):
            return -1
        missing = 2 * self._window - self._holdings.loaded()
        most = MOST_LEASES - len(self._holdings)
        if missing > 0 and most > 0 and (self._woken or now >= self._claim_at):
            return min(most, max(1, missing // 1_000))
        return 0 if most > 0 and len(self._holdings) else -1

    def _grants(self) -> dict[int, int]:
        if self._stopping or (self._breaker_open and (self._probe is None or self._probe.granted)):
            return {}
        # What flows in half a second, and the connections' fill: a slow gateway keeps little in doubt.
        allowance = self._settings.concurrency + int(self._rate * 2 * FLUSH_SECONDS)
        return self._holdings.plan_grants(allowance, 1 if self._probe is not None else None)

    def _begin_exchange(self, now: float) -> None:
        if self._exchange is not None:
            return
        since = now - self._exchanged_at
        regular = since >= FLUSH_SECONDS and (len(self._holdings) or now >= self._claim_at or self._woken)
        if not regular and not (since >= LEAST_FLUSH_SECONDS and self._wants_exchange(now)):
            return
        self._rate = smoothed_rate(self._rate, handed=self._handed_since, seconds=since)
        self._handed_since = 0
        self._exchanged_at = now
        request = self._request(now)
        self._exchange = self._thread.submit(self._recorder.exchange, request, give_up=self._give_up)
        self._exchange.add_done_callback(lambda _: self._transport.wake())

    def _give_up(self) -> bool:
        return time.monotonic() > self._stop_by

    def _request(self, now: float) -> Exchange:
        want = self._wants_batches(now)
        self._woken = False
        grants = self._grants()
        self._in_exchange = [
            self._update(lease, grants.get(lease.batch, 0), now) for lease in self._holdings if not lease.lost
        ]
        self._asked_slots = self._pacer.ask(self._holdings.to_hand_over() + sum(grants.values()))
        held = self._holdings.mailing_ids()
        request = Exchange(
            updates=self._in_exchange, late=self._orphans, refused=self._refused,
            known=frozenset(self._holdings.mailings), held=held,
            want=want, share=max(0, want) // max(1, len(held)), slots=self._asked_slots,
            breaker_reason=self._breaker_reason, probe_answered=self._probe_answered, probe_reason=self._probe_reason,
        )  # fmt: skip
        self._orphans, self._refused, self._breaker_reason = [], {}, None
        if self._probe_answered is not None:
            if not self._probe_answered and self._probe is not None:
                self._probe.draining = True
            self._probe, self._probe_answered = None, None
        return request

    def _update(self, lease: Lease, granted: int, now: float) -> LeaseUpdate:
        release = lease.over
        upto = lease.granted + granted
        update = LeaseUpdate(
            lease=lease, sent_ids=lease.sent_ids, sent_at=lease.sent_at, stamps=lease.stamps,
            withdrawn=lease.withdrawn, granted=0 if release else granted, mark=lease.mark_of(upto),
            release=release, backoff=backoff(lease.retries) if lease.retry else None,
            reopens=lease.reopens if self._clock.latest(now) >= lease.until else None,
        )  # fmt: skip
        lease.sent_ids, lease.sent_at, lease.stamps, lease.withdrawn = [], [], [], []
        return update

    def _receive(self, now: float) -> None:
        """Take the ledger's answer in."""
        if self._exchange is None or not self._exchange.done():
            return
        reply = self._exchange.result()
        self._exchange = None
        if reply is None:
            return
        self._clock.read(reply.database_now, sent=reply.sent, received=reply.received)
        self._renewed_at = reply.sent
        self._confirm(reply)
        if reply.slots_in is not None:
            self._pacer.grant(reply.received + reply.slots_in, self._asked_slots)
        self._look_at_breaker(reply)
        self._look_at_mailings(reply)
        self._take_leases(reply, now)

    def _confirm(self, reply: Reply) -> None:
        for update in self._in_exchange:
            lease = update.lease
            recall = reply.recalls.get(lease.batch)
            if lease.batch not in reply.kept:
                self._lose(lease, update)
            elif update.release:
                self._drop(lease)
            else:
                lease.stamped += len(update.sent_ids) + len(update.stamps)
                lease.granted += update.granted if recall is None else recall.granted
                lease.mark = update.mark if recall is None else recall.mark
                if recall is not None:
                    lease.heed(recall.number, recall.kept)
        self._in_exchange = []
        for lease in [lease for lease in self._holdings if lease.lost and lease.in_flight == 0]:
            self._orphans.append((lease, _definite(lease)))
            self._drop(lease)

    def _drop(self, lease: Lease) -> None:
        self._holdings.drop(lease)
        if lease is self._probe:
            self._probe = None

    def _lose(self, lease: Lease, update: LeaseUpdate) -> None:
        """The lease was taken over: keep what we know for sure, hand over nothing more."""
        log.warning("the lease of batch %s was lost", lease.batch)
        lease.lost = True
        lease.sent_ids = update.sent_ids + lease.sent_ids
        lease.sent_at = update.sent_at + lease.sent_at
        lease.stamps = update.stamps + lease.stamps

    def _look_at_breaker(self, reply: Reply) -> None:
        if reply.breaker_open and self._probe is None:
            self._holdings.drain()
        if self._breaker_open != reply.breaker_open:
            self._watch.reset()
            self._breaker_open = reply.breaker_open

    def _look_at_mailings(self, reply: Reply) -> None:
        known = self._holdings.mailings
        for mailing, (running, end, text) in reply.mailings.items():
            if mailing in known:
                known[mailing].running, known[mailing].end = running, end
            elif text is not None:
                known[mailing] = MailingView(mailing, orjson.dumps(text), running, end)
            if not running:
                self._holdings.drain(mailing)

    def _take_leases(self, reply: Reply, now: float) -> None:
        for lease in reply.leases:
            lease.draining = self._stopping
            self._holdings.add(lease)
        if reply.probe_timeout is not None and reply.leases:
            self._probe, self._probe_timeout = reply.leases[0], reply.probe_timeout
        if reply.leases:
            self._claim_at = now
        else:
            due = IDLE_SECONDS if reply.next_due is None else min(IDLE_SECONDS, max(0.0, reply.next_due))
            if reply.breaker_open and reply.probe_in is not None:
                due = max(due, min(IDLE_SECONDS, reply.probe_in))
            self._claim_at = now + max(due, LEAST_FLUSH_SECONDS)
        held = self._holdings.mailing_ids()
        for mailing in [known for known in self._holdings.mailings if known not in held]:
            del self._holdings.mailings[mailing]


def _definite(lease: Lease) -> list[Stamp]:
    """The answers of a lost lease that leave no doubt."""
    sent = [
        Stamp(message, MessageState.SENT, in_doubt=False, burns=False, outcome=SUCCESS, at=at)
        for message, at in zip(lease.sent_ids, lease.sent_at, strict=True)
    ]
    return sent + [stamp for stamp in lease.stamps if stamp.state is MessageState.FAILED]
