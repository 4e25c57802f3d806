"""Successes are packed and unpacked without loss; what does not fit into a row is said so."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vestnik.db.connection import Connection, open_connection
from vestnik.ledger.fragments import LOGGED_AT_IN_ANY
from vestnik.ledger.packing import MAX_MILLISECONDS, MAX_SPAN, Packed, Sent, pack

#: Some instant of 2026, in milliseconds.
NOW = 1_790_000_000_000
FIRST = 90_000_000_000_000


def sent(ids: list[int], at: list[float]) -> Sent:
    return Sent(batch=7, attempt=1, flush=1, ids=ids, at=at)


def packed(ids: list[int], at: list[float]) -> Packed:
    made = pack(sent(ids, at))
    assert made is not None
    return made


successes = st.dictionaries(st.integers(0, 1_100), st.integers(0, MAX_MILLISECONDS), min_size=1, max_size=60)


@given(successes)
def test_bits_and_milliseconds_say_what_was_packed(milliseconds: dict[int, int]) -> None:
    row = packed([FIRST + place for place in milliseconds], [(NOW + ms) / 1e3 for ms in milliseconds.values()])
    after = [int(number) for number in row.after.strip("{}").split(",")]
    ids = [row.first_id + place for place, bit in enumerate(row.ids) if bit == "1"]
    unpacked = dict(zip(ids, after, strict=True))
    assert {message - FIRST: row.since + ms - NOW for message, ms in unpacked.items()} == milliseconds


@pytest.mark.parametrize(
    ("ids", "at"),
    [
        ([1, 1 + MAX_SPAN], [1.0, 1.0]),
        ([1, 2], [1.0, 1.0 + (MAX_MILLISECONDS + 1) / 1e3]),
        ([1, 1], [1.0, 2.0]),
    ],
    ids=["far apart in ids", "far apart in time", "twice"],
)
def test_what_does_not_fit_is_not_packed(ids: list[int], at: list[float]) -> None:
    assert pack(sent(ids, at)) is None
    assert pack(sent(ids[:1], at[:1])) is not None


@pytest.fixture(scope="module")
def database(django_db_setup: None) -> Iterator[Connection]:
    del django_db_setup
    with open_connection("test") as connection:
        yield connection


#: A row of the log, and beside it each message of its range and of its neighbours, as the ledger asks for it.
_ASK = f"""
WITH vestnik_outcome_log AS (
    SELECT 1::bigint AS mailing_id, 7::bigint AS batch_id, %(first)s::bigint AS first_id,
           %(first)s::bigint + length(%(ids)s) - 1 AS last_id, %(ids)s::varbit AS ids,
           to_timestamp(%(since)s / 1e3::float8) AS since, %(after)s::smallint[] AS after, 1 AS attempt, 1 AS flush
), m AS (
    SELECT 1::bigint AS mailing_id, n AS id, 0 AS state
    FROM generate_series(%(first)s - 3, %(first)s + length(%(ids)s) + 3) n
    UNION ALL VALUES (1, 1, 0), (1, 9007199254740991, 0)
)
SELECT m.id, {LOGGED_AT_IN_ANY:7} FROM m
"""  # noqa: S608 - ours


@settings(max_examples=30, deadline=None)
@given(milliseconds=successes)
def test_the_ledgers_expression_reads_them_to_the_millisecond(database: Any, milliseconds: dict[int, int]) -> None:
    row = packed([FIRST + place for place in milliseconds], [(NOW + ms) / 1e3 for ms in milliseconds.values()])
    values = {"first": row.first_id, "ids": row.ids, "since": row.since, "after": row.after}
    ((epoch,),) = database.execute("SELECT 'epoch'::timestamptz").fetchall()
    found = {
        message - FIRST: (at - epoch) // timedelta(milliseconds=1) - NOW
        for message, at in database.execute(_ASK.encode(), values).fetchall()
        if at is not None
    }
    assert found == milliseconds
