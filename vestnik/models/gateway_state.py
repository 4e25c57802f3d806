"""The cluster's knowledge of the gateway, in one row, so that a wiped broker does not reset it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Breaker(models.TextChoices):
    """``closed``: messages flow. ``open``: nothing is handed over but one probe at a time."""

    CLOSED = "closed", "messages flow"
    OPEN = "open", "the gateway is down; one probe at a time"


class GatewayState(models.Model):
    """The only row (id 1): breaker, brake and rate limit of the gateway.

    - ``probe_at``: the next probe may leave then. ``granted_until``: the rate limit is spent up to this instant.
    - ``careful_since``: every dispatcher sends carefully from then on, until it has seen a success. ``careful_bad``:
      bad answers that all of them have seen since, without one.
    - ``asked_at``, ``asked_until``: it asked then to wait until then (``Retry-After``), and has taken nothing since.
    - ``wait_ignored_until``: somebody decided to ignore its requests to wait until then.
    - ``outcome_log``: successes are written into the log, not into rows (docs/decisions/outcome-log.md). Not about the
      gateway, but read where dispatchers read with every flush.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    breaker = models.CharField(max_length=6, choices=Breaker.choices, default=Breaker.CLOSED)
    breaker_reason = models.CharField(max_length=200, default="")
    breaker_changed_at = models.DateTimeField(null=True)
    probe_at = models.DateTimeField(null=True)
    probes_failed = models.IntegerField(default=0)
    granted_until = models.DateTimeField(null=True)
    careful_since = models.DateTimeField(null=True)
    careful_bad = models.IntegerField(default=0, db_default=0)
    asked_at = models.DateTimeField(null=True)
    asked_until = models.DateTimeField(null=True)
    wait_ignored_until = models.DateTimeField(null=True)
    outcome_log = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(id=1), name="gateway_state_one_row"),
            models.CheckConstraint(condition=Q(breaker__in=Breaker.values), name="gateway_state_breaker_known"),
        ]


class ReportSent(models.Model):
    """The daily report of ``day`` went to ``recipient``: once, whatever happens.

    ``claimed_at`` is written before the SMTP conversation, ``sent_at`` after; ``covers_until`` is where the next
    report begins.
    """

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    recipient = models.EmailField()
    covers_from = models.DateTimeField()
    covers_until = models.DateTimeField()
    claimed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    error = models.CharField(max_length=300, default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["day", "recipient"], name="report_once_a_day"),
        ]
