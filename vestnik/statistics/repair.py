"""Books that differ from their rows are written anew: the rows are the truth."""

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from vestnik.accounts.audit import record
from vestnik.db.sql_files import sql
from vestnik.mailings.wake import wake_all
from vestnik.models import MESSAGE_STATES, BooksCheck, User
from vestnik.statistics.check import SQL, count_columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What a repair did to one mailing.

    ``batches``: whose counters were written anew. ``adopted``: messages that belonged to no batch, of which ``unknown``
    were queued. ``thawed``: the frozen totals were wrong, and are summed anew.
    """

    mailing: int
    batches: int
    adopted: int
    unknown: int
    thawed: bool

    @property
    def words(self) -> str:
        """One sentence for people."""
        done = [f"{self.batches} batches recounted"]
        if self.adopted:
            done.append(f"{self.adopted} messages put into batches, {self.unknown} of them unknown now")
        if self.thawed:
            done.append("the totals summed anew")
        return ", ".join(done)


def repair_books(*, mailing: int, actor: User | None) -> Repaired:
    """Write the counters of a mailing anew from its rows, in one transaction, with an audit entry.

    Its batches are locked meanwhile, so its dispatchers wait: some 0.5 s for a million messages.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql(SQL, "lock_books"), {"mailing": mailing})
        cursor.execute(sql(SQL, "adopt_orphans"), {"mailing": mailing})
        adopted, unknown, _ = cursor.fetchone() or (0, 0, 0)
        cursor.execute(sql(SQL, "recount", columns=count_columns()), {"mailing": mailing, "adopted": adopted > 0})
        batches = len(cursor.fetchall())
        thawed = _refreeze(cursor, mailing)
        repaired = Repaired(mailing=mailing, batches=batches, adopted=adopted, unknown=unknown, thawed=thawed)
        # Whatever was found before, it is checked again.
        BooksCheck.objects.filter(mailing_id=mailing).delete()
        if batches or adopted or thawed:
            _note(repaired, actor)
    return repaired


def _refreeze(cursor: CursorWrapper, mailing: int) -> bool:
    """Sum frozen totals anew where they differ; where something is queued again, the mailing goes on."""
    cursor.execute(sql(SQL, "totals_differ"), {"mailing": mailing, "words": list(MESSAGE_STATES)})
    if not cursor.fetchall():
        return False
    cursor.execute(sql(SQL, "thaw"), {"mailing": mailing})
    cursor.execute(sql("vestnik.mailings", "finish"), {"mailing": mailing})
    return True


def _note(repaired: Repaired, actor: User | None) -> None:
    details = {
        "batches": repaired.batches,
        "adopted": repaired.adopted,
        "unknown": repaired.unknown,
        "thawed": repaired.thawed,
    }
    record(actor=actor, action="books.repair", object_type="mailing", object_id=repaired.mailing, details=details)
    wake_all("mailing")
