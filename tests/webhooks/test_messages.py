"""What became of messages is told: each outcome once, in events of up to 1,000, and only where it is wanted."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from rest_framework.test import APIClient

from harness.cast import as_user, person
from harness.fake_transport import REFUSED, TIMEOUT
from harness.stepping import Stepped, begin, tick
from harness.webhook_receiver import Receiver
from tests.webhooks.stage import deliver
from vestnik.gateways.adapter import Fate, Receipt
from vestnik.health.trace import trace_message
from vestnik.ledger.recalls import erase
from vestnik.models import DEFAULT_GATEWAY, User, WebhookEndpoint, WebhookEvent, WebhookOutcome
from vestnik.receipts.applying import apply_due
from vestnik.receipts.inbox import keep_receipts
from vestnik.reports.letter import csv_of
from vestnik.webhooks import messages
from vestnik.webhooks.messages import write_message_events

Made = Callable[..., WebhookEndpoint]
LEDGER = Path(__file__).parents[2] / "vestnik" / "ledger" / "sql"
#: Statements that change messages, and no outcome that is told: back to the queue, or no state at all.
TELL_NOTHING = {
    "doubt_queued", "erase_from_given_away", "erase_messages", "erase_phones", "resend_unknown",
    "set_parts",
    # A repair: the log has told it.
    "unfold_log",
}  # fmt: skip


def told(ledger: Any) -> Counter[tuple[str, int]]:
    """How often each message was told with each outcome, of all events that were written until now."""
    while write_message_events(ledger):
        pass
    return Counter(
        (event.type, message["id"])
        for event in WebhookEvent.objects.filter(type__startswith="message.")
        for message in event.data["messages"]
    )


def states(ledger: Any) -> dict[int, str]:
    words = (
        "(ARRAY['queued', 'sent', 'delivered', 'undelivered', 'failed', 'expired', 'cancelled', 'unknown'])[state + 1]"
    )
    return dict(ledger.execute(f"SELECT id, {words} FROM vestnik_message_now ORDER BY id").fetchall())  # noqa: S608


@pytest.fixture
def sender(ledger: Any) -> Iterator[Stepped]:
    del ledger
    stepped = Stepped(concurrency=20, idempotent=False)
    yield stepped
    stepped.dispatcher.close()


@pytest.fixture(params=[True, False], ids=["log", "rows"])
def log(ledger: Any, request: pytest.FixtureRequest) -> Iterator[None]:
    ledger.execute("UPDATE vestnik_gatewaystate SET outcome_log = %s WHERE id = 1", [request.param])
    yield
    ledger.execute("UPDATE vestnik_gatewaystate SET outcome_log = true WHERE id = 1")


def send_all(sender: Stepped) -> None:
    sender.step(4)
    sender.gateway.answer()
    sender.step(4)


@pytest.mark.usefixtures("log")
def test_each_outcome_is_told_once(ledger: Any, sender: Stepped, receiver: Receiver, endpoint_of: Made) -> None:
    endpoint = endpoint_of(receiver)
    mailing = begin(ledger, 6)
    sender.step(4)
    waiting = list(states(ledger))
    sender.gateway.answer(REFUSED, count=1)
    sender.gateway.answer(TIMEOUT, count=1)
    sender.gateway.answer()
    sender.step(4)
    tick(ledger)
    now = states(ledger)
    assert Counter(now.values()) == {"sent": 4, "failed": 1, "unknown": 1}
    assert told(ledger) == {(f"message.{state}", message): 1 for message, state in now.items()}
    with ledger.transaction():
        sent = [message for message, state in now.items() if state != "failed"]
        fates = [Fate.DELIVERED, Fate.UNDELIVERED, *[Fate.DELIVERED] * 3]
        keep_receipts(
            ledger,
            [Receipt(fate=fate, message_id=message, code="8") for fate, message in zip(fates, sent, strict=True)] * 2,
            gateway=DEFAULT_GATEWAY,
        )
    apply_due(ledger, stopped=lambda: False)
    then = states(ledger)
    assert Counter(then.values()) == {"delivered": 4, "undelivered": 1, "failed": 1}
    assert told(ledger) == {(f"message.{state}", message): 1 for each in (now, then) for message, state in each.items()}
    while deliver(endpoint):
        pass
    assert receiver.wrong == 0
    arrived = [event["data"] for event in receiver.events if event["type"] == "message.undelivered"]
    assert [(data["mailing_id"], data["state"], len(data["messages"])) for data in arrived] == [
        (mailing.id, "undelivered", 1)
    ]
    assert arrived[0]["messages"][0]["code"] == "8"
    assert set(arrived[0]["messages"][0]) == {"id", "client", "phone_number", "code"}
    assert {message for _, message in told(ledger)} == set(waiting)


def test_an_event_that_is_written_late_has_no_code_of_a_later_outcome(
    ledger: Any, sender: Stepped, receiver: Receiver, endpoint_of: Made
) -> None:
    """A receipt may have settled the message meanwhile: its code is that of another event."""
    endpoint_of(receiver)
    begin(ledger, 2)
    sender.step(4)
    sender.gateway.answer(TIMEOUT)
    sender.step(4)
    settled, doubtful = states(ledger)
    keep_receipts(ledger, [Receipt(fate=Fate.UNDELIVERED, message_id=settled, code="8")], gateway=DEFAULT_GATEWAY)
    apply_due(ledger, stopped=lambda: False)
    told(ledger)
    codes = {
        (event.type, message["id"]): message["code"]
        for event in WebhookEvent.objects.filter(type__startswith="message.")
        for message in event.data["messages"]
    }
    assert codes == {
        ("message.unknown", settled): None, ("message.unknown", doubtful): "timeout",
        ("message.undelivered", settled): "8",
    }  # fmt: skip


@pytest.mark.usefixtures("log")
def test_nothing_is_kept_where_no_endpoint_wants_messages(
    ledger: Any, sender: Stepped, receiver: Receiver, endpoint_of: Made
) -> None:
    endpoint_of(receiver, "mailing.started")
    begin(ledger, 3)
    send_all(sender)
    assert set(states(ledger).values()) == {"sent"}
    assert WebhookOutcome.objects.count() == 0


def test_an_event_has_at_most_so_many_messages_of_one_mailing(
    ledger: Any, sender: Stepped, receiver: Receiver, endpoint_of: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "MAX_MESSAGES", 4)
    endpoint_of(receiver, "message.sent")
    begin(ledger, 10)
    send_all(sender)
    assert set(told(ledger).values()) == {1}
    assert len(told(ledger)) == 10
    sizes = [len(event.data["messages"]) for event in WebhookEvent.objects.order_by("id")]
    assert sizes == [4, 4, 2]


def test_a_worker_that_dies_before_its_commit_loses_no_outcome(
    ledger: Any, sender: Stepped, receiver: Receiver, endpoint_of: Made
) -> None:
    endpoint_of(receiver, "message.sent")
    begin(ledger, 3)
    send_all(sender)
    with ledger.transaction(force_rollback=True):
        assert write_message_events(ledger)
    assert WebhookEvent.objects.count() == 0
    assert len(told(ledger)) == 3


def test_an_erased_message_has_no_phone_and_no_client_wherever_it_is_shown(
    ledger: Any, sender: Stepped, receiver: Receiver, endpoint_of: Made
) -> None:
    """In the ledger an erased phone is the negative id, and an erased client is 0: neither is shown to anybody."""
    endpoint_of(receiver, "message.sent")
    mailing = begin(ledger, 2)
    send_all(sender)
    phones = [phone for (phone,) in ledger.execute("SELECT phone FROM vestnik_message").fetchall()]
    with transaction.atomic():
        assert erase(phones=phones) == 2
    ids = sorted(states(ledger))
    assert set(told(ledger)) == {("message.sent", message) for message in ids}
    (event,) = WebhookEvent.objects.all()
    assert event.data["messages"] == [
        {"id": message, "client": None, "phone_number": None, "code": "0"} for message in ids
    ]
    operator = as_user(person("olga", "operator"))
    path = f"/sender/notifications/{mailing.id}/messages"
    shown = operator.get(path).json()
    assert [(each["phone_number"], each["client"]) for each in shown] == [(None, None)] * 2
    browser = Client()
    browser.force_login(User.objects.get(username="olga"))
    outputs = {
        "event": str(event.data),
        "list": str(shown),
        "CSV of the report": csv_of([mailing.id]).decode(),
        "CSV of the console": browser.get(f"/console/mailings/{mailing.id}/results.csv").getvalue().decode(),
        "page": browser.get(f"/console/mailings/{mailing.id}/messages").content.decode(),
        "trace": "\n".join(each.words for each in trace_message(ids[0])),
        "delivery": str(operator.get(f"/sender/notifications/{mailing.id}/statistics/delivery").json()),
        "metrics": APIClient().get("/metrics").content.decode(),
    }
    for output, text in outputs.items():
        assert not [message for message in ids if re.search(rf"(?<!\w)-{message}\b", text)], output
        assert "client 0" not in text, output
    assert "an erased number" in outputs["trace"]


def test_every_statement_that_changes_messages_tells_of_it_or_is_known_to_tell_nothing() -> None:
    changing = {
        path.stem
        for path in LEDGER.glob("*.sql")
        if any(word in (text := path.read_text()) for word in ("UPDATE vestnik_message ", "INTO vestnik_outcome_log"))
        and "{tell:" not in text
        and "{told_wanted}" not in text
    }
    # A fold writes again what stands in the log.
    assert changing == TELL_NOTHING | {"fold_log"}
