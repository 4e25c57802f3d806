"""What is known of a message, a mailing and a client is told in the order in which it happened, with no whole phone."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cast import person
from harness.fake_transport import REFUSED, THROTTLED, TIMEOUT
from harness.rows import FIRST
from harness.stepping import Stepped, begin
from tests.masking import WHOLE_PHONE
from vestnik.cli.main import vestnik
from vestnik.cli.trace import find_lines
from vestnik.clients.directory import delete_client
from vestnik.clients.stop_list import stop_phones
from vestnik.cluster.home import Home
from vestnik.db.connection import Connection
from vestnik.dispatch.trial import send_trial
from vestnik.errors import NotFound
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.health.trace import Event, trace_client, trace_mailing, trace_message
from vestnik.mailings.actions import pause
from vestnik.models import Client
from vestnik.receipts.inbox import keep_receipts
from vestnik.routing.find import get_gateway


def said(events: list[Event]) -> str:
    words = "\n".join(event.words for event in events)
    assert not WHOLE_PHONE.search(words), "a whole phone"
    return words


def message_of(ledger: Connection, phone: int) -> int:
    ((found,),) = ledger.execute("SELECT id FROM vestnik_message WHERE phone = %s", [phone]).fetchall()
    return int(found)


@pytest.fixture
def made(ledger: Connection) -> int:
    """A mailing of four: one refused, one unknown, one throttled, one sent; paused afterwards."""
    mailing = begin(ledger, 4).id
    stepped = Stepped(concurrency=4, idempotent=False)
    stepped.step()
    for outcome in (REFUSED, TIMEOUT, THROTTLED):
        stepped.gateway.answer(outcome, count=1)
    stepped.gateway.answer()
    stepped.step()
    stepped.dispatcher.close()
    pause(mailing_id=mailing, actor=None)
    return mailing


@pytest.mark.parametrize(
    ("phone", "words"),
    [
        (FIRST, "it is failed, after 1 outcomes, the last: 17 (no such subscriber)"),
        (FIRST + 1, "it is unknown, after 1 outcomes, the last: timeout (no answer)"),
        (FIRST + 1, "an attempt may have been delivered"),
        (FIRST + 2, "it is queued, after 1 outcomes, the last: http_429 (slowly)"),
        (FIRST + 3, "sent: the gateway took it"),
    ],
)
def test_a_message(ledger: Connection, made: int, phone: int, words: str) -> None:
    message = message_of(ledger, phone)
    events = trace_message(message)
    assert words in said(events)
    assert f"message {message} of mailing {made} is made, to client" in events[0].words
    assert "its batch" in said(events)


def test_a_test_message_is_known_by_the_gateways_id_too(ledger: Connection) -> None:
    del ledger
    trial = send_trial(gateway=get_gateway(name="default"), phone=FIRST, text="Проверка", actor=person("anna"))
    words = said(trace_message(trial.message_id))
    assert words.startswith("gateway.trial, by anna")
    assert "Проверка" not in words


def test_a_mailing(made: int) -> None:
    events = trace_mailing(made)
    words = said(events)
    for told in (
        "mailing.create, by system", "it started", "its audience was whole", "mailing.pause, by system",
        f"mailing {made} is paused (by an operator)", "its totals: 1 queued, 1 sent, 1 failed, 1 unknown",
        "1 failed with: 17", "batches are ready",
    ):  # fmt: skip
        assert told in words, told
    times = [event.at for event in events if event.at is not None]
    assert times == sorted(times)


def test_a_client_and_one_that_is_gone(ledger: Connection, made: int) -> None:
    client = Client.objects.get(phone_number=FIRST)
    stop_phones(phones=[FIRST], reason="asked", actor=None)
    words = said(trace_client(client.id))
    assert f"message {message_of(ledger, FIRST)} of mailing {made}: failed, after 1 outcomes, the last: 17" in words
    assert "its phone came onto the stop list, by system" in words
    gone = client.id
    delete_client(client=client, actor=None)
    assert said(trace_client(gone)).startswith("client.delete, by system")


@pytest.mark.parametrize("tracing", [trace_message, trace_mailing, trace_client])
def test_what_the_ledger_does_not_know(ledger: Connection, tracing: object) -> None:
    del ledger
    with pytest.raises(NotFound):
        tracing(4_000_000_000)  # type: ignore[operator]


def test_the_command_prints_it(made: int) -> None:
    result = CliRunner().invoke(vestnik, ["trace", "mailing", str(made)])
    assert result.exit_code == 0, result.output
    assert re.search(r"^\d{4}-\d\d-\d\dT[0-9:.]+Z +ledger +it started$", result.output, re.MULTILINE)
    assert re.search(r"^now +ledger +its totals: ", result.output, re.MULTILINE)


def test_lines_are_found_in_both_formats_in_all_processes_by_time(tmp_path: Path) -> None:
    home = Home(tmp_path).make()
    home.log("web").write_text(
        "2026-01-01T00:00:03.000000Z [info] decided [a] mailing=7\n"
        "2026-01-01T00:00:01.000000Z [info] other [a] mailing=70\n"
    )
    home.log("worker").write_text(
        '{"event": "started", "mailing": 7, "timestamp": "2026-01-01T00:00:01.000000Z"}\n'
        '{"event": "sent", "logger": "vestnik.messages", "mailing": 7, "timestamp": "2026-01-01T00:00:02.000000Z"}\n'
    )
    (home.logs / "worker.log.1").write_text("2025-12-31T00:00:00.000000Z [info] older [a] mailing=7\n")
    found = find_lines(home, field="mailing", value=7)
    assert [(line.process, line.at[8:19]) for line in found] == [
        ("worker", "31T00:00:00"), ("worker", "01T00:00:01"), ("worker", "01T00:00:02"), ("web", "01T00:00:03"),
    ]  # fmt: skip
    assert len(find_lines(home, field="mailing", value=7, without="vestnik.messages")) == 3


def test_a_message_has_what_its_provider_calls_it_and_receipts_that_wait(ledger: Connection, made: int) -> None:
    message = message_of(ledger, FIRST + 3)
    ledger.execute(
        "INSERT INTO vestnik_provider_message (mailing_id, message_id, gateway_id, part, provider_id, operator, fate)"
        " VALUES (%s, %s, 1, 1, 'abc', 'MegaFon', 2), (%s, %s, 1, 2, 'abd', NULL, NULL),"
        " (%s, %s, 1, 3, '', NULL, NULL)",
        [made, message] * 3,
    )
    with ledger.transaction():
        receipt = Receipt(fate=Fate.UNDELIVERED, provider_id="abd", code="8", words="absent")
        keep_receipts(ledger, [receipt, Receipt(fate=Fate.DELIVERED, provider_id="other")], gateway=1)
    words = said(trace_message(message))
    assert "gateway default calls part 1 abc: delivered, operator MegaFon" in words
    assert "gateway default calls part 2 abd: no receipt yet" in words
    assert "gateway default has no name for part 3: no receipt yet" in words
    assert "a receipt of gateway default says not delivered (8 absent): waits" in words
    assert words.count("a receipt of") == 1
