"""Why a mailing waits for somebody, in the reader's language: for the console and the daily report."""

import re

from django.utils.translation import gettext as _

from vestnik.mailings.restored import REASON as RESTORED
from vestnik.models import Mailing, MailingState, PauseCode

_BY_AN_OPERATOR = "by an operator"


def why_paused(mailing: Mailing) -> tuple[str, str]:
    """Why a mailing waits for somebody, and what to do; both empty: it does not, or an operator wanted it."""
    held = mailing.restored_at is not None and mailing.state in (MailingState.PAUSED, MailingState.SCHEDULED)
    if held or mailing.pause_reason == RESTORED:
        return (
            _("It came out of a backup: what is queued may have been sent since."),
            _("If it may reach people twice, resume it; else cancel it."),
        )
    if mailing.state != MailingState.PAUSED or mailing.pause_reason in ("", _BY_AN_OPERATOR):
        return "", ""
    if mailing.pause_code in PauseCode.values:
        return _why_braked(mailing)
    status = re.search(r"http_(\d+)", mailing.pause_reason)
    return (
        _("The gateway refuses our token (%(status)s). Nothing of this mailing is lost: it waits.")
        % {"status": status[1] if status else "401"},
        _("Set GATEWAY_TOKEN to a token that is good, start Vestnik anew, then resume."),
    )


def _why_braked(mailing: Mailing) -> tuple[str, str]:
    """The gateway gave nothing but bad answers: to everything, or to this mailing."""
    answer = mailing.pause_answer
    to_all = mailing.pause_code == PauseCode.GATEWAY_BRAKE
    values = {"answer": answer.removeprefix("http_")}
    if answer == "garbage":
        words = _("What the gateway answers makes no sense. Sending was stopped before more was used up.")
    elif to_all:
        words = _("The gateway answers %(answer)s to everything. Sending was stopped before more was used up.") % values
    else:
        words = _("The gateway answers %(answer)s to every message of this mailing: it was stopped.") % values
    if to_all:
        return words, _("Is GATEWAY_URL right? Send a test message (Gateway and report), then resume.")
    return words, _("Are its text and its numbers right? Look at the outcomes, then resume or cancel.")
