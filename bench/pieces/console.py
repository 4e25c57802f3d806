"""Pages of the console: 300 ms at most, and no slower in a great ledger than in a small one."""

from bench.asking import ConsoleReader, in_turn
from bench.context import Context
from bench.findings import Goal, Row
from bench.ledgers import two_ledgers

_REQUESTS = 15
_PAGES = {
    "start page": "/console/",
    "start page, its live part": "/console/now",
    "mailings": "/console/mailings",
    "mailings, in a state": "/console/mailings?state=paused",
    "a mailing": "/console/mailings/{mailing}",
    "a mailing, its live part": "/console/mailings/{mailing}/live",
    "a mailing, outcomes by code": "/console/mailings/{mailing}/outcomes",
    "messages in a state, deep cursor": "/console/mailings/{mailing}/messages?state=sent&cursor=before-{message}",
    "clients": "/console/clients",
    "clients, deep cursor": "/console/clients?cursor=after-{client}",
    "clients, by last digits": "/console/clients?ends=0417",
    "clients, of a tag and an operator": "/console/clients?tag=tag3&code=423",
    "a client, with the history": "/console/clients/{client}",
    "a message": "/console/messages/{single}",
    "a mailing, delivery": "/console/mailings/{mailing}/delivery",
    "what people answered": "/console/inbound",
    "gateways": "/console/gateways",
    "stop list": "/console/stop-list",
    "reports": "/console/reports",
    "new mailing": "/console/mailings/new",
    "segments": "/console/segments",
    "new segment": "/console/segments/new",
    "audit log": "/console/audit",
}


def measure(context: Context) -> None:
    """Ask both ledgers in turn."""
    great, small = context.open_shared("ledgers", lambda: two_ledgers(context))
    readers = [ConsoleReader(ledger.cluster) for ledger in (great, small)]
    for what, page in _PAGES.items():
        paths = [
            page.format(
                mailing=ledger.mailing,
                message=ledger.middle_message,
                client=ledger.middle_client,
                single=ledger.single,
            )
            for ledger in (great, small)
        ]
        ours, beside = in_turn(readers, paths, repeat=context.repeat, requests=_REQUESTS)
        context.findings.rows.append(
            Row(
                piece="console", what=what, unit="ms", ours=ours, beside=beside, goal=Goal("<=", 2),
                against=f"{small.messages:,} messages", note=f"{great.messages:,} messages; goal also: 300 ms",
            )
        )  # fmt: skip
