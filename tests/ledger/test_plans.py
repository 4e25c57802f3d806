"""A mailing made a moment ago is unknown to the planner, which takes it for one row. No statement reads it whole then.

Two keys of the messages begin with the mailing, and for one row both seem as good. The key by phone reads the whole
mailing for each batch: half a second for 300,000 messages, at every flush.
"""

from typing import Any

import pytest

from harness.rows import add_mailing
from vestnik.db.connection import set_for_session
from vestnik.ledger.packing import Packed, Sent, pack
from vestnik.ledger.statements import SQL, columns
from vestnik.statistics.outcomes import SQL as STATISTICS

MESSAGES, IN_BATCH = 5_000, 1_000


@pytest.fixture
def fresh(ledger: Any) -> tuple[int, int, int, int]:
    """A mailing that is not analysed, beside one that is: its id, and a batch's id, first and last message."""
    mailings = [add_mailing(ledger, state="running") for _ in range(2)]
    for mailing in mailings:
        batch = _fill(ledger, mailing)
        if mailing == mailings[0]:
            ledger.execute("ALTER TABLE vestnik_message_0 SET (autovacuum_enabled = false)")
            ledger.execute("ANALYZE vestnik_message")
            ledger.execute("ANALYZE vestnik_batch")
    return mailings[1], *batch


def _fill(ledger: Any, mailing: int) -> tuple[int, int, int]:
    ledger.execute("SELECT vestnik_ensure_message_partition(%s)", [mailing])
    ids = ledger.execute(
        """INSERT INTO vestnik_message (id, mailing_id, client_id, phone, created_at)
           SELECT nextval('vestnik_message_id_seq'), %s, n, 79000000000 + n * 7919 %% 1000003, now()
           FROM generate_series(1, %s) n RETURNING id""",
        [mailing, MESSAGES],
    ).fetchall()
    first = min(ids)[0]
    rows = ledger.execute(
        """INSERT INTO vestnik_batch (mailing_id, first_id, last_id, due_at, state, queued, attempt, high_water,
                                      leased_at, lease_token, lease_holder, lease_expires_at)
           SELECT %(mailing)s, f, f + %(size)s - 1, now(), 'leased', %(size)s, 1, f + %(size)s - 1,
                  now(), 1, 'x', now() + interval '1 hour'
           FROM generate_series(%(first)s::bigint, %(first)s::bigint + %(last)s, %(size)s) f
           RETURNING id, first_id, last_id""",
        {"mailing": mailing, "size": IN_BATCH, "first": first, "last": MESSAGES - 1},
    ).fetchall()
    batch: tuple[int, int, int] = rows[1]
    return batch


def _values(mailing: int, batch: int, first: int, last: int) -> dict[str, dict[str, Any]]:
    sent = pack(Sent(batch, 1, 2, list(range(first, first + 300)), [1_790_000_000.5] * 300))
    assert sent is not None
    of_batch = {"mailing": mailing, "batch": batch, "first": first, "last": last}
    return {
        "log_sent": {"mailing": mailing, **columns(Packed, [sent])},
        "load": {
            "mailing": mailing, "named": False, "batches": [batch], "first": [first], "last": [last],
            "leased_at": ["2030-01-01"],
        },
        "still_to_send": of_batch,
        "release": {"mailing": mailing, "batch": [batch], "backoff": [1.0], "reopens": [None]},
        "settle_in_doubt": {**of_batch, "mark": last, "idempotent": True},
        "settle_batch": {**of_batch, "state": 5, "code": "end", "detail": "x"},
        "settle_late": {
            "mailing": mailing, "batch": batch, "attempt": 1, "id": [first, first + 1], "state": [1, 1],
            "code": ["0", "0"], "detail": ["", ""], "at": [1.0, 1.0],
        },
        "withdraw": {"mailing": mailing, "batch": batch, "ids": [first, first + 300], "granted": True, "code": "x"},
        "resend_unknown": {"mailing": mailing, "batch": batch},
        "erase_phones": {"mailing": mailing, "after": first, "most": 300},
        "unfold_log": {"mailing": mailing, "batches": [batch]},
        "count_outcomes": {"mailing": mailing, "most": 50, "states": [3]},
        "counters_differ": {"mailing": mailing},
        "log_differs": {"mailing": mailing},
    }  # fmt: skip


#: The check looks once for messages that belong to no batch.
READS_ALL_ONCE = {"counters_differ": 1}
NAMES = sorted(_values(1, 1, 1, 2))


@pytest.mark.parametrize("session", ["dispatcher", "others"])
@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_mailing_is_read_by_the_ids_of_its_batches(
    ledger: Any, fresh: tuple[int, int, int, int], name: str, session: str
) -> None:
    if session == "dispatcher":
        set_for_session(ledger, enable_hashjoin="off", enable_mergejoin="off", enable_seqscan="off")
    statements = STATISTICS if name == "count_outcomes" else SQL
    text = f"EXPLAIN {statements.text(name)}".encode()
    plan = [row[0] for row in ledger.execute(text, _values(*fresh)[name]).fetchall()]
    # The other partition is empty.
    scans = [line.strip() for line in plan if "Scan" in line and "vestnik_message_0 " in line]
    assert scans
    others = sum("_pkey" not in scan for scan in scans)
    assert others == READS_ALL_ONCE.get(name, 0), "\n".join(plan)
