"""Texts of which each is one message's own, over every kind of gateway: what arrives is the text of that phone."""

import time
from pathlib import Path
from typing import Any

from harness.simulator import running_simulator
from vestnik.gateways.adapter import ConnectionOptions
from vestnik.gateways.adapters.kinds import KINDS, make_adapter
from vestnik.gateways.outcome import Kind
from vestnik.simulator.accounts import Account, settings_for

FIRST, PHONE = 95_000_000_000_000, 79110000000
#: What breaks JSON, forms, templates and GSM's alphabet, each with its own phone in it.
TEXTS = [
    'Анна "О\'Нил" \\ {phone}',
    "100% & a=b+c;d#e?f {phone}",
    "{{text}} {{phone}} %(x)s %d {phone}",
    "€[]{{}}~^| {phone}",
    "👨\u200d👩\u200d👧 {phone}",
    "<b>&amp;</b> {phone}",
    "я" * 200 + " {phone}",
    "a" * 300 + " {phone}",
    "строка\nещё {phone}",
    "a\r\nb\rc\td {phone}",
    '"\'`\\"\\\\n\\u0041 {"text": "x"} {phone}',
    "\u202eright\u202c \u2066left\u2069 \u200f{phone}",
    "👍🏽👋😀" * 60 + " {phone}",
    'Яё€{}\\"' * 70 + " {phone}",  # sms.ru takes eight parts
]


def text_of(number: int) -> str:
    return TEXTS[number % len(TEXTS)].replace("{phone}", str(PHONE + number))


def send_own(channel: Any, count: int) -> set[Kind]:
    """Messages to phones that follow each other, each with its own text; the kinds of their outcomes."""
    prepare, waiting, kinds = channel.prepare_own(expires_at=time.time() + 3_600), list(range(count)), []
    until = time.monotonic() + 60
    while len(kinds) < count and time.monotonic() < until:
        while waiting and channel.free:
            number = waiting.pop(0)
            channel.hand_over(FIRST + number, PHONE + number, prepare(text_of(number)), 20.0)
        kinds += [answer.outcome.kind for answer in channel.poll(0.2)]
    assert len(kinds) == count
    return set(kinds)


def test_every_kind_sends_each_phone_its_own_text(tmp_path: Path) -> None:
    secret, count = "s3cret-of-the-simulator-and-long-enough", 3 * len(TEXTS)
    with running_simulator(tmp_path, "--bills", "--smpp-port", "0", secret=secret) as simulator:
        account = Account(url=simulator.base_url, smpp_port=simulator.smpp_port, secret=secret)
        for kind in KINDS:
            simulator.reset()
            channel = make_adapter(kind, settings_for(kind, account)).open(
                concurrency=8, timeout=20.0, options=ConnectionOptions()
            )
            try:
                assert send_own(channel, count) == {Kind.SUCCESS}, kind
            finally:
                channel.close()
            received = {bill["phone"].lstrip("+"): bill["text"] for bill in simulator.bills()}
            assert received == {str(PHONE + number): text_of(number) for number in range(count)}, kind
