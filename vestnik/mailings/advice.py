"""What to do about everything that needs a person: one sentence each, and the least role that can do it.

The console and the daily report show them. Somebody with a lesser role reads whom to turn to, and never what only
others can do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.accounts.keys import RANK
from vestnik.models import PauseCode, Role


class Topic(StrEnum):
    """What needs a person. The first five are the reasons of :class:`PauseCode` that hold a mailing back."""

    RESTORED = PauseCode.RESTORED
    WRONG_TEXT = PauseCode.WRONG_TEXT
    REFUSED = PauseCode.REFUSED
    GATEWAY_BRAKE = PauseCode.GATEWAY_BRAKE
    MAILING_BRAKE = PauseCode.MAILING_BRAKE
    STUCK_SINGLES = "stuck_singles"
    TOTALS_DIFFER = "totals_differ"
    TROUBLED = "troubled"
    UNDECIDED = "undecided"
    REFUSED_ROWS = "refused_rows"
    GATEWAY_OUT = "gateway_out"
    GATEWAY_UNOPENED = "gateway_unopened"
    WEBHOOK_DISABLED = "webhook_disabled"
    WEBHOOK_FAILING = "webhook_failing"
    OPEN_REGISTRATION = "open_registration"


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice.

    - ``role``: the least that can follow it. ``words``: what to do, for that role and those above it.
    - ``ask``: for operators, where it needs an administrator: what to ask for.
    """

    role: Role
    words: Any
    ask: Any = ""


#: Every piece of advice. Operators only click, so REST and settings are for administrators.
ADVICES: Mapping[Topic, Advice] = {
    Topic.RESTORED: Advice(
        Role.OPERATOR, _lazy("Resume it if people may get it twice. Otherwise cancel it.")
    ),
    Topic.WRONG_TEXT: Advice(
        Role.OPERATOR, _lazy("Cancel the mailing and send a corrected copy.")
    ),
    Topic.REFUSED: Advice(
        Role.ADMINISTRATOR,
        _lazy(
            "Give the gateway a valid token: under Gateways, or as GATEWAY_TOKEN and restart Vestnik."
            " Then resume the mailing."
        ),
        _lazy("Ask an administrator to give the gateway a valid token. Then resume the mailing."),
    ),
    Topic.GATEWAY_BRAKE: Advice(
        Role.ADMINISTRATOR,
        _lazy("Check the gateway's address and send a test message under Gateways. Then resume the mailing."),
        _lazy("Ask an administrator to check the gateway. Then resume the mailing."),
    ),
    Topic.MAILING_BRAKE: Advice(
        Role.OPERATOR, _lazy("Are the text and the numbers correct? See the results, then resume or cancel.")
    ),
    Topic.STUCK_SINGLES: Advice(
        Role.ADMINISTRATOR,
        _lazy("Put the gateway back into use, or add one to its rule."),
        _lazy("Ask an administrator to put the gateway back into use, or to add one to its rule."),
    ),
    Topic.TOTALS_DIFFER: Advice(
        Role.ADMINISTRATOR,
        _lazy("Run on the server: vestnik doctor --repair"),
        _lazy("Ask an administrator to run on the server: vestnik doctor --repair"),
    ),
    Topic.TROUBLED: Advice(Role.VIEWER, _lazy("See the results by gateway code.")),
    Topic.UNDECIDED: Advice(Role.OPERATOR, _lazy("Send them again, or leave them.")),
    Topic.REFUSED_ROWS: Advice(Role.OPERATOR, _lazy("Fix them and import them again.")),
    Topic.GATEWAY_OUT: Advice(
        Role.ADMINISTRATOR, _lazy("Fix it at the provider, then put it back into use.")
    ),
    Topic.GATEWAY_UNOPENED: Advice(
        Role.ADMINISTRATOR,
        _lazy("Enter its settings and secrets again, or start the workers with the right SECRET_KEY."),
    ),
    Topic.WEBHOOK_DISABLED: Advice(
        Role.ADMINISTRATOR, _lazy("Its events wait. Fix your program, then enable the webhook.")
    ),
    Topic.WEBHOOK_FAILING: Advice(
        Role.ADMINISTRATOR, _lazy("Events are tried again. See the last attempts.")
    ),
    Topic.OPEN_REGISTRATION: Advice(
        Role.ADMINISTRATOR,
        _lazy("Set REGISTRATION=closed and restart. Administrators create accounts under “Users”."),
    ),
}  # fmt: skip


def advice_for(topic: Topic, role: Role) -> str:
    """What somebody with this role can do, in the active language: the thing itself, or whom to turn to."""
    advice = ADVICES[topic]
    if can_follow(topic, role):
        return str(advice.words)
    if role == Role.OPERATOR and advice.ask:
        return str(advice.ask)
    return _("An operator has to act.") if advice.role == Role.OPERATOR else _("An administrator has to act.")


def can_follow(topic: Topic, role: Role) -> bool:
    """Return whether somebody with this role can do what the advice says."""
    return RANK[role] >= RANK[ADVICES[topic].role]
