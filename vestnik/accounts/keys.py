"""API keys: machines show them instead of a login's token.

A key is 256 random bits, and the ledger keeps its SHA-256. A slow hash, as passwords need, would add nothing: it makes
guessing dear, and nobody guesses 256 bits; but each request of a machine would pay for it.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.errors import InvalidInput, LoginEnded, NotFound
from vestnik.ledger.rows import find_pair
from vestnik.models import ApiKey, Role, User
from vestnik.sqlfiles import sql

#: What every key begins with: so people, and the programs that look for secrets in code, know one when they see it.
PREFIX = "vk_"
#: ``last_used_at`` is as exact as this: a busy machine costs one write a minute, not one a request.
LAST_USE = timedelta(minutes=1)
_ROLES_UPWARDS = (Role.VIEWER, Role.OPERATOR, Role.ADMINISTRATOR)


def lower_role(one: str, other: str) -> Role:
    """The role of the two that allows less."""
    return min(Role(one), Role(other), key=_ROLES_UPWARDS.index)


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
    """
    if lower_role(role, owner.role) != role:
        raise InvalidInput({"role": [_("A key may not do more than the account that makes it.")]})
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInput({"expires_at": [_("This time is past.")]})
    key = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        row = ApiKey.objects.create(
            owner=owner, name=name, role=role, digest=_digest(key), starts_with=key[:8], expires_at=expires_at
        )
        details = {"role": role, "starts_with": row.starts_with}
        record(actor=owner, action="api_key.create", object_type="api_key", object_id=row.id, details=details)
    return row, key


def find_keys(*, owner: User) -> QuerySet[ApiKey]:
    """The keys of an account that were not revoked."""
    return ApiKey.objects.filter(owner=owner, revoked_at=None)


def revoke_key(*, owner: User, key_id: int) -> None:
    """End a key: from now on it does not work.

    Raises:
        NotFound: the account has no such key.
    """
    with transaction.atomic():
        if not find_keys(owner=owner).filter(id=key_id).update(revoked_at=timezone.now()):
            raise NotFound(_("There is no such API key."))
        record(actor=owner, action="api_key.revoke", object_type="api_key", object_id=key_id, details={})


def use_key(*, key: str) -> ApiKey:
    """The row of a key that works, with its owner.

    Raises:
        LoginEnded: it does not work, or not any more.
    """
    now = timezone.now()
    found = find_pair(ApiKey, User, sql("vestnik.accounts", "live_key"), _digest(key))
    if found is None or not found[1].is_active or (found[0].expires_at is not None and found[0].expires_at <= now):
        raise LoginEnded(_("The API key is not valid, or not any more."))
    row, row.owner = found[0], found[1]
    if row.last_used_at is None or row.last_used_at <= now - LAST_USE:
        # The condition again: of simultaneous requests one writes.
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - LAST_USE)
        ApiKey.objects.filter(stale, id=row.id).update(last_used_at=now)
    return row


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
