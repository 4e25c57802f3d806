"""Model checking with two gateways: whatever fails over, no message reaches people over both, and all totals hold."""

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from harness import model
from harness.fake_transport import FakeGateway
from harness.gateways import add_gateway, add_route
from harness.stepping import Losing, Stepped
from tests.dispatch.test_ledger_machine import LedgerMachine
from vestnik.db.connection import Connection
from vestnik.models import MessageState

#: Gateways by weight, and those to fall back on: what a rule may say. 0 is the first gateway, 1 the second.
RULES = {"both": ([0, 1], []), "first": ([0], [1]), "second": ([1], [0]), "only the first": ([0], [])}


class GatewaysMachine(LedgerMachine):
    """The first dispatcher sends over the default gateway, the second over another one."""

    def _reset(self) -> None:
        execute = self.connection.execute
        execute("TRUNCATE vestnik_route, vestnik_routeshare, vestnik_batchgateway CASCADE")
        super()._reset()
        execute("DELETE FROM vestnik_gatewaystate WHERE id <> 1")
        execute("DELETE FROM vestnik_gateway WHERE id <> 1")
        self.ids = [1, add_gateway(self.connection, "second", idempotent=self.idempotent)]
        self.gateways = [FakeGateway(idempotent=self.idempotent) for _ in self.ids]
        self.route = add_route(self.connection, self.ids)

    def _worker(self, which: int) -> Stepped:
        name, over = f"worker {next(self.names)}", self.ids[which]
        self.recorders[name] = Losing(name, over=over)
        worker = Stepped(
            64, idempotent=self.idempotent, name=name, gateway=self.gateways[which], recorder=self.recorders[name],
            over=over,
        )  # fmt: skip
        self.recorders[name].tell_time_by(worker.clock)
        return worker

    @rule(says=st.sampled_from(list(RULES)))
    def rule_is_changed(self, says: str) -> None:
        """An administrator changes the one rule."""
        gateways, fallbacks = ([self.ids[place] for place in places] for places in RULES[says])
        self.connection.execute(
            "UPDATE vestnik_route SET gateways = %s, weights = %s, fallbacks = %s WHERE id = %s",
            [gateways, [1] * len(gateways), fallbacks, self.route],
        )

    @rule(which=st.integers(0, 1))
    def gateway_hangs(self, which: int) -> None:
        """No answer comes for longer than one waits for a first one."""
        self.workers[which].clock.advance(11.0)
        self.workers[which].step(3)

    @rule()
    def gateways_are_put_back(self) -> None:
        self.connection.execute("UPDATE vestnik_gatewaystate SET out_at = NULL, out_code = ''")

    @rule()
    def backoff_passes(self) -> None:
        super().backoff_passes()
        self.connection.execute("UPDATE vestnik_batch SET again_at = now() WHERE again_at > now()")
        self.connection.execute("UPDATE vestnik_gatewaystate SET back_at = now() WHERE back_at > now()")
        self.connection.execute("UPDATE vestnik_routeshare SET wanted_at = now() - interval '1 minute'")

    def _come_to_an_end(self) -> None:
        self.gateways_are_put_back()
        self.rule_is_changed("both")
        super()._come_to_an_end()

    def _resume_all(self) -> None:
        super()._resume_all()
        self.gateways_are_put_back()

    # -- what must hold, always

    @invariant()
    def nobody_gets_it_twice(self) -> None:
        """Over both gateways at most one attempt may have been delivered; at one that knows the id, also several."""
        first, second = (gateway.received for gateway in self.gateways)
        both = [id_ for id_ in first if first[id_] > 0 and second.get(id_, 0) > 0]
        assert both == []
        if not self.idempotent:
            assert all(count <= 1 for received in (first, second) for count in received.values())

    @invariant()
    def no_final_word_contradicts_the_gateway(self) -> None:
        rows = self.connection.execute(
            "SELECT id, state, gateway_id FROM vestnik_message_now WHERE state <> 0"
        ).fetchall()
        for id_, state, over in rows:
            taken = [gateway.taken.get(id_, 0) for gateway in self.gateways]
            if state == MessageState.SENT:
                assert taken[self.ids.index(over)] >= 1, "sent, but that gateway never took it"
            if state in (MessageState.EXPIRED, MessageState.CANCELLED, MessageState.FAILED):
                assert sum(taken) == 0, f"{MessageState(state).label}, but a gateway took it"

    @invariant()
    def totals_by_gateway_are_the_rows(self) -> None:
        rows: Any = self.connection.execute(
            "SELECT gateway_id, state, count(*) FROM vestnik_message_now WHERE state IN (1, 4, 7) AND gateway_id <> 0"
            " GROUP BY 1, 2"
        ).fetchall()
        counted = self.connection.execute(
            "SELECT gateway, sum(sent), sum(failed), sum(unknown) FROM ("
            " SELECT coalesce(gateway_id, 1) AS gateway, sent, failed, unknown FROM vestnik_batch"
            " UNION ALL SELECT gateway_id, sent, failed, unknown FROM vestnik_batchgateway"
            " UNION ALL SELECT coalesce(b.gateway_id, 1), -o.sent, -o.failed, -o.unknown FROM vestnik_batchgateway o"
            " JOIN vestnik_batch b ON b.id = o.batch_id) x GROUP BY 1"
        ).fetchall()
        found = {(gateway, state): count for gateway, state, count in rows}
        for gateway, *counts in counted:
            assert [int(count) for count in counts] == [found.pop((gateway, state), 0) for state in (1, 4, 7)]
        assert found == {}

    @invariant()
    def what_is_bound_is_counted(self) -> None:
        rows = self.connection.execute(
            "SELECT b.id FROM vestnik_batch b JOIN vestnik_message_now m ON m.mailing_id = b.mailing_id"
            " AND m.id BETWEEN b.first_id AND b.last_id WHERE b.state = 'ready' GROUP BY b.id"
            " HAVING b.bound <> count(*) FILTER (WHERE m.state = 0 AND m.in_doubt AND m.gateway_id <> 0)"
        ).fetchall()
        assert rows == []


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("idempotent", [False, True], ids=["gateways that may repeat", "idempotent gateways"])
def test_the_promises_hold_over_two_gateways(ledger: Connection, idempotent: bool) -> None:
    machine = type("Machine", (GatewaysMachine,), {"connection": ledger, "idempotent": idempotent})
    # The check with receipts has all of these rules, too.
    model.check(machine, examples=6)
