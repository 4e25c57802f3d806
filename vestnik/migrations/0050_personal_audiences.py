"""Earlier releases build no audience of a personal mailing. A trigger on one column; no row is read."""

from django.db import migrations

from vestnik.db.statements import Statements

_SQL = Statements("vestnik.models")


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0049_bad_receipts")]

    operations = [migrations.RunSQL(_SQL.text("personal_audiences"), _SQL.text("personal_audiences_drop"))]
