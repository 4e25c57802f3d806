"""API keys: programs send them instead of a login's token.

A key is 256 random bits, and the ledger keeps its SHA-256. A slow hash, as passwords need, would add nothing: it makes
guessing expensive, and nobody guesses 256 bits. But each request of a machine would pay for it.
"""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.accounts.locking import locked_as_known
from vestnik.db.rows import find_pair
from vestnik.db.statements import Statements
from vestnik.errors import InvalidInput, LoginEnded, NotFound
from vestnik.models import ApiKey, Role, User

SQL = Statements("vestnik.accounts")
#: The prefix of every key: people, and programs that look for secrets in code, recognise a key by it.
PREFIX = "vk_"
#: ``last_used_at`` has this precision: a busy machine costs one write a minute, not one a request.
LAST_USE = timedelta(minutes=1)
#: A role that allows more has a higher number.
RANK = {Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMINISTRATOR: 2}


def lower_role(one: str, other: str) -> Role:
    """The role of the two that allows less."""
    return min(Role(one), Role(other), key=RANK.__getitem__)


def create_key(*, owner: User, name: str, role: Role, expires_at: datetime | None) -> tuple[ApiKey, str]:
    """Make a key.

    Args:
        owner: who makes it, and whose it is.
        name: what it is for.
        role: at most the owner's.
        expires_at: None: never.

    Returns:
        The key's row, and the key itself, which nobody can show again.

    Raises:
        InvalidInput: the role is above the owner's, or the expiry is past.
        LoginEnded: the account was closed, or given another password, since the request was let in.
    """
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInput({"expires_at": [_("This time is past.")]})
    key = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        owner = locked_as_known(owner)
        if lower_role(role, owner.role) != role:
            raise InvalidInput({"role": [_("A key may not do more than the account that makes it.")]})
        row = ApiKey.objects.create(
            owner=owner, name=name, role=role, digest=_digest(key), starts_with=key[:8], expires_at=expires_at
        )
        details = {"role": role, "starts_with": row.starts_with}
        record(actor=owner, action="api_key.create", object_type="api_key", object_id=row.id, details=details)
    return row, key


def find_keys(*, owner: User | str | None = None) -> QuerySet[ApiKey]:
    """The keys that were not revoked, of an account (or of the one with a name, without regard to case) or of all."""
    keys = ApiKey.objects.filter(revoked_at=None).select_related("owner")
    if isinstance(owner, str):
        return keys.filter(owner__username__iexact=owner)
    return keys if owner is None else keys.filter(owner=owner)


def keys_with(*, ids: Collection[int]) -> list[ApiKey]:
    """The keys with these ids, also those that were revoked, with their owners."""
    return list(ApiKey.objects.filter(id__in=list(ids)).select_related("owner"))


def revoke_key(*, actor: User, key_id: int) -> None:
    """End a key: from now on it does not work. Everybody may end their own, in any role; administrators any.

    Raises:
        NotFound: there is no such key, or it is somebody else's.
    """
    found = find_keys(owner=None if actor.role == Role.ADMINISTRATOR else actor)
    with transaction.atomic():
        if not found.filter(id=key_id).update(revoked_at=timezone.now()):
            raise NotFound(_("There is no such API key."))
        _note_revoked(actor, key_id)


def revoke_all_keys(*, owner: User, actor: User | None) -> None:
    """End all keys of an account that is locked, so that no further one is made meanwhile."""
    ids = list(find_keys(owner=owner).values_list("id", flat=True))
    ApiKey.objects.filter(id__in=ids).update(revoked_at=timezone.now())
    for key_id in ids:
        _note_revoked(actor, key_id)


def _note_revoked(actor: User | None, key_id: int) -> None:
    record(actor=actor, action="api_key.revoke", object_type="api_key", object_id=key_id, details={})


def use_key(*, key: str) -> ApiKey:
    """Return the row of a valid key, with its owner.

    Raises:
        LoginEnded: it is not valid, or not any more.
    """
    now = timezone.now()
    found = find_pair(ApiKey, User, SQL, "live_key", digest=_digest(key))
    if found is None or not found[1].is_active or (found[0].expires_at is not None and found[0].expires_at <= now):
        raise LoginEnded(_("The API key is invalid, expired or revoked."))
    row, row.owner = found[0], found[1]
    if row.last_used_at is None or row.last_used_at <= now - LAST_USE:
        # The condition again: of simultaneous requests one writes.
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - LAST_USE)
        ApiKey.objects.filter(stale, id=row.id).update(last_used_at=now)
    return row


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
