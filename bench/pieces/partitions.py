"""A great message table must not slow sending down, and an old partition must go at once. Breaks the great ledger."""

import time

from bench.context import Context
from bench.findings import Goal, Row
from bench.ledgers import Ledger, two_ledgers

MESSAGES = 50_000
_LARGEST = """
SELECT c.relname, c.reltuples FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'vestnik_message'::regclass ORDER BY c.reltuples DESC LIMIT 1
"""


def measure(context: Context) -> None:
    """Send in both ledgers in turn; then drop what retention would."""
    great, small = context.open_shared("ledgers", lambda: two_ledgers(context))
    count = context.size(MESSAGES)
    for ledger in (great, small):
        ledger.cluster.add_clients("sent to", count)
        ledger.cluster.add_clients("few", 500)
        ledger.cluster.run_mailing("few")
    rates: tuple[list[float], list[float]] = ([], [])
    for number in range(context.repeat):
        for ledger, found in zip((small, great), reversed(rates), strict=True):
            found.append(ledger.cluster.run_mailing("sent to").rate)
        context.say(f"partitions {number + 1}/{context.repeat}: {rates[0][-1]:,.0f}/s beside {rates[1][-1]:,.0f}/s")
    context.findings.rows += [
        Row(
            piece="partitions", what=f"{count:,} messages, one worker, end to end", unit="messages/s", ours=rates[0],
            against=f"{small.messages:,} messages in the table", beside=rates[1], goal=Goal(">=", 0.9),
            note=f"{great.messages:,} messages in the table",
        ),
        _drop(great),
    ]  # fmt: skip


def _drop(ledger: Ledger) -> Row:
    """What retention does with a partition whose mailings are too old."""
    ((name, rows),) = ledger.cluster.query(_LARGEST)
    began = time.perf_counter()
    with ledger.cluster.db.transaction():
        ledger.cluster.query(f"ALTER TABLE vestnik_message DETACH PARTITION {name}")
        ledger.cluster.query(f"DROP TABLE {name}")
    milliseconds = (time.perf_counter() - began) * 1_000
    what = f"drop of a partition of {rows:,.0f} messages"
    return Row(piece="partitions", what=what, unit="ms", ours=[milliseconds], note="measured once")
