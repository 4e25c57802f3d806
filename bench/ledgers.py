"""Two ledgers of the same shape, one a thousand times the other: what is read from them must not take longer.

Both have 1,000 mailings: one live with a tenth of all messages, nine live with a hundredth each, all others over. The
live ones are paused, every second batch of theirs is sent. Each has two batches at least, also in the small ledger: a
mailing of which nothing is queued ends by itself, and a page of mailings under way would stand beside one without any.
For the same reason they are scheduled until their batches are there.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from bench.cluster import cluster
from bench.context import Context
from bench.sinks import nginx
from harness.cluster import Cluster
from harness.rest import TEXT
from harness.rows import add_clients, add_mailing, ledger_now

MAILINGS, LIVE = 1_000, 10
_STATES = ("queued", "sending", "sent", "delivered", "undelivered", "failed", "expired", "cancelled", "unknown")

_PLAN = """
CREATE TABLE bench_plan AS
SELECT id AS mailing, number, size, 1000000000000 + sum(size) OVER (ORDER BY id) - size AS first,
       least(1000, greatest(1, size / 2)) AS step
FROM (SELECT id, number, CASE WHEN number = 1 THEN %(greatest)s::bigint WHEN number <= %(live)s THEN %(large)s::bigint
                              ELSE %(small)s::bigint END AS size
      FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM vestnik_mailing) m) s
"""
_MESSAGES = """
INSERT INTO vestnik_message (id, mailing_id, client_id, phone, created_at, state, attempt, tries, sent_at, code)
SELECT p.first + n, p.mailing, n %% %(clients)s::int + 1, 79000000000 + n, now(), sent::int, sent::int, sent::int,
       CASE WHEN sent THEN now() END, CASE WHEN sent THEN '0' END
FROM bench_plan p, LATERAL generate_series(0, p.size - 1) n,
     LATERAL (SELECT p.number > %(live)s OR n / p.step %% 2 = 0 AS sent) s
WHERE p.number %% 2 = %(part)s
"""
_BATCHES = """
INSERT INTO vestnik_batch (mailing_id, first_id, last_id, due_at, state, sent, queued)
SELECT p.mailing, p.first + k * p.step, p.first + k * p.step + rows - 1, now(),
       CASE WHEN sent THEN 'done' ELSE 'ready' END, CASE WHEN sent THEN rows ELSE 0 END,
       CASE WHEN sent THEN 0 ELSE rows END
FROM bench_plan p, LATERAL generate_series(0, (p.size - 1) / p.step) k,
     LATERAL (SELECT least(p.step, p.size - k * p.step) AS rows, p.number > %(live)s OR k %% 2 = 0 AS sent) s
"""
_LIVE = """
UPDATE vestnik_mailing SET state = 'paused', start_time = start_time - interval '2 days', started_at = now(),
       prepared_at = now(), audience_cursor = 1, audience_limit = 1
WHERE id IN (SELECT mailing FROM bench_plan WHERE number <= %(live)s)
"""


@dataclass(frozen=True, slots=True)
class Ledger:
    """A seeded cluster.

    ``mailing``: its greatest live one. ``middle_…``: ids in the middle of it, of the directory. ``single``: the id of a
    single message.
    """

    cluster: Cluster
    mailing: int
    messages: int
    clients: int
    middle_message: int
    middle_client: int
    single: int


def seed(running: Cluster, *, messages: int, clients: int) -> Ledger:
    """Fill an empty ledger, the messages set-based."""
    greatest, large = messages // 10, messages // 100
    small = (messages - greatest - (LIVE - 1) * large) // (MAILINGS - LIVE)
    values = {
        "messages": messages, "clients": clients, "live": LIVE, "mailings": MAILINGS,
        "greatest": greatest, "large": large, "small": small,
    }  # fmt: skip
    add_clients(running.db, clients, tag=[f"tag{n}" for n in range(10)], codes=range(1_000), first=79_000_000_000)
    _add_mailings(running, small)
    running.db.execute(_PLAN.encode(), values)
    running.query("SELECT vestnik_ensure_message_partition(max(id)) FROM vestnik_mailing")
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda part: _fill(running.database_url, {**values, "part": part}), (0, 1)))
    running.db.execute(_BATCHES.encode(), values)
    running.db.execute(_LIVE.encode(), values)
    for table in ("vestnik_client", "vestnik_mailing", "vestnik_batch", "vestnik_message"):
        running.query(f"VACUUM ANALYZE {table}")
    ((mailing, first),) = running.query("SELECT mailing, first FROM bench_plan WHERE number = 1")
    single = running.rest.post("/messages", {"phone_number": "79000000001", "text": TEXT})["id"]
    return Ledger(running, mailing, messages, clients, int(first) + greatest // 2, clients // 2, int(single))


def _add_mailings(running: Cluster, small: int) -> None:
    now = ledger_now(running.db)
    over: dict[str, Any] = {
        "state": "completed", "starts_in": -3_600, "started_at": now, "prepared_at": now, "audience_cursor": 1,
        "audience_limit": 1, "frozen_at": now, "finished_at": now,
        "totals": dict.fromkeys(_STATES, 0) | {"sent": small},
    }  # fmt: skip
    for number in range(1, MAILINGS + 1):
        state: dict[str, Any] = {"state": "scheduled", "starts_in": 86_400} if number <= LIVE else over
        add_mailing(running.db, tag=None, ends_in=2 * 86_400, name=f"bench {number}", **state)


def _fill(url: str, values: dict[str, int]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_MESSAGES.encode(), values)


@contextmanager
def two_ledgers(context: Context) -> Iterator[tuple[Ledger, Ledger]]:
    """The great and the small one, each in a cluster of its own, both at rest."""
    folder = context.folder_of("ledgers")
    with ExitStack() as stack:
        sink = stack.enter_context(nginx(folder))
        great, small = (
            stack.enter_context(cluster(folder / name, gateway=sink.url, dispatchers=1)) for name in ("great", "small")
        )
        messages, clients = context.size(context.rows), context.size(1_000_000)
        context.say(f"seeding {messages:,} messages and {clients:,} clients …")
        yield seed(great, messages=messages, clients=clients), seed(small, messages=10_000, clients=1_000)
