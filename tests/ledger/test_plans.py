"""A mailing made a moment ago is unknown to the planner, which takes it for one row. No statement reads it whole then.

Two keys of the messages begin with the mailing, and for one row both seem as good. The key by phone reads the whole
mailing for each batch: half a second for 300,000 messages, at every flush.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.rows import add_mailing
from vestnik.db.connection import set_for_session
from vestnik.ledger.fragments import SQL, columns
from vestnik.ledger.packing import Packed, Sent, pack
from vestnik.ledger.receipts import Target
from vestnik.receipts.inbox import SQL as RECEIPTS
from vestnik.statistics.outcomes import SQL as STATISTICS
from vestnik.statistics.parts import SQL as PARTS

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


def _fill(ledger: Any, mailing: int, messages: int = MESSAGES) -> tuple[int, int, int]:
    ledger.execute("SELECT vestnik_ensure_message_partition(%s)", [mailing])
    ids = ledger.execute(
        """INSERT INTO vestnik_message (id, mailing_id, client_id, phone, created_at)
           SELECT nextval('vestnik_message_id_seq'), %s, n, 79000000000 + n::bigint * 7919 %% 1000003, now()
           FROM generate_series(1, %s) n RETURNING id""",
        [mailing, messages],
    ).fetchall()
    first = min(ids)[0]
    rows = ledger.execute(
        """INSERT INTO vestnik_batch (mailing_id, first_id, last_id, due_at, state, queued, attempt, high_water,
                                      leased_at, lease_token, lease_holder, lease_expires_at)
           SELECT %(mailing)s, f, f + %(size)s - 1, now(), 'leased', %(size)s, 1, f + %(size)s - 1,
                  now(), 1, 'x', now() + interval '1 hour'
           FROM generate_series(%(first)s::bigint, %(first)s::bigint + %(last)s, %(size)s) f
           RETURNING id, first_id, last_id""",
        {"mailing": mailing, "size": IN_BATCH, "first": first, "last": messages - 1},
    ).fetchall()
    batch: tuple[int, int, int] = rows[1]
    return batch


def _values(mailing: int, batch: int, first: int, last: int) -> dict[str, dict[str, Any]]:
    sent = pack(Sent(batch, 1, 2, list(range(first, first + 300)), [1_790_000_000.5] * 300))
    assert sent is not None
    of_batch = {"mailing": mailing, "batch": batch, "first": first, "last": last}
    return {
        "log_sent": {"mailing": mailing, "gateway": 2, **columns(Packed, [sent])},
        "load": {
            "mailing": mailing, "named": False, "own_texts": False, "batches": [batch],
            "first": [first], "last": [last],
            "leased_at": ["2030-01-01"], "gateway": 2, "only_bound": [None],
        },
        "still_to_send": of_batch,
        "release": {"mailing": mailing, "batch": [batch], "backoff": [1.0], "reopens": [None], "several": False},
        "recount_bound": {"mailing": mailing, "batches": [batch], "any": True},
        "recount_by_gateway": {"mailing": mailing, "batches": [batch]},
        "settle_in_doubt": {**of_batch, "mark": last, "idempotent": True},
        "settle_batch": {**of_batch, "state": 5, "code": "end", "detail": "x"},
        "settle_late": {
            "mailing": mailing, "batch": batch, "attempt": 1, "gateway": 2, "id": [first, first + 1], "state": [1, 1],
            "code": ["0", "0"], "detail": ["", ""], "at": [1.0, 1.0],
        },
        "withdraw": {"mailing": mailing, "batch": batch, "ids": [first, first + 300], "granted": True, "code": "x"},
        "resend_unknown": {"mailing": mailing, "batch": batch},
        "erase_phones": {"mailing": mailing, "after": first, "most": 300},
        "unfold_log": {"mailing": mailing, "batches": [batch]},
        "fold_log": {"mailing": mailing, "batches": [batch], "into": [batch]},
        "count_outcomes": {"mailing": mailing, "most": 50, "states": [3]},
        "count_parts": {"mailing": mailing, "most": 50, "own_parts": 1},
        "set_parts": {"mailing": mailing, "ids": [first, first + 300], "parts": [2, 2], "own_parts": 1},
        "apply_receipts": {
            "mailing": mailing,
            "tolerance": 1.0,
            **columns(Target, [Target(each, batch, 1, 2, "", "", 1.0, 1.0) for each in range(first, first + 300)]),
        },
        "counters_differ": {"mailing": mailing},
        "log_differs": {"mailing": mailing},
    }  # fmt: skip


OF_OTHERS = {"count_outcomes": STATISTICS, "count_parts": PARTS}
#: The check looks once for messages that belong to no batch.
READS_ALL_ONCE = {"counters_differ": 1}
#: Those that read messages.
NAMES = sorted(_values(1, 1, 1, 2).keys() - {"fold_log"})
#: Those that read the log of some batches. The check sums it by batch besides, once.
READERS = sorted(
    _values(1, 1, 1, 2).keys()
    - {"count_outcomes", "count_parts", "erase_phones", "resend_unknown", "log_differs", "set_parts"}
)


@pytest.mark.parametrize("session", ["dispatcher", "others"])
@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_mailing_is_read_by_the_ids_of_its_batches(
    ledger: Any, fresh: tuple[int, int, int, int], name: str, session: str
) -> None:
    if session == "dispatcher":
        set_for_session(ledger, enable_hashjoin="off", enable_mergejoin="off", enable_seqscan="off")
    statements = OF_OTHERS.get(name, SQL)
    text = f"EXPLAIN {statements.text(name)}".encode()
    plan = [row[0] for row in ledger.execute(text, _values(*fresh)[name]).fetchall()]
    # The other partition is empty.
    scans = [line.strip() for line in plan if "Scan" in line and "vestnik_message_0 " in line]
    assert scans
    others = sum("_pkey" not in scan for scan in scans)
    assert others == READS_ALL_ONCE.get(name, 0), "\n".join(plan)


@pytest.fixture
def long_log(ledger: Any) -> tuple[int, int, int, int]:
    """A mailing of 300,000 messages, sent to a slow gateway: a row of the log for each."""
    mailing = add_mailing(ledger, state="running")
    batch = _fill(ledger, mailing, 300_000)
    ledger.execute("ALTER TABLE vestnik_message_0 SET (autovacuum_enabled = false)")
    ledger.execute("ALTER TABLE vestnik_outcome_log_0 SET (autovacuum_enabled = false)")
    ledger.execute(
        """INSERT INTO vestnik_outcome_log (mailing_id, batch_id, attempt, flush, first_id, last_id, ids, since, after)
           SELECT b.mailing_id, b.id, 1, n, b.first_id + n, b.first_id + n, B'1', now() + n * interval '250 ms', '{0}'
           FROM vestnik_batch b CROSS JOIN LATERAL generate_series(0, b.last_id - b.first_id) n"""
    )
    return mailing, *batch


def test_a_log_of_many_rows_is_read_by_the_key_of_the_batch(ledger: Any, long_log: tuple[int, int, int, int]) -> None:
    """Whatever the planner knows of the log, and in each kind of session."""
    for analysed in (False, True):
        if analysed:
            ledger.execute("ANALYZE vestnik_outcome_log")
        for switch in ("on", "off"):
            set_for_session(ledger, enable_hashjoin=switch, enable_mergejoin=switch, enable_seqscan=switch)
            for name in READERS:
                text = f"EXPLAIN {SQL.text(name)}".encode()
                plan = [row[0].strip() for row in ledger.execute(text, _values(*long_log)[name]).fetchall()]
                scans = [n for n, line in enumerate(plan) if "Scan" in line and " vestnik_outcome_log_0" in line]
                assert scans, name
                assert all("_pkey" in plan[n] and "batch_id = " in plan[n + 1] for n in scans), "\n".join([name, *plan])


#: To read one whole costs nothing. The next partition is there early, and tests before this one leave theirs.
EMPTY_PARTITIONS = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND pg_relation_size(oid) = 0"


@pytest.mark.parametrize("analysed", [False, True])
def test_receipts_are_taken_by_keys_whatever_the_planner_knows(
    ledger: Any, long_log: tuple[int, int, int, int], analysed: bool
) -> None:
    """The inbox, the names and the batches are tables that grow: a piece reads none of them whole."""
    mailing, _, first, _ = long_log
    for table in ("vestnik_receipt", "vestnik_receipt_body"):
        ledger.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)".encode())
    ledger.execute(
        "INSERT INTO vestnik_provider_message (mailing_id, message_id, gateway_id, part, provider_id)"
        " SELECT mailing_id, id, 1, 1, 'p' || id FROM vestnik_message WHERE mailing_id = %s",
        [mailing],
    )
    ledger.execute(
        "INSERT INTO vestnik_receipt (gateway_id, provider_id, message_id, fate, code, words, received_at, due_at)"
        " SELECT 1, CASE WHEN id %% 2 = 0 THEN 'p' || id END, CASE WHEN id %% 2 = 1 THEN id END, 2, '', '', now(),"
        " now()"
        " FROM vestnik_message WHERE mailing_id = %s LIMIT 100000",
        [mailing],
    )
    ledger.execute(
        "INSERT INTO vestnik_receipt_body (gateway_id, received_at, fates, message_ids)"
        " SELECT 1, now(), ARRAY[2], ARRAY[message_id] FROM vestnik_receipt"
    )
    if analysed:
        for table in ("vestnik_receipt", "vestnik_receipt_body", "vestnik_provider_message", "vestnik_batch"):
            ledger.execute(f"ANALYZE {table}".encode())
    some = list(range(first, first + 300))
    statements = {
        "take_receipts": {"most": 2_000},
        "note_parts": {"mailing": mailing, "message": some, "gateway": [1] * 300, "part": [1] * 300, "fate": [2] * 300},
        "note_operators": {"mailing": mailing, "message": some, "gateway": [1] * 300, "operator": ["x"] * 300},
        "next_due": {},
        "name_by_receipts": {
            "mailing": [mailing] * 300,
            "message": some,
            "part": [1] * 300,
            "provider_id": ["n"] * 300,
            "operator": ["x"] * 300,
            "gateway": 1,
        },
    }
    empty = {row[0] for row in ledger.execute(EMPTY_PARTITIONS).fetchall()}
    for name, values in statements.items():
        text = (SQL if name == "name_by_receipts" else RECEIPTS).text(name)
        plan = [row[0].strip() for row in ledger.execute(f"EXPLAIN {text}".encode(), values).fetchall()]
        scans = [line for line in plan if "Scan" in line and not empty & set(line.split())]
        assert [line for line in scans if "Seq Scan on vestnik_" in line] == [], "\n".join([name, *plan])
        messages = [line for line in scans if " on vestnik_message_" in line]
        assert all("_pkey" in line for line in messages), "\n".join([name, *plan])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def test_a_fold_touches_the_rows_of_its_batch_alone(ledger: Any, long_log: tuple[int, int, int, int]) -> None:
    """A thousand rows of 300,000 are read and deleted, and what is inserted covers the 250 seconds by slots."""
    mailing, batch, *_ = long_log
    text = f"EXPLAIN (ANALYZE, FORMAT JSON) {SQL.text('fold_log')}".encode()
    ((explained,),) = ledger.execute(text, _values(*long_log)["fold_log"]).fetchall()
    scans = [node for node in _nodes(explained[0]["Plan"]) if "Scan" in node["Node Type"] and "Relation Name" in node]
    assert [(scan["Actual Rows"], scan.get("Rows Removed by Filter", 0)) for scan in scans] == [(IN_BATCH, 0)]
    ((rows, messages),) = ledger.execute(
        "SELECT count(*), sum(cardinality(after)) FROM vestnik_outcome_log WHERE mailing_id = %s AND batch_id = %s",
        [mailing, batch],
    ).fetchall()
    assert (rows, messages) == (250 // 32 + 1, IN_BATCH)
    ((others,),) = ledger.execute("SELECT count(*) FROM vestnik_outcome_log WHERE batch_id <> %s", [batch]).fetchall()
    assert others == 300_000 - IN_BATCH
