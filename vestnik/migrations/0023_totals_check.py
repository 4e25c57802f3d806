"""The check of totals has the word of the glossary. Instant: only the model's name changes, its table keeps its own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0022_pause_codes_checked")]

    operations = [
        migrations.AlterModelTable(name="BooksCheck", table="vestnik_bookscheck"),
        migrations.RenameModel(old_name="BooksCheck", new_name="TotalsCheck"),
    ]
