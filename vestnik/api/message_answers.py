"""Answers requests for single messages: each once for its key, and only what is accepted counts for the limit."""

from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from django.conf import settings
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from vestnik.accounts.tries import Limit, Taken, direct_limit, give_back_some
from vestnik.api.account import account_of
from vestnik.audience.direct import bucket_of_account
from vestnik.errors import TooManyTries, VestnikError
from vestnik.mailings.once import once
from vestnik.models import ApiKey

_REPLAYED = "Idempotency-Replayed"


def answer_counted(
    request: Request, key: str | None, make: Callable[[], dict[str, Any]], counted: Taken | TooManyTries
) -> Response:
    """Answer a request whose messages were counted, or do not fit into the limit.

    They were counted before the transaction of ``make``: a count need not wait for the disk (take_some.sql), a message
    must. What is refused or repeated is given back, so at no moment are more accepted than the limit allows. A
    repetition gets its answer also when the limit is reached.
    """
    if isinstance(counted, TooManyTries):
        return answer_alone(request, key, partial(refuse, counted))
    try:
        response = answer_alone(request, key, make)
    except (VestnikError, serializers.ValidationError):
        give_back_some(counted)
        raise
    if response.has_header(_REPLAYED):
        give_back_some(counted)
    return response


def answer_alone(request: Request, key: str | None, make: Callable[[], dict[str, Any]]) -> Response:
    """Answer what ``make`` makes, or what it made for this key before."""
    if key is None:
        return Response(make()["body"], status=201)
    answer, repeated = once(user=account_of(request), key=key, body=request.data, make=make)
    return Response(answer["body"], status=201, headers={_REPLAYED: "true"} if repeated else {})


def refuse(error: Exception) -> NoReturn:
    """Raise it, where an answer would be made."""
    raise error


def limit_of(request: Request) -> tuple[Limit, str]:
    """The limit, and whose messages are counted: those of an API key, or of an account."""
    limit = direct_limit(settings.ENVIRONMENT.messages_per_minute)
    if isinstance(request.auth, ApiKey):
        return limit, f"key {request.auth.pk}"
    return limit, bucket_of_account(account_of(request))
