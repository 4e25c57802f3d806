"""Why a mailing is paused is kept as a code, and said in the same words everywhere."""

from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from harness.mailings import made_mailing
from vestnik.db.clock import database_now
from vestnik.db.connection import Connection
from vestnik.mailings.pauses import (
    MAX_SENTENCE,
    held_back_mailings,
    is_held_back,
    pause_sentence,
    paused_by_operators,
    what_to_do,
    why_held_back,
)
from vestnik.models import MESSAGE_STATES, Mailing, MailingState, PauseCode, Role

BRAKE, BRAKE_OF_ONE = PauseCode.GATEWAY_BRAKE, PauseCode.MAILING_BRAKE


def make(*, state: MailingState = MailingState.PAUSED, ends_in: float = 1, over: bool = False, **more: Any) -> Mailing:
    """A mailing that ends in so many hours; of one that is over the totals are frozen."""
    now = database_now()
    totals = {"frozen_at": now, "totals": dict.fromkeys(MESSAGE_STATES, 0)} if over else {}
    return made_mailing(starts_in=-7_200, ends_in=ends_in * 3_600, state=state, **totals, **more)


@pytest.mark.parametrize(
    ("code", "answer", "detail", "sentence"),
    [
        ("", "", "", ""),
        (PauseCode.OPERATOR, "", "", "by an operator"),
        (PauseCode.RESTORED, "", "", "restored from a backup: what is queued may have been sent since"),
        (PauseCode.REFUSED, "http_403", "",
         "the gateway refused our token (http_403): check GATEWAY_TOKEN, then resume"),
        (PauseCode.WRONG_TEXT, "", "line 1, column 3",
         "its personal text cannot be read, so its audience cannot be built (“line 1, column 3”)"),
        (BRAKE, "http_404", "404 Not Found",
         "the gateway answers 404 to everything: is GATEWAY_URL right? (“404 Not Found”)"),
        (BRAKE, "garbage", "an empty answer",
         "what the gateway answers to everything makes no sense: is GATEWAY_URL right? (“an empty answer”)"),
        (BRAKE, "5", "no money", "the gateway refuses everything with its code 5: is GATEWAY_URL right? (“no money”)"),
        (BRAKE_OF_ONE, "http_400", "",
         "the gateway answers 400 to every message of this mailing: are its text and its numbers right?"),
    ],
)  # fmt: skip
def test_the_reason_is_in_words(code: str, answer: str, detail: str, sentence: str) -> None:
    assert pause_sentence(code, answer, detail) == sentence
    assert len(pause_sentence(code, answer, "x" * 500)) <= MAX_SENTENCE


@pytest.mark.parametrize("code", PauseCode)
def test_every_reason_has_words_and_those_that_hold_back_have_advice_of_their_own(code: PauseCode) -> None:
    assert pause_sentence(code)
    if code is not PauseCode.OPERATOR:
        held = [Mailing(pause_code=other) for other in PauseCode if other not in (code, PauseCode.OPERATOR)]
        said = [(why_held_back(each), what_to_do(each, Role.ADMINISTRATOR)) for each in held]
        mailing = Mailing(pause_code=code)
        assert (why_held_back(mailing), what_to_do(mailing, Role.ADMINISTRATOR)) not in said


def test_one_mailing_and_all_mailings_are_judged_alike(ledger: Connection) -> None:
    del ledger
    for state, code, ends_in, over in product(MailingState, ["", *PauseCode], (-1, 1), (True, False)):
        make(state=state, pause_code=code, ends_in=ends_in, over=over)
    now = database_now()
    held = {each.id for each in Mailing.objects.all() if is_held_back(each, now)}
    assert held == {each.id for each in held_back_mailings()}
    assert len(held) == 2 * 5, "paused or scheduled, for five reasons; not over, and before the end"
    wanted = Q(state=MailingState.PAUSED, pause_code__in=["", PauseCode.OPERATOR], frozen_at=None, end_time__gt=now)
    assert set(paused_by_operators()) == set(Mailing.objects.filter(wanted))


def test_a_reason_that_nobody_knows_is_refused(ledger: Connection) -> None:
    del ledger
    with pytest.raises(IntegrityError, match="mailing_pause_code_known"), transaction.atomic():
        make(pause_code="weather")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"pause_reason": "by an operator"}, ("operator", "", "")),
        ({"pause_reason": "the gateway refused our token (http_403): check GATEWAY_TOKEN, then resume"},
         ("refused", "http_403", "")),
        ({"pause_reason": "restored from a backup: what is queued may have been sent since", "restored_at": "now"},
         ("restored", "", "")),
        ({"pause_code": "mailing_brake", "pause_answer": "http_400",
          "pause_reason": "the gateway answers 400 to every message of this mailing: are its text and its numbers"
                          " right? (“bad text”)"},
         ("mailing_brake", "http_400", "bad text")),
        ({"pause_reason": ""}, ("", "", "")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("state", ["paused", "scheduled"])
def test_what_the_release_before_writes_gets_its_code(
    ledger: Connection, state: str, written: dict[str, str], read: tuple[str, str, str]
) -> None:
    """While both run, and what stood in the ledger at the migration: the same trigger reads it."""
    del ledger
    made = make(state=MailingState.RUNNING)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE vestnik_mailing SET state = %s, pause_reason = %s, pause_code = %s, pause_answer = %s,"
            " restored_at = %s::timestamptz",
            [state, *(written.get(column, "") for column in ("pause_reason", "pause_code", "pause_answer")),
             written.get("restored_at")],
        )  # fmt: skip
    made.refresh_from_db()
    assert (made.pause_code, made.pause_answer, made.pause_detail) == read
