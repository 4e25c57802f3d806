"""The SMS parts of what gateways have taken of a mailing, which is what it cost. Counted batch by batch."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from vestnik.db.statements import Statements
from vestnik.ledger.fragments import LOGGED_OVER, MESSAGE_NUMBERS
from vestnik.mailings.sms import parts_of
from vestnik.models import Mailing, MailingKind
from vestnik.statistics.totals import GatewayTotals

SQL = Statements("vestnik.statistics", logged_over=LOGGED_OVER, **MESSAGE_NUMBERS)
#: Batches that are counted in one statement (some 50 ms), and seconds after which no other statement is begun.
BATCHES_AT_ONCE, PATIENCE = 50, 0.1
#: Seconds for one mailing where nobody waits for a page.
PATIENCE_UNWATCHED = 30.0
#: States of messages that a gateway has taken.
TAKEN = ("sent", "delivered", "undelivered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Parts by the gateway's id. ``whole``: all batches are counted; else ask again for more."""

    whole: bool
    by_gateway: dict[int, int]

    def of(self, gateway: int | None) -> int | None:
        """The parts over one gateway. None: they are not all counted yet."""
        return self.by_gateway.get(gateway or 0, 0) if self.whole else None


def own_parts(mailing: Mailing) -> int:
    """The parts of the mailing's own text, which those of its messages are that say nothing else."""
    return parts_of(mailing.message_text)


def parts_by_gateway(mailing: Mailing, totals: Iterable[GatewayTotals], *, patience: float = PATIENCE) -> Parts:
    """Count what has changed since somebody last asked, and return the parts of all messages that gateways took.

    Args:
        mailing: whose messages.
        totals: its totals by gateway.
        patience: seconds to count for, at most.
    """
    own = own_parts(mailing)
    whole, extra = True, Counter[int]()
    if _may_differ(mailing):
        whole = mailing.messages_dropped_at is not None or _count(mailing.id, own, patience)
        extra.update(dict(SQL.run(connection, "extra_parts", mailing=mailing.id)))
    taken = {each.gateway: sum(each.totals[state] for state in TAKEN) for each in totals if each.gateway}
    return Parts(whole=whole, by_gateway={gateway: own * count + extra[gateway] for gateway, count in taken.items()})


def count_parts_before_retention(*, first: int, beyond: int) -> bool:
    """Count the parts of mailings whose messages are about to go. Return False if some are left.

    Args:
        first: the id of the first mailing.
        beyond: the id behind the last one.
    """
    differ = [
        mailing for mailing in Mailing.objects.filter(id__gte=first, id__lt=beyond, messages_dropped_at=None)
        if _may_differ(mailing)
    ]  # fmt: skip
    return all(_count(mailing.id, own_parts(mailing), PATIENCE_UNWATCHED) for mailing in differ)


def _may_differ(mailing: Mailing) -> bool:
    return mailing.kind == MailingKind.DIRECT or mailing.personal or mailing.parts_differ


def forget_parts() -> None:
    """Delete the counts of batches that were deleted."""
    SQL.change(connection, "forget_parts")


def _count(mailing_id: int, own: int, patience: float) -> bool:
    """Count stale batches. False: there may be more."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        ((counted,),) = SQL.run(connection, "count_parts", mailing=mailing_id, own_parts=own, most=BATCHES_AT_ONCE)
        if counted < BATCHES_AT_ONCE:
            return True
    return False
