"""One gateway of several finds the batches that go by its rules, and those that are bound to it."""

import django.db.models.functions.comparison
from django.db import migrations, models

_BY_ROUTE = models.Index(
    models.F("mailing_id"),
    django.db.models.functions.comparison.Coalesce("route_id", 0),
    models.F("due_at"),
    condition=models.Q(("state", "ready")),
    name="batch_ready_by_route",
)
_BOUND = models.Index(
    condition=models.Q(("bound__gt", 0), ("state", "ready")), fields=["mailing", "due_at"], name="batch_bound"
)


def _concurrently(index, sql):
    """As AddIndexConcurrently, which refuses to show its statement inside of a transaction."""
    return migrations.RunSQL(
        f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {sql}",
        f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}",
        state_operations=[migrations.AddIndex("batch", index)],
    )


class Migration(migrations.Migration):
    # Nobody waits for the indexes.
    atomic = False

    dependencies = [("vestnik", "0026_outcome_times")]

    operations = [
        _concurrently(
            _BY_ROUTE,
            "batch_ready_by_route ON vestnik_batch (mailing_id, (coalesce(route_id, 0)), due_at) WHERE state = 'ready'",
        ),
        _concurrently(
            _BOUND, "batch_bound ON vestnik_batch (mailing_id, due_at) WHERE state = 'ready' AND bound > 0"
        ),
    ]
