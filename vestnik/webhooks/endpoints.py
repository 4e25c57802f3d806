"""Endpoints: made, changed, removed, and their secrets rotated. Every decision is recorded."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.db.locks import Lock, lock
from vestnik.db.statements import Statements
from vestnik.encryption import encrypt, reencrypted
from vestnik.errors import InvalidInput, NotFound, StateForbids, WrongKey
from vestnik.models import DisabledCode, User, WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEventType
from vestnik.webhooks.delivery import secrets_of
from vestnik.webhooks.signature import new_secret
from vestnik.webhooks.targets import read_target

#: Endpoints, at most: each event is written once, and a delivery for each of them.
MAX_ENDPOINTS = 20
#: How long the secret before a rotation counts.
BOTH_COUNT = timedelta(hours=24)
MAX_DESCRIPTION = 200
#: What an edit writes.
_WRITTEN = (
    "url", "event_types", "description", "enabled", "disabled_code", "disabled_at", "failures", "failing_since",
    "waits_until", "version",
)  # fmt: skip

SQL = Statements("vestnik.webhooks")


def find_endpoints() -> QuerySet[WebhookEndpoint]:
    """All endpoints, the oldest first."""
    return WebhookEndpoint.objects.select_related("created_by").order_by("id")


def get_endpoint(*, endpoint_id: int) -> WebhookEndpoint:
    """The endpoint with this id.

    Raises:
        NotFound: there is none.
    """
    return _found(find_endpoints().filter(id=endpoint_id).first())


def lock_endpoint(*, endpoint_id: int) -> WebhookEndpoint:
    """The endpoint with this id, locked until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    return _found(WebhookEndpoint.objects.select_for_update(no_key=True).filter(id=endpoint_id).first())


def create_endpoint(
    *, url: str, event_types: Sequence[str], description: str, actor: User | None
) -> tuple[WebhookEndpoint, str]:
    """Make an endpoint. Return it with its secret, which is never shown again.

    Raises:
        InvalidInput: by field, what is wrong.
        StateForbids: there are too many.
    """
    row = WebhookEndpoint(description=description, created_by=actor)
    _set_url(row, url)
    _set_event_types(row, event_types)
    if WebhookEndpoint.objects.count() >= MAX_ENDPOINTS:
        raise StateForbids(_("There are %(most)s webhooks already: remove one first.") % {"most": MAX_ENDPOINTS})
    secret = new_secret()
    row.secrets = encrypt({"now": secret})
    with transaction.atomic():
        row.save(force_insert=True)
        row.refresh_from_db()
        _note(row, "create", actor, {})
    return row, secret


def edit_endpoint(*, endpoint: WebhookEndpoint, changes: Mapping[str, Any], actor: User | None) -> WebhookEndpoint:
    """Change an endpoint.

    Args:
        endpoint: locked, in a transaction.
        changes: ``url``, ``event_types``, ``description``, ``enabled``; what is absent stays. Enabled again, what still
            waits is due at once.
        actor: who decides.

    Raises:
        InvalidInput: by field, what is wrong.
    """
    before = {name: getattr(endpoint, name) for name in ("url", "event_types", "description", "enabled")}
    if "url" in changes:
        _set_url(endpoint, changes["url"])
    if "event_types" in changes:
        _set_event_types(endpoint, changes["event_types"])
    endpoint.description = changes.get("description", endpoint.description)
    if changes.get("enabled", endpoint.enabled) != endpoint.enabled:
        _switch(endpoint)
    changed = [name for name, value in before.items() if value != getattr(endpoint, name)]
    if not changed:
        return endpoint
    if "url" in changed:
        # What the old address did says nothing of the new one.
        endpoint.failures, endpoint.failing_since, endpoint.waits_until = 0, None, None
    endpoint.version += 1
    endpoint.save(update_fields=_WRITTEN)
    if changed != ["enabled"]:
        _note(endpoint, "edit", actor, {"changed": [name for name in changed if name != "enabled"]})
    if "enabled" in changed:
        _note(endpoint, "enable" if endpoint.enabled else "disable", actor, {})
    return endpoint


def remove_endpoint(*, endpoint: WebhookEndpoint, actor: User | None) -> None:
    """Remove an endpoint, locked in a transaction, with its attempts and what still waits for it."""
    _note(endpoint, "remove", actor, {})
    WebhookDelivery.objects.filter(endpoint_id=endpoint.id).delete()
    WebhookAttempt.objects.filter(endpoint_id=endpoint.id).delete()
    endpoint.delete()


def rotate_secret(*, endpoint: WebhookEndpoint, actor: User | None) -> str:
    """Give an endpoint, locked in a transaction, another secret, and return it. Both count for a day.

    A secret that cannot be read any more (another SECRET_KEY) is simply replaced.
    """
    try:
        (last, *_older) = secrets_of(endpoint.secrets, two=False)
        before = {"before": last}
    except WrongKey:
        before = {}
    secret = new_secret()
    endpoint.secrets = encrypt({"now": secret, **before})
    endpoint.before_until = timezone.now() + BOTH_COUNT if before else None
    endpoint.version += 1
    endpoint.save(update_fields=["secrets", "before_until", "version"])
    _note(endpoint, "rotate", actor, {})
    return secret


def replay(*, endpoint: WebhookEndpoint, first: datetime, last: datetime, actor: User | None) -> int:
    """Deliver the events of a period again, each with its old id. Return how many.

    Args:
        endpoint: locked, in a transaction.
        first: of the period; events are kept for :data:`vestnik.webhooks.retention.EVENT_DAYS` days.
        last: its end, which does not belong to it.
        actor: who decides.

    Raises:
        InvalidInput: the period ends before it begins.
        StateForbids: the endpoint is disabled.
    """
    if first >= last:
        raise InvalidInput({"to": [_("The period has to end after it begins.")]})
    if not endpoint.enabled:
        raise StateForbids(_("The webhook is disabled: enable it first."))
    # An erasure deletes events: it is over, or begins when their deliveries are there to be deleted.
    lock(connection, Lock.WEBHOOK_EVENTS, shared=True)
    events = SQL.change(connection, "replay", endpoint=endpoint.id, first=first, last=last)
    _note(endpoint, "replay", actor, {"events": events})
    return events


def find_attempts(*, endpoint: WebhookEndpoint) -> QuerySet[WebhookAttempt]:
    """The last attempts of an endpoint, in no order."""
    return WebhookAttempt.objects.filter(endpoint_id=endpoint.id)


def pause_end(endpoint: WebhookEndpoint) -> datetime | None:
    """Return until when no event is tried, because of what the endpoint answered; None: nothing keeps them back."""
    until = endpoint.waits_until
    return until if endpoint.enabled and until is not None and until > timezone.now() else None


def waiting_events(*, endpoint: WebhookEndpoint) -> int:
    """Return how many events wait for an endpoint."""
    return WebhookDelivery.objects.filter(endpoint_id=endpoint.id).count()


def reencrypt_webhooks(*, actor: User | None) -> tuple[int, int]:
    """Encrypt with today's ``SECRET_KEY`` what an earlier one encrypted.

    Returns how many were encrypted again, and how many cannot be read: those need a rotation.
    """
    done = unreadable = 0
    with transaction.atomic():
        for row in WebhookEndpoint.objects.select_for_update(no_key=True).order_by("id"):
            try:
                secrets = reencrypted(row.secrets)
            except WrongKey:
                unreadable += 1
                continue
            if secrets is not None:
                row.secrets = secrets
                row.save(update_fields=["secrets"])
                _note(row, "reencrypt", actor, {})
                done += 1
    return done, unreadable


def note_test(endpoint: WebhookEndpoint, actor: User | None, *, good: bool) -> None:
    """Record that a test event was sent."""
    _note(endpoint, "test", actor, {"good": good})


def _switch(endpoint: WebhookEndpoint) -> None:
    endpoint.enabled = not endpoint.enabled
    if endpoint.enabled:
        endpoint.disabled_code, endpoint.disabled_at = "", None
        endpoint.failures, endpoint.failing_since, endpoint.waits_until = 0, None, None
        WebhookDelivery.objects.filter(endpoint_id=endpoint.id).update(
            due_at=timezone.now(), since=timezone.now(), attempts=0
        )
    else:
        endpoint.disabled_code, endpoint.disabled_at = DisabledCode.OPERATOR, timezone.now()


def _set_url(endpoint: WebhookEndpoint, url: str) -> None:
    read_target(url, allow_private=settings.ENVIRONMENT.webhook_allow_private)
    endpoint.url = url


def _set_event_types(endpoint: WebhookEndpoint, wanted: Sequence[str]) -> None:
    known = [kind.value for kind in WebhookEventType if kind in wanted]
    if not known or set(wanted) - set(known):
        sentence = _("Use one or more of: %(words)s.") % {"words": ", ".join(WebhookEventType.values)}
        raise InvalidInput({"event_types": [sentence]})
    endpoint.event_types = known


def _found(endpoint: WebhookEndpoint | None) -> WebhookEndpoint:
    if endpoint is None:
        raise NotFound(_("There is no webhook with this id."))
    return endpoint


def _note(endpoint: WebhookEndpoint, action: str, actor: User | None, details: Mapping[str, Any]) -> None:
    """The record has the host only: the rest of an address may hold a token."""
    host = read_target(endpoint.url, allow_private=True).host
    details = {"name": host, **details}
    record(actor=actor, action=f"webhook.{action}", object_type="webhook", object_id=endpoint.id, details=details)
