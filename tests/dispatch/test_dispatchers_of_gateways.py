"""A process that sends has a dispatcher for each gateway that is enabled, and for no other."""

from collections.abc import Iterator

import pytest

from harness.gateways import add_gateway, change_gateway
from harness.sending import until
from vestnik.cli.doctor import examine
from vestnik.console.waiting import waiting_things
from vestnik.db.connection import Connection
from vestnik.dispatch.gateway_row import note_unopened
from vestnik.dispatch.settings import names_of_dispatchers
from vestnik.gateways.states import State
from vestnik.ledger.fragments import GATEWAYS_UP
from vestnik.models import Role
from vestnik.routing.find import shown_gateways
from vestnik.workers.sending import Sending


@pytest.fixture
def process(ledger: Connection) -> Iterator[Sending]:
    """The sending threads of a process."""
    del ledger
    thread = Sending("here:1")
    thread.start()
    yield thread
    thread.stop()
    thread.join(20)
    assert not thread.is_alive()


def names(ledger: Connection) -> set[str]:
    """The dispatchers that have a connection."""
    rows = ledger.execute(
        "SELECT application_name FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name LIKE 'vestnik dispatch%'"
    ).fetchall()
    return {name for (name,) in rows}


DEFAULT = "vestnik dispatch here:1"


def test_it_is_started_when_the_gateway_appears_and_drained_when_it_is_disabled(
    ledger: Connection, process: Sending
) -> None:
    until(lambda: names(ledger) == {DEFAULT})
    gateway = add_gateway(ledger, "second", enabled=False)
    change_gateway(ledger, gateway, enabled=True)
    process.wake()
    until(lambda: names(ledger) == {DEFAULT, f"vestnik dispatch/{gateway} here:1"})
    change_gateway(ledger, gateway, enabled=False)
    process.wake()
    until(lambda: names(ledger) == {DEFAULT})


def test_it_is_replaced_when_the_settings_change(ledger: Connection, process: Sending) -> None:
    gateway = add_gateway(ledger, "second")
    until(lambda: len(names(ledger)) == 2)

    def pid() -> list[tuple[int]]:
        return ledger.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'vestnik dispatch/%'"
        ).fetchall()

    before = pid()
    change_gateway(ledger, gateway, concurrency=3)
    process.wake()
    until(lambda: len(pid()) == 1 and pid() != before)


def test_a_gateway_whose_secrets_cannot_be_read_keeps_nobody_else_from_sending(
    ledger: Connection, process: Sending
) -> None:
    unreadable = add_gateway(ledger, "unreadable")
    change_gateway(ledger, unreadable, secrets="of another key")
    other = add_gateway(ledger, "other")
    process.wake()
    until(lambda: names(ledger) == {DEFAULT, f"vestnik dispatch/{other} here:1"})


def gateways_up(ledger: Connection) -> list[int]:
    return sorted(gateway for (gateway,) in ledger.execute(GATEWAYS_UP).fetchall())


def test_a_gateway_that_nobody_can_open_is_not_up_and_is_named_until_one_opens_it(ledger: Connection) -> None:
    unreadable = add_gateway(ledger, "unreadable")
    ((right,),) = ledger.execute("SELECT secrets FROM vestnik_gateway WHERE id = %s", [unreadable]).fetchall()
    change_gateway(ledger, unreadable, secrets="of another key")
    assert gateways_up(ledger) == [1, unreadable], "nobody has tried yet"
    thread = Sending("here:1")
    thread.start()
    try:
        until(lambda: gateways_up(ledger) == [1])
        (shown,) = [each for each in shown_gateways() if each.row.id == unreadable]
        assert (shown.state, shown.takes_messages) == (State.DOWN, False)
        assert shown.reason.startswith("no worker can open it: ")
        (finding,) = [each for each in examine(repair=False, everything=False) if each.words.startswith("unreadable")]
        assert (finding.needs_a_hand, shown.reason in finding.words) == (True, True)
        things = waiting_things(undecided={}, live={}, role=Role.ADMINISTRATOR)
        assert [each.grave for each in things if "Nothing goes over gateway “unreadable”" in each.words] == [True]
        # It is mended: whoever opens it says so.
        change_gateway(ledger, unreadable, secrets=right)
        thread.wake()
        until(lambda: gateways_up(ledger) == [1, unreadable])
        assert names(ledger) == {DEFAULT, f"vestnik dispatch/{unreadable} here:1"}
    finally:
        thread.stop()
        thread.join(20)


def test_what_one_process_cannot_open_while_another_has_it_is_up(ledger: Connection, process: Sending) -> None:
    gateway = add_gateway(ledger, "second")
    process.wake()
    until(lambda: names(ledger) == {DEFAULT, f"vestnik dispatch/{gateway} here:1"})
    note_unopened(ledger, gateway, "no key here")
    assert gateways_up(ledger) == [1, gateway]
    # Said by somebody who looked before the other had come: that one takes it back.
    ledger.execute("UPDATE vestnik_gatewaystate SET unopened = 'no key here' WHERE id = %s", [gateway])
    process.wake()
    until(lambda: gateways_up(ledger) == [1, gateway])


def test_dispatchers_are_counted_for_each_gateway() -> None:
    """A third gateway's are not among those of the thirteenth, nor of ``default``."""
    mine = f"{names_of_dispatchers(3)}here:1"
    assert [n for n in (1, 3, 13, 31) if mine.startswith(names_of_dispatchers(n))] == [3]
