"""A release that knows one gateway and one text for a mailing leases nothing where there is more."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from harness.stepping import Stepped, begin
from vestnik.db.connection import open_connection
from vestnik.ledger.direct import mailing_of_today, share_day
from vestnik.ledger.leases import end_earlier_releases
from vestnik.routing.edits import create_gateway
from vestnik.routing.values import GatewayFields


@pytest.fixture
def earlier(ledger: Any) -> Any:
    """A ledger in which an earlier release can lease."""
    back = "ALTER SEQUENCE IF EXISTS vestnik_lease_seq_before_gateways RENAME TO vestnik_lease_seq"
    ledger.execute(back)
    yield ledger
    ledger.execute(back)


def can_lease(ledger: Any) -> bool:
    ((there,),) = ledger.execute("SELECT to_regclass('vestnik_lease_seq') IS NOT NULL").fetchall()
    return bool(there)


def test_a_second_gateway_ends_earlier_releases(earlier: Any) -> None:
    assert can_lease(earlier)
    fields = GatewayFields(name="second", kind="probe", settings={"url": "http://127.0.0.1:9", "token": "x"})
    create_gateway(fields=fields, actor=None)
    assert not can_lease(earlier)


def test_a_single_message_ends_earlier_releases(earlier: Any) -> None:
    with transaction.atomic():
        share_day()
        mailing_of_today(0, zone="Europe/Moscow")
    assert not can_lease(earlier)


def test_this_release_leases_before_and_after(earlier: Any) -> None:
    for _ in range(2):
        begin(earlier, 2)
        stepped = Stepped(concurrency=10)
        stepped.step(4)
        assert len(stepped.gateway.pending) >= 2
        stepped.dispatcher.close()
        end_earlier_releases(connection)
    assert not can_lease(earlier)


def test_several_gateways_may_be_made_at_the_same_moment(earlier: Any) -> None:
    """Each of them renames the sequence, unless it finds it done."""

    def ends(_: int) -> None:
        with open_connection("test") as connection, connection.transaction():
            end_earlier_releases(connection)
            # Long enough for the others to come while this one is not committed.
            connection.execute("SELECT pg_sleep(0.05)")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ends, range(4)))
    assert not can_lease(earlier)
