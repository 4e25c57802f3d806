from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0010_import_error_details")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="timezone",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
    ]
