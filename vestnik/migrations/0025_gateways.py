"""Several gateways, routes, single messages and personal texts: every column of the ledger that they need, at once.

Instant: columns that are null or have a constant default, new tables, and no row of a table that grows is read.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from vestnik.db.statements import Statements

_SQL = Statements("vestnik.models", QUEUED="0", SENT="1")


class Migration(migrations.Migration):

    dependencies = [
        ('vestnik', '0024_outcome_log'),
    ]

    operations = [
        migrations.CreateModel(
            name='BatchGateway',
            fields=[
                ('pk', models.CompositePrimaryKey('batch_id', 'gateway_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('batch_id', models.BigIntegerField()),
                ('gateway_id', models.SmallIntegerField()),
                ('mailing_id', models.BigIntegerField()),
                ('sent', models.IntegerField(default=0)),
                ('delivered', models.IntegerField(default=0)),
                ('undelivered', models.IntegerField(default=0)),
                ('failed', models.IntegerField(default=0)),
                ('unknown', models.IntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Gateway',
            fields=[
                ('id', models.SmallAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('kind', models.CharField(max_length=20)),
                ('settings', models.JSONField(default=dict)),
                ('secrets', models.TextField(blank=True, default='')),
                ('concurrency', models.IntegerField(default=64)),
                ('max_rate', models.IntegerField(null=True)),
                ('timeout', models.IntegerField(default=30)),
                ('idempotent', models.BooleanField(default=False)),
                ('enabled', models.BooleanField(default=False)),
                ('checked_at', models.DateTimeField(null=True)),
                ('tested_at', models.DateTimeField(null=True)),
                ('version', models.IntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('removed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Route',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.IntegerField()),
                ('name', models.CharField(blank=True, default='', max_length=100)),
                ('operator_codes', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), null=True, size=None)),
                ('gateways', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('weights', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('fallbacks', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), default=list, size=None)),
                ('version', models.IntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('removed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='RouteShare',
            fields=[
                ('pk', models.CompositePrimaryKey('mailing_id', 'route_id', 'gateway_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('mailing_id', models.BigIntegerField()),
                ('route_id', models.BigIntegerField()),
                ('gateway_id', models.SmallIntegerField()),
                ('taken', models.BigIntegerField(default=0)),
                ('wanted_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='gatewaystate',
            name='gateway_state_one_row',
        ),
        migrations.AddField(
            model_name='batch',
            name='bound',
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='batch',
            name='bound_to',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), null=True, size=None),
        ),
        migrations.AddField(
            model_name='batch',
            name='gateway_id',
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='batch',
            name='route_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='batch',
            name='again_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='batch',
            name='only_bound',
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name='gatewaystate',
            name='hold_seconds',
            field=models.IntegerField(db_default=60, default=60),
        ),
        migrations.AddField(
            model_name='client',
            name='attributes',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='gatewaystate',
            name='back_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='gatewaystate',
            name='out_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='gatewaystate',
            name='out_code',
            field=models.CharField(blank=True, db_default='', default='', max_length=40),
        ),
        migrations.AddField(
            model_name='gatewaystate',
            name='out_words',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AddField(
            model_name='mailing',
            name='kind',
            field=models.CharField(choices=[('bulk', 'one text for everybody who matches'), ('direct', 'single messages')], db_default='bulk', default='bulk', max_length=6),
        ),
        migrations.AddField(
            model_name='mailing',
            name='locale',
            field=models.CharField(blank=True, db_default='', default='', max_length=2),
        ),
        migrations.AddField(
            model_name='mailing',
            name='on_missing',
            field=models.CharField(blank=True, choices=[('default', "the placeholder's default"), ('skip', 'nothing is sent to this client')], db_default='', default='', max_length=7),
        ),
        migrations.AddField(
            model_name='mailing',
            name='personal',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name='batchgateway',
            index=models.Index(fields=['mailing_id'], name='batch_gateway_mailing'),
        ),
        migrations.AddField(
            model_name='gateway',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='route',
            name='mailing',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to='vestnik.mailing'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('name'), condition=models.Q(('removed_at', None)), name='gateway_name_unique'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('concurrency__range', (1, 10000))), name='gateway_concurrency_range'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('timeout__range', (1, 600))), name='gateway_timeout_range'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('max_rate', None), ('max_rate__range', (1, 1000000)), _connector='OR'), name='gateway_rate_range'),
        ),
        migrations.AddConstraint(
            model_name='gateway',
            constraint=models.CheckConstraint(condition=models.Q(('removed_at', None), ('enabled', False), _connector='OR'), name='gateway_removed_is_off'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.CheckConstraint(condition=models.Q(('gateways__len__gt', 0)), name='route_has_a_gateway'),
        ),
        migrations.AddConstraint(
            model_name='route',
            constraint=models.CheckConstraint(condition=models.Q(('operator_codes', None), ('operator_codes__len__gt', 0), _connector='OR'), name='route_codes_not_empty'),
        ),
        migrations.RunSQL(_SQL.text("gateways"), _SQL.text("gateways_drop")),
    ]
