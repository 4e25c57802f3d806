"""Filters of a list of mailings, by state and by start time."""

import re
from datetime import datetime

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from vestnik.api.fields import INSTANT_SCHEMA, InstantField
from vestnik.api.pages import ORDERED_PAGE_PARAMETERS
from vestnik.api.query import said_once, said_words
from vestnik.errors import InvalidInput
from vestnik.mailings.find import find_mailings
from vestnik.models import Mailing, MailingState

_LOST_PLUS = re.compile(r"^(.{10}[Tt ][0-9:.,]+) (?=[0-9:]+$)")

MAILING_PARAMETERS = [
    OpenApiParameter(
        "state", OpenApiTypes.STR, many=True, enum=MailingState.values, description="Repeated: one of these states."
    ),
    OpenApiParameter("starts_from", INSTANT_SCHEMA, description="Start times from this one on."),
    OpenApiParameter("starts_before", INSTANT_SCHEMA, description="Start times before this one."),
    *ORDERED_PAGE_PARAMETERS,
]
#: The names of these filters.
MAILING_FILTER_NAMES = frozenset({"state", "starts_from", "starts_before"})


def chosen_mailings(request: Request) -> QuerySet[Mailing]:
    """Return the mailings that match all filters of the query.

    Raises:
        InvalidInput: A filter is not valid.
    """
    return find_mailings(
        states=said_words(request, "state", MailingState.values),
        starts_from=_instant(request, "starts_from"),
        starts_before=_instant(request, "starts_before"),
    )


def _instant(request: Request, name: str) -> datetime | None:
    value = said_once(request, name)
    if value is None:
        return None
    try:
        # An unescaped plus in a query becomes a space. A space after the time is the plus of an offset, one before it
        # is a real space.
        return InstantField().to_internal_value(_LOST_PLUS.sub(r"\1+", value))
    except serializers.ValidationError as error:
        details = error.detail if isinstance(error.detail, list) else []
        raise InvalidInput({name: [str(text) for text in details]}) from error
