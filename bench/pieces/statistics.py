"""Statistics must not be slower in a great ledger: they are sums over batch counters and frozen totals."""

from bench.asking import Reader, in_turn
from bench.context import Context
from bench.findings import Goal, Row
from bench.ledgers import two_ledgers

_REQUESTS = 15


def measure(context: Context) -> None:
    """Ask both ledgers in turn."""
    great, small = context.open_shared("ledgers", lambda: two_ledgers(context))
    asked = {
        "list of 1,000 mailings": "/sender/notifications/statistics?page_size=1000",
        "a live mailing, with 1,000 messages": "/sender/notifications/{mailing}/statistics?page_size=1000",
        "a live mailing, with 1 message": "/sender/notifications/{mailing}/statistics?page_size=1",
    }
    readers = [Reader(ledger.cluster) for ledger in (great, small)]
    for what, path in asked.items():
        paths = [path.format(mailing=ledger.mailing) for ledger in (great, small)]
        ours, beside = in_turn(readers, paths, repeat=context.repeat, requests=_REQUESTS)
        context.findings.rows.append(
            Row(
                piece="statistics", what=what, unit="ms", ours=ours, beside=beside, goal=Goal("<=", 2),
                against=f"{small.messages:,} messages", note=f"{great.messages:,} messages",
            )
        )  # fmt: skip
