"""The channel of a gateway that speaks SMPP: messages go over kept sessions, receipts come back over the same ones."""

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from vestnik.gateways.adapter import Arrival, Fate, Receipt
from vestnik.gateways.channel import Answer, ConnectionOptions
from vestnik.gateways.outcome import Kind, Outcome
from vestnik.gateways.smpp.arrivals import Arrivals
from vestnik.gateways.smpp.binding import Binding, Phase
from vestnik.gateways.smpp.endpoint import Endpoint
from vestnik.gateways.smpp.job import Job
from vestnik.gateways.smpp.pace import Pace
from vestnik.gateways.smpp.session import Delivery, Session, State
from vestnik.gateways.smpp.settings import Settings, comparable
from vestnik.gateways.smpp.statuses import OK, submit_outcome
from vestnik.gateways.smpp.submits import Submits
from vestnik.gateways.transport.names import Names

#: Deliveries that wait for their acknowledgement, at most.
MAX_UNACKNOWLEDGED = 1_000
#: Seconds of a lowered rate that are handed over ahead.
_AHEAD = 2.0
_NEVER = float("inf")
#: A job and the number of its part, from 0.
_Piece = tuple[Job, int]


class SmppChannel:
    """A :class:`~vestnik.gateways.channel.Channel`, which also gives out what the SMSC delivers.

    Belongs to one thread; only :meth:`wake` may be called from others. It must be polled also when nothing is sent:
    sessions are tested, kept and opened again there.

    Args:
        settings: of the gateway.
        concurrency: messages handed over without an outcome, at most; never more than all windows hold.
        timeout: seconds for a message, at most.
        options: how connections are made.
        max_unacknowledged: deliveries that wait for their acknowledgement, at most; the SMSC keeps the others.

    Raises:
        OSError: a file of certificates cannot be read.
        ValueError: the proxy's address is none.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        concurrency: int,
        timeout: float,
        options: ConnectionOptions,
        max_unacknowledged: int = MAX_UNACKNOWLEDGED,
    ) -> None:
        self._settings, self._timeout = settings, timeout
        self._concurrency, self._allowed = concurrency, settings.binds
        self._capacity = min(concurrency, settings.window * settings.binds)
        self._epoll = select.epoll()
        endpoint = Endpoint(settings.host, settings.port, tls=settings.tls, options=options)
        self._names = Names(*endpoint.dialled)
        self._closing = threading.Lock()
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake_fd, select.EPOLLIN)
        self._epoll.register(self._names.fd, select.EPOLLIN)
        self._bindings = [
            Binding(self._epoll, self._names, endpoint, settings, self) for _ in range(settings.binds)
        ]  # fmt: skip
        self._pace = Pace(settings.rate)
        self._arrivals = Arrivals(settings, max_unacknowledged)
        self._queue: deque[_Piece] = deque()
        self._jobs: set[Job] = set()
        self._answers: list[Answer] = []
        self._next_deadline = _NEVER
        self._now = time.monotonic()

    # -- Channel

    @property
    def in_flight(self) -> int:
        """Messages handed over whose outcome :meth:`poll` has not given back."""
        return len(self._jobs) + len(self._answers)

    @property
    def free(self) -> int:
        """How many more may be handed over now; fewer while the SMSC wants us to be slower."""
        free = self._capacity - self.in_flight
        if self._pace.rate is not None and self._pace.is_slowed(time.monotonic()):
            free = min(free, max(1, int(self._pace.rate * _AHEAD)) - len(self._queue))
        return max(0, free)

    @property
    def places_used(self) -> int:
        """Sessions that are open, or may open at any time."""
        return sum(not binding.has_ended for binding in self._bindings)

    def allow(self, places: int) -> None:
        """Keep no more sessions than so many from now on; no more than ``binds`` in any case."""
        self._allowed = min(places, len(self._bindings))
        self._capacity = min(self._concurrency, self._settings.window * self._allowed)
        for number, binding in enumerate(self._bindings):
            binding.is_barred = number >= places
        self._end_barred()

    def _end_barred(self) -> None:
        """End sessions that are too many; the last one only when nothing waits to be submitted."""
        if self._allowed or not self._queue:
            for binding in self._bindings[self._allowed :]:
                binding.end()

    def prepare(self, text: str, *, expires_at: float) -> Submits:
        """Make a text ready. ``expires_at``: unix seconds; it goes out as the validity_period."""
        return Submits(text, expires_at=expires_at, settings=self._settings)

    def prepare_own(self, *, expires_at: float) -> Callable[[str], Submits]:
        """What makes texts ready of which each is one message's own."""
        return lambda text: Submits(text, expires_at=expires_at, settings=self._settings)

    def submits_of(self, text: Submits) -> int:
        """How many submits a message with this text is."""
        return text.total

    def hand_over(self, message_id: int, phone: int, text: Submits, timeout: float) -> None:
        """Start sending one message; the network is touched by the next :meth:`poll`.

        Raises:
            IndexError: all places are taken.
        """
        if self.in_flight >= self._capacity:
            raise IndexError("no place is free")
        now = time.monotonic()
        job = Job(message_id, phone, text, now, now + min(timeout, self._timeout))
        self._next_deadline = min(self._next_deadline, job.deadline)
        self._jobs.add(job)
        self._queue.append((job, 0))

    def poll(self, wait: float) -> list[Answer]:
        """Drive all sessions until a message has its outcome, something was delivered, or ``wait`` seconds passed."""
        until = time.monotonic() + wait
        while True:
            # With something to submit it only looks first: what the SMSC has closed meanwhile is not written to.
            woken = self._look(0.0) if self._queue else False
            self._now = time.monotonic()
            self._submit_all()
            ready = woken or bool(self._answers) or self._arrivals.has_news
            woken = self._look(0.0 if ready else min(until, self._due()) - self._now) or woken
            self._act_on_time()
            if self._answers or self._arrivals.has_news or woken or self._now >= until:
                answers, self._answers = self._answers, []
                self._arrivals.seen()
                return answers

    def wake(self) -> None:
        """Make the running or the next :meth:`poll` return. May be called from any thread, also after the close."""
        with self._closing:
            if self._wake_fd >= 0:
                os.eventfd_write(self._wake_fd, 1)

    def close(self) -> None:
        """Unbind, drop what is in flight, and close every connection. What is not acknowledged will come again."""
        with self._closing:
            if self._wake_fd < 0:
                return
            os.close(self._wake_fd)
            self._wake_fd = -1
        for binding in self._bindings:
            binding.close()
        self._jobs.clear()
        self._queue.clear()
        self._names.close()
        self._epoll.close()

    # -- what the SMSC delivers

    def received(self) -> list[Arrival]:
        """What was delivered since the last call. Commit it, then :meth:`acknowledge` it."""
        return self._arrivals.take()

    def acknowledge(self, tokens: Iterable[int]) -> None:
        """What was given out with these tokens is committed: the SMSC may forget it."""
        for token in tokens:
            self._arrivals.acknowledge(token)
        for binding in self._bindings:
            binding.flush(time.monotonic())

    @property
    def is_bound(self) -> bool:
        """Is there a session?"""
        return any(binding.session and binding.session.state is State.BOUND for binding in self._bindings)

    @property
    def failure(self) -> Outcome | None:
        """What the last attempt to bind means for messages that wait; None while a session is open or on its way."""
        if any(binding.phase is not Phase.PAUSED for binding in self._bindings):
            return None
        return next((binding.failure for binding in self._bindings if binding.failure), None)

    # -- Keeper

    def submitted(self, ticket: _Piece, status: int, identifier: str) -> None:
        """A submit has its answer."""
        job, number = ticket
        if status == OK:
            outcome = job.accepted(number, comparable(identifier, self._settings.response_ids))
            if outcome is None and number == 0 and not job.done:
                self._queue.extendleft((job, part) for part in range(job.submits.total - 1, 0, -1))
            self._settle(job, outcome)
            return
        said = submit_outcome(status, self._settings)
        if said.kind is Kind.THROTTLED:
            self._pace.throttled(self._now)
            if job.has_begun and not job.done and not job.has_failed:  # the others are there: this one goes again
                job.open -= 1
                self._queue.appendleft(ticket)
                return
        self._settle(job, job.failed(said))

    def answered_late(self, ticket: _Piece, status: int, identifier: str) -> None:
        """A submit that was given up has its answer: if it was accepted, that is a receipt of its own."""
        known = comparable(identifier, self._settings.response_ids)
        if status == OK and known and ticket[0].submits.total == 1:  # a part says nothing about the whole
            self._arrivals.note(Receipt(fate=Fate.ACCEPTED, provider_id=known, message_id=ticket[0].message_id))

    def delivered(self, session: Session, delivery: Delivery) -> None:
        """The SMSC delivered something."""
        self._arrivals.delivered(session, delivery, self._now)

    def returned(self, ticket: _Piece) -> None:
        """A submit of which no byte has left: it goes over the next session."""
        ticket[0].open -= 1
        self._queue.appendleft(ticket)

    def lost(self, ticket: _Piece, outcome: Outcome) -> None:
        """A submit whose answer will not come."""
        self._settle(ticket[0], ticket[0].failed(outcome))

    def session_over(self, session: Session) -> None:
        """What this session delivered cannot be acknowledged any more."""
        self._arrivals.session_over(session)

    # -- the loop

    def _look(self, wait: float) -> bool:
        """Wait for sockets and act on what they say; True when woken."""
        woken = False
        heard = self._epoll.poll(max(0.0, wait), len(self._bindings) + 8)
        self._now = time.monotonic()
        for descriptor, events in heard:
            if descriptor == self._wake_fd:
                os.eventfd_read(descriptor)
                woken = True
            elif descriptor == self._names.fd:
                self._names.ended()
                for binding in self._bindings:
                    binding.named(self._now)
            else:
                for binding in self._bindings:
                    if binding.has(descriptor):
                        binding.heard(descriptor, events, self._now)
        return woken

    def _due(self) -> float:
        due = min(self._next_deadline, self._arrivals.due(), *(binding.due() for binding in self._bindings))
        if self._queue and any(binding.room > 0 for binding in self._bindings):
            due = min(due, max(self._pace.next_at(self._now), self._now + 0.001))
        return due

    def _act_on_time(self) -> None:
        now = self._now
        for binding in self._bindings:
            binding.act(now)
        self._end_barred()
        self._arrivals.act(now)
        if now >= self._next_deadline:
            for job in [job for job in self._jobs if job.deadline <= now]:
                self._give_up(job)
            self._next_deadline = min((job.deadline for job in self._jobs), default=_NEVER)

    def _submit_all(self) -> None:
        """Submit what the windows and the rate let through."""
        wall = time.time()
        while self._queue and self._submit_some(wall):
            for binding in self._bindings:
                binding.flush(self._now)
        if self._queue:
            self._fail_the_queue()

    def _submit_some(self, wall: float) -> int:
        """Fill windows and buffers once; how many submits that were. ``wall``: unix seconds."""
        queue = self._queue
        left, sent = self._pace.allowed(self._now), 0
        while queue and sent < left:
            binding = max(self._bindings, key=_room) if len(self._bindings) > 1 else self._bindings[0]
            if binding.room <= 0:
                break
            job, number = queue.popleft()
            if job.done or job.has_failed:
                continue
            job.open += 1
            binding.submit(job.submits.body(number, job.message_id, job.phone, wall), (job, number))
            sent += 1
        if sent:
            self._pace.took(sent, self._now)
        return sent

    def _fail_the_queue(self) -> None:
        """If no session is open or on its way, those who wait are told why. What has begun waits for the next one."""
        if all(binding.phase is Phase.PAUSED for binding in self._bindings):
            for binding in self._bindings:
                binding.hurry(self._now)
        failure = self.failure
        if failure is None:
            return
        waiting, self._queue = self._queue, deque()
        for piece in waiting:
            job = piece[0]
            if job.has_begun or job.open:
                self._queue.append(piece)
            elif not job.done:
                self._settle(job, job.broken_off(failure))

    def _give_up(self, job: Job) -> None:
        """The time is over."""
        for session in [binding.session for binding in self._bindings if binding.session]:
            for sequence in [each for each, ticket in session.window.items() if ticket[0] is job]:
                session.give_up(sequence)
        self._settle(job, job.too_late(is_slowed=self._pace.is_slowed(self._now)))

    def _settle(self, job: Job, outcome: Outcome | None) -> None:
        if outcome is not None and not job.done:
            job.done = True
            self._jobs.discard(job)
            self._answers.append(Answer(job.message_id, outcome, self._now - job.started))


def _room(binding: Binding) -> tuple[bool, int]:
    """The room of its window; where it is barred, only after all others."""
    return not binding.is_barred and binding.room > 0, binding.room
