"""A provider that says nothing by itself is asked, about all messages in turn, until each has its end."""

import re
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
from vestnik.gateways.outcome import Outcome, classify_failure
from vestnik.gateways.request import HttpAnswer, Request
from vestnik.receipts import polling
from vestnik.receipts.applying import apply_due
from vestnik.receipts.polling import SQL, Poller


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


def add_exolve_at(ledger: Any, url: str) -> int:
    settings = {"sender": "VESTNIK", "url": url}
    return add_gateway(ledger, "exolve", kind="exolve", settings=Jsonb(settings), secrets=encrypt({"api_key": "key"}))


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
    rows: dict[int, int] = dict(ledger.execute("SELECT id, state FROM vestnik_message").fetchall())
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


# -- what one answer means for the others


@pytest.mark.parametrize(
    ("status", "goes_on"),
    [
        (200, True), (400, True), (402, True), (404, True), (408, True), (409, True), (410, True), (422, True),
        (451, True), (401, False), (403, False), (429, False), (500, False), (503, False), (None, False),
    ],
)  # fmt: skip
def test_only_an_answer_about_all_messages_ends_a_round(
    ledger: Connection, monkeypatch: pytest.MonkeyPatch, status: int | None, goes_on: bool
) -> None:
    """A message that the provider does not know any more is left out; the others are asked about."""
    gateway = add_exolve_at(ledger, "http://127.0.0.1:9")
    sent_over(ledger, gateway, ["first", "second", "third"])
    asked: list[bytes] = []

    def answer(_: object, request: Request, **__: object) -> HttpAnswer | Outcome:
        asked.append(request.body)
        about_first = b"first" in request.body
        if about_first and status is None:
            return classify_failure("timeout", "", sent=True)
        return HttpAnswer(status if about_first and status is not None else 200, {}, b"{}", 0.0)

    monkeypatch.setattr(polling, "ask", answer)
    poller = Poller()
    assert poller.poll(ledger, most=5, stopped=lambda: False) == (3 if goes_on else 0)
    assert len(asked) == (3 if goes_on else 1)


class Provider:
    """Answers about all messages but some, by their names there; ``failing``: with these statuses, None: not at all."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, names: list[str], failing: dict[str, int | None]) -> None:
        self.names, self.failing = names, failing
        self.asked: list[str] = []
        monkeypatch.setattr(polling, "ask", self._answer)

    def _answer(self, _: object, request: Request, **__: object) -> HttpAnswer | Outcome:
        (name,) = [each for each in self.names if each.encode() in request.body]
        self.asked.append(name)
        status = self.failing.get(name, 200)
        if status is None:
            return classify_failure("timeout", "", sent=True)
        return HttpAnswer(status, {}, b"{}", 0.0)

    def rounds(self, poller: Poller, ledger: Connection, count: int, most: int = 5) -> list[list[str]]:
        """Which messages were asked about in each of so many rounds."""
        found = []
        for _ in range(count):
            self.asked = []
            poller.poll(ledger, most=most, stopped=lambda: False)
            found.append(self.asked)
        return found


@pytest.mark.parametrize("status", [500, 503, None, 429, 401])
@pytest.mark.parametrize(
    ("failing", "cycle"),
    [
        ("a", [["a"], ["b", "c", "d"]]), ("b", [["a", "b"], ["c", "d"]]),
        ("d", [["a", "b", "c", "d"], []]), ("ab", [["a"], ["b"], ["c", "d"]]),
        ("abcd", [["a"], ["b"], ["c"], ["d"], []]), ("", [["a", "b", "c", "d"]]),
    ],
)  # fmt: skip
def test_a_message_without_an_answer_keeps_no_other_one_waiting_and_is_asked_about_once_in_each_cycle(
    ledger: Connection, monkeypatch: pytest.MonkeyPatch, failing: str, cycle: list[list[str]], status: int | None
) -> None:
    names = {f"name-{each}": each for each in "abcd"}
    gateway = add_exolve_at(ledger, "http://127.0.0.1:9")
    sent_over(ledger, gateway, list(names))
    provider = Provider(monkeypatch, list(names), {f"name-{each}": status for each in failing})
    found = provider.rounds(Poller(), ledger, 2 * len(cycle))
    assert [[names[each] for each in round_] for round_ in found] == cycle * 2


def test_a_message_without_an_answer_is_asked_about_until_it_is_too_old(
    ledger: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = add_exolve_at(ledger, "http://127.0.0.1:9")
    sent_over(ledger, gateway, ["x"])
    provider, poller = Provider(monkeypatch, ["x"], {"x": 500}), Poller()
    assert provider.rounds(poller, ledger, 6) == [["x"], []] * 3
    ledger.execute("UPDATE vestnik_outcome_log SET since = since - make_interval(days => %s)", [polling.DAYS])
    assert provider.rounds(poller, ledger, 4) == [[]] * 4


def test_an_answer_that_cannot_be_read_at_all_keeps_no_other_message_waiting(
    ledger: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours ends the round with an error; the next one goes on behind the message."""
    gateway = add_exolve_at(ledger, "http://127.0.0.1:9")
    sent_over(ledger, gateway, ["first", "second"])
    provider, poller = Provider(monkeypatch, ["first", "second"], {}), Poller()

    def fail(*_: object, **__: object) -> None:
        raise ValueError("no such answer")

    with monkeypatch.context() as broken:
        broken.setattr(polling, "keep_receipts", fail)
        with pytest.raises(ValueError, match="no such answer"):
            poller.poll(ledger, most=5, stopped=lambda: False)
    assert provider.asked == ["first"]
    assert provider.rounds(poller, ledger, 2) == [["second"], ["first", "second"]]


# -- for how long


#: How many days ago the mailing began, its books were closed (None: they are open), and its message was sent; in which
#: state it is; whether it is asked about.
WINDOWS = [
    (0, None, 0, "log", True), (5, None, 0, "log", True), (5, None, 2, "log", True), (5, None, 4, "log", False),
    (5, 1, 1, "log", True), (9, 4, 4, "log", False), (30, None, 1, "sent", True), (30, None, 4, "sent", False),
    (5, 1, 1, "unknown", True), (5, None, 4, "unknown", False), (5, None, 0, "delivered", False),
]  # fmt: skip


@pytest.mark.parametrize(("began", "closed", "sent_ago", "state", "asks"), WINDOWS)
def test_the_days_count_from_the_messages_own_sending(
    ledger: Connection, began: int, closed: int | None, sent_ago: int, state: str, asks: bool
) -> None:
    gateway = add_exolve_at(ledger, "http://127.0.0.1:9")
    sent_over(ledger, gateway, ["x"])
    ledger.execute(
        "UPDATE vestnik_mailing SET started_at = now() - make_interval(days => %s), state = 'running',"
        " totals = CASE WHEN %s::int IS NULL THEN NULL ELSE '{}'::jsonb END,"
        " frozen_at = now() - make_interval(days => %s::int)",
        [began, closed, closed],
    )
    age = "now() - make_interval(days => %s) - interval '1 hour'"
    if state == "log":
        ledger.execute(f"UPDATE vestnik_outcome_log SET since = {age}", [sent_ago])  # noqa: S608
    else:
        number, column = {"sent": (1, "sent_at"), "unknown": (7, "outcome_at"), "delivered": (2, "sent_at")}[state]
        ledger.execute(f"UPDATE vestnik_message SET state = %s, {column} = {age}", [number, sent_ago])  # noqa: S608
        counts = {"sent": (1, 0, 0), "delivered": (0, 1, 0), "unknown": (0, 0, 1)}[state]
        ledger.execute("UPDATE vestnik_batch SET sent = %s, delivered = %s, unknown = %s", counts)
    assert bool(to_poll(ledger, gateway)) is asks


def to_poll(ledger: Connection, gateway: int, most: int = 20, mailing: int = 0, message: int = 0) -> list[Any]:
    values = {"gateway": gateway, "days": polling.DAYS, "most": most, "mailing": mailing, "message": message}
    return list(SQL.run(ledger, "to_poll", **values))


def test_a_single_message_with_a_long_end_is_asked_about(ledger: Connection) -> None:
    """Its daily mailing began long before it was sent."""
    gateway = add_exolve_at(ledger, "http://127.0.0.1:9")
    sent_over(ledger, gateway, ["x"])
    ledger.execute("UPDATE vestnik_mailing SET started_at = now() - interval '20 days', kind = 'direct'")
    assert len(to_poll(ledger, gateway)) == 1


def fill(ledger: Connection, gateway: int, batches: int, size: int) -> None:
    """Batches of messages that were sent, in the mailing that is there, before its others."""
    ((mailing,),) = ledger.execute("SELECT id FROM vestnik_mailing").fetchall()
    values = {"mailing": mailing, "gateway": gateway, "size": size, "last": batches - 1, "most": batches * size - 1}
    ledger.execute(
        """INSERT INTO vestnik_message (id, mailing_id, client_id, phone, created_at, state, sent_at)
           SELECT 1000000 + n, %(mailing)s, n, 79100000000 + n, now(), 1, now() FROM generate_series(0, %(most)s) n""",
        values,
    )
    ledger.execute(
        """INSERT INTO vestnik_provider_message (mailing_id, message_id, gateway_id, part, provider_id)
           SELECT %(mailing)s, 1000000 + n, %(gateway)s, 1, n::text FROM generate_series(0, %(most)s) n""",
        values,
    )
    ledger.execute(
        """INSERT INTO vestnik_batch (mailing_id, first_id, last_id, due_at, state, sent, gateway_id)
           SELECT %(mailing)s, 1000000 + n * %(size)s, 1000000 + (n + 1) * %(size)s - 1, now(), 'done', %(size)s,
                  %(gateway)s
           FROM generate_series(0, %(last)s) n ORDER BY n DESC""",
        values,
    )


def test_messages_come_in_their_order_over_all_batches(ledger: Connection) -> None:
    gateway = add_exolve_at(ledger, "http://127.0.0.1:9")
    sent_over(ledger, gateway, ["last"])
    fill(ledger, gateway, batches=3, size=5)
    found: list[str] = []
    place = (0, 0)
    while rows := to_poll(ledger, gateway, 2, *place):
        found += [row[2] for row in rows]
        place = rows[-1][:2]
    assert found == [*map(str, range(15)), "last"]


@pytest.mark.parametrize("analysed", [False, True])
def test_the_first_messages_of_a_large_mailing_are_found_without_reading_all_names(
    ledger: Connection, analysed: bool
) -> None:
    gateway = add_exolve_at(ledger, "http://127.0.0.1:9")
    sent_over(ledger, gateway, ["x"])
    size = 500
    fill(ledger, gateway, batches=100, size=size)
    if analysed:
        ledger.execute("ANALYZE")
    values = {"gateway": gateway, "days": polling.DAYS, "most": 20, "mailing": 0, "message": 0}
    text = f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {SQL.text('to_poll')}".encode()
    plan = [row[0] for row in ledger.execute(text, values).fetchall()]
    read = [
        float(found[1]) * float(found[2])
        for line in plan
        if "vestnik_provider_message" in line and (found := re.search(r"rows=([0-9.]+) loops=([0-9]+)", line))
    ]
    assert max(read) <= 2 * size, "\n".join(plan)
