"""API keys for machines. Instant: a new, empty table."""

from django.conf import settings
from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):
    dependencies = [("vestnik", "0006_client_imports")]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("role", models.CharField(choices=[("administrator", "everything"), ("operator", "clients and mailings"), ("viewer", "reads only")], max_length=13)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("starts_with", models.CharField(max_length=8)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="api_keys", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("role__in", ["administrator", "operator", "viewer"])), name="api_key_role_known")],
                "indexes": [models.Index(fields=["owner", "id"], name="api_key_owner")],
            },
        ),
    ]
