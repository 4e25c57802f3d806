"""The totals of a mailing: how many messages are in each of the nine states. Nothing here counts messages."""

from collections.abc import Iterable, Mapping

from vestnik.db.statements import Statements
from vestnik.ledger.statements import COUNTERS
from vestnik.models import MESSAGE_STATES, STATUS_OF_STATE, Mailing

SQL = Statements("vestnik.statistics", counters=COUNTERS)
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


def roll_up(totals: Totals) -> dict[str, int]:
    """``total_count`` and the four counts of the contract; the four always add up to the total."""
    counts = dict.fromkeys(_COUNT_NAMES.values(), 0)
    for state, count in totals.items():
        counts[_COUNT_NAMES[STATUS_OF_STATE[state]]] += count
    return {"total_count": sum(totals.values()), **counts}
