"""Model checking of the ledger: whatever happens in whatever order, the promises of docs/explanation/design.md hold.

The dispatchers, the audience, the sweeps and PostgreSQL are real; only the gateway stands at the border and says what
it took. Time passes by moving due times and expiries, never by waiting.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from harness import model
from harness.fake_transport import BROKEN, NOT_SENT, REFUSED, THROTTLED, TIMEOUT, UNAUTHORIZED, FakeGateway
from harness.rows import FIRST, add_clients, add_mailing
from harness.stepping import Losing, Stepped
from tests.dispatch.single_messages_machine import SingleMessagesMachine
from vestnik.audience.build import build_audiences
from vestnik.clients.stop_list import stop_phones
from vestnik.db.connection import Connection
from vestnik.errors import StateForbids
from vestnik.gateways.outcome import SUCCESS
from vestnik.ledger.check import check_totals
from vestnik.ledger.fragments import IS_SENDING, WORTH_FOLDING
from vestnik.mailings import actions
from vestnik.models import MAILING_TRANSITIONS, MESSAGE_STATES, MESSAGE_TRANSITIONS, MailingState, MessageState
from vestnik.statistics.totals import totals_of
from vestnik.upkeep.sweep import sweep

CLIENTS = 40
#: A personal mailing, of which clients without a name get nothing.
PERSONAL = {
    "message_text": "{{first_name}} {{phone_number}}", "personal": True, "on_missing": "skip", "locale": "ru",
}  # fmt: skip
#: What the gateway may say, and whether it takes the message when it says so.
ANSWERS = {
    "success": (SUCCESS, True),
    "refused": (REFUSED, False),
    "throttled": (THROTTLED, False),
    "not sent": (NOT_SENT, False),
    "timeout, taken": (TIMEOUT, True),
    "timeout, not taken": (TIMEOUT, False),
    "500, taken": (BROKEN, True),
    "500, not taken": (BROKEN, False),
    "401": (UNAUTHORIZED, False),
}
_COUNT_ROWS = """
SELECT b.id, b.queued, b.sending, b.sent, b.delivered, b.undelivered, b.failed, b.expired, b.cancelled, b.unknown,
       count(*) FILTER (WHERE m.state = 0 AND NOT coalesce({sending}, false)), count(*) FILTER (WHERE {sending}),
       count(*) FILTER (WHERE m.state = 1), count(*) FILTER (WHERE m.state = 2), count(*) FILTER (WHERE m.state = 3),
       count(*) FILTER (WHERE m.state = 4), count(*) FILTER (WHERE m.state = 5), count(*) FILTER (WHERE m.state = 6),
       count(*) FILTER (WHERE m.state = 7)
FROM vestnik_batch b
JOIN vestnik_message_now m ON m.mailing_id = b.mailing_id AND m.id BETWEEN b.first_id AND b.last_id
GROUP BY b.id
"""


class LedgerMachine(SingleMessagesMachine):
    """Two dispatchers, a few mailings, single messages, and everything that can happen to them."""

    idempotent: bool

    @initialize()
    def empty(self) -> None:
        self.gateway = FakeGateway(idempotent=self.idempotent)
        self.names = iter(range(10_000))
        self.crashed: list[str] = []
        self.mailings: list[int] = []
        self.seen_states: dict[int, int] = {}
        self.seen_mailing: dict[int, str] = {}
        self._reset()
        self.recorders: dict[str, Losing] = {}
        self.workers = [self._worker(0), self._worker(1)]
        self.create("t0", personal=False)
        self.create("t1", personal=True)
        self.work()

    def _reset(self) -> None:
        execute = self.connection.execute
        execute(
            "TRUNCATE vestnik_batch, vestnik_message, vestnik_outcome_log, vestnik_mailing, vestnik_client,"
            " vestnik_stoppedphone CASCADE"
        )
        execute(
            "UPDATE vestnik_gatewaystate SET breaker = 'closed', probe_at = NULL, probes_failed = 0,"
            " careful_since = NULL, careful_bad = 0, asked_until = NULL, outcome_log = true"
        )
        add_clients(self.connection, CLIENTS, tag=("t0", "t1"), first=FIRST + 1)
        for number in range(1, CLIENTS, 2):
            self.client_is_called(number, f"n{number}")
        self._reset_single_messages()

    def _worker(self, which: int) -> Stepped:
        del which
        name = f"worker {next(self.names)}"
        self.recorders[name] = Losing(name)
        return Stepped(64, idempotent=self.idempotent, name=name, gateway=self.gateway, recorder=self.recorders[name])

    # -- what operators do

    @precondition(lambda self: len(self.mailings) < 4)
    @rule(tag=st.sampled_from(["t0", "t1", None]), personal=st.booleans())
    def create(self, tag: str | None, personal: bool) -> None:
        self.mailings.append(add_mailing(self.connection, tag=tag, **(PERSONAL if personal else {})))

    @precondition(lambda self: bool(self.mailings))
    @rule(data=st.data(), act=st.sampled_from([actions.pause, actions.resume, actions.resume, actions.cancel]))
    def act(self, data: st.DataObject, act: Callable[..., Any]) -> None:
        try:
            act(mailing_id=data.draw(st.sampled_from(self.mailings)), actor=None)
        except StateForbids:
            return

    @precondition(lambda self: bool(self.mailings))
    @rule(data=st.data())
    def end_passes(self, data: st.DataObject) -> None:
        """An edit moved the end to this moment, or time has come to it."""
        mailing = data.draw(st.sampled_from(self.mailings))
        self.connection.execute(
            "UPDATE vestnik_mailing SET start_time = least(start_time, now() - interval '2 s'),"
            " end_time = now() - interval '1 s', version = version + 1 WHERE id = %s AND frozen_at IS NULL",
            [mailing],
        )

    @rule(number=st.integers(1, CLIENTS))
    def client_is_deleted(self, number: int) -> None:
        self.connection.execute("DELETE FROM vestnik_client WHERE phone_number = %s", [FIRST + number])

    @rule(number=st.integers(1, CLIENTS), name=st.sampled_from([None, "n1", "{{tag}}", 'n"\\2']))
    def client_is_called(self, number: int, name: str | None) -> None:
        """Messages that are made keep the name that they were made with."""
        self.connection.execute(
            "UPDATE vestnik_client SET attributes = jsonb_build_object('first_name', %s::text) WHERE phone_number = %s",
            [name, FIRST + number],
        )

    @rule(number=st.integers(1, CLIENTS))
    def phone_is_stopped(self, number: int) -> None:
        stop_phones(phones=[FIRST + number], reason="", actor=None)

    @rule(on=st.booleans())
    def log_is_switched(self, on: bool) -> None:
        """Successes go into the log, or into rows: a mailing may have both."""
        self.connection.execute("UPDATE vestnik_gatewaystate SET outcome_log = %s", [on])

    # -- what workers do

    @rule()
    def work(self) -> None:
        """What is due starts, audiences are built, both workers lease and hand over."""
        self.sweeps()
        build_audiences(self.connection, stopped=lambda: False)
        for worker in self.workers:
            worker.step(3)

    @rule()
    def sweeps(self) -> None:
        sweep(self.connection, idempotent=self.idempotent, stopped=lambda: False)

    @rule(which=st.integers(0, 1), times=st.integers(1, 3))
    def step(self, which: int, times: int) -> None:
        self.workers[which].step(times)

    @rule(
        which=st.integers(0, 1),
        answer=st.sampled_from(list(ANSWERS)),
        count=st.integers(1, 15),
        recorded=st.booleans(),
    )
    def gateway_answers(self, which: int, answer: str, count: int, recorded: bool) -> None:
        outcome, taken = ANSWERS[answer]
        self.workers[which].gateway.answer(outcome, taken=taken, count=count)
        if recorded:
            self.workers[which].step(2)

    # -- what goes wrong

    @rule(which=st.integers(0, 1), taken=st.booleans())
    def worker_is_killed(self, which: int, taken: bool) -> None:
        """Its requests are in the air: the gateway may take them, or not."""
        worker = self.workers[which]
        worker.gateway.answer(TIMEOUT, taken=taken)
        worker.crash()
        self.crashed.append(worker.name)
        self.workers[which] = self._worker(which)

    @rule(which=st.integers(0, 1), count=st.integers(1, 15))
    def answer_of_a_flush_is_lost(self, which: int, count: int) -> None:
        """Successes are committed, and the same flush comes once more."""
        worker = self.workers[which]
        self.recorders[worker.name].lose = 1
        worker.gateway.answer(SUCCESS, taken=True, count=count)
        worker.step(2)

    @rule()
    def leases_of_the_dead_lapse(self) -> None:
        self._lapse(self.crashed)
        self.sweeps()

    @rule(which=st.integers(0, 1))
    def worker_was_stopped_past_its_leases(self, which: int) -> None:
        """SIGSTOP, takeover, SIGCONT: the fenced worker wakes up and does not know yet."""
        self._lapse([self.workers[which].name])
        sweep(self.connection, idempotent=self.idempotent, stopped=lambda: False)

    def _lapse(self, holders: list[str]) -> None:
        self.connection.execute(
            "UPDATE vestnik_batch SET lease_expires_at = now() - interval '1 s'"
            " WHERE state = 'leased' AND lease_holder = ANY (%s)",
            [holders],
        )

    @rule()
    def backoff_passes(self) -> None:
        self.connection.execute("UPDATE vestnik_batch SET due_at = now() WHERE state = 'ready' AND due_at > now()")
        self.connection.execute("UPDATE vestnik_gatewaystate SET probe_at = now() WHERE probe_at > now()")

    # -- what must hold, always

    @invariant()
    def counters_are_rows(self) -> None:
        statement = _COUNT_ROWS.format(sending=IS_SENDING)
        for row in self.connection.execute(statement.encode()).fetchall():
            assert row[1:10] == row[10:], f"batch {row[0]}: counters {row[1:10]}, rows {row[10:]}"

    @invariant()
    def log_and_rows_agree(self) -> None:
        assert check_totals(self.connection) == []

    @invariant()
    def the_log_of_what_is_done_is_folded(self) -> None:
        statement = f"SELECT b.id FROM vestnik_batch b WHERE {WORTH_FOLDING:b.mailing_id}"  # noqa: S608 - ours
        assert self.connection.execute(statement.encode()).fetchall() == []

    @invariant()
    def totals_add_up_to_the_rows(self) -> None:
        from vestnik.models import Mailing

        rows = dict(self.connection.execute("SELECT mailing_id, count(*) FROM vestnik_message GROUP BY 1").fetchall())
        for mailing, totals in totals_of(Mailing.objects.all()).items():
            assert sum(totals.values()) == rows.get(mailing, 0)

    @invariant()
    def states_follow_the_tables(self) -> None:
        for id_, state in self.connection.execute("SELECT id, state FROM vestnik_message_now").fetchall():
            was = self.seen_states.get(id_, 0)
            assert was == state or MessageState(state) in MESSAGE_TRANSITIONS[MessageState(was)]
            self.seen_states[id_] = state
        for id_, state in self.connection.execute("SELECT id, state FROM vestnik_mailing").fetchall():
            assert _reachable(self.seen_mailing.get(id_, "scheduled"), state)
            self.seen_mailing[id_] = state

    @invariant()
    def everybody_gets_the_text_that_is_theirs(self) -> None:
        for worker in self.workers:
            for phone, (text, _end) in zip(worker.gateway.phones, worker.gateway.texts, strict=True):
                name, _, number = text.partition(" ")
                assert text == "text" or (int(number) == phone and name), f"{phone} got {text}"
        # What may be sent has what its text is made of; who lacks it was never sent anything.
        wrong = self.connection.execute(
            "SELECT m.id FROM vestnik_message m JOIN vestnik_mailing p ON p.id = m.mailing_id AND p.personal"
            " WHERE m.state = 0 AND (m.field_values IS NULL OR m.parts IS NULL)"
            " OR m.code = 'field_missing' AND (m.state <> 6 OR m.tries > 0 OR m.field_values IS NOT NULL)"
        ).fetchall()
        assert wrong == []

    @invariant()
    def nobody_gets_it_twice(self) -> None:
        if not self.idempotent:
            assert all(count <= 1 for count in self.gateway.received.values())

    @invariant()
    def no_final_word_contradicts_the_gateway(self) -> None:
        rows = self.connection.execute("SELECT id, state FROM vestnik_message_now WHERE state <> 0").fetchall()
        for id_, state in rows:
            taken = self.gateway.taken.get(id_, 0)
            if state == MessageState.SENT:
                assert taken >= 1, "sent, but the gateway never took it"
            if state in (MessageState.EXPIRED, MessageState.CANCELLED, MessageState.FAILED):
                assert taken == 0, f"{MessageState(state).label}, but the gateway took it"

    def teardown(self) -> None:
        """Left alone with a healthy gateway, everything comes to its end by itself, and nobody was lost."""
        if not hasattr(self, "workers"):
            return
        try:
            self._come_to_an_end()
        finally:
            self.connection.execute("UPDATE vestnik_gatewaystate SET outcome_log = true")
            for worker in self.workers:
                worker.dispatcher.close()

    def _come_to_an_end(self) -> None:
        self._end_the_day()
        for _ in range(60):
            self._resume_all()  # each time: a 401 of a while ago may pause once more
            self._lapse(self.crashed)
            self.backoff_passes()
            sweep(self.connection, idempotent=self.idempotent, stopped=lambda: False)
            build_audiences(self.connection, stopped=lambda: False)
            for worker in self.workers:
                worker.step(2)
                worker.gateway.answer(SUCCESS, taken=True)
            if not self.connection.execute("SELECT FROM vestnik_mailing WHERE frozen_at IS NULL").fetchall():
                break
        unfinished = self.connection.execute(
            "SELECT m.id, m.state, b.id, b.state, b.queued, b.sending FROM vestnik_mailing m"
            " LEFT JOIN vestnik_batch b ON b.mailing_id = m.id AND b.state <> 'done' WHERE m.frozen_at IS NULL"
        ).fetchall()
        assert not unfinished, unfinished
        self.counters_are_rows()
        self.totals_add_up_to_the_rows()
        self.states_follow_the_tables()
        self.nobody_gets_it_twice()
        self.no_final_word_contradicts_the_gateway()
        self.a_key_has_one_message()
        self.what_happens_is_told()

    def _resume_all(self) -> None:
        for mailing in [*self.mailings, *self._direct_mailings()]:
            try:
                actions.resume(mailing_id=mailing, actor=None)
            except StateForbids:
                continue


def _reachable(was: str, state: str) -> bool:
    """Between two looks a mailing may have taken several steps."""
    reached, frontier = {MailingState(was)}, [MailingState(was)]
    while frontier:
        for following in MAILING_TRANSITIONS[frontier.pop()] - reached:
            reached.add(following)
            frontier.append(following)
    return MailingState(state) in reached


# The limit only ends a hang.
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("idempotent", [False, True], ids=["gateway that may repeat", "idempotent gateway"])
def test_the_promises_hold_whatever_happens(ledger: Connection, idempotent: bool) -> None:
    machine = type("Machine", (LedgerMachine,), {"connection": ledger, "idempotent": idempotent})
    model.check(machine, examples=8)


def test_the_nine_words_are_the_ones_the_books_use() -> None:
    stored = {state.label for state in MessageState}
    assert set(MESSAGE_STATES) == stored | {"sending"}
