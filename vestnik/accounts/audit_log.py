"""The record of decisions, read."""

from django.db.models import QuerySet

from vestnik.models import AuditEntry


def find_decisions(
    *, object_type: str = "", object_id: int | None = None, actor_name: str = "", before: int | None = None
) -> QuerySet[AuditEntry]:
    """Decisions, the newest first.

    Args:
        object_type: of this kind of thing only; empty: all.
        object_id: about this one only.
        actor_name: by this account only, without regard to case.
        before: older than the entry with this id only.
    """
    found = AuditEntry.objects.select_related("actor").order_by("-id")
    if object_type:
        found = found.filter(object_type=object_type)
    if object_id is not None:
        found = found.filter(object_id=object_id)
    if actor_name:
        found = found.filter(actor_name__iexact=actor_name)
    if before is not None:
        found = found.filter(id__lt=before)
    return found
