"""Each adapter over the real transport against the simulator in a process of its own: answers and faults."""

from collections import Counter
from pathlib import Path

import pytest

from harness.probe import probe
from harness.simulator import running_simulator, sent_twice
from harness.simulator_client import SimulatorClient
from tests.gateways.providers_cast import FIRST, PHONE, PROVIDERS, TEXT, Provider, asked, sent
from vestnik.gateways.outcome import Kind

# -- answers


def test_messages_are_taken_with_an_id_and_charged_once(provider: Provider, billing: SimulatorClient) -> None:
    adapter = provider.make(billing.base_url, billing.token, "")
    outcomes = sent(adapter, 40)
    assert {outcome.kind for outcome in outcomes.values()} == {Kind.SUCCESS}
    ids = {message: outcome.provider_ids for message, outcome in outcomes.items()}
    bills = {bill["phone"]: bill for bill in billing.bills()}
    assert len(bills) == 40 == len(set(ids.values()))
    for message, (provider_id,) in ids.items():
        bill = bills[str(PHONE + message - FIRST)]
        assert (bill["provider_id"], bill["text"], bill["parts"]) == (provider_id, TEXT, 1)
        assert bill["message"] in {message, None}


def test_a_long_text_comes_whole_and_its_parts_are_named(provider: Provider, billing: SimulatorClient) -> None:
    text = "Ещё раз + 100% «кавычки» \n" * 8
    (outcome,) = sent(provider.make(billing.base_url, billing.token, ""), text=text).values()
    (bill,) = billing.bills()
    assert (bill["text"], bill["parts"]) == (text, 4)
    assert outcome.parts == (4 if provider.parts else None)


#: What each fault of the simulator must mean, whoever answers it.
FAULTS = {
    "code": Kind.REFUSED, "401": Kind.UNAUTHORIZED, "funds": Kind.UNAUTHORIZED, "429": Kind.THROTTLED,
    "500": Kind.AMBIGUOUS, "503": Kind.AMBIGUOUS, "hang": Kind.AMBIGUOUS, "reset": Kind.AMBIGUOUS,
    "reset_mid": Kind.AMBIGUOUS, "garbage": Kind.AMBIGUOUS, "empty": Kind.AMBIGUOUS, "202": Kind.AMBIGUOUS,
    "308": Kind.AMBIGUOUS, "html": Kind.AMBIGUOUS, "wrong_json": Kind.AMBIGUOUS, "banner": Kind.AMBIGUOUS,
    "drip": Kind.SUCCESS, "content_type": Kind.SUCCESS, "gzip": Kind.SUCCESS, "bom": Kind.SUCCESS,
    "drop": Kind.AMBIGUOUS,
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_means_what_it_should(provider: Provider, billing: SimulatorClient, fault: str) -> None:
    billing.faults(shares={fault: 1}, taken=0, drip_ms=0.1)
    adapter = provider.make(billing.base_url, billing.token, "")
    (outcome,) = sent(adapter, timeout=1.0 if fault == "hang" else 20.0).values()
    assert outcome.kind is FAULTS[fault], outcome
    assert fault not in provider.codes or outcome.code == provider.codes[fault]
    assert len(list(billing.bills())) == (outcome.kind is Kind.SUCCESS)
    assert billing.totals()["by_answer"] == {fault: 1}


def test_a_message_in_doubt_may_have_been_delivered(provider: Provider, billing: SimulatorClient) -> None:
    billing.faults(shares={"reset": 1}, taken=1)
    (outcome,) = sent(provider.make(billing.base_url, billing.token, "")).values()
    assert outcome.kind is Kind.AMBIGUOUS
    (bill,) = billing.bills()
    assert bill["phone"] == str(PHONE)


def test_a_repeated_message_is_delivered_again(provider: Provider, billing: SimulatorClient) -> None:
    adapter = provider.make(billing.base_url, billing.token, "")
    for _ in range(2):
        sent(adapter)
    assert Counter(bill["phone"] for bill in billing.bills()) == {str(PHONE): 2}
    assert adapter.facts.knows_repeated_ids is False


def test_a_wrong_password_is_the_accounts_fault(provider: Provider, billing: SimulatorClient) -> None:
    adapter = provider.make(billing.base_url, "0" * 32, "")
    (outcome,) = sent(adapter).values()
    assert outcome.kind is Kind.UNAUTHORIZED
    assert list(billing.bills()) == []
    assert not adapter.checked(asked(adapter.check_request(), billing)).good


def test_a_wrong_address_is_no_refusal_of_the_message(provider: Provider, billing: SimulatorClient) -> None:
    billing.faults(shares={"404": 1})  # the page of a server that is not the provider's
    adapter = provider.make(billing.base_url, billing.token, "")
    (outcome,) = sent(adapter).values()
    assert (outcome.kind, outcome.code) == (Kind.UNAUTHORIZED, "http_404")


def test_the_check_says_that_the_account_is_good(provider: Provider, billing: SimulatorClient) -> None:
    adapter = provider.make(billing.base_url, billing.token, "")
    checked = adapter.checked(asked(adapter.check_request(), billing))
    assert checked.good, checked
    assert list(billing.bills()) == []


def test_a_bill_of_probe_stands_among_the_others(billing: SimulatorClient) -> None:
    sent(probe(billing.base_url, billing.token), 2)
    sent(PROVIDERS["smsru"].make(billing.base_url, billing.token, ""), 2)
    found = Counter((bill["protocol"], bill["phone"]) for bill in billing.bills())
    assert found == {(kind, str(PHONE + number)): 1 for kind in ("probe", "smsru") for number in (0, 1)}


def test_a_message_that_went_out_twice_is_seen_over_all_gateways(billing: SimulatorClient, tmp_path: Path) -> None:
    with running_simulator(tmp_path) as other:
        sent(probe(billing.base_url, billing.token), 3)
        assert sent_twice(billing, other) == {}
        sent(PROVIDERS["smsru"].make(other.base_url, other.token, ""), 1)
        assert sent_twice(billing, other) == {(str(PHONE), TEXT): 2}
