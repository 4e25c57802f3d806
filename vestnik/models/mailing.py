"""Mailings and the batches they are sent in."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from vestnik.models.account import User
from vestnik.models.states import BatchState, MailingKind, MailingState, OnMissing, PauseCode


class Mailing(models.Model):
    """One text for everybody who matches a filter, between a start and an end.

    - ``filter_tags``, ``filter_codes``: null means "not filtered by it"; both are ANDed, values within one ORed.
    - ``earlier_mailing``, ``earlier_states``, ``earlier_codes``: only phones whose message in that mailing has one of
      these states (words), and one of these codes (null: any). No foreign key: the earlier mailing may be forgotten.
    - ``segment``: a copy of a segment as it was when the filter was saved
      (:class:`vestnik.clients.segments.conditions.SegmentCopy`); null: not filtered by one.
    - ``audience_limit``: the greatest client id at the start; ``audience_cursor``: clients up to it have their message.
      With an earlier mailing it is the last of that mailing's messages that was looked at.
    - ``prepared_at``: the whole audience has its messages. ``frozen_at``: every batch is done and the nine
      totals stand in ``totals``; until then they are the sums of the batches' counters.
    - ``resumed_at``: only requests handed over since then may pause the mailing for a refused token.
    - ``unknown_left``: so many unknown messages an operator decided to leave as they are.
    - ``phones_erased_at``, ``messages_dropped_at``: what retention did to the messages; the totals stay.
    - ``pause_code``: why it is paused or held back (:class:`PauseCode`; empty: it is not); ``pause_answer``: the code
      of the gateway's answer that was the reason; ``pause_detail``: what the gateway said.
    - ``pause_reason``: the same as a sentence, for the release before, which compares it. This release writes it and
      never reads it; a trigger (migration 0021) gives the code to what that release writes. Both go with the next one.
    - ``restored_at``: it came out of a backup and nobody has resumed it: it does not run, and whatever is queued may
      have been sent since that backup.
    - ``kind``: ``direct``: it holds single messages of a day, and lists leave it out.
    - ``personal``: the text has placeholders. ``on_missing``: what becomes of a client without a value for one.
      ``locale``: how numbers and dates are written.
    - ``version`` grows with every edit and action. ``hidden_at``: deleted (404 for all, kept in the accounts).
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=200, default="", blank=True)
    message_text = models.CharField(max_length=2000)
    filter_tags = ArrayField(models.CharField(max_length=64), null=True)
    filter_codes = ArrayField(models.SmallIntegerField(), null=True)
    earlier_mailing = models.BigIntegerField(null=True)
    earlier_states = ArrayField(models.CharField(max_length=16), null=True)
    earlier_codes = ArrayField(models.CharField(max_length=64), null=True)
    segment = models.JSONField(null=True)
    start_time = models.DateTimeField()
    end_time = models.DateTimeField()
    send_window_from = models.TimeField(null=True)
    send_window_to = models.TimeField(null=True)

    state = models.CharField(max_length=9, choices=MailingState.choices, default=MailingState.SCHEDULED)
    pause_reason = models.CharField(max_length=200, default="", db_default="", blank=True)
    pause_code = models.CharField(max_length=20, choices=PauseCode.choices, default="", db_default="", blank=True)
    pause_answer = models.CharField(max_length=40, default="", db_default="", blank=True)
    pause_detail = models.CharField(max_length=80, default="", db_default="", blank=True)
    version = models.IntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    resumed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)

    kind = models.CharField(max_length=6, choices=MailingKind.choices, default=MailingKind.BULK, db_default="bulk")
    personal = models.BooleanField(default=False, db_default=False)
    parts_differ = models.BooleanField(default=False, db_default=False)
    on_missing = models.CharField(max_length=7, choices=OnMissing.choices, default="", db_default="", blank=True)
    locale = models.CharField(max_length=2, default="", db_default="", blank=True)

    audience_limit = models.BigIntegerField(null=True)
    audience_cursor = models.BigIntegerField(default=0)
    prepared_at = models.DateTimeField(null=True)
    frozen_at = models.DateTimeField(null=True)
    totals = models.JSONField(null=True)
    unknown_left = models.IntegerField(db_default=0)
    phones_erased_at = models.DateTimeField(null=True)
    messages_dropped_at = models.DateTimeField(null=True)
    restored_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(start_time__lt=F("end_time")), name="mailing_start_before_end"),
            models.CheckConstraint(condition=Q(state__in=MailingState.values), name="mailing_state_known"),
            models.CheckConstraint(
                condition=Q(pause_code__in=["", *PauseCode.values]), name="mailing_pause_code_known"
            ),
            models.CheckConstraint(condition=~Q(message_text=""), name="mailing_text_not_empty"),
            models.CheckConstraint(
                condition=Q(filter_tags=None) | Q(filter_tags__len__gt=0), name="mailing_tags_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(filter_codes=None) | Q(filter_codes__len__gt=0), name="mailing_codes_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(send_window_from=None, send_window_to=None)
                | Q(send_window_from__isnull=False, send_window_to__isnull=False),
                name="mailing_window_whole",
            ),
            models.CheckConstraint(
                condition=Q(frozen_at=None) | Q(totals__isnull=False), name="mailing_frozen_has_totals"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The sweep asks for what is due to start; the dispatchers and sweeps for what is not settled yet.
            models.Index(fields=["start_time"], name="mailing_due", condition=Q(state=MailingState.SCHEDULED)),
            models.Index(fields=["id"], name="mailing_unsettled", condition=Q(frozen_at=None)),
            # The daily report asks for what ended in a period.
            models.Index(fields=["finished_at"], name="mailing_finished", condition=Q(finished_at__isnull=False)),
        ]


class Batch(models.Model):
    """A slice of a mailing's messages, ``first_id <= id <= last_id``, that is leased, sent and retried as one.

    A lease is a ``lease_token`` (a fencing token: every write of the holder is guarded by it), when it began
    (``leased_at``) and when it lapses. ``high_water``: ids up to it may have been handed to the gateway in this lease.

    A message of the batch is *sending* when it is queued, the batch is leased, ``id <= high_water``, no outcome of this
    attempt is stamped on it (``message.attempt <> batch.attempt``) and it was not held back
    (``not_before`` null or ``<= leased_at``), and the log does not have it (``vestnik/ledger/sql/state_now.sql``).

    The counters name the messages of the batch in each state; they change only by rows that an UPDATE gave back.
    ``recalls`` grows whenever messages of the batch are recalled (see ``vestnik/ledger/sql/recall.sql``).
    ``route_id``: the rule that its messages go by (null: none matched, so ``default``). ``gateway_id``: over which
    gateway it goes, or went last (null: it was not leased since there are several). What other gateways did of it
    before is in :class:`BatchGateway`. ``bound``: so many of its queued messages are in doubt at one of the gateways
    ``bound_to``, and may be tried again only there. ``again_at``: the gateway that it names tries it again then; others
    may at once. ``only_bound``: this lease is for what is bound to its gateway, the rest must not go over it now.
    ``end_time``: nothing of it is sent from then on (null: the mailing's end counts). Single messages have it.
    ``retries``: how often the batch came back with something to try again (it decides the backoff).
    """

    id = models.BigAutoField(primary_key=True)
    mailing = models.ForeignKey(Mailing, on_delete=models.PROTECT, db_index=False)
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    timezone = models.CharField(max_length=64, null=True)
    due_at = models.DateTimeField()
    end_time = models.DateTimeField(null=True)
    state = models.CharField(max_length=6, choices=BatchState.choices, db_default=BatchState.READY)
    attempt = models.IntegerField(db_default=0)
    retries = models.IntegerField(db_default=0)
    recalls = models.IntegerField(db_default=0)
    lease_token = models.BigIntegerField(null=True)
    lease_holder = models.CharField(max_length=100, db_default="")
    leased_at = models.DateTimeField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    high_water = models.BigIntegerField(null=True)
    route_id = models.BigIntegerField(null=True)
    gateway_id = models.SmallIntegerField(null=True)
    bound = models.IntegerField(default=0, db_default=0)
    bound_to = ArrayField(models.SmallIntegerField(), null=True)
    again_at = models.DateTimeField(null=True)
    only_bound = models.BooleanField(null=True)

    queued = models.IntegerField(db_default=0)
    sending = models.IntegerField(db_default=0)
    sent = models.IntegerField(db_default=0)
    delivered = models.IntegerField(db_default=0)
    undelivered = models.IntegerField(db_default=0)
    failed = models.IntegerField(db_default=0)
    expired = models.IntegerField(db_default=0)
    cancelled = models.IntegerField(db_default=0)
    unknown = models.IntegerField(db_default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(first_id__lte=F("last_id")), name="batch_range"),
            models.CheckConstraint(condition=Q(state__in=BatchState.values), name="batch_state_known"),
            models.CheckConstraint(
                condition=Q(
                    state=BatchState.LEASED,
                    lease_token__isnull=False,
                    lease_expires_at__isnull=False,
                    leased_at__isnull=False,
                )
                | (~Q(state=BatchState.LEASED) & Q(lease_token=None, high_water=None, sending=0)),
                name="batch_lease_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state=BatchState.DONE) | Q(queued=0, sending=0), name="batch_done_is_empty"
            ),
            models.CheckConstraint(
                condition=Q(
                    queued__gte=0,
                    sending__gte=0,
                    sent__gte=0,
                    delivered__gte=0,
                    undelivered__gte=0,
                    failed__gte=0,
                    expired__gte=0,
                    cancelled__gte=0,
                    unknown__gte=0,
                ),
                name="batch_counters_not_negative",
            ),
            # Also answers "the batches of a mailing, in order": statistics, and the page of messages in one state.
            models.UniqueConstraint(fields=["mailing", "first_id"], name="batch_mailing_first_id"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # The lease walks each running mailing's ready batches by due time; done batches are not in the way.
            models.Index(fields=["mailing", "due_at"], name="batch_ready", condition=Q(state=BatchState.READY)),
            # The same for one gateway of several: the batches that go by its rules, and those bound to some gateway.
            models.Index(
                F("mailing_id"),
                Coalesce("route_id", 0),
                F("due_at"),
                name="batch_ready_by_route",
                condition=Q(state=BatchState.READY),
            ),
            models.Index(
                fields=["mailing", "due_at"], name="batch_bound", condition=Q(state=BatchState.READY, bound__gt=0)
            ),
            # The sweep asks which single messages are past their own end.
            models.Index(
                fields=["end_time"],
                name="batch_own_end",
                condition=Q(state=BatchState.READY, end_time__isnull=False),
            ),
            # Few rows at any time; does not name the expiry, so that renewing a lease stays a HOT update.
            models.Index(fields=["mailing"], name="batch_leased", condition=Q(state=BatchState.LEASED)),
            # A receipt names a message, not its mailing. Ids come from one sequence, so no two batches overlap.
            models.Index(fields=["first_id"], name="batch_first_id"),
        ]
