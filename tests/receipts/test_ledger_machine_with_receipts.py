"""Model checking with receipts over two gateways: whatever they say, an end stays and all totals hold.

A gateway says only of messages that it took what became of them; it may say it early, twice, and contradict itself. It
may also call one message as it called another one before: its ids begin again.
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from harness import model
from harness.fake_transport import FakeTransport
from harness.stepping import Stepped
from tests.dispatch.test_ledger_machine_of_gateways import GatewaysMachine
from vestnik.db.connection import Connection
from vestnik.errors import StateForbids
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.gateways.outcome import SUCCESS, Outcome
from vestnik.mailings.unknown import resend_unknown
from vestnik.models import MESSAGE_TRANSITIONS, MessageState
from vestnik.receipts.applying import apply_piece
from vestnik.receipts.inbox import keep_receipts
from vestnik.statistics.totals import totals_by_gateway

ENDS = frozenset({MessageState.DELIVERED, MessageState.UNDELIVERED})
#: In how many parts a message goes, by the rest of its id: none is named, one is, or three are.
PARTS = (0, 1, 3)


class NamingTransport(FakeTransport):
    """Names the parts of what it takes, as a provider does in its answer."""

    def _said(self, message_id: int, outcome: Outcome, *, taken: bool) -> Outcome:
        said = super()._said(message_id, outcome, taken=taken)
        if said is not SUCCESS:
            return said
        return replace(said, provider_ids=names(message_id))


def names(message: int) -> tuple[str, ...]:
    """What a provider calls the parts of a message."""
    return tuple(f"{message}-{part}" for part in range(PARTS[message % len(PARTS)]))


class ReceiptsMachine(GatewaysMachine):
    """Gateways that also say what became of messages."""

    def _reset(self) -> None:
        self.connection.execute(
            "TRUNCATE vestnik_receipt_body, vestnik_receipt, vestnik_receiptcount, vestnik_provider_message"
        )
        super()._reset()
        # Which messages have parts, and their names, are the same in each example; beyond all ids of other tests.
        self.connection.execute("ALTER SEQUENCE vestnik_message_id_seq RESTART WITH 3000000000000000")
        #: Messages of which a gateway that took them said by our id what became of them.
        self.said: set[int] = set()
        #: By message, how often it had been handed over when it came to its end.
        self.at_end: dict[int, int] = {}

    def _worker(self, which: int) -> Stepped:
        worker = super()._worker(which)
        worker.gateway.__class__ = NamingTransport
        return worker

    # -- what gateways say

    # What is drawn does not depend on what happened, which a busy machine may change: Hypothesis replays examples.

    @rule(
        which=st.integers(0, 1),
        places=st.lists(st.integers(0, 1_000), min_size=1, max_size=6),
        fates=st.lists(st.sampled_from(list(Fate)), min_size=1, max_size=4),
        by_name=st.booleans(),
        at_once=st.booleans(),
    )
    def receipts_come(self, which: int, places: list[int], fates: list[Fate], by_name: bool, at_once: bool) -> None:
        """A gateway says something of some messages that it took, each several times, not always the same."""
        taken = sorted(id_ for id_, count in self.gateways[which].taken.items() if count)
        receipts: list[Receipt] = []
        for message in [taken[place % len(taken)] for place in places] if taken else []:
            for fate in fates:
                if by_name and names(message):
                    receipts += [Receipt(fate=fate, provider_id=name) for name in names(message)]
                else:
                    receipts.append(Receipt(fate=fate, message_id=message))
                    self.said.add(message)
        self._keep(receipts, which)
        if at_once:
            self.receipts_are_applied(3)

    @rule(
        which=st.integers(0, 1),
        place=st.integers(0, 1_000),
        other=st.integers(0, 1_000),
        fate=st.sampled_from(list(Fate)),
        at_once=st.booleans(),
    )
    def name_is_used_again(self, which: int, place: int, other: int, fate: Fate, at_once: bool) -> None:
        """A receipt names a message by our id, and by what the gateway calls another one."""
        taken = sorted(id_ for id_, count in self.gateways[which].taken.items() if count)
        called = [name for message in taken for name in names(message)]
        if called:
            message = taken[place % len(taken)]
            name = called[other % len(called)]
            self._keep([Receipt(fate=fate, message_id=message, provider_id=name)], which)
            if name not in names(message):  # else it speaks of that part only
                self.said.add(message)
        if at_once:
            self.receipts_are_applied(3)

    @rule(which=st.integers(0, 1), place=st.integers(0, 1_000), fate=st.sampled_from(list(Fate)))
    def gateway_speaks_of_what_it_never_had(self, which: int, place: int, fate: Fate) -> None:
        """The other one took it."""
        others = self.gateways[1 - which].taken
        foreign = sorted(id_ for id_, count in others.items() if count and not self.gateways[which].received.get(id_))
        if foreign:
            self._keep([Receipt(fate=fate, message_id=foreign[place % len(foreign)])], which)

    def _keep(self, receipts: list[Receipt], which: int) -> None:
        with self.connection.transaction():
            keep_receipts(self.connection, receipts, gateway=self.ids[which])

    @rule(most=st.integers(1, 40))
    def receipts_are_applied(self, most: int) -> None:
        """Those that waited are due again; pieces of any size."""
        self.connection.execute("UPDATE vestnik_receipt SET due_at = now() WHERE verdict = ''")
        apply_piece(self.connection, most)

    @precondition(lambda self: bool(self.mailings))
    @rule(place=st.integers(0, 3))
    def unknown_are_sent_again(self, place: int) -> None:
        """An operator decides so."""
        mailing = self.mailings[place % len(self.mailings)]
        rows = self.connection.execute(
            "SELECT id FROM vestnik_message WHERE mailing_id = %s AND state = 7", [mailing]
        ).fetchall()
        try:
            resend_unknown(mailing_id=mailing, actor=None)
        except StateForbids:
            return
        self.resent |= {id_ for (id_,) in rows}

    # -- what must hold, always

    @invariant()
    def states_follow_the_tables(self) -> None:
        for id_, state in self.connection.execute("SELECT id, state FROM vestnik_message_now").fetchall():
            was = MessageState(self.seen_states.get(id_, 0))
            followers = MESSAGE_TRANSITIONS[was]
            if was == MessageState.QUEUED:  # in doubt: as unknown
                followers |= MESSAGE_TRANSITIONS[MessageState.UNKNOWN]
            assert was == state or MessageState(state) in followers
            self.seen_states[id_] = state

    @invariant()
    def nobody_gets_it_twice(self) -> None:
        """Unless an operator said so."""
        first, second = (
            {id_: count for id_, count in gateway.received.items() if id_ not in self.resent}
            for gateway in self.gateways
        )
        assert [id_ for id_ in first if first[id_] > 0 and second.get(id_, 0) > 0] == []
        if not self.idempotent:
            assert all(count <= 1 for received in (first, second) for count in received.values())

    @invariant()
    def what_came_to_its_end_is_not_sent_again(self) -> None:
        rows = self.connection.execute("SELECT id FROM vestnik_message WHERE state IN (2, 3)").fetchall()
        for (id_,) in rows:
            times = sum(gateway.received.get(id_, 0) for gateway in self.gateways)
            assert self.at_end.setdefault(id_, times) == times

    @invariant()
    def no_end_is_invented(self) -> None:
        rows = self.connection.execute("SELECT id, gateway_id FROM vestnik_message WHERE state IN (2, 3)").fetchall()
        for id_, over in rows:
            assert self.gateways[self.ids.index(over)].taken.get(id_, 0) >= 1

    @invariant()
    def totals_by_gateway_are_the_rows(self) -> None:
        for mailing in self.mailings:
            rows: Any = self.connection.execute(
                "SELECT coalesce(gateway_id, 1), state, count(*) FROM vestnik_message_now"
                " WHERE mailing_id = %s AND state IN (1, 2, 3, 4, 7) AND gateway_id <> 0 GROUP BY 1, 2",
                [mailing],
            ).fetchall()
            totals = {
                (each.gateway, int(state)): count
                for each in totals_by_gateway(mailing)
                if each.gateway is not None
                for state in MessageState
                if (count := each.totals[str(state.label)])
            }
            assert totals == {(gateway, state): count for gateway, state, count in rows}

    def _come_to_an_end(self) -> None:
        super()._come_to_an_end()
        self.receipts_are_applied(10_000)
        assert self._waits_for_a_name_only()
        self.counters_are_rows()
        self.log_and_rows_agree()
        self.totals_by_gateway_are_the_rows()
        self.states_follow_the_tables()
        self.no_end_is_invented()
        self.what_a_receipt_could_settle_is_settled()

    def _waits_for_a_name_only(self) -> bool:
        """A receipt by a name that no answer told us waits; one by our id does not once all is over."""
        rows = self.connection.execute(
            "SELECT r.message_id FROM vestnik_receipt r JOIN vestnik_message m ON m.id = r.message_id"
            " WHERE r.verdict = ''"
        ).fetchall()
        return not rows

    def what_a_receipt_could_settle_is_settled(self) -> None:
        """Where a gateway spoke of it by our id, nothing is unknown but what was sent again since."""
        rows = self.connection.execute("SELECT id FROM vestnik_message WHERE state = 7").fetchall()
        assert self.said & {id_ for (id_,) in rows} <= self.resent


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("idempotent", [False, True], ids=["gateways that may repeat", "idempotent gateways"])
def test_the_promises_hold_with_receipts(ledger: Connection, idempotent: bool) -> None:
    machine = type("Machine", (ReceiptsMachine,), {"connection": ledger, "idempotent": idempotent})
    model.check(machine, examples=8)
