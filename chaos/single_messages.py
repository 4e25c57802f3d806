"""Single messages and webhooks under faults: one message for each key, and each event at the endpoint."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg

from chaos.stage import Injected, Stage
from chaos.verify import FAILED, SENT, UNKNOWN, Message
from harness.webhook_receiver import WRITTEN, Receiver, Written, receiving

#: Seconds for the mailing's end, for the last single messages, and for the last events.
PATIENCE = 120.0
#: Clients that post with a new key each time, and seconds that each waits between two messages.
CLIENTS, PAUSE = 3, 0.1
#: The outcomes that an event tells of.
TOLD = {SENT: "message.sent", FAILED: "message.failed", UNKNOWN: "message.unknown"}
_FIRST_PHONE = 79_340_000_000
#: Phones of one client.
_PHONES = 1_000_000
_ONE_KEY = "always-the-same-key"


class CarefulClient(threading.Thread):
    """Posts single messages, each with a key of its own, as often as it takes until a 2xx comes.

    Args:
        stage: where.
        number: of the client.
        one_key: post only one message, again and again.

    ``answers``: the ids that each key was answered with. ``wrong``: answers that must not be.
    """

    def __init__(self, stage: Stage, number: int, *, one_key: bool) -> None:
        super().__init__(name=f"client {number}", daemon=True)
        self.answers: dict[str, set[int]] = defaultdict(set)
        self.posts = 0
        self.wrong: list[str] = []
        self.stopping = False
        self._number, self._one_key = number, one_key
        self._http = httpx.Client(base_url=stage.supervisor.url, trust_env=False, timeout=15)
        self._http.headers["Authorization"] = f"Bearer {stage.supervisor.access()}"

    def run(self) -> None:
        """Post until stopped; the last message, too, until it is answered."""
        count = 0
        while not self.stopping:
            count += not self._one_key
            phone = _FIRST_PHONE + self._number * _PHONES + count
            key = _ONE_KEY if self._one_key else f"{self._number}-{count}"
            while (status := self._post(key, phone)) != 201:
                if status not in (None, 503):
                    self.wrong.append(f"POST /messages answered {status}")
                time.sleep(0.05)
            time.sleep(PAUSE)
        self._http.close()

    def _post(self, key: str, phone: int) -> int | None:
        """Post once; the status, or None: there was no answer."""
        body = {"phone_number": str(phone), "text": f"Code {phone}", "reference": key}
        self.posts += 1
        try:
            answer = self._http.post("/messages", json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            return None
        if answer.status_code == 201:
            self.answers[key].add(answer.json()["id"])
        return answer.status_code


def single_messages(stage: Stage) -> Injected:
    """A kill -9 of each part while clients post single messages and an endpoint, down for a while, gets events."""
    times = stage.times(100, 5)
    with _endpoint(stage) as receiver:
        stage.begin(pace=times * 0.9)
        clients = [CarefulClient(stage, number, one_key=number == 0) for number in range(CLIENTS + 1)]
        for client in clients:
            client.start()
        deaths = _kill(stage, receiver, times)
        for client in clients:
            client.stopping = True
        for client in clients:
            client.join(PATIENCE)
        problems = [f"{client.name} got no answer" for client in clients if client.is_alive()]
        problems += [wrong for client in clients for wrong in client.wrong[:2]]
        stage.gateway.faults()
        answers = {key: ids for client in clients for key, ids in client.answers.items()}
        ids = sorted({message for of_key in answers.values() for message in of_key})
        problems += _settle(stage, ids)
        rows = stage.ledger.query(
            "SELECT m.field_values->>'reference', m.id FROM vestnik_message m"
            " JOIN vestnik_mailing b ON b.id = m.mailing_id WHERE b.kind = 'direct'"
        )
        problems += repeated(answers, rows)
        written = [Written(*row) for row in stage.ledger.query(WRITTEN)]
        messages = [*stage.ledger.messages(stage.mailing), *stage.ledger.single_messages(ids)]
        problems += untold(messages, written) + receiver.untrue(written)
        for (mailing,) in stage.ledger.query("SELECT id FROM vestnik_mailing WHERE kind = 'direct'"):
            problems += stage.ledger.differences(mailing, frozen=False)
    return Injected(times=times, deaths=deaths, singles=ids, problems=problems)


def _kill(stage: Stage, receiver: Receiver, times: int) -> int:
    """Kill parts at random, each once at least; how often requests may have been in flight."""
    deaths = 0
    everybody = ["web", "worker", "postgresql", "valkey", *stage.supervisor.dispatchers]
    for number in range(times):
        # For some seconds the endpoint gives errors, and later no answer at all.
        receiver.status = {times // 5: 503, times // 4: 204, times // 3: None, times // 2: 204}.get(
            number, receiver.status
        )
        stage.supervisor.pause(stage.random.uniform(0.1, 0.9))
        name = everybody[number] if number < len(everybody) else stage.random.choice(everybody)
        stage.supervisor.kill(name)
        if name == "postgresql":
            stage.supervisor.until(stage.database_answers, seconds=30)
            # While a last process of the killed server still ends, it refuses to start, and is started again.
            stage.supervisor.surprises.clear()
            deaths += len(stage.supervisor.dispatchers)
        deaths += name in stage.supervisor.dispatchers
    receiver.status = 204
    return deaths


def _settle(stage: Stage, ids: list[int]) -> list[str]:
    """Wait until all has come to its end by itself; what has not."""
    problems = []
    if not stage.supervisor.until(lambda: stage.ledger.is_over(stage.mailing), seconds=PATIENCE):
        problems.append("the mailing is not over")
    if not stage.supervisor.until(lambda: _count(stage, _OPEN, ids) == 0, seconds=PATIENCE):
        problems.append(f"{_count(stage, _OPEN, ids)} single messages are not final")
    if not stage.supervisor.until(lambda: _nothing_waits(stage), seconds=PATIENCE):
        problems.append(f"{_count(stage, _WAITING)} events or outcomes wait for the endpoint")
    return problems


_OPEN = "SELECT count(*) FROM vestnik_message_now WHERE id = ANY (%s) AND state = 0"
_WAITING = "SELECT (SELECT count(*) FROM vestnik_webhook_outcome) + (SELECT count(*) FROM vestnik_webhook_delivery)"
#: The clock is moved: an event that failed twice is tried again after five minutes. Attempts under way stay theirs.
_HURRY = (
    "UPDATE vestnik_webhook_delivery SET due_at = now() WHERE due_at > now() + interval '61 seconds';"
    " UPDATE vestnik_webhook_endpoint SET waits_until = NULL WHERE waits_until > now()"
)


def _nothing_waits(stage: Stage) -> bool:
    try:
        stage.ledger.query(_HURRY)
    except psycopg.OperationalError:
        return False
    time.sleep(0.2)
    return _count(stage, _WAITING) == 0


def _count(stage: Stage, statement: str, *values: Any) -> int | None:
    """The figure of a statement; None: the database is away."""
    try:
        ((count,),) = stage.ledger.query(statement, *values)
    except psycopg.OperationalError:
        return None
    return int(count)


def repeated(answers: Mapping[str, set[int]], rows: Iterable[tuple[str, int]]) -> list[str]:
    """Where a key does not have exactly one message, the one that it was answered with. Pure.

    Args:
        answers: the ids that each key was answered with.
        rows: key and id of each single message in the ledger.
    """
    written: dict[str, list[int]] = defaultdict(list)
    for key, message in rows:
        written[key].append(message)
    found = (
        (sum(len(ids) > 1 for ids in answers.values()), "keys were answered with several messages"),
        (sum(len(ids) > 1 for ids in written.values()), "keys have several messages"),
        (len(answers.keys() - written.keys()), "keys were answered and have no message"),
        (len(written.keys() - answers.keys()), "messages have a key that was not answered"),
        (
            sum(len(written[key]) == 1 and ids != set(written[key]) for key, ids in answers.items() if key in written),
            "keys were answered with another message than theirs",
        ),
    )
    return [f"{count} {words}" for count, words in found if count]


def untold(messages: Iterable[Message], written: Iterable[Written]) -> list[str]:
    """Where events do not tell of each message's outcome, once. Pure.

    Args:
        messages: as they are now.
        written: all events.
    """
    told = Counter(
        (event.type, message["id"])
        for event in written
        if event.type.startswith("message.")
        for message in event.data["messages"]
    )
    states = {message.id: message.state for message in messages}
    missing = sum((TOLD[state], message) not in told for message, state in states.items() if state in TOLD)
    # What was unknown may be settled by a late answer. No other end has another after it.
    contradicting = sum(
        message in states and kind != TOLD[UNKNOWN] and kind != TOLD.get(states[message]) for kind, message in told
    )
    found = (
        (missing, "outcomes of messages that no event tells of"),
        (contradicting, "events that tell of an outcome that the ledger does not have"),
        (sum(count > 1 for count in told.values()), "outcomes that several events tell of"),
        (sum(message not in states for _, message in told), "outcomes of messages that the ledger does not have"),
    )
    return [f"{count} {words}" for count, words in found if count]


@contextmanager
def _endpoint(stage: Stage) -> Iterator[Receiver]:
    """An endpoint that wants all events of messages, removed at the end."""
    with receiving() as receiver:
        types = ["mailing.started", "mailing.finished", *TOLD.values()]
        made = stage.rest.post("/webhooks", {"url": receiver.url, "event_types": types})
        receiver.secrets.append(made["secret"])
        try:
            yield receiver
        finally:
            stage.ledger.query("DELETE FROM vestnik_webhook_delivery")
            stage.ledger.query("DELETE FROM vestnik_webhook_event")
            stage.ledger.query("DELETE FROM vestnik_webhook_endpoint WHERE id = %s", made["id"])
