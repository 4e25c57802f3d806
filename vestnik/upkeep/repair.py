"""Repairs totals that differ from their messages: they are counted again from the rows."""

from dataclasses import dataclass

from django.db import transaction

from vestnik.accounts.audit import record
from vestnik.ledger import repair as ledger
from vestnik.mailings.wake import wake_all
from vestnik.models import TotalsCheck, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """The result of a repair of one mailing.

    ``batches``: how many had wrong counters. ``adopted``: messages that belonged to no batch, of which ``unknown`` were
    queued. ``thawed``: the frozen totals were wrong and were summed again.
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
            done.append("the totals recalculated")
        return ", ".join(done)


def repair_totals(*, mailing: int, actor: User | None) -> Repaired:
    """Count the totals of a mailing again from its rows, in one transaction, with an audit entry.

    Its batches are locked meanwhile, so its dispatchers wait: some 0.5 s for a million messages.
    """
    with transaction.atomic():
        ledger.lock(mailing=mailing)
        unfolded = ledger.unfold(mailing=mailing)
        adopted, unknown, _ = ledger.adopt_orphans(mailing=mailing)
        batches = ledger.recount(mailing=mailing, adopted=adopted > 0)
        thawed = ledger.refreeze(mailing=mailing)
        repaired = Repaired(mailing=mailing, batches=batches, adopted=adopted, unknown=unknown, thawed=thawed)
        # It is checked again, whatever the last check found.
        TotalsCheck.objects.filter(mailing_id=mailing).delete()
        if batches or adopted or thawed or unfolded:
            _note(repaired, actor)
    return repaired


def _note(repaired: Repaired, actor: User | None) -> None:
    details = {
        "batches": repaired.batches,
        "adopted": repaired.adopted,
        "unknown": repaired.unknown,
        "thawed": repaired.thawed,
    }
    record(actor=actor, action="books.repair", object_type="mailing", object_id=repaired.mailing, details=details)
    wake_all("mailing")
