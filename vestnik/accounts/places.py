"""Known places of an account: addresses, and browsers that have a cookie of ours.

Strangers who type wrong passwords for a name use up its tries. The owner can still log in from a known place. Kept for
90 days, at most 20 for each account, as digests.
"""

from datetime import timedelta

from django.utils import timezone
from django.utils.crypto import salted_hmac

from vestnik.models import KnownPlace, User

#: How long a place stays known after the last login from it, and how many an account may have.
KEPT, MAX_PLACES = timedelta(days=90), 20


def is_known(*, user: User | None, place: str) -> bool:
    """Return whether the account was used from there before. A missing account costs the same look-up."""
    found = KnownPlace.objects.filter(digest=_digest(user, place), seen_at__gt=timezone.now() - KEPT)
    return found.exists() and user is not None


def remember(*, user: User, places: list[str]) -> None:
    """Remember that somebody has just logged in to the account from these places."""
    if not places:
        return
    now = timezone.now()
    rows = [KnownPlace(user=user, digest=_digest(user, place), seen_at=now) for place in places]
    KnownPlace.objects.bulk_create(rows, update_conflicts=True, unique_fields=["digest"], update_fields=["seen_at"])
    kept = KnownPlace.objects.filter(user=user, seen_at__gt=now - KEPT).order_by("-seen_at")[:MAX_PLACES]
    KnownPlace.objects.filter(user=user).exclude(id__in=kept.values("id")).delete()


def forget(*, user: User) -> None:
    """Forget all places of an account, because another person used it before."""
    KnownPlace.objects.filter(user=user).delete()


def _digest(user: User | None, place: str) -> str:
    return salted_hmac("vestnik.place", f"{user.pk if user else 0} {place}", algorithm="sha256").hexdigest()
