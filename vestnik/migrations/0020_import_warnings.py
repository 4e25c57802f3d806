"""Rows that were imported and look wrong. Instant: a column with a constant default, and a new table."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vestnik', '0019_import_reasons'),
    ]

    operations = [
        migrations.AddField(
            model_name='importjob',
            name='warnings',
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name='ImportWarnedRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('line', models.BigIntegerField()),
                ('warning', models.CharField(max_length=32)),
                ('phone', models.BigIntegerField()),
                ('cells', models.JSONField()),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='vestnik.importjob')),
            ],
            options={
                'indexes': [models.Index(fields=['job', 'line'], name='import_warning_line')],
            },
        ),
    ]
