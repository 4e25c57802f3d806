"""The kind ``http``, set up as three providers that the simulator plays: texts arrive whole, errors are told apart."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from harness.simulator_client import SimulatorClient
from vestnik.gateways.adapter import ConnectionOptions
from vestnik.gateways.adapters import make_adapter
from vestnik.gateways.check import check
from vestnik.gateways.outcome import Kind, Outcome

ID, PHONE = 96_000_000_000_000, 79110000001
TEXT = 'Привет, "мир" & 100% + {ещё}\nстрока 👋\\'
OPTIONS = ConnectionOptions()


def probe(simulator: SimulatorClient) -> dict[str, Any]:
    return {
        "url": f"{simulator.base_url}/send/{{{{id}}}}", "headers": "Authorization: Bearer {{secret}}",
        "body": '{"id": {{id}}, "phone": {{phone}}, "text": "{{text}}"}', "secret": simulator.token,
        "success_at": "/code", "success_values": "0", "code_at": "/code", "words_at": "/message", "refused_codes": "*",
    }  # fmt: skip


def smsc(simulator: SimulatorClient) -> dict[str, Any]:
    return {
        "url": f"{simulator.base_url}/smsc/sys/send.php", "format": "form", "secret": simulator.token,
        "body": "apikey={{secret}}&phones={{phone_plus}}&mes={{text}}&id=v{{id}}&fmt=3&charset=utf-8",
        "success_at": "/cnt", "id_at": "/id", "code_at": "/error_code", "words_at": "/error",
        "account_codes": "2, 3", "throttled_codes": "9, http_429", "refused_codes": "7, 8",
        "check_url": f"{simulator.base_url}/smsc/sys/balance.php?apikey={{{{secret}}}}&fmt=3", "balance_at": "/balance",
    }  # fmt: skip


def smsru(simulator: SimulatorClient) -> dict[str, Any]:
    return {
        "url": f"{simulator.base_url}/smsru/sms/send", "format": "form", "secret": simulator.token,
        "body": "api_id={{secret}}&to={{phone}}&msg={{text}}&json=1&ttl={{expires_in_minutes}}",
        "success_at": f"/sms/{PHONE}/status_code", "success_values": "100", "id_at": f"/sms/{PHONE}/sms_id",
        "code_at": '"status_code": *(2[0-9]+|3[0-9]+)', "account_codes": "201, 301, 200, 300",
        "throttled_codes": "http_429, 220, 231", "refused_codes": "202, 207",
    }  # fmt: skip


PROVIDERS = pytest.mark.parametrize("provider", [probe, smsc, smsru])


def sent(settings: dict[str, Any], text: str = TEXT, timeout: float = 5.0) -> Outcome:
    channel = make_adapter("http", settings).open(concurrency=1, timeout=timeout, options=OPTIONS)
    try:
        channel.hand_over(ID, PHONE, channel.prepare(text, expires_at=time.time() + 600), timeout)
        answers = channel.poll(timeout)
        while not answers:
            answers = channel.poll(timeout)
        return answers[0].outcome
    finally:
        channel.close()


@PROVIDERS
def test_a_text_arrives_whole(
    simulator: SimulatorClient, provider: Callable[[SimulatorClient], dict[str, Any]]
) -> None:
    found = sent(provider(simulator))
    assert found.kind is Kind.SUCCESS, found
    if provider is not probe:
        (bill,) = simulator.bills()
        assert (bill["phone"], bill["text"]) == (str(PHONE), TEXT)
        assert found.provider_ids == (bill["provider_id"],)


@PROVIDERS
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("code", Kind.REFUSED), ("401", Kind.UNAUTHORIZED), ("429", Kind.THROTTLED), ("500", Kind.AMBIGUOUS),
        ("html", Kind.AMBIGUOUS), ("reset", Kind.AMBIGUOUS), ("empty", Kind.AMBIGUOUS), ("404", Kind.AMBIGUOUS),
    ],
)  # fmt: skip
def test_what_went_wrong_is_told_apart(
    simulator: SimulatorClient, provider: Callable[[SimulatorClient], dict[str, Any]], fault: str, kind: Kind
) -> None:
    simulator.faults(shares={fault: 1})
    assert sent(provider(simulator)).kind is kind


@pytest.mark.parametrize("provider", [smsc, smsru])
def test_an_empty_account_is_no_refusal_of_the_message(
    simulator: SimulatorClient, provider: Callable[[SimulatorClient], dict[str, Any]]
) -> None:
    simulator.faults(shares={"funds": 1})
    assert sent(provider(simulator)).kind is Kind.UNAUTHORIZED


def test_a_check_shows_the_balance(simulator: SimulatorClient) -> None:
    found = check(make_adapter("http", smsc(simulator)), timeout=5, options=OPTIONS)
    assert (found.good, found.balance) == (True, "1000.00")
