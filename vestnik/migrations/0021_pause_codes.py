"""Why a mailing is paused is a code, not a sentence. Instant: columns with constant defaults, a check not looked at yet.

Until now the code stood for the brake alone, and the rest was read from ``pause_reason``. A trigger reads that sentence
once more: for the mailings that are held now (few, found by the index of what is not settled), and for whatever the
release before pauses while it still runs. This release writes a code itself, so the trigger leaves it alone.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

_READ_SENTENCES = """
CREATE FUNCTION vestnik_read_pause_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.restored_at IS NOT NULL THEN
        NEW.pause_code := 'restored';
        NEW.pause_answer := '';
    ELSIF NEW.pause_code <> '' THEN
        NEW.pause_detail := left(coalesce(substring(NEW.pause_reason FROM '“(.*)”'), ''), 80);
    ELSIF NEW.pause_reason = 'by an operator' THEN
        NEW.pause_code := 'operator';
    ELSE
        NEW.pause_code := 'refused';
        NEW.pause_answer := coalesce(substring(NEW.pause_reason FROM 'http_[0-9]+'), '');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER vestnik_read_pause_reason BEFORE UPDATE OF pause_reason ON vestnik_mailing
FOR EACH ROW WHEN (
    NEW.state IN ('scheduled', 'paused') AND NEW.pause_reason <> '' AND (
        NEW.pause_code = ''
        OR NEW.restored_at IS NOT NULL AND NEW.pause_code <> 'restored'
        OR NEW.pause_code IN ('gateway_brake', 'mailing_brake') AND NEW.pause_detail = '' AND NEW.pause_reason LIKE '%“%'
    )
)
EXECUTE FUNCTION vestnik_read_pause_reason();
DO $$
BEGIN
    UPDATE vestnik_mailing SET pause_reason = pause_reason
    WHERE frozen_at IS NULL AND state IN ('scheduled', 'paused') AND pause_reason <> '';
END
$$;
"""
_FORGET = """
DROP TRIGGER vestnik_read_pause_reason ON vestnik_mailing;
DROP FUNCTION vestnik_read_pause_reason();
"""
_CODES = [
    ("operator", "an operator wanted it"),
    ("refused", "the gateway refuses our token"),
    ("gateway_brake", "the gateway gave nothing but bad answers, to everything"),
    ("mailing_brake", "the gateway gave nothing but bad answers to this mailing"),
    ("restored", "it came out of a backup, and may have been sent since"),
]


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0020_import_warnings")]

    operations = [
        migrations.AddField("mailing", "pause_detail", models.CharField(db_default="", default="", max_length=80, blank=True)),
        migrations.AlterField(
            "mailing", "pause_code", models.CharField(db_default="", default="", max_length=20, blank=True, choices=_CODES)
        ),
        migrations.AlterField("mailing", "pause_reason", models.CharField(db_default="", default="", max_length=200, blank=True)),
        AddConstraintNotValid(
            "mailing",
            models.CheckConstraint(
                condition=models.Q(("pause_code__in", ["", *(code for code, _ in _CODES)])), name="mailing_pause_code_known"
            ),
        ),
        migrations.RunSQL(_READ_SENTENCES, _FORGET),
    ]
