"""States, reasons and codes of mailings and messages, in a person's words. A test holds the tables against the code."""

import re
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vestnik.mailings.restored import REASON as RESTORED
from vestnik.models import Mailing, MailingState, PauseCode

#: What each state of a mailing is called.
MAILING_WORDS: dict[str, Any] = {
    MailingState.SCHEDULED: pgettext_lazy("mailing", "scheduled"),
    MailingState.RUNNING: pgettext_lazy("mailing", "running"),
    MailingState.PAUSED: pgettext_lazy("mailing", "paused"),
    MailingState.COMPLETED: pgettext_lazy("mailing", "completed"),
    MailingState.EXPIRED: pgettext_lazy("mailing", "expired"),
    MailingState.CANCELLED: pgettext_lazy("mailing", "cancelled"),
}
#: What each of the nine states of a message is called.
MESSAGE_WORDS: dict[str, Any] = {
    "queued": pgettext_lazy("message", "queued"),
    "sending": pgettext_lazy("message", "sending"),
    "sent": pgettext_lazy("message", "sent"),
    "delivered": pgettext_lazy("message", "delivered"),
    "undelivered": pgettext_lazy("message", "undelivered"),
    "failed": pgettext_lazy("message", "failed"),
    "expired": pgettext_lazy("message", "expired"),
    "cancelled": pgettext_lazy("message", "cancelled"),
    "unknown": pgettext_lazy("message", "unknown"),
}
#: What each of them means: shown where somebody points at the word.
MESSAGE_MEANINGS: dict[str, Any] = {
    "queued": _("waits to be sent"),
    "sending": _("handed to the gateway, no answer yet"),
    "sent": _("the gateway took it"),
    "delivered": _("the gateway says that it arrived"),
    "undelivered": _("the gateway says that it did not arrive"),
    "failed": _("the gateway refused it; it is not sent again"),
    "expired": _("not sent before the end of the mailing"),
    "cancelled": _("stopped before it was sent"),
    "unknown": _("it may have been delivered or not: no answer came"),
}
#: Codes that Vestnik itself gives, whose English words in the ledger are shown in the reader's language.
CODE_WORDS: dict[str, Any] = {
    "end": _("The end of the mailing came before it could be sent."),
    "wait": _("The gateway had asked to wait, and the end of the mailing came first."),
    "window": _("The client's hours were closed until the end of the mailing."),
    "cancelled": _("The mailing was cancelled."),
    "stop_list": _("The phone is on the stop list."),
    "client_deleted": _("The client was deleted."),
    "in_doubt": _("The sender stopped after it may have been handed to the gateway."),
    "orphan": _("It belonged to no batch: nobody knows whether it was handed to the gateway."),
    "timeout": _("No answer in time."),
    "connect": _("No connection to the gateway."),
    "dns": _("The gateway's name is not known."),
    "tls": _("No safe connection to the gateway."),
    "reset": _("The connection broke."),
    "garbage": _("The answer made no sense."),
}
_BY_AN_OPERATOR = "by an operator"


def why_paused(mailing: Mailing) -> tuple[str, str]:
    """Why a mailing waits for somebody, and what to do; both empty: it does not, or an operator wanted it."""
    held = mailing.restored_at is not None and mailing.state in (MailingState.PAUSED, MailingState.SCHEDULED)
    if held or mailing.pause_reason == RESTORED:
        return (
            _now("It came out of a backup: what is queued may have been sent since."),
            _now("If it may reach people twice, resume it; else cancel it."),
        )
    if mailing.state != MailingState.PAUSED or mailing.pause_reason in ("", _BY_AN_OPERATOR):
        return "", ""
    if mailing.pause_code in PauseCode.values:
        return _why_braked(mailing)
    status = re.search(r"http_(\d+)", mailing.pause_reason)
    return (
        _now("The gateway refuses our token (%(status)s). Nothing of this mailing is lost: it waits.")
        % {"status": status[1] if status else "401"},
        _now("Set GATEWAY_TOKEN to a token that is good, start Vestnik anew, then resume."),
    )


def _why_braked(mailing: Mailing) -> tuple[str, str]:
    """The gateway gave nothing but bad answers: to everything, or to this mailing."""
    answer = mailing.pause_answer
    to_all = mailing.pause_code == PauseCode.GATEWAY_BRAKE
    values = {"answer": answer.removeprefix("http_")}
    if answer == "garbage":
        words = _now("What the gateway answers makes no sense. Sending was stopped before more was used up.")
    elif to_all:
        words = (
            _now("The gateway answers %(answer)s to everything. Sending was stopped before more was used up.") % values
        )
    else:
        words = _now("The gateway answers %(answer)s to every message of this mailing: it was stopped.") % values
    if to_all:
        return words, _now("Is GATEWAY_URL right? Send a test message (Gateway and report), then resume.")
    return words, _now("Are its text and its numbers right? Look at the outcomes, then resume or cancel.")


def code_words(code: str | None, detail: str | None) -> str:
    """What happened, for one outcome: our own words in the reader's language, else the gateway's."""
    if code == "0":
        return ""
    return str(CODE_WORDS.get(code or "", detail or ""))
