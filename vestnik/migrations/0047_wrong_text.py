"""A mailing whose personal text cannot be read is paused with a code of its own. The check is not looked at yet."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

_CODES = [
    ("operator", "an operator wanted it"),
    ("refused", "the gateway refuses our token"),
    ("gateway_brake", "the gateway gave nothing but bad answers, to everything"),
    ("mailing_brake", "the gateway gave nothing but bad answers to this mailing"),
    ("restored", "it came out of a backup, and may have been sent since"),
    ("wrong_text", "its personal text cannot be read, so its audience cannot be built"),
]


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0046_template")]

    operations = [
        migrations.AlterField(
            "mailing", "pause_code", models.CharField(db_default="", default="", max_length=20, blank=True, choices=_CODES)
        ),
        migrations.RemoveConstraint("mailing", "mailing_pause_code_known"),
        AddConstraintNotValid(
            "mailing",
            models.CheckConstraint(
                condition=models.Q(("pause_code__in", ["", *(code for code, _ in _CODES)])), name="mailing_pause_code_known"
            ),
        ),
    ]
