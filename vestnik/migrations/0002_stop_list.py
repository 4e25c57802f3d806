"""The stop list, and what recalls messages and decisions about unknown ones need. All of it is instant."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('vestnik', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='batch',
            name='recalls',
            field=models.IntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name='mailing',
            name='unknown_left',
            field=models.IntegerField(db_default=0),
        ),
        migrations.CreateModel(
            name='StoppedPhone',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('phone_number', models.BigIntegerField(unique=True)),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('created_by_name', models.CharField(max_length=150)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('phone_number__range', (70000000000, 79999999999))), name='stopped_phone_range')],
            },
        ),
        # A null takes no room in a row, so a hundred million messages stay as small as they were.
        migrations.RunSQL(
            "ALTER TABLE vestnik_message ADD COLUMN recalled text",
            "ALTER TABLE vestnik_message DROP COLUMN recalled",
            state_operations=[
                migrations.AddField(model_name='message', name='recalled', field=models.TextField(null=True)),
            ],
        ),
    ]
