"""Nobody is told to mend what only others can: each advice names the least role that can follow it."""

import re

import pytest
from django.utils import translation

from vestnik.accounts.keys import RANK
from vestnik.mailings.advice import ADVICES, Topic, advice_for, can_follow
from vestnik.models import PauseCode, Role

V, O, A = Role.VIEWER, Role.OPERATOR, Role.ADMINISTRATOR  # noqa: E741 - three columns of a table
OPERATOR, ADMINISTRATOR = "An operator has to act.", "An administrator has to act."
#: The least role of each, and how what a viewer and an operator read begins.
TABLE = {
    Topic.RESTORED: (O, OPERATOR, "Resume it if people may get it twice."),
    Topic.WRONG_TEXT: (O, OPERATOR, "Cancel the mailing and send a corrected copy."),
    Topic.REFUSED: (A, ADMINISTRATOR, "Ask an administrator to give the gateway a valid token. Then resume"),
    Topic.GATEWAY_BRAKE: (A, ADMINISTRATOR, "Ask an administrator to check the gateway. Then resume"),
    Topic.MAILING_BRAKE: (O, OPERATOR, "Are the text and the numbers correct?"),
    Topic.STUCK_SINGLES: (A, ADMINISTRATOR, "Ask an administrator to put the gateway back into use"),
    Topic.TOTALS_DIFFER: (A, ADMINISTRATOR, "Ask an administrator to run on the server: vestnik doctor --repair"),
    Topic.TROUBLED: (V, "See the results by gateway code.", "See the results by gateway code."),
    Topic.UNDECIDED: (O, OPERATOR, "Send them again, or leave them."),
    Topic.REFUSED_ROWS: (O, OPERATOR, "Fix them and import them again."),
    Topic.GATEWAY_OUT: (A, ADMINISTRATOR, ADMINISTRATOR),
    Topic.GATEWAY_UNOPENED: (A, ADMINISTRATOR, ADMINISTRATOR),
    Topic.WEBHOOK_DISABLED: (A, ADMINISTRATOR, ADMINISTRATOR),
    Topic.WEBHOOK_FAILING: (A, ADMINISTRATOR, ADMINISTRATOR),
    Topic.OPEN_REGISTRATION: (A, ADMINISTRATOR, ADMINISTRATOR),
}
#: What stands for a page, a setting or a command that only administrators have.
ADMINISTRATORS_OWN = re.compile(r"[A-Z]+_[A-Z]+|REST\b|REGISTRATION|under Gateways|«Шлюзы»|“Users”|«Пользователи»")


def test_the_table_has_every_advice() -> None:
    assert set(TABLE) == set(ADVICES) == set(Topic)
    assert {PauseCode.OPERATOR, *PauseCode} - {PauseCode.OPERATOR} <= {str(topic) for topic in Topic}


@pytest.mark.parametrize("topic", Topic)
def test_each_role_reads_what_it_can_do_itself_or_whom_to_ask(topic: Topic) -> None:
    least, viewer, operator = TABLE[topic]
    for role, words in ((V, viewer), (O, operator), (A, str(ADVICES[topic].words))):
        assert advice_for(topic, role).startswith(words)
        assert can_follow(topic, role) == (RANK[role] >= RANK[least])


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("topic", Topic)
def test_no_lesser_role_is_sent_to_settings_rest_or_pages_of_administrators(topic: Topic, language: str) -> None:
    with translation.override(language):
        for role in (V, O):
            assert not ADMINISTRATORS_OWN.search(advice_for(topic, role))


@pytest.mark.parametrize("topic", Topic)
def test_every_advice_is_said_in_russian(topic: Topic) -> None:
    with translation.override("ru"):
        for role in Role:
            assert re.search("[а-я]", advice_for(topic, role))
