"""Imports are looked at before they start. Instant: columns that are null, or have a constant default."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vestnik', '0013_progress'),
    ]

    operations = [
        migrations.AddField(
            model_name='importjob',
            name='file_name',
            field=models.CharField(blank=True, db_default='', default='', max_length=255),
        ),
        migrations.AddField(
            model_name='importjob',
            name='columns',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='importjob',
            name='sample',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='importjob',
            name='lines',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name='importjob',
            name='state',
            field=models.CharField(choices=[('receiving', 'its file is kept; nobody has started it yet'), ('waiting', 'for a worker'), ('running', 'being imported'), ('done', 'imported'), ('failed', 'nothing was imported; the error says why')], default='receiving', max_length=9),
        ),
    ]
