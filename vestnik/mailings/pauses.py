"""Sentences that say why a mailing is paused or held back: in English, and in the reader's language.

The ledger keeps a code and what the gateway answered (``pause_code``, ``pause_answer``, ``pause_detail``). Other code
compares that; sentences are made here, when they are shown.
"""

from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from vestnik.mailings.advice import Topic, advice_for
from vestnik.mailings.find import find_mailings
from vestnik.models import Mailing, MailingState, PauseCode, Role

#: Reasons that need somebody's decision. A pause by an operator does not: it was wanted.
HELD_BACK = frozenset(PauseCode) - {PauseCode.OPERATOR}
#: A restored backup holds back what is scheduled, too.
_STATES = (MailingState.SCHEDULED, MailingState.PAUSED)
#: Characters of a sentence, and of what the gateway said.
MAX_SENTENCE, MAX_DETAIL = 200, 80


def is_held_back(mailing: Mailing, now: datetime) -> bool:
    """Return whether an unfinished mailing waits for somebody: not a pause that an operator wanted."""
    waits = mailing.state in _STATES and mailing.frozen_at is None and mailing.end_time > now
    return waits and mailing.pause_code in HELD_BACK


def held_back_mailings() -> "QuerySet[Mailing]":
    """All mailings of :func:`is_held_back`; those that end first come first."""
    waiting = find_mailings().filter(state__in=_STATES, frozen_at=None, end_time__gt=Now())
    return waiting.filter(pause_code__in=HELD_BACK).order_by("end_time", "id")


def paused_by_operators() -> "QuerySet[Mailing]":
    """Mailings that somebody paused and that have not ended: nobody has to act."""
    paused = find_mailings().filter(state=MailingState.PAUSED, frozen_at=None, end_time__gt=Now())
    return paused.exclude(pause_code__in=HELD_BACK).order_by("end_time", "id")


def pause_sentence(code: str, answer: str = "", detail: str = "") -> str:
    """A sentence that says why a mailing is paused: English, 200 characters at most, for logs, commands and doctor.

    Args:
        code: a :class:`PauseCode`; empty: there is no reason.
        answer: the code of the gateway's answer that was the reason.
        detail: what the gateway said.
    """
    said = f" (“{detail}”)" if detail else ""
    sentence = {
        "": "",
        PauseCode.OPERATOR: "by an operator",
        PauseCode.REFUSED: f"the gateway refused our token ({answer}): check GATEWAY_TOKEN, then resume",
        PauseCode.GATEWAY_BRAKE: f"{_what_it_answers(answer, 'everything')}: is GATEWAY_URL right?{said}",
        PauseCode.MAILING_BRAKE: f"{_what_it_answers(answer, 'every message of this mailing')}:"
        f" are its text and its numbers right?{said}",
        PauseCode.RESTORED: "restored from a backup: what is queued may have been sent since",
        PauseCode.WRONG_TEXT: f"its personal text cannot be read, so its audience cannot be built{said}",
    }[code]
    return sentence[:MAX_SENTENCE]


def reason_of(mailing: Mailing) -> str:
    """The same of a mailing; empty: it is neither paused nor held back."""
    return pause_sentence(mailing.pause_code, mailing.pause_answer, mailing.pause_detail)


def why_held_back(mailing: Mailing) -> str:
    """A sentence that says why a held-back mailing waits, in the active language."""
    status = mailing.pause_answer.removeprefix("http_")
    match mailing.pause_code:
        case PauseCode.RESTORED:
            return _("Restored from a backup: queued messages may have been sent since.")
        case PauseCode.WRONG_TEXT:
            words = _("The personal text cannot be read (%(fault)s): messages cannot be made.")
            return words % {"fault": mailing.pause_detail}
        case PauseCode.REFUSED:
            words = _("The gateway refuses our token (%(status)s). Nothing is lost: the mailing waits.")
            return words % {"status": status or "401"}
        case PauseCode.GATEWAY_BRAKE:
            words = _(
                "The gateway answers %(answer)s to everything. Sending was stopped to save the remaining messages."
            )
        case _other:
            words = _("The gateway answers %(answer)s to every message of this mailing: it was stopped.")
    if status == "garbage":
        words = _("The gateway's answers cannot be read. Sending was stopped to save the remaining messages.")
    return words % {"answer": status}


def what_to_do(mailing: Mailing, role: Role) -> str:
    """What somebody with this role can do about a held-back mailing, in the active language."""
    return advice_for(Topic(mailing.pause_code), role)


def _what_it_answers(answer: str, whom: str) -> str:
    status = answer.removeprefix("http_")
    if answer == "garbage":
        return f"what the gateway answers to {whom} makes no sense"
    if answer.startswith("http_"):
        return f"the gateway answers {status} to {whom}"
    return f"the gateway refuses {whom} with its code {status}"
