"""Pages of the console: 300 ms at most, and no slower in a great ledger than in a small one."""

from collections.abc import Sequence
from functools import partial
from uuid import uuid4

from bench.asking import ConsoleReader, in_turn
from bench.context import Context
from bench.findings import Goal, Row
from bench.ledgers import Ledger, two_ledgers

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
    "new mailing, nothing remembered": "/console/mailings/new",
    "segments": "/console/segments",
    "new segment": "/console/segments/new",
    "audit log": "/console/audit",
}

#: Before each request of these pages, all that processes remember of the directory gets out of date.
_FORGETFUL = {"new mailing, nothing remembered"}


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
        before = partial(_outdate, (great, small)) if what in _FORGETFUL else lambda: None
        ours, beside = in_turn(readers, paths, repeat=context.repeat, requests=_REQUESTS, before=before)
        context.findings.rows.append(
            Row(
                piece="console", what=what, unit="ms", ours=ours, beside=beside, goal=Goal("<=", 2),
                against=f"{small.messages:,} messages", note=f"{great.messages:,} messages; goal also: 300 ms",
            )
        )  # fmt: skip


def _outdate(ledgers: Sequence[Ledger]) -> None:
    """Give a client a tag that there never was. No process can have counted its clients."""
    for ledger in ledgers:
        last = "UPDATE vestnik_client SET tag = %s WHERE id = (SELECT max(id) FROM vestnik_client)"
        ledger.cluster.query(last, f"tag {uuid4().hex}")
