"""What one message costs: bytes of table, index and WAL, commits, and processor time by kind of process."""

from collections import defaultdict
from collections.abc import Callable
from statistics import median

from bench.cluster import Sent
from bench.findings import Goal, Row
from harness.cluster import Cluster

#: What the first prototype did: one INSERT and one HOT UPDATE per message, in transactions of 1,000, nothing else.
_PROTOTYPE = """
INSERT INTO bench_cost (id, mailing_id, client_id, phone, created_at)
SELECT n, %(mailing)s, n, 79000000000 + n, now() FROM generate_series(%(first)s::int, %(last)s::int) n
"""
_OUTCOME = """
UPDATE bench_cost SET state = 1, attempt = 1, tries = 1, sent_at = now(), code = '0'
WHERE mailing_id = %(mailing)s AND id BETWEEN %(first)s AND %(last)s
"""
#: Bytes of a message.
_GOALS = {"wal": Goal("<=", 290, of_figure=True), "both": Goal("<=", 170, of_figure=True)}


class Costs:
    """Sums up what mailings cost the ledger and the machine, per message."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.samples: dict[str, list[float]] = defaultdict(list)
        self.cpu: dict[str, list[float]] = defaultdict(list)

    def of(self, send: Callable[[], Sent]) -> Sent:
        """Run a mailing between two looks at the ledger."""
        before = self._look()
        sent = send()
        for name, value in self._look().items():
            self.samples[name].append((value - before[name]) / sent.messages)
        for kind, seconds in sent.cpu.items():
            self.cpu[kind].append(seconds / sent.messages * 1e6)
        return sent

    def note_sink(self, seconds: float, messages: int) -> None:
        """The sink is no part of the cluster."""
        self.cpu["sink (nginx)"].append(seconds / messages * 1e6)

    def prototype(self, messages: int) -> dict[str, float]:
        """The same of the prototype's two statements, in a table with the same columns and indexes, per message."""
        cluster = self._cluster
        cluster.query("DROP TABLE IF EXISTS bench_cost")
        cluster.query("CREATE TABLE bench_cost (LIKE vestnik_message INCLUDING ALL) WITH (fillfactor = 50)")
        before = cluster.figure("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
        for statement in (_PROTOTYPE, _OUTCOME):
            for first in range(1, messages + 1, 1_000):
                cluster.db.execute(statement.encode(), {"mailing": 1, "first": first, "last": first + 999})
        wal = cluster.figure("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn") - before
        table = cluster.figure("SELECT pg_table_size('bench_cost')")
        indexes = cluster.figure("SELECT pg_indexes_size('bench_cost')")
        cluster.query("DROP TABLE bench_cost")
        figures = {"wal": wal, "table": table, "index": indexes, "commits": 2 * messages / 1_000}
        return {name: float(value) / messages for name, value in figures.items()}

    def details(self) -> dict[str, dict[str, float | str]]:
        """The median of each kind of process."""
        return {"CPU seconds per million messages": {kind: round(median(x), 2) for kind, x in self.cpu.items()}}

    def _look(self) -> dict[str, float]:
        query = self._cluster.query
        query("SELECT pg_stat_force_next_flush()")
        ((wal, commits),) = query(
            "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn, xact_commit FROM pg_stat_database"
            " WHERE datname = current_database()"
        )
        ((table, indexes, updates, hot),) = query(
            "SELECT sum(pg_table_size(relid)), sum(pg_indexes_size(relid)), sum(n_tup_upd), sum(n_tup_hot_upd)"
            " FROM pg_stat_user_tables"
            " WHERE relid IN (SELECT inhrelid FROM pg_inherits"
            " WHERE inhparent IN ('vestnik_message'::regclass, 'vestnik_outcome_log'::regclass))"
        )
        figures = {"wal": wal, "commits": commits, "table": table, "index": indexes, "updates": updates, "hot": hot}
        return {name: float(value or 0) for name, value in figures.items()}


def cost_rows(costs: Costs) -> list[Row]:
    """One row for each figure; the prototype is measured now."""
    prototype = costs.prototype(50_000)
    repeat = len(costs.samples["wal"])
    prototype["both"] = prototype["table"] + prototype["index"]
    both = [table + index for table, index in zip(costs.samples["table"], costs.samples["index"], strict=True)]
    words = {"wal": "WAL", "table": "table", "index": "indexes", "both": "table and indexes"}
    rows = [
        Row(
            piece="cost", what=word, unit="bytes per message", ours=both if name == "both" else costs.samples[name],
            against="one INSERT and one HOT UPDATE", beside=[prototype[name]] * repeat, goal=_GOALS.get(name),
        )
        for name, word in words.items()
    ]  # fmt: skip
    rows.append(
        Row(
            piece="cost", what="commits", unit="per message", ours=costs.samples["commits"],
            against="one INSERT and one HOT UPDATE", beside=[prototype["commits"]] * repeat,
            note="the prototype's in transactions of 1,000",
        )
    )  # fmt: skip
    hot = [
        hot / updates for hot, updates in zip(costs.samples["hot"], costs.samples["updates"], strict=True) if updates
    ]
    if hot:
        rows.append(Row(piece="cost", what="updates that are HOT", unit="of all", ours=hot))
    rows += [
        Row(piece="cost", what=f"processor time: {kind}", unit="CPU s per million", ours=samples)
        for kind, samples in costs.cpu.items()
        if median(samples) >= 0.005
    ]
    return rows
