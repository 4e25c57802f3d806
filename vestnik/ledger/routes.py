"""Leases where there are several gateways: which rules allow which of them now, and what weights leave it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from vestnik.db.connection import Connection, HasCursor
from vestnik.ledger.fragments import SQL
from vestnik.ledger.leases import Claimed

#: Seconds since a gateway last wanted more after which nobody waits for it: it is busy, slow or limited.
WANTS_SECONDS = 2.0
#: Seconds that others wait for the gateway whose turn is the first in a mailing.
BEGIN_SECONDS = 0.5


class Rule(NamedTuple):
    """A rule that allows a gateway now. ``gateways``: those that share it and are up, in order, with ``weights``.

    ``other_kinds``: of the other gateways in use, up or not, that take its messages beside this one or before it.
    """

    id: int
    gateways: Sequence[int] | None
    weights: Sequence[int] | None
    other_kinds: Sequence[str] = ()


class Share(NamedTuple):
    """What a gateway has taken in one mailing by one rule: messages. ``wanted``: seconds since it wanted more."""

    mailing: int
    route: int
    gateway: int
    taken: int
    wanted: float | None


class Turn(NamedTuple):
    """How many messages of fresh batches a gateway may take in one mailing by one rule; 0: it is another's turn."""

    mailing: int
    route: int
    allowed: int


#: No limit: nobody else wants any.
UNLIMITED = 2**62


def rules_of_gateway(connection: Connection, *, gateway: int, probe: bool) -> list[Rule]:
    """The rules by which a gateway may take batches now. ``probe``: it is down, and one message asks if it still is."""
    return [Rule(*row) for row in SQL.run(connection, "rules_of_gateway", gateway=gateway, probe=probe)]


def is_shared(rule: Rule, gateway: int) -> bool:
    """Do weights decide who takes batches by this rule?"""
    return rule.gateways is not None and gateway in rule.gateways and len(rule.gateways) > 1


def fresh_pairs(connection: Connection, rules: Sequence[Rule]) -> list[tuple[int, int]]:
    """Mailings and rules with batches that weights decide about. Call it outside of a transaction.

    It makes shares that are missing, in whichever order others do: none of its locks may be kept.
    """
    places = [(rule.id, gateway) for rule in rules for gateway in rule.gateways or ()]
    rows = SQL.run(
        connection, "fresh_pairs", routes=[rule.id for rule in rules], begin=WANTS_SECONDS - BEGIN_SECONDS,
        of_route=[route for route, _ in places], gateways=[gateway for _, gateway in places],
    )  # fmt: skip
    return [(mailing, route) for mailing, route in rows]


def turns(
    connection: Connection, pairs: Sequence[tuple[int, int]], rules: Sequence[Rule], *, gateway: int
) -> list[Turn]:
    """Lock the shares of these mailings and rules until the transaction ends. What the gateway may take of each."""
    values = {"mailings": [mailing for mailing, _ in pairs], "routes": [route for _, route in pairs]}
    shares: dict[tuple[int, int], list[Share]] = defaultdict(list)
    for row in SQL.run(connection, "lock_shares", **values):
        share = Share(*row)
        shares[share.mailing, share.route].append(share)
    weights = {
        rule.id: dict(zip(rule.gateways or (), rule.weights or (), strict=True)) for rule in rules
    }  # fmt: skip
    return [
        Turn(mailing, route, allowance(gateway, weights[route], shares[mailing, route])) for mailing, route in pairs
    ]


def allowance(gateway: int, weights: Mapping[int, int], shares: Sequence[Share]) -> int:
    """The messages up to which a gateway may begin batches, so that what all have taken is as their weights are.

    It may while what it has taken, divided by its weight, is not more than that of any other that wants some.

    Args:
        gateway: which one.
        weights: of the gateways that are up.
        shares: of one mailing and rule, also of gateways that are not up now.
    """
    rivals = [
        share.taken / weights[share.gateway]
        for share in shares
        if share.gateway != gateway and share.gateway in weights
        and share.wanted is not None and share.wanted < WANTS_SECONDS
    ]  # fmt: skip
    if not rivals:
        return UNLIMITED
    taken = sum(share.taken for share in shares if share.gateway == gateway)
    room = int(weights[gateway] * min(rivals)) - taken
    return room + 1 if room >= 0 else 0


def claim_by_route(
    connection: Connection,
    *,
    gateway: int,
    rules: Sequence[Rule],
    turns: Sequence[Turn],
    held: Sequence[int],
    loaded: Sequence[int],
    room: int,
    most: int,
    holder: str,
    seconds: float,
    lane: int = 0,
) -> list[Claimed]:
    """Lease batches that are due and go by these rules, or are bound to the gateway.

    Args:
        connection: in a transaction.
        gateway: over which they will go.
        rules: of :func:`rules_of_gateway`.
        turns: of :func:`turns`, for the rules that are shared; none: nothing is shared.
        held: as the rest, for :func:`vestnik.ledger.leases.claim`.
        loaded: as there.
        room: as there.
        most: as there.
        holder: as there.
        seconds: as there.
        lane: as there.
    """
    shared = {turn.route for turn in turns}
    rows = SQL.run(
        connection, "claim_by_route", gateway=gateway, held=list(held), loaded=list(loaded), room=room, most=most,
        lane=lane, holder=holder, seconds=seconds,
        routes=[rule.id for rule in rules if rule.id not in shared], weighted=sorted(shared),
        mailings=[turn.mailing for turn in turns], shared=[turn.route for turn in turns],
        allowed=[turn.allowed for turn in turns],
    )  # fmt: skip
    claimed = [Claimed(*row) for row in rows]
    moved = [(taken.batch, taken.former or 1) for taken in claimed if (taken.former or 1) != gateway]
    if moved:
        batches, former = [batch for batch, _ in moved], [before for _, before in moved]
        SQL.run(connection, "leave_to_former", batches=batches, former=former)
    return claimed


def take_shares(
    connection: Connection, turns: Sequence[Turn], claimed: Sequence[Claimed], *, gateway: int, wants: bool
) -> None:
    """Count what was claimed to the gateway's shares. ``wants``: it has room for more than it held before."""
    taken: dict[tuple[int, int], int] = defaultdict(int)
    for batch in claimed:
        if batch.share is not None:
            taken[batch.mailing, batch.share] += batch.queued
    SQL.run(
        connection, "take_shares", gateway=gateway, wants=wants,
        mailings=[turn.mailing for turn in turns], routes=[turn.route for turn in turns],
        taken=[taken[turn.mailing, turn.route] for turn in turns],
    )  # fmt: skip


def next_due(connection: Connection, rules: Sequence[Rule], *, gateway: int) -> float | None:
    """Seconds until a batch is due that the gateway may take by these rules; None: none waits."""
    ((due,),) = SQL.run(connection, "next_due_by_route", gateway=gateway, routes=[rule.id for rule in rules])
    return None if due is None else float(due)


def delete_shares(connection: HasCursor) -> int:
    """Delete the shares of mailings that are over. Returns how many."""
    return SQL.change(connection, "delete_shares")
