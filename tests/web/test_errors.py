"""REST and the console answer each error of ours with the same status, sentence and wait."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.test import RequestFactory
from django.utils import translation

from vestnik import errors
from vestnik.errors import VestnikError

#: What no request meets: programs, letters and the cluster raise them.
ELSEWHERE = {"SettingError", "NotMailed", "ClusterError"}
ERRORS: list[Exception] = [
    errors.InvalidInput({"text": ["Say something."]}),
    errors.LoginEnded("The token is not good."),
    errors.Refused("You may not."),
    errors.NotFound("There is no such mailing."),
    Http404(),
    errors.StateForbids("It is over."),
    errors.EditedMeanwhile("Somebody was faster."),
    errors.KeyReused("Another body came with this key."),
    errors.TooManyTries(wait=7),
    errors.WrongKey("The secrets need another key."),
    errors.Busy("Too much at once."),
]


def page_of(error: Exception) -> Any:
    from vestnik.console.problems import problem_page

    request = RequestFactory().get("/console/mailings")
    request.user = AnonymousUser()
    return problem_page(request, error)


def rest_of(error: Exception) -> Any:
    from vestnik.api.errors import answer

    return answer(error, {})


def test_every_branch_of_the_tree_has_a_status_or_meets_no_request() -> None:
    from vestnik.web.errors import STATUS_OF_ERROR

    branches = {kind.__name__ for kind in VestnikError.__subclasses__() if kind.__module__ == "vestnik.errors"}
    assert branches - ELSEWHERE == {kind.__name__ for kind in STATUS_OF_ERROR} - {"Http404"}
    assert set(map(type, ERRORS)) == set(STATUS_OF_ERROR)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_both_faces_answer_with_the_same_status_and_wait(error: Exception) -> None:
    page, rest = page_of(error), rest_of(error)
    assert page.status_code == rest.status_code
    assert page.get("Retry-After") == rest.get("Retry-After")


def test_both_faces_say_in_the_language_of_the_request_how_long_to_wait() -> None:
    with translation.override("ru"):
        page, rest = page_of(errors.TooManyTries(wait=7)), rest_of(errors.TooManyTries(wait=7))
    assert rest.data["detail"] == "Слишком много попыток: подождите 7 с."
    assert rest.data["detail"] in page.content.decode()
