"""Looks at the rows that 0047's check was not held against: reads the mailings once, and nobody waits for it."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0047_wrong_text")]

    operations = [ValidateConstraint("mailing", "mailing_pause_code_known")]
