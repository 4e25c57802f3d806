"""Pages must cost the same in the middle of a great table as at the beginning of a small one."""

from bench.asking import Reader, in_turn
from bench.context import Context
from bench.findings import Goal, Row
from bench.ledgers import Ledger, two_ledgers

_REQUESTS = 15


def measure(context: Context) -> None:
    """Ask both ledgers in turn."""
    great, small = context.open_shared("ledgers", lambda: two_ledgers(context))
    readers = [Reader(ledger.cluster) for ledger in (great, small)]
    for what, path in _asked().items():
        paths = [_path(path, ledger) for ledger in (great, small)]
        ours, beside = in_turn(readers, paths, repeat=context.repeat, requests=_REQUESTS)
        of_messages = "messages" in path
        counts = [f"{ledger.messages if of_messages else ledger.clients:,}" for ledger in (great, small)]
        rows = "messages" if of_messages else "clients"
        context.findings.rows.append(
            Row(
                piece="pages", what=what, unit="ms", ours=ours, beside=beside, goal=Goal("<=", 2),
                against=f"{counts[1]} {rows}", note=f"{counts[0]} {rows}",
            )
        )  # fmt: skip


def _asked() -> dict[str, str]:
    messages = "/sender/notifications/{mailing}/messages"
    return {
        "clients, first page": "/client/?page_size=500",
        "clients, deep cursor": "/client/?page_size=100&cursor=after-{middle_client}",
        "clients of a tag, deep cursor": "/client/?page_size=40&tag=tag3&cursor=after-{middle_client}",
        "messages, first page": messages + "?page_size=500",
        "messages, deep cursor": messages + "?page_size=100&cursor=after-{middle_message}",
        "messages in a state, deep cursor": messages + "?page_size=100&state=sent&cursor=before-{middle_message}",
    }


def _path(path: str, ledger: Ledger) -> str:
    return path.format(mailing=ledger.mailing, middle_client=ledger.middle_client, middle_message=ledger.middle_message)
