"""Moves messages by what receipts say: the only way to delivered and undelivered, and a way out of unknown."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from vestnik.db.arrays import number_array, text_array
from vestnik.db.connection import Connection
from vestnik.ledger.fragments import SQL, columns
from vestnik.ledger.outcome_log import fold
from vestnik.ledger.outcomes import Named

#: Seconds that a provider's clock may differ from ours: days, where it writes local time as UTC and is wrong besides.
CLOCK_TOLERANCE = 2 * 86_400.0


class Target(NamedTuple):
    """What a receipt says of one message.

    ``gateway``: over which it came. ``target``: the number of the state, sent, delivered or undelivered. ``code``,
    ``words``: the provider's own, kept where it is undelivered. ``said``: when, in unix seconds; None: it does not say.
    ``received``: when we got it.
    """

    id: int
    batch: int
    gateway: int
    target: int
    code: str
    words: str
    said: float | None
    received: float


def lock_for_receipts(connection: Connection, *, mailings: Iterable[int], batches: Iterable[int]) -> None:
    """Lock the batches that receipts are for, and their mailings: first of all, and all of a transaction at once.

    So two transactions, or one and a flush, never wait for each other. Parts of one message that are reported at the
    same moment are seen one after the other.
    """
    SQL.run(connection, "lock_for_receipts", mailings=sorted(mailings), batches=sorted(batches))


def name_by_receipts(connection: Connection, named: Sequence[Named], *, gateway: int) -> None:
    """Keep what a gateway calls messages that have no name there yet, as receipts say it that name our id as well.

    Args:
        connection: in a transaction that holds :func:`lock_for_receipts`.
        named: each message once, as its only part.
        gateway: over which the receipts came, and their messages went.
    """
    SQL.run(connection, "name_by_receipts", gateway=gateway, **columns(Named, named))


def apply_receipts(connection: Connection, targets: Sequence[Target], *, mailing: int) -> dict[int, str]:
    """Move messages of one mailing. Gives by message what came of its receipt.

    The time that a receipt says is believed from the moment when its message was sent, or made if that is unknown. One
    that is earlier by at most :data:`CLOCK_TOLERANCE` stands for that moment. If it is even earlier, or none is said,
    the time counts at which we got the receipt.

    That is ``moved``, ``same``, ``early``, ``foreign`` or ``contradiction`` (``sql/apply_receipts.sql``). A message
    that is gone is not in the result. One that is in another batch since it was looked up is ``early``: a split came
    between, and the next look finds it.

    Args:
        connection: in a transaction that holds :func:`lock_for_receipts`.
        targets: each message once, in the order of ids.
        mailing: whose messages.
    """
    rows = SQL.run(
        connection, "apply_receipts", mailing=mailing, tolerance=CLOCK_TOLERANCE,
        id=number_array([each.id for each in targets]),
        batch=number_array([each.batch for each in targets]),
        gateway=number_array([each.gateway for each in targets]),
        target=number_array([each.target for each in targets]),
        code=text_array([each.code for each in targets]),
        words=text_array([each.words for each in targets]),
        said=number_array([each.said for each in targets]),
        received=number_array([each.received for each in targets]),
    )  # fmt: skip
    fold(connection, mailing=mailing, batches=(rows[0][2] or []) if rows else [])
    return {message: verdict for message, verdict, _ in rows}
