"""Requests to Twilio as Twilio's own OpenAPI judges them: Prism serves it and answers 422 to what is wrong.

A stage of its own, `make test-clients`. Both come from npm: ``@stoplight/prism-cli``, and ``@twilio/cli-core``, which
holds ``twilio_api_v2010.json`` (MIT License, Copyright (C) Twilio, Inc.). Only the paths that we use are served, since
Prism reads the whole for half a minute.
"""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.generators.registries import fetch
from tests.programs import needed
from vestnik.gateways.adapter import ConnectionOptions, HttpAnswer, Request
from vestnik.gateways.adapters.twilio import Twilio
from vestnik.gateways.outcome import Kind, Outcome

pytestmark = [pytest.mark.clients, pytest.mark.timeout(600)]

HERE = Path(__file__).parent
SPECIFICATION = "node_modules/@twilio/cli-core/src/services/twilio-api/twilio_api_v2010.json"
BASE = "/2010-04-01/Accounts/"
USED = (f"{BASE}{{Sid}}.json", f"{BASE}{{AccountSid}}/Messages.json", f"{BASE}{{AccountSid}}/Messages/{{Sid}}.json")
SETTINGS = {
    "account_sid": "AC" + "0a" * 16, "auth_token": "token", "sender": "+15005550006",
    "callback_url": "https://sms.example.org/gateways/main/receipts/s3cret",
}  # fmt: skip
ID, PHONE = 96_000_000_000_001, 79110000001
#: Seconds until Prism must listen.
PATIENCE = 120.0


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Twilio that refuses what its OpenAPI does not allow."""
    npm, node = needed("npm", package="npm"), needed("node", package="nodejs")
    folder = tmp_path_factory.mktemp("prism")
    shutil.copytree(HERE / "prism", folder, dirs_exist_ok=True)
    fetch(npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", folder=folder)
    whole = json.loads((folder / SPECIFICATION).read_text(encoding="utf-8"))
    whole["paths"] = {path: whole["paths"][path] for path in USED}
    # Twilio's own example of a list has relative addresses where its schema wants whole ones.
    for schema in _objects(whole["paths"][USED[1]]["get"]["responses"]):
        if schema.get("format") == "uri":
            del schema["format"]
    (folder / "used.json").write_text(json.dumps(whole), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = folder / "node_modules/.bin/prism"
    command = [node, program, "mock", "--errors", "--host", "127.0.0.1", "--port", str(port), folder / "used.json"]
    with (folder / "prism.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            _wait_for(port, process, folder / "prism.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)
    if isinstance(value, dict):
        yield value


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


def sent(adapter: Twilio, text: str = "Привет 👋 & 100%") -> Outcome:
    """What comes of one message over the real transport."""
    channel = adapter.open(concurrency=1, timeout=30, options=ConnectionOptions())
    try:
        channel.hand_over(ID, PHONE, channel.prepare(text, expires_at=time.time() + 600), 30)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            for answer in channel.poll(1.0):
                return answer.outcome
    finally:
        channel.close()
    raise AssertionError("no answer in 30 s")


def asked(prism: str, request: Request | None) -> HttpAnswer:
    """The answer to another request of the adapter."""
    assert request is not None
    told = httpx.request(request.method, prism + request.target, headers=dict(request.headers), content=request.body)
    return HttpAnswer(
        told.status_code, {name.lower(): value for name, value in told.headers.items()}, told.content, 0.0
    )


@pytest.mark.parametrize(
    "more",
    [
        {}, {"callback_url": ""}, {"sender": "Vestnik"}, {"sender": "", "messaging_service_sid": "MG" + "2c" * 16},
        {"api_key_sid": "SK" + "1b" * 16, "api_key_secret": "secret"},
    ],
)  # fmt: skip
def test_twilio_takes_our_messages_and_names_them(prism: str, more: dict[str, str]) -> None:
    outcome = sent(Twilio({**SETTINGS, "url": prism, **more}))
    assert (outcome.kind, outcome.detail) == (Kind.SUCCESS, "OK")
    assert outcome.provider_ids[0].startswith("SM")
    assert outcome.parts == 1


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (b"To=", b"Whom="),
        (b"&ValidityPeriod=", b"&ValidityPeriod=about+"),
        (b"&StatusCallback=https", b"&StatusCallback=%20"),
    ],
)
def test_twilio_refuses_messages_that_are_wrong(
    prism: str, monkeypatch: pytest.MonkeyPatch, wrong: bytes, right: bytes
) -> None:
    """So that the others could fail."""
    compose = Twilio.compose

    def spoilt(self: Twilio, text: str, *, expires_at: float) -> Callable[[int, int], Request]:
        made = compose(self, text, expires_at=expires_at)(ID, PHONE)
        body = made.body.replace(wrong, right)
        assert body != made.body
        request = Request(method=made.method, target=made.target, headers=made.headers, body=body)
        return lambda message_id, phone: request  # noqa: ARG005 - there is one message

    monkeypatch.setattr(Twilio, "compose", spoilt)
    outcome = sent(Twilio({**SETTINGS, "url": prism}))
    assert (outcome.kind, outcome.code) == (Kind.UNAUTHORIZED, "http_422")
    assert "Invalid request" in outcome.detail


def test_twilio_shows_the_account_and_a_message(prism: str) -> None:
    adapter = Twilio({**SETTINGS, "url": prism})
    assert adapter.checked(asked(prism, adapter.check_request())).good
    by_key = Twilio({**SETTINGS, "url": prism, "api_key_sid": "SK" + "1b" * 16, "api_key_secret": "secret"})
    assert by_key.checked(asked(prism, by_key.check_request())).good
    sid = "SM" + "a" * 32
    told = asked(prism, adapter.poll_request([(ID, sid)]))
    assert told.status == 200
    assert [receipt.message_id for receipt in adapter.polled(told, [(ID, json.loads(told.body)["sid"])])] == [ID]
