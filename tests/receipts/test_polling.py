"""A provider that says nothing by itself is asked, about all messages in turn, until each has its end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from harness.gateways import add_gateway
from harness.simulator import running_simulator
from harness.simulator_client import SimulatorClient
from harness.stepping import Stepped, begin
from tests.gateways.providers_cast import eventually, exolve, sent
from vestnik.db.connection import Connection
from vestnik.encryption import encrypt
from vestnik.receipts.applying import apply_due
from vestnik.receipts.polling import Poller


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorClient]:
    folder: Path = tmp_path_factory.mktemp("provider")
    with running_simulator(folder, "--bills") as client:
        yield client


def sent_over(ledger: Connection, gateway: int, names: list[str]) -> dict[str, int]:
    """A mailing whose messages were sent over the gateway, with these names there. The message of each name."""
    mailing = begin(ledger, len(names))
    stepped = Stepped(concurrency=len(names))
    stepped.step(4)
    stepped.gateway.answer()
    stepped.step(4)
    stepped.dispatcher.close()
    for table in ("vestnik_outcome_log", "vestnik_batch"):
        ledger.execute(f"UPDATE {table} SET gateway_id = %s WHERE mailing_id = %s", [gateway, mailing.id])  # noqa: S608
    ids = [row[0] for row in ledger.execute("SELECT id FROM vestnik_message WHERE mailing_id = %s", [mailing.id])]
    found = dict(zip(names, ids, strict=True))
    for name, message in found.items():
        ledger.execute(
            "INSERT INTO vestnik_provider_message (mailing_id, message_id, gateway_id, part, provider_id)"
            " VALUES (%s, %s, %s, 1, %s)",
            [mailing.id, message, gateway, name],
        )
    return found


def add_exolve(ledger: Any, provider: SimulatorClient) -> int:
    adapter = exolve(provider.base_url, provider.token, "")
    settings = {name: value for name, value in adapter.settings.items() if name != "api_key"}
    secrets = encrypt({"api_key": provider.token})
    return add_gateway(ledger, "exolve", kind="exolve", settings=Jsonb(settings), secrets=secrets)


def test_messages_get_the_end_that_the_provider_says_when_it_is_asked(
    ledger: Connection, provider: SimulatorClient
) -> None:
    gateway = add_exolve(ledger, provider)
    provider.receipts(url="", undelivered=0.5, seed=3)
    outcomes = sent(exolve(provider.base_url, provider.token, ""), 12)
    names = [outcome.provider_ids[0] for outcome in outcomes.values()]
    messages = sent_over(ledger, gateway, names)
    poller = Poller()

    def is_settled() -> bool:
        # In pieces of five, so that it goes on where it was and begins again.
        while poller.poll(ledger, most=5, stopped=lambda: False) == 5:
            pass
        apply_due(ledger, stopped=lambda: False)
        return not ledger.execute("SELECT FROM vestnik_message WHERE state IN (0, 1)").fetchall()

    eventually(is_settled)
    fates = {bill["provider_id"]: bill["fate"] for bill in provider.bills()}
    rows = dict(ledger.execute("SELECT id, state FROM vestnik_message").fetchall())
    told = {name: {2: "delivered", 3: "undelivered"}[rows[message]] for name, message in messages.items()}
    assert told == {name: fates[name] for name in names}
    assert set(told.values()) == {"delivered", "undelivered"}
    # Nobody is asked about what has its end.
    assert poller.poll(ledger, most=5, stopped=lambda: False) == 0


def test_a_provider_that_does_not_answer_is_asked_again_later(ledger: Connection, provider: SimulatorClient) -> None:
    gateway = add_exolve(ledger, provider)
    ledger.execute('UPDATE vestnik_gateway SET settings = settings || \'{"url": "http://127.0.0.1:9"}\' WHERE id > 1')
    sent_over(ledger, gateway, ["a", "b"])
    poller = Poller()
    assert poller.poll(ledger, most=5, stopped=lambda: False) == 0
    assert poller.poll(ledger, most=5, stopped=lambda: False) == 0
