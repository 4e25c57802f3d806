"""What the model checks have besides mailings: single messages with keys, and an endpoint that listens."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from harness.rows import FIRST
from vestnik.audience.direct import SingleMessage, accept
from vestnik.db.clock import database_now
from vestnik.db.connection import Connection
from vestnik.errors import StateForbids
from vestnik.ledger.direct import LONGEST
from vestnik.mailings.once import once
from vestnik.models import MESSAGE_EVENTS, MessageState, StoppedPhone, User, WebhookEndpoint, WebhookEventType
from vestnik.webhooks.delivery import body_of, settle, take
from vestnik.webhooks.messages import write_message_events
from vestnik.webhooks.post import Answer

#: Phones that single messages go to: those of clients, whom mailings write to as well.
PHONES = 40
#: What an endpoint may want.
WANTED = {
    "everything": frozenset(WebhookEventType.values),
    "messages": frozenset(each.value for each in MESSAGE_EVENTS.values()),
    "mailings": frozenset(each for each in WebhookEventType.values if each.startswith("mailing.")),
}
#: States of a mailing, and the events one of which tells of each.
_OF_MAILING = {
    "running": {"mailing.started", "mailing.resumed"},
    "paused": {"mailing.paused"},
    "cancelled": {"mailing.cancelled"},
}


class SingleMessagesMachine(RuleBasedStateMachine):
    """One caller, who never knows whether his request was lost, and one endpoint, which may be away."""

    connection: Connection
    #: Messages that an operator had sent again, where the machine has such a rule: their outcomes come again.
    resent: set[int]

    def _reset_single_messages(self) -> None:
        self.connection.execute(
            "TRUNCATE vestnik_rememberedrequest, vestnik_webhook_endpoint, vestnik_webhook_event,"
            " vestnik_webhook_outcome, vestnik_webhook_delivery, vestnik_webhook_attempt"
        )
        self.caller = User.objects.get_or_create(username="caller")[0]
        #: Phone and, once it was accepted, id of the message of each key.
        self.keys: dict[str, tuple[int, int | None]] = {}
        self.resent = set()
        self.endpoint: WebhookEndpoint | None = None
        self.wanted: frozenset[str] = frozenset()
        self.last_event = 0
        #: How often each message was told with each outcome, and what was so until the last look.
        self.told: Counter[tuple[str, int]] = Counter()
        self.states_then: dict[int, int] = {}
        self.mailings_then: dict[int, tuple[str, bool]] = {}
        #: Events that were written for the endpoint, that it has taken, and the body that each came with.
        self.due: set[UUID] = set()
        self.taken_events: set[UUID] = set()
        self.bodies: dict[UUID, bytes] = {}
        # From the start: what happens first is told, too.
        self.endpoint_is_replaced("everything")

    # -- the caller

    @rule(number=st.integers(1, PHONES), lost=st.booleans())
    def post_one_message(self, number: int, lost: bool) -> None:
        """With a new key. ``lost``: the process dies before the commit."""
        self._post(f"key-{len(self.keys)}", FIRST + number, lost=lost)

    @precondition(lambda self: bool(self.keys))
    @rule(place=st.integers(0, 1_000))
    def post_the_same_key_again(self, place: int) -> None:
        """For lack of an answer, or out of care."""
        key = list(self.keys)[place % len(self.keys)]
        self._post(key, self.keys[key][0], lost=False)

    def _post(self, key: str, phone: int, *, lost: bool) -> None:
        before = self.keys.setdefault(key, (phone, None))[1]
        try:
            with transaction.atomic():
                body = {"phone_number": str(phone), "text": _text(phone, key)}
                answer, repeated = once(user=self.caller, key=key, body=body, make=lambda: _accepted(phone, key))
                transaction.set_rollback(lost)
        except StateForbids:
            assert before is None
            assert StoppedPhone.objects.filter(phone_number=phone).exists()
            return
        assert repeated == (before is not None)
        assert before in (None, answer["id"])
        if not lost:
            self.keys[key] = (phone, answer["id"])

    @precondition(lambda self: bool(self.keys))
    @rule(place=st.integers(0, 1_000))
    def own_end_passes(self, place: int) -> None:
        """Of the single messages of a batch that nobody has leased."""
        rows = self.connection.execute(
            "SELECT id FROM vestnik_batch WHERE end_time > now() AND state = 'ready' ORDER BY id"
        ).fetchall()
        if rows:
            self.connection.execute(
                "UPDATE vestnik_batch SET end_time = now() - interval '1 s' WHERE id = %s AND state = 'ready'",
                rows[place % len(rows)],
            )

    # -- the endpoint

    @rule(wants=st.sampled_from([*WANTED, None]))
    def endpoint_is_replaced(self, wants: str | None) -> None:
        """By another one that wants other events, or by none."""
        self.connection.execute("DELETE FROM vestnik_webhook_delivery")
        self.connection.execute("DELETE FROM vestnik_webhook_endpoint")
        self.endpoint, self.wanted = None, frozenset()
        self.due, self.taken_events = set(), set()
        if wants is not None:
            self.wanted = WANTED[wants]
            self.endpoint = WebhookEndpoint.objects.create(
                url="http://127.0.0.1:9/", event_types=sorted(self.wanted), secrets=""
            )

    @precondition(lambda self: self.endpoint is not None)
    @rule(status=st.sampled_from([204, 204, 500, None]), worker_dies=st.booleans())
    def an_event_is_posted(self, status: int | None, worker_dies: bool) -> None:
        """The endpoint takes it, or not. ``worker_dies``: before it can write down what came of it."""
        assert self.endpoint is not None
        delivery = take(self.connection, self.endpoint.id)
        if delivery is None:
            return
        body = body_of(delivery)
        assert self.bodies.setdefault(delivery.uid, body) == body
        if not worker_dies:
            settle(self.connection, self.endpoint.id, delivery, Answer(status=status))
            if status == 204:
                self.taken_events.add(delivery.uid)

    @rule()
    def events_are_due_again(self) -> None:
        """Time passes, and attempts of workers that died count as lost."""
        self.connection.execute("UPDATE vestnik_webhook_delivery SET due_at = now()")
        self.connection.execute("UPDATE vestnik_webhook_endpoint SET waits_until = NULL")

    # -- what must hold, always

    @invariant()
    def a_key_has_one_message(self) -> None:
        rows = self.connection.execute(
            "SELECT m.field_values->>'text', m.id FROM vestnik_message m JOIN vestnik_mailing k ON k.id = m.mailing_id"
            " WHERE k.kind = 'direct'"
        ).fetchall()
        assert len(dict(rows)) == len(rows)
        assert dict(rows) == {
            _text(to, key): message for key, (to, message) in self.keys.items() if message is not None
        }

    @invariant()
    def what_happens_is_told(self) -> None:
        """Each outcome and each change of a mailing since the last look has its event, and each outcome has one."""
        while write_message_events(self.connection):
            pass
        messages, mailings = self._read_events()
        self.told.update(messages)
        assert [each for each in messages if self.told[each] > 1 and each[1] not in self.resent] == []
        for id_, state in self.connection.execute("SELECT id, state FROM vestnik_message_now").fetchall():
            if state != self.states_then.get(id_, 0) and state in MESSAGE_EVENTS:
                kind = MESSAGE_EVENTS[MessageState(state)].value
                assert messages[kind, id_] == (kind in self.wanted), (kind, id_)
            self.states_then[id_] = state
        rows = self.connection.execute("SELECT id, kind, state, frozen_at IS NOT NULL FROM vestnik_mailing").fetchall()
        for id_, sort, state, frozen in rows:
            # One of single messages runs from the start.
            was = self.mailings_then.get(id_, ("running" if sort == "direct" else "scheduled", False))
            told_of = _OF_MAILING.get(state, set()) if state != was[0] else set()
            assert not told_of & self.wanted or told_of & mailings.get(id_, set()), (id_, state)
            if frozen and not was[1] and "mailing.finished" in self.wanted:
                assert "mailing.finished" in mailings.get(id_, set())
            self.mailings_then[id_] = (state, frozen)
        self._an_event_is_taken_or_waits()

    def _an_event_is_taken_or_waits(self) -> None:
        waiting = self.connection.execute(
            "SELECT e.uid FROM vestnik_webhook_delivery d JOIN vestnik_webhook_event e ON e.id = d.event_id"
        ).fetchall()
        assert self.taken_events | {uid for (uid,) in waiting} == self.due

    def _read_events(self) -> tuple[Counter[tuple[str, int]], dict[int, set[str]]]:
        """What events since the last look tell: of messages, and the types of those of each mailing."""
        rows: list[Any] = self.connection.execute(
            "SELECT id, uid, type, data FROM vestnik_webhook_event WHERE id > %s ORDER BY id", [self.last_event]
        ).fetchall()
        messages: Counter[tuple[str, int]] = Counter()
        mailings: dict[int, set[str]] = {}
        for id_, uid, kind, data in rows:
            assert kind in self.wanted
            self.last_event = id_
            self.due.add(uid)
            messages.update((kind, message["id"]) for message in data.get("messages", ()))
            mailings.setdefault(data.get("mailing_id", 0), set()).add(kind)
        return messages, mailings

    # -- the end

    def _end_the_day(self) -> None:
        """Single messages of yesterday: their mailing takes no more, and finishes."""
        self.connection.execute(
            "UPDATE vestnik_mailing SET start_time = start_time - interval '1 day'"
            " WHERE kind = 'direct' AND start_time > now() - interval '1 day'"
        )

    def _direct_mailings(self) -> list[int]:
        rows = self.connection.execute("SELECT id FROM vestnik_mailing WHERE kind = 'direct' ORDER BY id").fetchall()
        return [mailing for (mailing,) in rows]


def _text(phone: int, key: str) -> str:
    """Names whom it is for, as the texts of mailings do that are personal."""
    return f"{key} {phone}"


def _accepted(phone: int, key: str) -> dict[str, Any]:
    now = database_now()
    message = SingleMessage(phone=phone, text=_text(phone, key), end=now + LONGEST)
    (accepted,) = accept([message], now=now, refuse_stopped=True)
    return {"id": accepted.id}
