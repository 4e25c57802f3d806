"""Webhooks: new tables, and triggers whose condition is all that a statement costs that makes no event."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models

from vestnik.db.statements import Statements

_SQL = Statements("vestnik.models")


class Migration(migrations.Migration):

    dependencies = [
        ('vestnik', '0032_last_digits'),
    ]

    operations = [
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('endpoint_id', models.BigIntegerField()),
                ('event_uid', models.UUIDField()),
                ('event_type', models.CharField(max_length=30)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('status', models.IntegerField(null=True)),
                ('error', models.CharField(blank=True, default='', max_length=200)),
                ('answer', models.TextField(blank=True, default='')),
                ('milliseconds', models.IntegerField()),
            ],
            options={
                'db_table': 'vestnik_webhook_attempt',
                'indexes': [models.Index(fields=['endpoint_id', 'id'], name='webhook_attempt_of')],
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('pk', models.CompositePrimaryKey('endpoint_id', 'event_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('endpoint_id', models.BigIntegerField()),
                ('event_id', models.BigIntegerField()),
                ('due_at', models.DateTimeField()),
                ('attempts', models.IntegerField(default=0)),
                ('since', models.DateTimeField()),
            ],
            options={
                'db_table': 'vestnik_webhook_delivery',
                'indexes': [models.Index(fields=['endpoint_id', 'due_at', 'event_id'], name='webhook_delivery_due'), models.Index(fields=['event_id'], name='webhook_delivery_event')],
            },
        ),
        migrations.CreateModel(
            name='WebhookEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('uid', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('type', models.CharField(max_length=30)),
                ('at', models.DateTimeField()),
                ('data', models.JSONField()),
            ],
            options={
                'db_table': 'vestnik_webhook_event',
                'indexes': [models.Index(fields=['at'], name='webhook_event_at')],
            },
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('url', models.TextField()),
                ('description', models.CharField(blank=True, default='', max_length=200)),
                ('event_types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None)),
                ('secrets', models.TextField()),
                ('before_until', models.DateTimeField(null=True)),
                ('enabled', models.BooleanField(default=True)),
                ('disabled_code', models.CharField(blank=True, choices=[('operator', 'an administrator wanted it'), ('gone', 'it answered 410'), ('failing', 'nothing could be delivered for 75 hours')], default='', max_length=10)),
                ('disabled_at', models.DateTimeField(null=True)),
                ('failures', models.IntegerField(default=0)),
                ('failing_since', models.DateTimeField(null=True)),
                ('waits_until', models.DateTimeField(null=True)),
                ('version', models.IntegerField(default=1)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'vestnik_webhook_endpoint',
                'constraints': [models.CheckConstraint(condition=models.Q(('event_types__len__gt', 0)), name='webhook_has_events'), models.CheckConstraint(condition=models.Q(models.Q(('disabled_code', ''), ('enabled', True)), models.Q(('enabled', False), models.Q(('disabled_code', ''), _negated=True)), _connector='OR'), name='webhook_disabled_for_a_reason')],
            },
        ),
        migrations.RunSQL(_SQL.text("webhooks"), _SQL.text("webhooks_drop")),
    ]
