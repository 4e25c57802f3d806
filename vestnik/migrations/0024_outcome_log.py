"""Successes as a log. Instant: an empty table beside the messages, whose rows stay as they are and stay readable."""

from django.db import migrations, models

from vestnik.db.statements import Statements

_SQL = Statements("vestnik.models", QUEUED="0", SENT="1")


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0023_totals_check")]

    operations = [
        migrations.AddField(
            model_name="gatewaystate",
            name="outcome_log",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.RunSQL(_SQL.text("outcome_log"), _SQL.text("outcome_log_drop")),
    ]
