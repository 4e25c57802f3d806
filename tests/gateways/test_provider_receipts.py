"""Receipts of the simulator, signed as providers sign them, read by each adapter; and the simulator's command line."""

from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.simulator import running_simulator
from harness.simulator_client import SimulatorClient
from tests.gateways.callback_server import receiving
from tests.gateways.providers_cast import FIRST, PHONE, Provider, asked, eventually, follow, sent, smsru
from vestnik.cli.main import vestnik
from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import Fate
from vestnik.simulator.__main__ import _parser

# -- receipts


def test_receipts_come_signed_for_each_message(provider: Provider, billing: SimulatorClient) -> None:
    adapter = provider.make(billing.base_url, billing.token, "")
    with receiving(adapter, provider.query) as receiver:
        adapter = provider.make(billing.base_url, billing.token, receiver.url)
        receiver.adapter = adapter
        follow(billing, adapter, receiver.url, undelivered=0.3, seed=1)
        outcomes = sent(adapter, 60)
        eventually(lambda: len(receiver.receipts) == 120)
    assert (receiver.forged, receiver.bad) == (0, 0)
    last = {receipt.provider_id: receipt for receipt in receiver.receipts if receipt.fate is not provider.underway}
    fates = Counter(receipt.fate for receipt in receiver.receipts)
    assert fates[provider.underway] == 60
    assert 5 < fates[Fate.UNDELIVERED] < 35
    assert fates[Fate.DELIVERED] + fates[Fate.UNDELIVERED] == 60
    for message, outcome in outcomes.items():
        receipt = last[outcome.provider_ids[0]]
        assert receipt.message_id == (message if adapter.facts.receipts_carry_our_id else None)
        assert receipt.code
    bills = {bill["provider_id"]: bill["fate"] for bill in billing.bills()}
    assert bills == {provider_id: receipt.fate.value for provider_id, receipt in last.items()}


def test_receipts_can_be_doubled_late_and_in_any_order(provider: Provider, billing: SimulatorClient) -> None:
    with receiving(provider.make(billing.base_url, billing.token, ""), provider.query) as receiver:
        adapter = receiver.adapter = provider.make(billing.base_url, billing.token, receiver.url)
        follow(billing, adapter, receiver.url, copies=2, shuffled=True, low_ms=10, high_ms=200)
        sent(adapter, 30)
        eventually(lambda: len(receiver.receipts) == 120)
    doubled = Counter((receipt.provider_id, receipt.fate) for receipt in receiver.receipts)
    assert set(doubled.values()) == {2}
    assert len(doubled) == 60
    order: dict[str | None, list[Fate]] = {}
    for receipt in receiver.receipts:
        order.setdefault(receipt.provider_id, []).append(receipt.fate)
    assert {fates[0] for fates in order.values()} == {provider.underway, Fate.DELIVERED}


def test_receipts_can_be_early_whatever_the_others_take(provider: Provider, billing: SimulatorClient) -> None:
    with receiving(provider.make(billing.base_url, billing.token, ""), provider.query) as receiver:
        adapter = receiver.adapter = provider.make(billing.base_url, billing.token, receiver.url)
        follow(billing, adapter, receiver.url, early=1, low_ms=600_000, high_ms=600_000)
        sent(adapter, 3)
        eventually(lambda: len(receiver.receipts) == 6)


def test_a_receipt_that_was_not_kept_comes_again(provider: Provider, billing: SimulatorClient) -> None:
    with receiving(provider.make(billing.base_url, billing.token, ""), provider.query) as receiver:
        adapter = receiver.adapter = provider.make(billing.base_url, billing.token, receiver.url)
        receiver.refuse = 1
        follow(billing, adapter, receiver.url, on_its_way=False)
        sent(adapter)
        eventually(lambda: len(receiver.receipts) == 1)
        eventually(lambda: billing.receipt_counts() == {"due": 1, "posted": 2, "kept": 1, "given_up": 0})


def test_receipts_can_be_lost(provider: Provider, billing: SimulatorClient) -> None:
    billing.receipts(url="http://127.0.0.1:9/", lost=1)
    sent(provider.make(billing.base_url, billing.token, ""), 3)
    eventually(lambda: {bill["fate"] for bill in billing.bills()} == {"delivered"})
    assert billing.receipt_counts() == {"due": 0, "posted": 0, "kept": 0, "given_up": 0}


def test_a_receipt_with_another_secret_is_turned_away(provider: Provider, billing: SimulatorClient) -> None:
    with receiving(provider.make(billing.base_url, billing.token, ""), provider.query) as receiver:
        adapter = receiver.adapter = provider.make(billing.base_url, billing.token, receiver.url)
        follow(billing, adapter, receiver.url, secret="another", on_its_way=False)
        sent(adapter)
        if adapter.facts.signed:
            eventually(lambda: receiver.forged > 0)
            assert receiver.receipts == []
        else:  # the secret in the address is all that there is
            eventually(lambda: len(receiver.receipts) == 1)


def test_what_became_of_messages_can_be_asked_for(provider: Provider, billing: SimulatorClient) -> None:
    billing.receipts(undelivered=0.5, seed=3)
    adapter = provider.make(billing.base_url, billing.token, "")
    outcomes = sent(adapter, 20)
    eventually(lambda: {bill["fate"] for bill in billing.bills()} == {"delivered", "undelivered"})
    messages = [(message, outcome.provider_ids[0]) for message, outcome in outcomes.items()]
    found: dict[str | None, Fate] = {}
    while left := [pair for pair in messages if pair[1] not in found]:
        request = adapter.poll_request_with_phones([(number, name, PHONE + number - FIRST) for number, name in left])
        if request is None:
            pytest.skip("this provider cannot be asked")
        receipts = adapter.polled(asked(request, billing), left)
        assert receipts
        found |= {receipt.provider_id: receipt.fate for receipt in receipts}
    assert {name: fate.value for name, fate in found.items()} == {
        bill["provider_id"]: bill["fate"] for bill in billing.bills()
    }


# -- its command line


def test_its_options_say_which_receipts_follow_also_after_a_reset(tmp_path: Path) -> None:
    with running_simulator(tmp_path, "--undelivered", "1") as simulator:
        simulator.reset()
        sent(smsru(simulator.base_url, simulator.token, ""))
        eventually(lambda: [bill["fate"] for bill in simulator.bills()] == ["undelivered"])


def test_every_option_of_the_command_reaches_the_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[str] = []
    monkeypatch.setattr("vestnik.cli.main._become", lambda *command: became.extend(command))
    given = ["--port", "0", "--bills", "--receipts", "http://x/", "--receipts-secret", "word"]
    given += ["--receipts-after", "2", "--undelivered", "0.5"]
    CliRunner().invoke(vestnik, ["simulate", *given], catch_exceptions=False)
    options = _parser().parse_args(became[1:])
    assert (options.port, options.bills, options.receipts, options.receipts_secret) == (0, True, "http://x/", "word")
    assert (options.receipts_after, options.undelivered) == (2.0, 0.5)


@pytest.mark.parametrize("plan", [{"nonsense": 1}, {"copies": 1.5}, {"lost": 2}, {"url": 1}, {"shuffled": 1}])
def test_a_wrong_plan_of_receipts_is_refused_by_name(billing: SimulatorClient, plan: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        billing.receipts(**plan)
    assert list(refused.value.fields) == list(plan)
