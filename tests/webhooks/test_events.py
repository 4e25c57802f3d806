"""Events are written in the transaction that made them: all of them, and none that was rolled back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from harness.stepping import Stepped, begin, tick
from harness.webhook_receiver import Receiver
from tests.webhooks.stage import deliver
from vestnik.gateways.adapter import Inbound
from vestnik.mailings.actions import cancel, pause, resume
from vestnik.models import DEFAULT_GATEWAY, WebhookDelivery, WebhookEndpoint, WebhookEvent
from vestnik.receipts.inbox import keep_inbound

Made = Callable[..., WebhookEndpoint]


def written() -> list[tuple[str, Any]]:
    return [(event.type, event.data) for event in WebhookEvent.objects.order_by("id")]


def types() -> list[str]:
    return [kind for kind, _ in written()]


@pytest.fixture(autouse=True)
def endpoint(receiver: Receiver, endpoint_of: Made) -> WebhookEndpoint:
    return endpoint_of(receiver)


def test_a_mailing_tells_its_whole_life(ledger: Any) -> None:
    sender = Stepped(concurrency=20, idempotent=False)
    mailing = begin(ledger, 3)
    pause(mailing_id=mailing.id, actor=None)
    resume(mailing_id=mailing.id, actor=None)
    sender.step(4)
    sender.gateway.answer()
    sender.step(4)
    tick(ledger)
    sender.dispatcher.close()
    assert types() == ["mailing.started", "mailing.paused", "mailing.resumed", "mailing.finished"]
    told = [data for _, data in written()]
    assert {data["mailing_id"] for data in told} == {mailing.id}
    assert told[1]["pause_code"] == "operator"
    assert (told[3]["state"], told[3]["totals"]["sent"], sum(told[3]["totals"].values())) == ("completed", 3, 3)


def test_a_cancelled_mailing_is_told_and_then_its_totals(ledger: Any) -> None:
    mailing = begin(ledger, 3)
    cancel(mailing_id=mailing.id, actor=None)
    tick(ledger)
    assert types() == ["mailing.started", "mailing.cancelled", "mailing.finished"]
    assert written()[2][1]["totals"]["cancelled"] == 3


def test_what_is_rolled_back_is_not_told(ledger: Any) -> None:
    mailing = begin(ledger, 3)
    with transaction.atomic():
        pause(mailing_id=mailing.id, actor=None)
        transaction.set_rollback(True)
    assert types() == ["mailing.started"]


def test_an_import_tells_how_it_ended(ledger: Any) -> None:
    import io

    from vestnik.clients.imports.jobs import add_job, cancel_job
    from vestnik.clients.imports.runner import run_job
    from vestnik.models import ImportMode, OnError

    for _ in range(2):
        job = add_job(
            file=io.BytesIO(b"phone_number,mobile_operator_code,tag,timezone\n79111234567,911,vip,Europe/Moscow\n"),
            mode=ImportMode.UPSERT, on_error=OnError.SKIP, actor=None,
        )  # fmt: skip
        if types():
            cancel_job(job_id=job.id, actor=None)
        else:
            assert run_job(ledger, job.id, stopped=lambda: False)
    assert types() == ["import.finished", "import.finished"]
    done, cancelled = (data for _, data in written())
    assert (done["state"], done["created"], done["refused"], cancelled["state"]) == ("done", 1, 0, "failed")


def test_a_gateway_tells_that_it_is_down_out_and_up_again_once_each(ledger: Any) -> None:
    for change in (
        "breaker = 'open', breaker_reason = 'connection refused'", "probes_failed = 3",
        "out_at = now(), out_code = '401'",
        "out_words = 'bad token'", "out_at = NULL, out_code = '', out_words = ''",
        "breaker = 'closed'", "breaker = 'closed'",
    ):  # fmt: skip
        ledger.execute(f"UPDATE vestnik_gatewaystate SET {change} WHERE id = 1")  # noqa: S608
    assert types() == ["gateway.down", "gateway.out", "gateway.down", "gateway.up"]
    assert written()[0][1] == {"gateway": "default", "reason": "connection refused", "code": ""}
    assert written()[1][1]["code"] == "401"


def test_an_inbound_text_is_told_once_and_fits_into_an_event(
    ledger: Any, receiver: Receiver, endpoint: WebhookEndpoint
) -> None:
    text = Inbound(phone="79111234567", to="Company", text="да " * 4_000, provider_id="7", at=None)
    for _ in range(2):
        keep_inbound(ledger, [text], gateway=DEFAULT_GATEWAY)
    assert types() == ["inbound.received"]
    assert deliver(endpoint) == 1
    (event,) = receiver.events
    assert (event["data"]["phone_number"], event["data"]["gateway"]) == ("79111234567", "default")
    assert all(len(body) < 2**20 for bodies in receiver.bodies.values() for body in bodies)


def test_an_endpoint_gets_what_it_asked_for_and_a_disabled_one_nothing_until_it_is_enabled(
    ledger: Any, receiver: Receiver, endpoint: WebhookEndpoint
) -> None:
    WebhookEndpoint.objects.filter(id=endpoint.id).update(event_types=["mailing.paused"])
    mailing = begin(ledger, 3)
    pause(mailing_id=mailing.id, actor=None)
    assert types() == ["mailing.paused"]
    WebhookEndpoint.objects.filter(id=endpoint.id).update(
        enabled=False, disabled_code="operator", disabled_at="2020-01-01T00:00Z"
    )
    resume(mailing_id=mailing.id, actor=None)
    pause(mailing_id=mailing.id, actor=None)
    assert types() == ["mailing.paused"]  # it has been disabled for years: nothing is kept for it
    ledger.execute("UPDATE vestnik_webhook_endpoint SET disabled_at = now()")
    resume(mailing_id=mailing.id, actor=None)
    pause(mailing_id=mailing.id, actor=None)
    assert types() == ["mailing.paused"] * 2  # kept for a replay
    assert WebhookDelivery.objects.count() == 1
    assert receiver.events == []
