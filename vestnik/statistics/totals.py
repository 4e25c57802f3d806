"""The totals of a mailing: how many messages are in each of the nine states. Nothing here counts messages."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from vestnik.db.statements import Macro, Statements
from vestnik.ledger.fragments import COUNTERS, GATEWAY_PARTS
from vestnik.models import DEFAULT_GATEWAY, MESSAGE_STATES, STATUS_OF_STATE, Mailing

SQL = Statements(
    "vestnik.statistics",
    counters=COUNTERS,
    gateway_parts=GATEWAY_PARTS,
    counted=Macro(lambda row: " + ".join(f"{row}.{state}" for state in MESSAGE_STATES)),
)
#: The nine words of the contract with a count each.
Totals = dict[str, int]

_COUNT_NAMES = {
    "CREATED": "created_count",
    "PROCESSING": "processing_count",
    "COMPLETE": "complete_count",
    "ERROR": "error_count",
}


def totals_of(mailings: Iterable[Mailing], *, summed: Mapping[int, Totals] | None = None) -> dict[int, Totals]:
    """The totals of each mailing, by its id: frozen totals when it is over, else the sums of its batches' counters.

    Args:
        mailings: whose totals.
        summed: sums that somebody has just made, by the mailing's id; the others are made here.
    """
    totals: dict[int, Totals] = {}
    live: list[int] = []
    for mailing in mailings:
        if mailing.frozen_at is not None and mailing.totals is not None:
            totals[mailing.id] = {state: int(mailing.totals[state]) for state in MESSAGE_STATES}
        elif summed is not None and mailing.id in summed:
            totals[mailing.id] = summed[mailing.id]
        else:
            live.append(mailing.id)
            totals[mailing.id] = dict.fromkeys(MESSAGE_STATES, 0)
    if live:
        for row in SQL.run_prepared("sum_counters", mailings=live):
            totals[row[0]] = dict(zip(MESSAGE_STATES, map(int, row[1:]), strict=True))
    return totals


class GatewayTotals(NamedTuple):
    """How many messages of a mailing are in each state, of those that go or went over one gateway.

    ``name``: None: over none, that is queued, expired or cancelled before any took them.
    """

    gateway: int | None
    name: str | None
    totals: Totals


def totals_by_gateway(mailing: int) -> list[GatewayTotals]:
    """The totals of a mailing by gateway, those of none last. Added up, they are its totals."""
    rows = SQL.run_prepared("totals_by_gateway", mailing=mailing)
    return [
        GatewayTotals(gateway, name, dict(zip(MESSAGE_STATES, map(int, counts), strict=True)))
        for gateway, name, *counts in rows
    ]


def several_gateways(mailing: int) -> tuple[GatewayTotals, ...]:
    """What each gateway did of a mailing; empty if only the gateway ``default`` had any of it."""
    return _if_several(totals_by_gateway(mailing))


def _if_several(rows: Iterable[GatewayTotals]) -> tuple[GatewayTotals, ...]:
    found = tuple(each for each in rows if each.gateway is not None)
    return () if [each.gateway for each in found] in ([], [DEFAULT_GATEWAY]) else found


def totals_with_gateways(mailing: Mailing) -> tuple[Totals, tuple[GatewayTotals, ...]]:
    """The totals of a mailing, and what each gateway did of it if there were several: of one instant."""
    rows = totals_by_gateway(mailing.id)
    gateways = _if_several(rows)
    if not gateways:
        return totals_of([mailing])[mailing.id], ()
    return {state: sum(row.totals[state] for row in rows) for state in MESSAGE_STATES}, gateways


def roll_up(totals: Totals) -> dict[str, int]:
    """``total_count`` and the four counts of the contract; the four always add up to the total."""
    counts = dict.fromkeys(_COUNT_NAMES.values(), 0)
    for state, count in totals.items():
        counts[_COUNT_NAMES[STATUS_OF_STATE[state]]] += count
    return {"total_count": sum(totals.values()), **counts}
