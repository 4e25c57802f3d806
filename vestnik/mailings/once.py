"""Handles a request once, however often it is sent: ``Idempotency-Key``, for clients that got no answer.

The first request with a key writes a row in the same transaction as what it makes. Others with that key wait on the
row's unique index until that transaction has ended. Then they return its answer, or do the work if it failed.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from vestnik.db.statements import Statements
from vestnik.errors import KeyReused
from vestnik.models import RememberedRequest, User

SQL = Statements("vestnik.mailings")
#: How long an answer is remembered.
REMEMBERED = timedelta(hours=24)
#: Old rows that one request sweeps away: more than it adds, so that they never pile up.
_SWEPT = 20


def once(*, user: User, key: str, body: Any, make: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Return the result of ``make``, or its earlier result for this user and key in the last 24 hours.

    Args:
        user: whose key it is; others may have the same one.
        key: chosen by the user, for one request and its repetitions.
        body: what was asked for, as JSON; the order of its keys means nothing.
        make: does it, and gives the answer as JSON; what it raises leaves nothing behind.

    Returns:
        The answer, and whether it is a repetition.

    Raises:
        KeyReused: the key came with another body before.
    """
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    with transaction.atomic():
        _forget_old(user, key)
        if not _claim(user, key, digest):
            first = RememberedRequest.objects.get(user=user, key=key)
            if first.body_digest != digest:
                raise KeyReused(_("This Idempotency-Key was used with another body: take a new one."))
            return first.answer or {}, True
        answer = make()
        RememberedRequest.objects.filter(user=user, key=key).update(answer=answer)
    return answer, False


def answers_to(*, user: User, prefix: str) -> list[dict[str, Any]]:
    """The answers of the last 24 hours to this user's requests whose keys begin with ``prefix``, in order."""
    remembered = RememberedRequest.objects.filter(user=user, key__startswith=prefix, created_at__gte=Now() - REMEMBERED)
    return [answer for answer in remembered.order_by("id").values_list("answer", flat=True) if answer is not None]


def _claim(user: User, key: str, digest: str) -> bool:
    return bool(SQL.run(connection, "remember_request", user=user.id, key=key, digest=digest))


def _forget_old(user: User, key: str) -> None:
    old = RememberedRequest.objects.filter(created_at__lt=Now() - REMEMBERED)
    old.filter(user=user, key=key).delete()
    # Those that another request is sweeping are left to it.
    swept = old.select_for_update(skip_locked=True).order_by("created_at").values_list("id", flat=True)[:_SWEPT]
    RememberedRequest.objects.filter(id__in=list(swept)).delete()
