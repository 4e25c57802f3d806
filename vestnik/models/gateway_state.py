"""The cluster's knowledge of each gateway, in one row, so that a wiped broker does not reset it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Breaker(models.TextChoices):
    """``closed``: messages flow. ``open``: nothing is handed over but one probe at a time."""

    CLOSED = "closed", "messages flow"
    OPEN = "open", "the gateway is down; one probe at a time"


class GatewayState(models.Model):
    """Breaker, brake and rate limit of the gateway with the same id.

    - ``probe_at``: the next probe may leave then. ``granted_until``: the rate limit is spent up to this instant.
    - ``careful_since``: every dispatcher sends carefully from then on, until it has seen a success. ``careful_bad``:
      bad answers that all of them have seen since, without one.
    - ``asked_at``, ``asked_until``: it asked then to wait until then (``Retry-After``), and has taken nothing since.
    - ``wait_ignored_until``: somebody decided to ignore its requests to wait until then.
    - ``out_at``, ``out_code``, ``out_words``: it refuses us (a wrong secret, no funds), and what it said; it gets no
      message until somebody decides that it may. Null: it does not.
    - ``back_at``: it was down, and answers probes again since ``hold_seconds`` before; if it still does then, it takes
      new batches. Only where another gateway can take over; the hold grows with each outage that follows soon.
    - ``unopened``: why no dispatcher could be started for it (secrets that our key does not read, settings of another
      release, a certificate that is not taken). Empty: one was, or none was tried.
    - ``outcome_log``: successes are written into the log, not into rows (docs/decisions/outcome-log.md). Not about a
      gateway, but read where dispatchers read with every flush. It counts on the row of ``default`` only.
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
    out_at = models.DateTimeField(null=True)
    out_code = models.CharField(max_length=40, default="", db_default="", blank=True)
    out_words = models.CharField(max_length=200, default="", db_default="", blank=True)
    back_at = models.DateTimeField(null=True)
    hold_seconds = models.IntegerField(default=60, db_default=60)
    unopened = models.CharField(max_length=200, default="", db_default="", blank=True)
    outcome_log = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(breaker__in=Breaker.values), name="gateway_state_breaker_known"),
        ]


class GatewayMinute(models.Model):
    """Outcomes that came over a gateway in one minute, as one session wrote them, for "the last hour". Kept for hours.

    - ``writer``: the session's process in the server. So no two transactions wait for one row.
    - ``state``: the number of the state that messages got. QUEUED: they are tried again. ``code``: of the outcome;
      empty for SENT, and where an earlier outcome decided.
    """

    pk = models.CompositePrimaryKey("gateway_id", "minute", "writer", "state", "code")
    gateway_id = models.SmallIntegerField()
    minute = models.DateTimeField()
    writer = models.IntegerField()
    state = models.SmallIntegerField()
    code = models.TextField()
    count = models.BigIntegerField()


class GatewayPlaces(models.Model):
    """What one dispatcher may use of the requests (of SMPP: sessions) that a provider takes at once from one account.

    ``holder``: the dispatcher. ``until``: when others may have its ``places``; it renews them before.
    """

    pk = models.CompositePrimaryKey("gateway_id", "holder")
    gateway_id = models.SmallIntegerField()
    holder = models.CharField(max_length=80)
    places = models.IntegerField()
    until = models.DateTimeField()


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
