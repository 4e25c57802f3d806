"""Leases batches for one gateway: all that are due where it is the only one, else what rules and weights leave it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vestnik.db.connection import Connection
from vestnik.db.statements import Statements
from vestnik.dispatch.claiming import Take, claim
from vestnik.dispatch.exchange import Exchange, Reply
from vestnik.dispatch.gateway_row import GatewayRow
from vestnik.dispatch.lease import Lease
from vestnik.dispatch.long_texts import leaves_text
from vestnik.gateways.adapter import Facts
from vestnik.ledger import leases, routes
from vestnik.ledger.leases import Claimed
from vestnik.ledger.routes import Rule, Turn

SQL = Statements("vestnik.dispatch")
#: Seconds a lease lasts; every flush renews it.
LEASE_SECONDS = 10.0
#: Seconds after which a gateway looks again whether it is its turn.
TURN_SECONDS = 0.05


@dataclass(slots=True)
class _Plan:
    """The rules that allow the gateway now, and the mailings and rules that it shares with others."""

    rules: list[Rule]
    pairs: list[tuple[int, int]] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    claimed: list[Claimed] = field(default_factory=list)


class Leasing:
    """Leases batches for one dispatcher.

    Args:
        gateway: over which it sends.
        holder: its name, for people who look.
        timeout: seconds that a request may take, at most.
        facts: what the gateway takes.
    """

    def __init__(self, gateway: int, holder: str, timeout: float, facts: Facts) -> None:
        self._gateway = gateway
        self._facts = facts
        self._holder = holder
        self._timeout = timeout

    def lease(self, connection: Connection, request: Exchange, reply: Reply, row: GatewayRow) -> None:
        """Claim batches: as many as wanted, or one for a probe when the breaker is open and its time has come.

        What was leased, or when something is due, is put into ``reply``.
        """
        if request.want + request.lane <= 0 or row.out:
            return
        if not row.several:
            self._claim(connection, request, reply, None)
        else:
            probes = reply.breaker_open
            if probes and (reply.probe_in is None or reply.probe_in > 0):
                return
            self._claim(connection, request, reply, self._plan(connection, probes=probes))

    def _plan(self, connection: Connection, *, probes: bool) -> _Plan:
        rules = routes.rules_of_gateway(connection, gateway=self._gateway, probe=probes)
        plan = _Plan(rules)
        shared = [] if probes else [rule for rule in rules if routes.is_shared(rule, self._gateway)]
        if shared:
            plan.pairs = routes.fresh_pairs(connection, shared)
        return plan

    def _claim(self, connection: Connection, request: Exchange, reply: Reply, plan: _Plan | None) -> None:
        with connection.transaction() as transaction:
            if reply.breaker_open:
                reply.probe_timeout = self._take_probe(connection)
                if reply.probe_timeout is not None:
                    reply.leases = self._take(connection, request, plan, most=1, lane=0)
                # Without a message to send, the right to probe stays for a dispatcher that has one.
                transaction.force_rollback = not reply.leases
            else:
                reply.leases = self._take(connection, request, plan, most=request.want, lane=request.lane)
        if not reply.leases:
            reply.probe_timeout = None
            reply.next_due = self._next_due(connection, plan)

    def _take(
        self, connection: Connection, request: Exchange, plan: _Plan | None, *, most: int, lane: int
    ) -> list[Lease]:
        if plan is not None and plan.pairs:
            plan.turns = routes.turns(connection, plan.pairs, plan.rules, gateway=self._gateway)
        kinds = {rule.id: tuple(rule.other_kinds) for rule in plan.rules} if plan is not None else {}
        found = claim(
            connection, self._taker(connection, request, plan, most, lane), gateway=self._gateway,
            leaves_of=lambda route: leaves_text(self._facts, kinds.get(route, ())),
        )  # fmt: skip
        if plan is not None and plan.turns:
            wants = request.room > sum(request.loaded.values())
            routes.take_shares(connection, plan.turns, plan.claimed, gateway=self._gateway, wants=wants)
        return found

    def _taker(self, connection: Connection, request: Exchange, plan: _Plan | None, most: int, lane: int) -> Take:
        held: Mapping[int, int] = request.loaded

        def of_all() -> list[Claimed]:
            return leases.claim(
                connection, held=list(held), loaded=list(held.values()), room=request.room, most=most, lane=lane,
                holder=self._holder, seconds=LEASE_SECONDS,
            )  # fmt: skip

        def by_route(plan: _Plan) -> list[Claimed]:
            claimed = routes.claim_by_route(
                connection, gateway=self._gateway, rules=plan.rules, turns=plan.turns, held=list(held),
                loaded=list(held.values()), room=request.room, most=most, lane=lane, holder=self._holder,
                seconds=LEASE_SECONDS,
            )  # fmt: skip
            plan.claimed += claimed
            return claimed

        return of_all if plan is None else lambda: by_route(plan)

    def _next_due(self, connection: Connection, plan: _Plan | None) -> float | None:
        if plan is None:
            ((due,),) = SQL.run(connection, "next_batch_due")
            return None if due is None else float(due)
        due = routes.next_due(connection, plan.rules, gateway=self._gateway)
        waits_for_turn = any(turn.allowed == 0 for turn in plan.turns)
        return TURN_SECONDS if waits_for_turn and due is not None and due < TURN_SECONDS else due

    def _take_probe(self, connection: Connection) -> float | None:
        rows = SQL.run(connection, "take_probe", gateway=self._gateway, timeout=self._timeout)
        return rows[0][0] if rows else None
