"""Messages over a session: outcomes, windows, parts, throttling, and when the session ends."""

import threading
import time
from collections.abc import Callable

import pytest

from tests.smpp.cast import PHONE, Client, channel, sent, smsc, until
from tests.sockets import closed_port
from vestnik.gateways.outcome import Kind, Outcome
from vestnik.gateways.smpp.settings import Ids
from vestnik.smpp.fields import read_bind, read_message
from vestnik.smpp.pdu import Command, Pdu
from vestnik.smpp.texts import LongTexts

LONG = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 3


def answering(answer: Callable[[Client, Pdu, int], None]) -> Callable[[Client], None]:
    """An SMSC that takes binds and answers the n-th submit so."""

    def play(client: Client) -> None:
        client.bind()
        number = 0
        while True:
            pdu = client.next()
            if pdu.command == Command.SUBMIT_SM:
                number += 1
                answer(client, pdu, number)
            elif pdu.command == Command.ENQUIRE_LINK:
                client.send(Command.ENQUIRE_LINK_RESP, pdu.sequence)
            elif pdu.command == Command.UNBIND:
                client.send(Command.UNBIND_RESP, pdu.sequence)
                return

    return play


def outcomes(*texts: str, play: Callable[[Client], None], **options: object) -> list[Outcome]:
    with smsc(play) as port, channel(port, **options) as opened:  # type: ignore[arg-type]
        return [answer.outcome for answer in sent(opened, *texts)]


def test_a_message_is_accepted_under_the_providers_id() -> None:
    seen: list[Pdu] = []

    def play(client: Client) -> None:
        seen.append(client.bind())
        seen.append(client.expect(Command.SUBMIT_SM))
        client.accept(seen[-1], "00ab")
        client.next()

    (outcome,) = outcomes("hello", play=play, response_ids=Ids.HEX)
    assert (outcome.kind, outcome.provider_ids, outcome.parts) == (Kind.SUCCESS, ("171",), 1)
    assert read_bind(seen[0].body)[:2] == ("vestnik", "secret")
    message = read_message(seen[1].body)
    assert (message.destination.name, message.source.name, message.content) == (str(PHONE), "Vestnik", b"hello")


def test_a_refusal_and_a_system_error() -> None:
    statuses = [0x0B, 0x08, 0x4FF]

    def answer(client: Client, pdu: Pdu, number: int) -> None:
        client.send(Command.SUBMIT_SM_RESP, pdu.sequence, status=statuses[number - 1])

    found = outcomes("a", "b", "c", play=answering(answer))
    assert [outcome.kind for outcome in found] == [Kind.REFUSED, Kind.AMBIGUOUS, Kind.AMBIGUOUS]
    assert found[0].detail == "ESME_RINVDSTADR: invalid destination address"


def test_answers_may_come_in_any_order_and_each_message_gets_its_own() -> None:
    waiting: list[Pdu] = []

    def answer(client: Client, pdu: Pdu, number: int) -> None:
        waiting.append(pdu)
        if number == 5:
            for each in reversed(waiting):
                client.accept(each, read_message(each.body).content.decode())

    found = outcomes(*"abcde", play=answering(answer))
    assert [outcome.provider_ids for outcome in found] == [(letter,) for letter in "abcde"]


def test_the_window_is_never_overstepped() -> None:
    lock, open_now, most = threading.Lock(), [0], [0]

    def play(client: Client) -> None:
        client.bind()
        pending: list[Pdu] = []
        client.sock.settimeout(0.02)
        while True:
            try:
                pdu = client.next()
            except TimeoutError:  # the client says no more: so many are open at once
                with lock:
                    most[0] = max(most[0], len(pending))
                open_now[0] = len(pending)
                if pending:
                    client.accept(pending.pop(0))
                continue
            if pdu.command == Command.SUBMIT_SM:
                pending.append(pdu)

    found = outcomes(*("x" for _ in range(12)), play=play, window=4, binds=3)
    assert {outcome.kind for outcome in found} == {Kind.SUCCESS}
    assert most[0] == 4


def test_more_than_all_windows_hold_is_not_taken() -> None:
    with smsc(answering(lambda *_: None)) as port, channel(port, window=2, binds=2) as opened:
        assert opened.free == 4
        text = opened.prepare("x", expires_at=time.time() + 60)
        for number in range(4):
            opened.hand_over(number, PHONE, text, 5)
        assert (opened.free, opened.in_flight) == (0, 4)
        with pytest.raises(IndexError):
            opened.hand_over(9, PHONE, text, 5)


@pytest.mark.parametrize("long_texts", [LongTexts.UDH, LongTexts.SAR])
def test_a_long_text_is_one_outcome_with_the_id_of_each_part(long_texts: LongTexts) -> None:
    def answer(client: Client, pdu: Pdu, number: int) -> None:
        client.accept(pdu, f"p{number}")

    (outcome,) = outcomes(LONG, play=answering(answer), long_texts=long_texts)
    assert (outcome.kind, outcome.provider_ids, outcome.parts) == (Kind.SUCCESS, ("p1", "p2", "p3"), 3)


def test_a_long_text_whose_first_part_is_refused_is_refused_and_no_other_part_goes() -> None:
    submits: list[Pdu] = []

    def answer(client: Client, pdu: Pdu, _number: int) -> None:
        submits.append(pdu)
        client.send(Command.SUBMIT_SM_RESP, pdu.sequence, status=0x0B)

    (outcome,) = outcomes(LONG, play=answering(answer))
    assert outcome.kind is Kind.REFUSED
    assert len(submits) == 1


def test_a_long_text_of_which_a_later_part_is_refused_is_in_doubt_and_says_so() -> None:
    def answer(client: Client, pdu: Pdu, number: int) -> None:
        if number == 2:
            client.send(Command.SUBMIT_SM_RESP, pdu.sequence, status=0x45)
        else:
            client.accept(pdu, f"p{number}")

    (outcome,) = outcomes(LONG, play=answering(answer))
    assert outcome.kind is Kind.AMBIGUOUS
    assert outcome.provider_ids in {("p1", "", "p3"), ("p1", "", "")}
    assert "of 3 parts accepted; then ESME_RSUBMITFAIL" in outcome.detail


def test_a_part_that_is_accepted_without_an_id_keeps_its_place() -> None:
    """Or its message would count as delivered once the other parts are."""

    def answer(client: Client, pdu: Pdu, number: int) -> None:
        client.accept(pdu, "" if number == 2 else f"p{number}")

    (outcome,) = outcomes(LONG, play=answering(answer))
    assert (outcome.kind, outcome.provider_ids, outcome.parts) == (Kind.SUCCESS, ("p1", "", "p3"), 3)


def test_a_part_that_is_throttled_goes_again_when_another_was_accepted() -> None:
    throttled: list[float] = []

    def answer(client: Client, pdu: Pdu, number: int) -> None:
        if number == 2 and not throttled:
            throttled.append(time.monotonic())
            client.send(Command.SUBMIT_SM_RESP, pdu.sequence, status=0x58)
        else:
            client.accept(pdu, f"p{number}")

    (outcome,) = outcomes(LONG, play=answering(answer))
    assert outcome.kind is Kind.SUCCESS
    assert len(outcome.provider_ids) == 3
    assert len(throttled) == 1


@pytest.mark.parametrize("status", [0x58, 0x14])
def test_throttling_slows_down_and_loses_nothing(status: int) -> None:
    came: list[float] = []

    def answer(client: Client, pdu: Pdu, number: int) -> None:
        came.append(time.monotonic())
        if number == 3:
            client.send(Command.SUBMIT_SM_RESP, pdu.sequence, status=status)
        else:
            client.accept(pdu, str(number))

    with smsc(answering(answer)) as port, channel(port, window=1) as opened:
        for number in range(5):
            (found,) = sent(opened, "x")
            expected = Kind.THROTTLED if number == 2 else Kind.SUCCESS
            assert found.outcome.kind is expected
            assert found.outcome.retry_after == (1.0 if expected is Kind.THROTTLED else None)
    assert came[3] - came[2] >= 0.99
    assert came[2] - came[0] < 0.9


def test_a_rate_of_the_settings_is_kept() -> None:
    came: list[float] = []

    def answer(client: Client, pdu: Pdu, _number: int) -> None:
        came.append(time.monotonic())
        client.accept(pdu)

    outcomes(*("x" for _ in range(31)), play=answering(answer), rate=20, window=50)
    assert came[-1] - came[0] >= 28 / 20


# -- no outcome comes from a guess


def test_no_server_is_not_sent() -> None:
    with channel(closed_port()) as opened:
        (answer,) = sent(opened, "x")
    assert (answer.outcome.kind, answer.outcome.code) == (Kind.NOT_SENT, "connect")
    assert answer.outcome.transport_failure


@pytest.mark.parametrize(("status", "kind"), [
    (0x0D, Kind.UNAUTHORIZED), (0x0E, Kind.UNAUTHORIZED), (0x0F, Kind.UNAUTHORIZED), (0x05, Kind.NOT_SENT),
])  # fmt: skip
def test_a_refused_bind(status: int, kind: Kind) -> None:
    (outcome,) = outcomes("x", play=lambda client: [client.bind(status), client.next()])  # type: ignore[arg-type,func-returns-value]
    assert (outcome.kind, outcome.code) == (kind, f"smpp_{status:#x}")


def test_after_a_wrong_password_it_does_not_hammer_the_server() -> None:
    binds: list[Pdu] = []

    def play(client: Client) -> None:
        binds.append(client.bind(0x0E))
        client.next()

    with smsc(play) as port, channel(port) as opened:
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            (answer,) = sent(opened, "x")
            assert answer.outcome.kind is Kind.UNAUTHORIZED
            opened.poll(0.05)
    assert len(binds) == 1


def test_a_bind_without_an_answer_is_not_sent() -> None:
    (outcome,) = outcomes("x", play=lambda client: client.sock.close())
    assert outcome.kind is Kind.NOT_SENT


def test_a_submit_without_an_answer_is_in_doubt_and_its_place_is_free_again() -> None:
    def answer(client: Client, pdu: Pdu, number: int) -> None:
        if number > 1:
            client.accept(pdu, str(number))

    with smsc(answering(answer)) as port, channel(port, window=1) as opened:
        until(opened, lambda: opened.is_bound)
        (lost,) = sent(opened, "x", timeout=0.5)
        assert (lost.outcome.kind, lost.outcome.code) == (Kind.AMBIGUOUS, "timeout")
        (good,) = sent(opened, "x")
        assert good.outcome.kind is Kind.SUCCESS


def test_an_answer_that_comes_too_late_is_a_receipt_of_its_own() -> None:
    given_up = threading.Event()

    def answer(client: Client, pdu: Pdu, _number: int) -> None:
        given_up.wait(30)
        client.accept(pdu, "77")

    with smsc(answering(answer)) as port, channel(port) as opened:
        until(opened, lambda: opened.is_bound)
        (lost,) = sent(opened, "x", timeout=0.3)
        assert lost.outcome.kind is Kind.AMBIGUOUS
        given_up.set()
        found = []
        until(opened, lambda: found.extend(opened.received()) or found)
    assert (found[0].token, found[0].what.message_id, found[0].what.provider_id) == (0, 1, "77")


def test_what_waits_behind_a_full_window_was_not_sent() -> None:
    with smsc(answering(lambda *_: None)) as port, channel(port, window=1, binds=1, concurrency=1) as opened:
        (lost,) = sent(opened, LONG, timeout=0.5)
        assert lost.outcome.kind is Kind.AMBIGUOUS

    def never_bound(client: Client) -> None:
        client.next()
        client.next()

    with smsc(never_bound) as port, channel(port) as opened:
        (kept,) = sent(opened, "x", timeout=0.5)
        assert (kept.outcome.kind, kept.outcome.code) == (Kind.NOT_SENT, "timeout")


def test_a_session_that_breaks_leaves_what_was_written_in_doubt_and_the_next_one_goes_on() -> None:
    sessions: list[Client] = []

    def play(client: Client) -> None:
        sessions.append(client)
        client.bind()
        pdu = client.expect(Command.SUBMIT_SM)
        if len(sessions) > 1:
            client.accept(pdu)
            client.next()

    with smsc(play) as port, channel(port, window=1) as opened:
        (lost,) = sent(opened, "x")
        assert (lost.outcome.kind, lost.outcome.code) == (Kind.AMBIGUOUS, "reset")
        (good,) = sent(opened, "x")
        assert good.outcome.kind is Kind.SUCCESS
    assert len(sessions) == 2


def test_the_smsc_unbinds_and_what_is_under_way_gets_its_answer_first() -> None:
    order: list[str] = []
    sessions: list[Client] = []

    def play(client: Client) -> None:
        sessions.append(client)
        client.bind()
        if len(sessions) > 1:
            client.accept(client.expect(Command.SUBMIT_SM), "2")
            client.next()
        pdu = client.expect(Command.SUBMIT_SM)
        client.send(Command.UNBIND, 900)
        time.sleep(0.2)
        order.append("answer")
        client.accept(pdu, "1")
        answer = client.expect(Command.UNBIND_RESP)
        order.append(f"unbind {answer.sequence}")

    with smsc(play) as port, channel(port) as opened:
        (first,) = sent(opened, "x")
        assert first.outcome.provider_ids == ("1",)
        (second,) = sent(opened, "x")
        assert second.outcome.provider_ids == ("2",)
    assert order == ["answer", "unbind 900"]


def test_closing_says_goodbye() -> None:
    ended = threading.Event()

    def play(client: Client) -> None:
        client.bind()
        client.expect(Command.UNBIND)
        ended.set()

    with smsc(play) as port, channel(port) as opened:
        until(opened, lambda: opened.is_bound)
    assert ended.wait(10)


def test_both_sides_test_the_link() -> None:
    tested = threading.Event()

    def play(client: Client) -> None:
        client.bind()
        client.send(Command.ENQUIRE_LINK, 500)
        assert client.expect(Command.ENQUIRE_LINK_RESP).sequence == 500
        enquiry = client.next()
        assert enquiry.command == Command.ENQUIRE_LINK
        client.send(Command.ENQUIRE_LINK_RESP, enquiry.sequence)
        tested.set()
        client.next()

    with smsc(play) as port, channel(port, enquire_seconds=0.3) as opened:
        until(opened, tested.is_set)
        assert opened.is_bound


def test_a_dead_link_is_found_and_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vestnik.gateways.smpp.session.ENQUIRE_SECONDS", 0.3)
    sessions: list[Client] = []

    def play(client: Client) -> None:
        sessions.append(client)
        client.bind()
        while len(sessions) == 1:
            client.next()  # reads everything, answers nothing
        client.accept(client.expect(Command.SUBMIT_SM))
        client.next()

    with smsc(play) as port, channel(port, enquire_seconds=0.3, window=1) as opened:
        (lost,) = sent(opened, "x")
        assert (lost.outcome.kind, lost.outcome.code) == (Kind.AMBIGUOUS, "timeout")
        (good,) = sent(opened, "x")
        assert good.outcome.kind is Kind.SUCCESS


def test_a_status_of_a_session_that_is_not_bound_opens_another() -> None:
    sessions: list[Client] = []

    def play(client: Client) -> None:
        sessions.append(client)
        client.bind()
        pdu = client.expect(Command.SUBMIT_SM)
        if len(sessions) == 1:
            client.send(Command.SUBMIT_SM_RESP, pdu.sequence, status=4)
        else:
            client.accept(pdu)
        client.next()

    with smsc(play) as port, channel(port) as opened:
        (first,) = sent(opened, "x")
        assert first.outcome.kind is Kind.THROTTLED
        (second,) = sent(opened, "x")
        assert second.outcome.kind is Kind.SUCCESS
    assert len(sessions) == 2


def test_wake_ends_a_poll() -> None:
    with smsc(answering(lambda *_: None)) as port, channel(port) as opened:
        until(opened, lambda: opened.is_bound)
        threading.Timer(0.1, opened.wake).start()
        began = time.monotonic()
        opened.poll(20)
        assert time.monotonic() - began < 10
    opened.wake()


def test_no_more_sessions_than_are_allowed_and_what_is_under_way_ends_first() -> None:
    """The provider allows so many; which of them are ours now is the ledger's decision."""
    opened_sessions: list[Client] = []
    held: list[tuple[Client, Pdu]] = []

    def play(client: Client) -> None:
        client.bind()
        opened_sessions.append(client)
        while True:
            pdu = client.next()
            if pdu.command == Command.UNBIND:
                opened_sessions.remove(client)
                return
            if pdu.command == Command.SUBMIT_SM:
                held.append((client, pdu))

    with smsc(play) as port, channel(port, window=3, binds=2) as opened:
        opened.allow(0)
        assert (opened.free, opened.places_used) == (0, 0)
        opened.poll(0.05)
        assert opened_sessions == []
        opened.allow(2)
        assert (opened.free, opened.places_used) == (6, 2)
        text = opened.prepare("x", expires_at=time.time() + 60)
        for number in range(6):
            opened.hand_over(number, PHONE + number, text, 20)
        until(opened, lambda: len(held) == 6)
        opened.allow(1)
        assert opened.places_used == 2  # both wait for answers
        for client, pdu in held:
            client.accept(pdu, str(pdu.sequence))
        answers = until(opened, lambda: opened.places_used == 1)
        answers += until(opened, lambda: len(opened_sessions) == 1)
        assert (opened.free + opened.in_flight, opened.places_used) == (3, 1)
        while len(answers) < 6:
            answers += opened.poll(0.1)
        assert {answer.outcome.kind for answer in answers} == {Kind.SUCCESS}
        opened.allow(0)
        until(opened, lambda: not opened_sessions)
        opened.allow(1)
        until(opened, lambda: len(opened_sessions) == 1)
