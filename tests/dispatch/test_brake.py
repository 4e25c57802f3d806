"""When a gateway that answers badly is stopped, and how many messages it may use up before: the tables."""

import random

import pytest

from tests.dispatch.test_decide import NOT_SENT, SERVER_ERROR, THROTTLED, TIMEOUT, UNAUTHORIZED
from vestnik.dispatch.brake import DOUBT, LATELY, TRIAL, AnswerWatch, Brake, Stop, bad_kind, careful_share
from vestnik.dispatch.decide import BreakerWatch
from vestnik.gateways.adapters.probe import classify_answer
from vestnik.gateways.outcome import SUCCESS, Outcome, classify_failure

MAILING, OTHER = 1, 2


def answer(status: int, body: bytes = b"") -> Outcome:
    return classify_answer(status, body, None, 0.0)


NOT_FOUND = answer(404)


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        *[(answer(status), f"http_{status}") for status in (400, 402, 404, 405, 408, 410, 413, 415, 422, 451)],
        *[(answer(status), f"http_{status}") for status in (100, 201, 202, 204, 301, 302, 303, 304, 307, 308, 999)],
        *[(answer(200, body), "garbage") for body in (b"", b"<html>", b"{}", b"null", b'{"code":"0"}', b"OK")],
        (answer(200, b'{"code":5}'), "5"),
        # Something answered that speaks no HTTP, or too much.
        (classify_failure("garbage", "", sent=True), "garbage"),
        # Others deal with these.
        (SUCCESS, None), (NOT_SENT, None), (THROTTLED, None), (UNAUTHORIZED, None), (TIMEOUT, None),
        (SERVER_ERROR, None), (answer(503), None), (answer(599), None), (answer(429), None), (answer(401), None),
        *[(classify_failure(code, "", sent=True), None) for code in ("timeout", "tls", "reset", "dns")],
        (classify_failure("garbage", "", sent=False), None),
    ],
)  # fmt: skip
def test_every_answer_is_good_bad_or_a_matter_for_others(outcome: Outcome, kind: str | None) -> None:
    assert bad_kind(outcome) == kind


def test_what_is_bad_for_the_brake_is_nothing_to_the_breaker() -> None:
    watch = BreakerWatch()
    for outcome in [
        NOT_FOUND,
        answer(202),
        answer(200),
        classify_failure("garbage", "", sent=True),
        answer(200, b'{"code":5}'),
    ] * 50:
        assert watch.observe(outcome) is None


# -- one gateway


def observed(watch: AnswerWatch, kinds: list[str | None]) -> int | None:
    """After how many answers it was stopped; None: it was not."""
    for number, kind in enumerate(kinds, 1):
        if kind is None:
            watch.succeeded(0.0)
        elif watch.observe(kind):
            return number
    return None


good: list[str | None] = [None]


@pytest.mark.parametrize(
    ("kinds", "stops_after"),
    [
        (["http_404"] * 60, 50),
        (["http_404", "http_400"] * 30, 50),
        (["http_404"] * 49 + good + ["http_404"] * 49, None),
        # Half of the numbers are wrong.
        (["http_400", None] * 1_000, None),
        ((["http_400"] * 8 + good * 2) * 200, None),
        # Nine of ten are.
        ((["http_400"] * 9 + good) * 100, 201),
        # It was well, and is not any more.
        (good * 500 + ["http_404"] * 400, 500 + 180),
        (good * 500 + ["http_404", "http_202"] * 400, 500 + 200),
        (good * 10 + ["http_404"] * 400, 200),
        (good * 1_000, None),
    ],
)
def test_when_it_is_stopped(kinds: list[str | None], stops_after: int | None) -> None:
    assert observed(AnswerWatch(), kinds) == stops_after


def test_it_is_stopped_once_until_it_begins_anew() -> None:
    watch = AnswerWatch()
    assert observed(watch, ["x"] * 50) == 50
    assert observed(watch, ["x"] * 500) is None
    assert watch.room(0.0, in_flight=0, untold=0, share=100) == 0
    watch.reset()
    assert watch.room(0.0, in_flight=0, untold=0, share=100) == 100
    assert observed(watch, ["x"] * 500) == 50


@pytest.mark.parametrize(
    ("answers", "now", "in_flight", "untold", "share", "room"),
    [
        ([], 0, 0, 0, 100, 100), ([], 0, 30, 0, 100, 70), ([], 0, 100, 0, 100, 0), ([], 0, 130, 0, 100, 0),
        (["x"] * 30, 0, 0, 30, 100, 70), (["x"] * 30, 0, 0, 0, 100, 70), (["x"] * 30, 0, 50, 0, 100, 20),
        (["x"] * 3, 0, 0, 3, 4, 1), (["x"] * 3, 0, 0, 0, 4, 4),
        (good, 0, 0, 0, 100, None), (good, LATELY, 0, 0, 100, None), (good, LATELY + 1, 10, 0, 100, 90),
        (good + ["x"] * (DOUBT - 1), 0, 0, 0, 100, None), (good + ["x"] * DOUBT, 0, 30, 0, 100, 70),
        (good + ["x"] * DOUBT, 0, 300, 0, 100, 0), (good + ["x"] * DOUBT + good, 0, 300, 0, 100, None),
        # So many bad ones, and then nothing for long: it is tried anew instead of being held for ever.
        (good + ["x"] * 150, LATELY + 1, 0, 0, 100, 100),
    ],
)  # fmt: skip
def test_how_many_more_may_be_in_flight(
    answers: list[str | None], now: float, in_flight: int, untold: int, share: int, room: int | None
) -> None:
    watch = AnswerWatch()
    observed(watch, answers)
    assert watch.room(now, in_flight=in_flight, untold=untold, share=share) == room


@pytest.mark.parametrize(
    ("dispatchers", "share"), [(0, 100), (1, 100), (4, 100), (5, 80), (40, 10), (100, 4), (900, 4)]
)
def test_many_dispatchers_share_what_is_in_flight(dispatchers: int, share: int) -> None:
    assert careful_share(dispatchers) == share


@pytest.mark.parametrize("dispatchers", [1, 2, 4, 12, 50, 100])
@pytest.mark.parametrize("connections", [64, 1_000])
@pytest.mark.parametrize("seed", range(3))
def test_however_many_dispatchers_there_are_they_use_up_600_at_most(
    dispatchers: int, connections: int, seed: int
) -> None:
    """Brakes before a ledger of three lines, in any order of hand-over, answer and flush."""
    chance = random.Random(seed)
    brakes = [Brake() for _ in range(dispatchers)]
    in_flight, spent, bad, stopped = [0] * dispatchers, 0, 0, False
    for brake in brakes:
        brake.hold([MAILING], [MAILING])
        brake.learn(None, dispatchers)
    for _ in range(200 * dispatchers):
        if stopped and not any(in_flight):
            break
        which = chance.randrange(dispatchers)
        brake = brakes[which]
        act = chance.choice(["hand over", "answer", "answer", "flush"])
        if act == "hand over" and not stopped:
            room = brake.room(0.0, in_flight=in_flight[which])
            assert room is not None
            handed = min(room, connections - in_flight[which], brake.room_of(MAILING, in_flight=in_flight[which]))
            in_flight[which] += handed
            spent += handed
        elif act == "answer":
            for _ in range(chance.randint(0, in_flight[which])):
                in_flight[which] -= 1
                brake.failed(MAILING, NOT_FOUND, handed_over=0.0)
        elif act == "flush":
            report = brake.report()
            bad += report.bad
            stopped = stopped or bool(report.stops) or bad >= TRIAL
            if not stopped:
                brake.learn(None, dispatchers)
    assert stopped
    assert spent <= 600


# -- mailings


def test_a_mailing_whose_every_message_is_refused_stops_alone_while_others_are_taken() -> None:
    brake = Brake()
    brake.hold([MAILING, OTHER], [MAILING, OTHER])
    for number in range(TRIAL):
        assert brake.report().stops == ()
        brake.succeeded(OTHER, float(number))
        brake.failed(MAILING, answer(400), handed_over=1.0)
    assert brake.report().stops == (Stop(MAILING, "http_400", answer(400), 1.0),)
    assert not brake.is_tried(OTHER)
    assert brake.room(0.0, in_flight=500) is None


def test_answers_to_what_was_handed_over_before_the_resume_count_for_nothing() -> None:
    brake = Brake()
    brake.hold([MAILING], [MAILING])
    brake.learn(100.0, 1)
    for _ in range(500):
        brake.failed(MAILING, NOT_FOUND, handed_over=99.9)
    assert brake.report().stops == ()
    for _ in range(TRIAL):
        brake.failed(MAILING, NOT_FOUND, handed_over=100.1)
    (stop,) = brake.report().stops
    assert stop.mailing is None
    assert brake.room(100.2, in_flight=0) == 0
    brake.learn(101.0, 1)
    assert brake.room(101.0, in_flight=0) == 100


def test_a_first_success_is_told_once_and_takes_back_what_was_bad() -> None:
    brake = Brake()
    brake.failed(MAILING, NOT_FOUND, handed_over=0.0)
    assert (brake.report().bad, brake.report().bad) == (1, 0)
    brake.failed(MAILING, NOT_FOUND, handed_over=0.0)
    brake.succeeded(MAILING, 0.0)
    report = brake.report()
    assert (report.bad, report.proved, report.careful) == (0, True, False)
    brake.succeeded(MAILING, 0.0)
    assert brake.report().proved is False
