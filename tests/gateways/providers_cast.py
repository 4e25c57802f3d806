"""Providers as tests meet them: their adapters with the simulator behind, over the real transport."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from harness.simulator_client import SimulatorClient
from vestnik.gateways.adapter import Answer, ConnectionOptions, Fate, HttpAdapter
from vestnik.gateways.adapters.exolve import Exolve
from vestnik.gateways.adapters.smsc import Smsc
from vestnik.gateways.adapters.smsru import SmsRu
from vestnik.gateways.adapters.twilio import Twilio
from vestnik.gateways.outcome import Outcome
from vestnik.gateways.request import HttpAnswer, Request

FIRST, PHONE, TEXT = 95_000_000_000_000, 79110000000, "Скидка 10% & подарок"


@dataclass(frozen=True, slots=True)
class Provider:
    """One of them: its adapter for (base address, password, address for receipts), and what it can do."""

    make: Callable[[str, str, str], HttpAdapter]
    parts: bool
    #: What it answers to a fault that is not the same for all.
    codes: dict[str, str]
    #: Our address as its cabinet has it.
    query: str = ""
    #: What it says of a message that is on its way; Exolve's number for it is not known.
    underway: Fate = Fate.ON_ITS_WAY


def smsc(base: str, password: str, _: str) -> HttpAdapter:
    return Smsc({"url": f"{base}/smsc", "login": "x", "password": password, "callback_secret": "word"})


def smsru(base: str, password: str, _: str) -> HttpAdapter:
    return SmsRu({"url": f"{base}/smsru", "api_id": password})


def exolve(base: str, password: str, _: str) -> HttpAdapter:
    return Exolve(
        {"url": f"{base}/exolve", "api_key": password, "sender": "VESTNIK", "delivered": "3", "undelivered": "4"}
    )


def twilio(base: str, password: str, receipts: str) -> HttpAdapter:
    return Twilio(
        {
            "url": f"{base}/twilio", "account_sid": f"AC{0:032x}", "auth_token": password, "sender": "+15005550006",
            "callback_url": receipts,
        }
    )  # fmt: skip


PROVIDERS = {
    "smsc": Provider(smsc, True, {"code": "8", "401": "2", "funds": "3", "429": "9"}, "?charset=utf-8&sha1"),
    "smsru": Provider(smsru, False, {"code": "207", "401": "200", "funds": "201", "429": "220"}),
    "exolve": Provider(
        exolve,
        False,
        {"code": "http_400", "401": "http_401", "funds": "http_400", "429": "http_429"},
        underway=Fate.ACCEPTED,
    ),
    "twilio": Provider(twilio, True, {"code": "21610", "401": "20003", "funds": "20005", "429": "20429"}),
}


def sent(adapter: HttpAdapter, messages: int = 1, *, text: str = TEXT, timeout: float = 20.0) -> dict[int, Outcome]:
    """The outcome of each message."""
    channel = adapter.open(concurrency=8, timeout=timeout, options=ConnectionOptions())
    try:
        prepared = channel.prepare(text, expires_at=time.time() + 3_600)
        answers: list[Answer] = []
        waiting = list(range(messages))
        while len(answers) < messages:
            while waiting and channel.free:
                number = waiting.pop(0)
                channel.hand_over(FIRST + number, PHONE + number, prepared, timeout)
            answers += channel.poll(1.0)
    finally:
        channel.close()
    assert len({answer.message_id for answer in answers}) == messages
    return {answer.message_id: answer.outcome for answer in answers}


def asked(request: Request | None, simulator: SimulatorClient) -> HttpAnswer:
    """The simulator's answer to a request that is no message."""
    assert request is not None
    with httpx.Client(trust_env=False) as http:
        url = f"{simulator.base_url}{request.target}"
        found = http.request(request.method, url, headers=dict(request.headers), content=request.body)
    return HttpAnswer(found.status_code, {k.lower(): v for k, v in found.headers.items()}, found.content, time.time())


def eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def follow(simulator: SimulatorClient, adapter: HttpAdapter, url: str, **plan: Any) -> None:
    """Have receipts go to ``url``, as the provider's cabinet has it; Twilio's requests say themselves where to."""
    secret = {"smsc": "word"}.get(adapter.kind, "")
    simulator.receipts(url="" if adapter.kind == "twilio" else url, **{"secret": secret, **plan})
