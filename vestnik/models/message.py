"""Exactly one row per mailing and phone number, always."""

from django.db import models

from vestnik.models.states import MessageState


class Message(models.Model):
    """A message to one phone. The table is partitioned by ranges of ``mailing_id`` (see the first migration).

    - ``id``: also the gateway's message id; never used again, below 2**53. The table's key is (mailing_id, id).
    - ``client_id``: a plain number without a foreign key; the client may be gone. 0: it was erased.
    - ``phone``: to whom. ``-id``: the number was erased (by retention, or on its owner's request); so the table's check
      says, and (mailing, phone) stays unique.
    - ``attempt``: the batch's attempt that last stamped an outcome here. ``tries``: outcomes stamped in all.
      ``answers``: answers that use the retry budget (outages and 429 use none).
    - ``in_doubt``: some attempt may have been delivered, and no definite answer came later.
    - ``not_before``: a ``Retry-After`` holds it back until then.
    - ``recalled``: it must not be handed over (any more), and why: ``stop_list``, ``client_deleted`` or
      ``values_erased``.
    - ``gateway_id``: over which gateway its last outcome came (null: the log says it, or it was ``default``).
      ``parts``: how many SMS parts it is, where that is not the number of the mailing's own text: it has its own text,
      or its provider names another number (``vestnik/ledger/sql/parts_now.sql``).
      ``field_values``: values of a personal text, fixed when it was made.
    - ``code``, ``detail``: the last outcome's code and words (``0`` on success).
    - ``outcome_at``: when an outcome that is no success was written last (null: there was none, or it is of an earlier
      release).
    """

    id = models.BigIntegerField(primary_key=True)
    mailing_id = models.BigIntegerField()
    client_id = models.BigIntegerField()
    phone = models.BigIntegerField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    attempt = models.IntegerField(default=0)
    state = models.SmallIntegerField(choices=MessageState.choices, default=MessageState.QUEUED)
    tries = models.SmallIntegerField(default=0)
    answers = models.SmallIntegerField(default=0)
    in_doubt = models.BooleanField(default=False)
    recalled = models.TextField(null=True)
    code = models.TextField(null=True)
    detail = models.TextField(null=True)
    outcome_at = models.DateTimeField(null=True)
    gateway_id = models.SmallIntegerField(null=True)
    parts = models.SmallIntegerField(null=True)
    field_values = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = "vestnik_message"
