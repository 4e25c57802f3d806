"""Imports of clients: the jobs, their files as long as they are needed, and the rows that were refused."""

from typing import ClassVar

from django.db import models

from vestnik.models.account import User


class ImportMode(models.TextChoices):
    """How an import treats phones that are in the directory, and those that are not."""

    CREATE = "create", "adds clients; refuses those there are"
    UPDATE = "update", "changes clients; refuses those there are not"
    UPSERT = "upsert", "adds or changes"


class OnError(models.TextChoices):
    """How an import with refused rows goes on."""

    SKIP = "skip", "the other rows are imported"
    ABORT = "abort", "nothing is imported"


class ImportState(models.TextChoices):
    """The state of a job. A worker that dies leaves it running, and the next one takes it over."""

    RECEIVING = "receiving", "its file is kept; nobody has started it yet"
    WAITING = "waiting", "for a worker"
    RUNNING = "running", "being imported"
    DONE = "done", "imported"
    FAILED = "failed", "nothing was imported; the error says why"


class ImportJob(models.Model):
    """One import. All that it does to the directory is one transaction, the one that makes it done."""

    id = models.BigAutoField(primary_key=True)
    state = models.CharField(max_length=9, choices=ImportState.choices, default=ImportState.RECEIVING)
    mode = models.CharField(max_length=6, choices=ImportMode.choices)
    on_error = models.CharField(max_length=5, choices=OnError.choices)
    #: What its author called the file; empty: not given.
    file_name = models.CharField(max_length=255, default="", db_default="", blank=True)
    #: Where what stands in the file, as somebody decided; null: as its first row says.
    columns = models.JSONField(null=True)
    #: The first rows, for a preview, until the import is started; and about how many there are (null: not known).
    sample = models.JSONField(null=True)
    lines = models.BigIntegerField(null=True)
    bytes = models.BigIntegerField(default=0)
    rows = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    updated = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    #: Rows that were taken and look wrong.
    warnings = models.BigIntegerField(default=0, db_default=0)
    #: How many rows each reason has, by words of the importer's table.
    refused_by_reason = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    #: The names of the file's columns, in their order; null: the job is not over, or of a version that kept none.
    names = models.JSONField(null=True)
    #: A sentence of English, which is translated when it is read, and what stands in its places.
    error = models.TextField(default="")
    error_details = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    #: The import whose refused rows this one takes in, corrected, and how: ``reason``, ``fix`` and ``value``.
    corrects = models.BigIntegerField(null=True)
    correction = models.JSONField(null=True)
    attempts = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    created_by_name = models.CharField(max_length=150)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            # Only a few jobs are not over at a time: workers look for them at every wake.
            models.Index(
                fields=["id"], name="import_open", condition=models.Q(state__in=("receiving", "waiting", "running"))
            ),
            models.Index(fields=["created_at"], name="import_age"),
        ]


class ImportPiece(models.Model):
    """A piece of a job's file, kept in the ledger: many machines share no folder. Gone when the job is over."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, db_index=False)
    number = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["job", "number"], name="import_piece_once"),
        ]


class ImportRefusal(models.Model):
    """A row that was refused: where it stands in the file, why (a word of the importer's table), and its cells.

    ``cells``: all of them, in the order of the file; of a job without ``names`` those of phone, code, tag and zone.
    ``attribute``: whose value is wrong; null: it is another column, or the row as a whole.
    ``corrected_by``: the import that takes the row in, corrected; if it failed, nobody has. Null: nobody has.
    """

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, db_index=False)
    line = models.BigIntegerField()
    reason = models.CharField(max_length=32)
    other_line = models.BigIntegerField(null=True)
    attribute = models.CharField(max_length=40, null=True)
    cells = models.JSONField()
    corrected_by = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["job", "line"], name="import_refusal_line")]


class ImportWarnedRow(models.Model):
    """A row that is imported and looks wrong: where it stands, why, its phone, and the client as it was understood.

    ``cells``: the phone, the operator code, the tag and the time zone, as texts; null: it stays as it is.
    """

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, db_index=False)
    line = models.BigIntegerField()
    warning = models.CharField(max_length=32)
    phone = models.BigIntegerField()
    cells = models.JSONField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["job", "line"], name="import_warning_line")]
