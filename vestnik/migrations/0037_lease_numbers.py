"""Ends the leases of earlier releases where they would send what they do not know.

Once there is a second gateway or a single message: they know one gateway, and a mailing's text. No table is looked at.
"""

from django.db import migrations

from vestnik.db.statements import Statements

_SQL = Statements("vestnik.models")


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0036_own_end")]

    operations = [migrations.RunSQL(_SQL.text("lease_numbers"), _SQL.text("lease_numbers_drop"))]
