"""The operator's commands, on a real ledger."""

from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.fake_transport import TIMEOUT
from harness.rows import FIRST
from harness.stepping import Stepped, begin, states, tick
from vestnik.cli.main import vestnik
from vestnik.db.connection import Connection
from vestnik.errors import InvalidInput, StateForbids
from vestnik.models import AuditEntry


def call(*words: str, text: str | None = None) -> Result:
    result = CliRunner().invoke(vestnik, words, input=text)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_mailing_is_paused_resumed_and_cancelled(ledger: Connection) -> None:
    made = begin(ledger, 3)
    for action, state in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        assert call("mailing", action, str(made.id)).output == f"mailing {made.id} is {state} now\n"
    with pytest.raises(StateForbids, match="only a scheduled or running or paused one can be cancelled"):
        call("mailing", "cancel", str(made.id))
    with pytest.raises(StateForbids, match="only a paused one can be resumed"):
        call("mailing", "resume", str(made.id))


def test_mailings_are_listed_and_shown(ledger: Connection) -> None:
    made = begin(ledger, 3)
    assert f"{made.id}  running             3 messages" in call("mailing", "list").output
    shown = call("mailing", "show", str(made.id)).output
    assert "state     running" in shown
    assert "queued               3" in shown


def test_phones_are_stopped_listed_and_allowed_again(ledger: Connection) -> None:
    begin(ledger, 3)
    done = call("stop-list", "add", "--reason", "asked", "--file", "-", f"+{FIRST}", text=f"{FIRST + 1}\n\n")
    assert done.output == "2 added, 0 were already on the list; 2 messages cancelled\n"
    assert [state for state, _ in states(ledger).values()] == [6, 6, 0]
    phone, _, name, reason = call("stop-list", "list", "--phone", "7911").output.splitlines()[0].split("\t")
    assert (phone, name, reason) == (str(FIRST), "system", "asked")
    assert call("stop-list", "remove", str(FIRST)).output == "1 removed\n"


@pytest.mark.parametrize("words", [["12"], [], ["8911123456"], ["7911123456x"], ["8911OOO4567"]])
def test_what_is_no_phone_is_refused(ledger: Connection, words: list[str]) -> None:
    del ledger
    with pytest.raises(InvalidInput, match="phones"):
        call("stop-list", "add", *words)


@pytest.fixture
def broken(ledger: Connection) -> Any:
    """A mailing with an unknown message, wrong counters and a refused token."""
    made = begin(ledger, 3)
    stepped = Stepped(concurrency=1, idempotent=False)
    stepped.step()
    stepped.gateway.answer(TIMEOUT)
    stepped.step()
    stepped.dispatcher.close()
    ledger.execute("UPDATE vestnik_batch SET failed = failed + 1, queued = queued - 1")
    ledger.execute("UPDATE vestnik_mailing SET state = 'paused', pause_code = 'refused', pause_answer = 'http_401'")
    return made


def test_the_doctor_says_what_needs_a_hand(ledger: Connection, broken: Any) -> None:
    del ledger
    result = call("doctor")
    assert result.exit_code == 1
    said = [line for line in result.output.splitlines() if line.startswith("WARN")]
    assert any("paused: the gateway refused our token (http_401)" in line for line in said)
    assert any("1 unknown messages wait for a decision" in line for line in said)
    assert any(f"mailing {broken.id}, batch" in line and "failed 1 in the totals" in line for line in said)
    assert any("0 dispatchers" in line for line in said)
    assert "-> vestnik doctor --repair" in result.output


def test_the_doctor_says_that_https_needs_a_proxy_that_is_declared(ledger: Connection, settings: Any) -> None:
    del ledger
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, public_url="https://vestnik.example.org")
    assert "-> Set NUM_PROXIES to the number of proxies" in call("doctor").output
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, num_proxies=1)
    assert "NUM_PROXIES" not in call("doctor").output


def test_the_doctor_repairs_books_and_says_so(ledger: Connection, broken: Any) -> None:
    del ledger
    assert f"mailing {broken.id} repaired: 1 batches recounted" in call("doctor", "--repair").output
    assert "their counters are what their rows say" in call("doctor", "--all").output


def test_what_a_gateway_asks_for_is_ignored_by_command_and_on_record(ledger: Connection) -> None:
    with pytest.raises(StateForbids, match="does not ask anybody to wait"):
        call("ignore-wait")
    assert not AuditEntry.objects.filter(action="gateway.ignore_wait").exists()
    ledger.execute(
        "UPDATE vestnik_gatewaystate SET asked_at = now(), asked_until = '2099-01-01T10:00:00.7Z', breaker = 'open'"
    )
    assert "the gateway asked us to wait until" in call("doctor").output
    output = call("ignore-wait").output
    assert output == "messages are sent now; the gateway's waits are obeyed again from 2099-01-01T10:00:00+00:00\n"
    assert AuditEntry.objects.filter(action="gateway.ignore_wait", actor=None).count() == 1
    assert "asked us to wait" not in call("doctor").output
    with pytest.raises(StateForbids):
        call("ignore-wait")


def test_left_unknown_messages_need_no_hand_any_more(ledger: Connection, broken: Any) -> None:
    call("doctor", "--repair")
    output = call("mailing", "unknown", str(broken.id), "leave").output
    assert output == "0 messages are sent again, 1 stay unknown; the mailing is paused\n"
    assert "wait for a decision" not in call("doctor").output
    assert "1 messages are sent again" in call("mailing", "unknown", str(broken.id), "resend").output
    tick(ledger)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE vestnik_mailing SET state = 'scheduled', start_time = now() - interval '1 h'", "has not started"),
        (
            "UPDATE vestnik_mailing SET prepared_at = NULL, started_at = now() - interval '1 h'",
            "its audience is not whole",
        ),
        (
            "UPDATE vestnik_batch SET state = 'leased', lease_token = 1, leased_at = now(), lease_expires_at = 'epoch'",
            "1 leases lapsed",
        ),
        (
            "UPDATE vestnik_mailing SET start_time = now() - interval '2 h', end_time = now() - interval '1 h'",
            "its messages are not settled",
        ),
        ("UPDATE vestnik_gatewaystate SET breaker = 'open', breaker_changed_at = now()", "the breaker is open"),
    ],
)
def test_the_doctor_finds_what_nobody_does(ledger: Connection, damage: str, said: str) -> None:
    begin(ledger, 3)
    ledger.execute(damage.encode())
    result = call("doctor")
    assert any(said in line for line in result.output.splitlines() if line.startswith("WARN"))
    assert result.exit_code == 1
