"""Handles a request once, however often it is sent: ``Idempotency-Key``, for clients that got no answer.

The first request with a key writes a row in the same transaction as what it makes. Others with that key wait on the
row's unique index until that transaction has ended. Then they return its answer, or do the work if it failed.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from vestnik.db.statements import Statements
from vestnik.errors import Busy, KeyReused
from vestnik.models import RememberedRequest, User

SQL = Statements("vestnik.mailings")
#: How long an answer is remembered.
REMEMBERED = timedelta(hours=24)
#: When others sweep a row away: later, so that they never take one whose own request still counts on it.
_SWEPT_AFTER = REMEMBERED + timedelta(hours=1)
#: Old rows that one request sweeps away: more than it adds, so that they never pile up.
_SWEPT = 20


class Claim(NamedTuple):
    """A key of an account, ``user``: its id, and the digest of the body that came with it."""

    user: int
    key: str
    digest: str


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
        Busy: the key's earlier requests were forgotten at this moment; trying again helps.
    """
    digest = digest_of(body)
    with transaction.atomic():
        first = _earlier(user, key, digest)
        if first is not None:
            if first.body_digest != digest:
                raise KeyReused(_("This Idempotency-Key was used with another body: take a new one."))
            return first.answer or {}, True
        answer = make()
        SQL.run_prepared("keep_answer", user=user.id, key=key, answer=Jsonb(answer))
    return answer, False


def digest_of(body: Any) -> str:
    """What is kept of a body, as JSON, so that another one with the same key is noticed."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def claim_keys(claims: Sequence[Claim]) -> set[tuple[int, str]]:
    """Claim the keys of several requests, until the transaction ends. Returns the accounts and keys that were free.

    Of a key that comes twice only the first request may go on. Call it before anything else is locked, and then either
    :func:`keep_answers` or :func:`let_go` for each key that was free.
    """
    values = {**_columns(claims), "digests": [claim.digest for claim in claims]}
    swept_after = _SWEPT_AFTER.total_seconds()
    rows = SQL.run_prepared("claim_requests", swept_after=swept_after, most=_SWEPT + len(claims), **values)
    return {(user, key) for user, key in rows}


def keep_answers(answers: Mapping[Claim, dict[str, Any]]) -> None:
    """Keep the answers, as JSON, to requests that were claimed in this transaction."""
    SQL.run_prepared("keep_answers", answers=[Jsonb(answer) for answer in answers.values()], **_columns(answers))


def let_go(claims: Sequence[Claim]) -> None:
    """Free keys that were claimed in this transaction: nothing came of their requests."""
    SQL.run_prepared("let_go_requests", **_columns(claims))


def _columns(claims: Collection[Claim]) -> dict[str, list[Any]]:
    return {"users": [claim.user for claim in claims], "keys": [claim.key for claim in claims]}


def _earlier(user: User, key: str, digest: str) -> RememberedRequest | None:
    """The first request with this key; None: there was none, and now this is the first.

    Raises:
        Busy: others claimed the key twice and were gone again, as when they are forgotten at this moment.
    """
    periods = {"seconds": REMEMBERED.total_seconds(), "swept_after": _SWEPT_AFTER.total_seconds()}
    for _again in range(2):
        SQL.run_prepared("forget_requests", user=user.id, key=key, most=_SWEPT, **periods)
        if _claim(user, key, digest):
            return None
        first = RememberedRequest.objects.filter(user=user, key=key).first()
        if first is not None:
            return first
    raise Busy(_("Try again later."))


def answers_to(*, user: User, prefix: str) -> list[dict[str, Any]]:
    """The answers of the last 24 hours to this user's requests whose keys begin with ``prefix``, in order."""
    remembered = RememberedRequest.objects.filter(user=user, key__startswith=prefix, created_at__gte=Now() - REMEMBERED)
    return [answer for answer in remembered.order_by("id").values_list("answer", flat=True) if answer is not None]


def _claim(user: User, key: str, digest: str) -> bool:
    return bool(SQL.run_prepared("remember_request", user=user.id, key=key, digest=digest))
