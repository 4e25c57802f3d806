"""A gateway that answers everything wrongly: mailings pause with the reason before much of them is used up."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from harness.rows import add_clients, add_mailing, assert_totals_are_rows, states_of
from harness.sending import sending, until
from harness.simulator_client import SimulatorClient
from harness.stepping import Stepped, begin, mailing, tick
from vestnik.gateways.adapters.probe import classify_answer
from vestnik.gateways.outcome import Outcome
from vestnik.mailings.actions import resume
from vestnik.models import Mailing, MailingState, MessageState, PauseCode

#: Of 5,000 messages so many may be used up at most.
MAX_SPENT = 600
#: Each way to be wrong is in the table of test_brake.py; these are the ones that differ before a real network.
WRONG = ["404", "308", "html", "banner"]


def answer(status: int, body: bytes = b"") -> Outcome:
    return classify_answer(status, body, None, 0.0)


@contextmanager
def dispatchers(simulator: SimulatorClient, count: int, **settings: Any) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(sending(simulator, **settings))
        yield


def is_paused(ledger: Any, mailing: int) -> bool:
    rows = ledger.execute("SELECT FROM vestnik_mailing WHERE id = %s AND state = 'paused'", [mailing]).fetchall()
    return bool(rows)


def nothing_is_leased(ledger: Any) -> bool:
    return not ledger.execute("SELECT FROM vestnik_batch WHERE state = 'leased'").fetchall()


# -- real dispatchers before a real gateway


@pytest.mark.parametrize("fault", WRONG)
def test_of_5000_messages_at_most_600_are_used_up_whatever_the_gateway_answers_to_all(
    ledger: Any, simulator: SimulatorClient, fault: str
) -> None:
    add_clients(ledger, 5_000)
    simulator.faults(shares={fault: 1}, taken=0)
    with dispatchers(simulator, 2, concurrency=256, idempotent=False):
        paused = add_mailing(ledger)
        until(lambda: is_paused(ledger, paused) and nothing_is_leased(ledger), seconds=30)
        made = Mailing.objects.get(id=paused)
        assert (made.pause_code, made.state) == (PauseCode.GATEWAY_BRAKE, MailingState.PAUSED)
        states = states_of(ledger, paused)
        spent = 5_000 - states[MessageState.QUEUED]
        assert 50 <= spent <= MAX_SPENT
        assert simulator.totals()["requests"] == spent
        assert_totals_are_rows(ledger, paused)

        # Resumed by hand while nothing is better: as carefully as before.
        resume(mailing_id=paused, actor=None)
        until(lambda: is_paused(ledger, paused) and nothing_is_leased(ledger), seconds=30)
        spent_again = 5_000 - states_of(ledger, paused)[MessageState.QUEUED] - spent
        assert 50 <= spent_again <= MAX_SPENT - spent

        simulator.faults()
        resume(mailing_id=paused, actor=None)
        until(lambda: Mailing.objects.get(id=paused).frozen_at is not None, seconds=60)
    states = states_of(ledger, paused)
    assert states[MessageState.SENT] == 5_000 - spent - spent_again
    assert_totals_are_rows(ledger, paused)
    made.refresh_from_db()
    assert (made.pause_code, made.pause_answer, made.pause_detail) == ("", "", "")


@pytest.mark.parametrize(("fault", "kind"), [("202", "http_202"), ("400", "http_400"), ("code", "7")])
def test_other_bad_answers_stop_it_as_early_and_all_mailings_with_it(
    ledger: Any, simulator: SimulatorClient, fault: str, kind: str
) -> None:
    add_clients(ledger, 1_000)
    simulator.faults(shares={fault: 1}, taken=0)
    with dispatchers(simulator, 2, concurrency=256, idempotent=False):
        paused = [add_mailing(ledger), add_mailing(ledger)]
        until(lambda: all(is_paused(ledger, each) for each in paused) and nothing_is_leased(ledger), seconds=30)
    assert set(Mailing.objects.values_list("pause_code", "pause_answer")) == {(PauseCode.GATEWAY_BRAKE, kind)}
    assert simulator.totals()["requests"] <= MAX_SPENT
    for each in paused:
        assert_totals_are_rows(ledger, each)


def test_a_gateway_that_turns_bad_in_the_middle_is_stopped_too(ledger: Any, simulator: SimulatorClient) -> None:
    add_clients(ledger, 3_000)
    simulator.faults(latency={"kind": "fixed", "ms": 5})
    with dispatchers(simulator, 2, concurrency=128, idempotent=False):
        paused = add_mailing(ledger)
        until(lambda: states_of(ledger, paused).get(MessageState.SENT, 0) > 500, seconds=30)
        simulator.faults(shares={"404": 1}, latency={"kind": "fixed", "ms": 5})
        until(lambda: is_paused(ledger, paused) and nothing_is_leased(ledger), seconds=30)
    assert states_of(ledger, paused)[MessageState.FAILED] <= 1_000
    assert_totals_are_rows(ledger, paused)


def test_a_gateway_that_refuses_half_of_the_numbers_is_not_stopped(ledger: Any, simulator: SimulatorClient) -> None:
    add_clients(ledger, 1_000)
    simulator.faults(shares={"400": 0.5}, seed=3)
    with dispatchers(simulator, 2, concurrency=64):
        whole = add_mailing(ledger)
        until(lambda: Mailing.objects.get(id=whole).frozen_at is not None, seconds=60)
    states = states_of(ledger, whole)
    assert states.keys() == {MessageState.SENT, MessageState.FAILED}
    assert sum(states.values()) == 1_000


def test_an_idempotent_gateway_is_stopped_as_early_and_nothing_is_used_up(
    ledger: Any, simulator: SimulatorClient
) -> None:
    add_clients(ledger, 1_000)
    simulator.faults(shares={"308": 1}, taken=0)
    with dispatchers(simulator, 1, concurrency=256):
        paused = add_mailing(ledger)
        until(lambda: is_paused(ledger, paused) and nothing_is_leased(ledger), seconds=30)
        assert states_of(ledger, paused) == {MessageState.QUEUED: 1_000}
        assert simulator.totals()["requests"] <= 100
        simulator.faults()
        resume(mailing_id=paused, actor=None)
        until(lambda: Mailing.objects.get(id=paused).frozen_at is not None, seconds=60)
    assert states_of(ledger, paused) == {MessageState.SENT: 1_000}


# -- step by step


def test_all_mailings_that_run_are_paused_and_a_later_one_is_tried_as_carefully(ledger: Any) -> None:
    add_clients(ledger, 300)
    several = [mailing() for _ in range(5)]
    tick(ledger)
    stepped = Stepped(256, idempotent=False)
    stepped.step()
    assert len(stepped.gateway.pending) == 100
    stepped.gateway.answer(answer(404))
    stepped.step(6)
    assert {Mailing.objects.get(id=each.id).state for each in several} == {MailingState.PAUSED}
    assert len(stepped.gateway.phones) == 100

    later = mailing()
    tick(ledger)
    stepped.step(6)
    assert len(stepped.gateway.phones) == 200
    stepped.gateway.answer(answer(404))
    stepped.step(6)
    later.refresh_from_db()
    assert later.state == MailingState.PAUSED
    stepped.dispatcher.close()


def test_the_first_success_opens_the_whole_window_at_once(ledger: Any) -> None:
    begin(ledger, 500)
    stepped = Stepped(256)
    stepped.step()
    assert len(stepped.gateway.pending) == 100
    stepped.gateway.answer(count=1)
    stepped.step(2)
    assert len(stepped.gateway.pending) > 250
    stepped.dispatcher.close()


def test_many_dispatchers_count_together(ledger: Any) -> None:
    """Each has seen too few bad answers to stop anything by itself."""
    made = begin(ledger, 3_000)  # a batch of 1,000 for each
    several = [Stepped(20, idempotent=False) for _ in range(3)]
    for stepped in several:
        stepped.step()
        assert len(stepped.gateway.pending) == 20
    for stepped in several:
        stepped.gateway.answer(answer(404))
        stepped.dispatcher.step()
        stepped.gateway.pending.clear()
        stepped.step(2)
    made.refresh_from_db()
    assert (made.state, made.pause_answer) == (MailingState.PAUSED, "http_404")
    for stepped in several:
        stepped.dispatcher.close()


def test_a_mailing_whose_every_message_is_refused_pauses_alone(ledger: Any) -> None:
    add_clients(ledger, 400)
    refused, taken = mailing(), mailing()
    tick(ledger)
    stepped = Stepped(64, idempotent=False)
    for _ in range(40):
        stepped.step(2)
        owners = dict(ledger.execute("SELECT id, mailing_id FROM vestnik_message").fetchall())
        stepped.gateway.pending.sort(key=lambda message: owners[message] != taken.id)
        stepped.gateway.answer(count=sum(owners[message] == taken.id for message in stepped.gateway.pending))
        stepped.gateway.answer(answer(400, b"the text is not allowed"))
    stepped.step(6)
    refused.refresh_from_db()
    taken.refresh_from_db()
    assert (refused.state, refused.pause_code, refused.pause_answer) == (
        MailingState.PAUSED, PauseCode.MAILING_BRAKE, "http_400",
    )  # fmt: skip
    assert refused.pause_detail == "the text is not allowed"
    assert taken.state == MailingState.COMPLETED
    states = states_of(ledger, refused.id)
    assert states[MessageState.FAILED] <= 100
    stepped.dispatcher.close()


def test_evidence_from_before_a_resume_pauses_nothing(ledger: Any) -> None:
    made = begin(ledger, 300)
    stepped = Stepped(100, idempotent=False)
    stepped.step()
    stepped.gateway.answer(answer(404), count=50)
    stepped.step(6)
    made.refresh_from_db()
    assert made.state == MailingState.PAUSED
    resume(mailing_id=made.id, actor=None)
    stepped.gateway.answer(answer(404), latency=60.0)
    stepped.step(6)
    made.refresh_from_db()
    assert made.state == MailingState.RUNNING
    stepped.dispatcher.close()
