"""The ledger's side of dispatch: flushes, leases, breaker and rate, in few statements and short transactions.

Runs in a thread of its own, so that the event loop goes on sending while the ledger writes. No transaction is ever
open across a network call to the gateway: this thread makes none.
"""

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

import psycopg

from vestnik.db.away import why_away
from vestnik.db.connection import Connection, first_line, keep_statements, open_connection, set_for_session
from vestnik.db.notify import notify
from vestnik.db.statements import Statements
from vestnik.dispatch.decide import Doubt, believed_wait
from vestnik.dispatch.exchange import Exchange, Reply
from vestnik.dispatch.few_codes import FewCodes
from vestnik.dispatch.gateway_row import (
    add_state,
    close_breaker,
    read_gateway,
    tell_brake,
    tell_breaker,
    tell_refusals,
)
from vestnik.dispatch.lease import Lease, LeaseUpdate, Recall, Stamp
from vestnik.dispatch.leasing import LEASE_SECONDS, Leasing
from vestnik.dispatch.naming import Names
from vestnik.dispatch.places import WAIT_SECONDS, Places
from vestnik.dispatch.recalls import heed_recalls, withdraw_granted
from vestnik.dispatch.watching import Counts, watch
from vestnik.gateways.adapter import Facts
from vestnik.gateways.outcome import Kind
from vestnik.ledger import leases, outcomes
from vestnik.ledger.leases import GivenBack, Held, LeaseChange
from vestnik.ledger.outcomes import Late, Recorded, Stamped
from vestnik.ledger.packing import Sent
from vestnik.mailings.finish import finish
from vestnik.models import DEFAULT_GATEWAY, MessageState

SQL = Statements("vestnik.dispatch")
#: Seconds between tries to reach a ledger that is down.
RECONNECT_SECONDS = 0.25

log = logging.getLogger(__name__)


class Recorder:
    """Speaks with the ledger for one dispatcher.

    Args:
        name: who holds the leases, for people who look.
        gateway: over which they are sent.
        gateway_name: as metrics name it.
        max_rate: messages per second over the whole cluster, or None.
        timeout: seconds that a request may take, at most.
        facts: what the gateway takes.
        on_connect: Called with each new connection before it is used. It checks that the ledger may be used.
        clock: gives the monotonic seconds at which the ledger was asked and answered.
        max_at_once: places that the provider gives all dispatchers together, or None.
    """

    def __init__(
        self,
        name: str,
        *,
        gateway: int = DEFAULT_GATEWAY,
        gateway_name: str = "default",
        max_rate: int | None,
        max_at_once: int | None = None,
        timeout: float,
        facts: Facts,
        on_connect: Callable[[Connection], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._gateway, self._gateway_name = gateway, gateway_name
        self._leasing = Leasing(gateway, name, timeout, facts)
        self._codes = FewCodes()
        self._names = Names(gateway)
        self._on_connect = on_connect
        self._now = clock
        self._max_rate = max_rate
        self._places = None if max_at_once is None else Places(gateway, name, most=max_at_once, timeout=timeout)
        self._connection: Connection | None = None
        self._ignores_waits = False
        self._outcome_log = False
        self._several = self._others = False
        self._gives_up = False

    def exchange(self, request: Exchange, *, give_up: Callable[[], bool]) -> Reply | None:
        """Write and read all of ``request``; try again while the ledger is away, every part being safe to repeat.

        Returns None when ``give_up`` said so before the ledger came back.
        """
        while True:
            began = time.monotonic()
            try:
                reply, counts = self._exchange(request)
            except psycopg.Error as error:
                if why_away(error) is None:
                    raise
                log.warning("the ledger did not take a flush, trying again: %s", first_line(error))
                self.close()
                if give_up():
                    return None
                time.sleep(RECONNECT_SECONDS)
            else:
                watch(request, reply, counts, seconds=time.monotonic() - began, gateway=self._gateway_name)
                return reply

    def end(self, *, in_flight: int) -> None:
        """Close for good. ``in_flight``: without any, the places are others' at once."""
        if self._places is not None and self._connection is not None and not in_flight:
            self._places.give_back(self._connection)
        self.close()

    def close(self) -> None:
        """Close the connection; the next exchange opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = open_connection(self._name)
            keep_statements(self._connection)
            # Before any flush or claim: nothing may be sent from a restored backup.
            self._on_connect(self._connection)
            add_state(self._connection, self._gateway)
            # Outcomes are joined to messages by key. Estimated otherwise, a small partition would be scanned whole.
            set_for_session(self._connection, enable_hashjoin="off", enable_mergejoin="off", enable_seqscan="off")
        return self._connection

    def _exchange(self, request: Exchange) -> tuple[Reply, Counts]:
        connection = self._connected()
        sent = self._now()
        recalls: dict[int, Recall] = {}
        split: set[int] = set()
        kept, finished, counts = self._flush(connection, request, recalls, split)
        tell_refusals(connection, self._gateway, request.refused, several=self._several)
        dispatchers = tell_brake(connection, self._gateway, request.brake, several=self._several)
        mailings = self._look_at_mailings(connection, request.loaded, unseen=request.loaded.keys() - request.known)
        tell_breaker(connection, self._gateway, request.breaker, others=self._others)
        gateway = read_gateway(connection, self._gateway)
        if gateway.held and not gateway.others:  # nobody else is left: it need not wait
            close_breaker(connection, self._gateway)
            gateway = read_gateway(connection, self._gateway)
        self._ignores_waits = gateway.ignores_waits
        self._outcome_log = gateway.outcome_log
        self._several, self._others = gateway.several, gateway.others
        self._gives_up = gateway.out or gateway.breaker == "open"
        received = self._now()
        for mailing in finished:
            finish(connection, mailing)
        reply = Reply(
            sent=sent, received=received, database_now=gateway.now, kept=kept, recalls=recalls, split=frozenset(split),
            mailings=mailings,
            leases=[], careful_since=gateway.careful_since, dispatchers=dispatchers,
            breaker_open=gateway.breaker == "open", probe_in=gateway.probe_in, asks_to_wait=gateway.asks_to_wait,
            ignores_waits=gateway.ignores_waits, probe_timeout=None, slots_in=None, next_due=None, known=gateway.known,
            out=gateway.out, others=gateway.others,
        )  # fmt: skip
        if request.slots and self._max_rate:
            slots = {"slots": request.slots, "rate": self._max_rate}
            ((reply.slots_in,),) = SQL.run(connection, "grant_slots", gateway=self._gateway, **slots)
        if self._places is not None:
            reply.places = self._places.take(connection, request.places)
        if reply.places is not None and not reply.places.places:  # leases would wait here, and others may have a place
            reply.next_due = WAIT_SECONDS if reply.places.share else None
            return reply, counts
        self._leasing.lease(connection, request, reply, gateway)
        claimed = {lease.mailing for lease in reply.leases}
        reply.mailings |= self._look_at_mailings(connection, claimed, claimed - request.known)
        return reply, counts

    # -- flush

    def _flush(
        self, connection: Connection, request: Exchange, recalls: dict[int, Recall], split: set[int]
    ) -> tuple[frozenset[int], set[int], Counts]:
        """Write outcomes, marks and renewals in one transaction.

        Returns the batches still held, the mailings to look at, and how many rows of each batch got which state.

        What was recalled since the last flush is put into ``recalls``, batches that were split into ``split``.
        """
        kept: frozenset[int] = frozenset()
        done: set[int] = set()
        counts: Counts = {}
        if request.updates:
            with connection.transaction():
                held = self._lock_held(connection, request.updates)
                kept = frozenset(held)
                splits = {update.lease.batch: update.split_at for update in request.updates}
                updates, news = heed_recalls(connection, [u for u in request.updates if u.lease.batch in kept], held)
                recalls |= news
                counts = self._stamp(connection, updates)
                self._names.keep(connection, [(update.lease, update.named) for update in updates])
                self._update_leases(connection, updates, counts)
                withdraw_granted(connection, updates, recalls)
                split |= self._split(connection, [update for update in updates if update.lease.batch not in news])
                # Repeated because its answer was lost: it is split, also if messages were recalled since.
                split |= {batch for batch, now in held.items() if now.last_id == splits[batch]}
                released = [update for update in updates if update.release]
                done = self._release(connection, released)
                if split or (released and self._several and self._gives_up):
                    notify(connection, "released")
        for lease, stamps in request.late:
            done |= self._settle_late(connection, lease, stamps)
        return kept, done, counts

    def _split(self, connection: Connection, updates: list[LeaseUpdate]) -> set[int]:
        """Let others take what was not handed over of batches that wait for answers."""
        return {
            update.lease.batch
            for update in updates
            if update.split_at is not None
            and leases.split(connection, mailing=update.lease.mailing, batch=update.lease.batch, mark=update.split_at)
        }

    def _lock_held(self, connection: Connection, updates: list[LeaseUpdate]) -> dict[int, Held]:
        batches = [update.lease.batch for update in updates]
        return leases.lock_held(connection, batches=batches, tokens=[update.lease.token for update in updates])

    def _stamp(self, connection: Connection, updates: list[LeaseUpdate]) -> Counts:
        """Write the outcomes and count the rows that changed, by batch and state."""
        counts: Counts = defaultdict(lambda: defaultdict(int))
        by_code: Counter[tuple[MessageState, str]] = Counter()
        by_mailing: dict[int, list[LeaseUpdate]] = defaultdict(list)
        for update in updates:
            by_mailing[update.lease.mailing].append(update)
        for mailing, of_mailing in by_mailing.items():
            for batch, state, rows, code in self._record(connection, mailing, of_mailing):
                counts[batch][state] += rows
                by_code[state, self._codes.shown(code)] += rows
        outcomes.note_minute(connection, by_code, gateway=self._gateway)
        return counts

    def _record(self, connection: Connection, mailing: int, updates: list[LeaseUpdate]) -> Iterable[Recorded]:
        sent = [
            Sent(update.lease.batch, update.lease.attempt, update.number, update.sent_ids, update.sent_at)
            for update in updates
            if update.sent_ids
        ]
        if sent:
            yield from outcomes.record_sent(
                connection, sent, mailing=mailing, log=self._outcome_log, gateway=self._gateway
            )
        stamped = [self._stamped(update.lease, stamp) for update in updates for stamp in update.stamps]
        if stamped:
            yield from outcomes.record_others(connection, stamped, mailing=mailing)

    def _stamped(self, lease: Lease, stamp: Stamp) -> Stamped:
        # By position: there is one for each message that is not sent, and names cost 1 µs.
        return Stamped(
            stamp.message_id, lease.batch, lease.attempt, int(stamp.state), int(stamp.burns), stamp.in_doubt,
            stamp.outcome.code, stamp.outcome.detail, believed_wait(stamp.outcome, ignored=self._ignores_waits),
            None if self._earlier_doubt_stays(lease, stamp) else self._gateway,
        )  # fmt: skip

    @staticmethod
    def _earlier_doubt_stays(lease: Lease, stamp: Stamp) -> bool:
        """An earlier attempt left the doubt, perhaps over another gateway: the message keeps that one."""
        if not stamp.in_doubt:
            return False
        return stamp.outcome.kind is not Kind.AMBIGUOUS or lease.doubt_of(stamp.message_id) is Doubt.ELSEWHERE

    def _update_leases(self, connection: Connection, updates: list[LeaseUpdate], counts: Counts) -> None:
        if updates:
            changes = [_change(update, counts[update.lease.batch]) for update in updates]
            leases.update(connection, changes, seconds=LEASE_SECONDS)

    def _release(self, connection: Connection, updates: list[LeaseUpdate]) -> set[int]:
        """Give leases back. Returns the mailings of batches that are done."""
        done = set()
        for mailing in dict.fromkeys(update.lease.mailing for update in updates):
            of_mailing = [update for update in updates if update.lease.mailing == mailing]
            given_back = [
                GivenBack(update.lease.batch, update.backoff, update.reopens, update.doubts) for update in of_mailing
            ]
            if leases.release(connection, given_back, mailing=mailing, several=self._several):
                done.add(mailing)
        return done

    def _settle_late(self, connection: Connection, lease: Lease, stamps: list[Stamp]) -> set[int]:
        answers = [
            Late(stamp.message_id, int(stamp.state), stamp.outcome.code, stamp.outcome.detail, stamp.at)
            for stamp in stamps
        ]
        with connection.transaction():
            self._names.keep(connection, [(lease, lease.named)])
            outcomes.settle_late(
                connection, answers, mailing=lease.mailing, attempt=lease.attempt, gateway=self._gateway
            )
        return {lease.mailing}

    # -- what is read back

    def _look_at_mailings(
        self, connection: Connection, ids: Iterable[int], unseen: Iterable[int]
    ) -> dict[int, tuple[bool, float, str | None]]:
        wanted = list(ids)
        rows = SQL.run_repeated(connection, "mailings", ids=wanted, unseen=list(unseen)) if wanted else []
        for mailing, _, _, text in rows:
            if text is not None:
                self._names.know_text(mailing, text)
        return {mailing: (state == "running", end, text) for mailing, state, end, text in rows}


def _change(update: LeaseUpdate, counts: Mapping[MessageState, int]) -> LeaseChange:
    return LeaseChange(
        batch=update.lease.batch,
        stamped=sum(counts.values()),
        again=counts.get(MessageState.QUEUED, 0),
        sent=counts.get(MessageState.SENT, 0),
        failed=counts.get(MessageState.FAILED, 0),
        unknown=counts.get(MessageState.UNKNOWN, 0),
        cancelled=counts.get(MessageState.CANCELLED, 0),
        granted=update.granted,
        from_mark=update.lease.mark,
        to_mark=update.mark,
    )
