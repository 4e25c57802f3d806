"""Filters of a list of mailings, by state and by start time."""

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from vestnik.api.fields import INSTANT_SCHEMA, instant_asked_for
from vestnik.api.pages import ORDERED_PAGE_PARAMETERS
from vestnik.api.query import said_once, said_words
from vestnik.mailings.find import BULK, find_mailings
from vestnik.models import Mailing, MailingKind, MailingState

MAILING_PARAMETERS = [
    OpenApiParameter(
        "state", OpenApiTypes.STR, many=True, enum=MailingState.values, description="Repeated: one of these states."
    ),
    OpenApiParameter(
        "kind",
        OpenApiTypes.STR,
        many=True,
        enum=MailingKind.values,
        description="`direct`: mailings that contain the single messages of a day. `bulk`, when absent: all others.",
    ),
    OpenApiParameter("starts_from", INSTANT_SCHEMA, description="Start times from this one on."),
    OpenApiParameter("starts_before", INSTANT_SCHEMA, description="Start times before this one."),
    *ORDERED_PAGE_PARAMETERS,
]
#: The names of these filters.
MAILING_FILTER_NAMES = frozenset({"state", "kind", "starts_from", "starts_before"})


def chosen_mailings(request: Request) -> QuerySet[Mailing]:
    """Return the mailings that match all filters of the query.

    Raises:
        InvalidInput: A filter is not valid.
    """
    return find_mailings(
        states=said_words(request, "state", MailingState.values),
        kinds=said_words(request, "kind", MailingKind.values) or BULK,
        starts_from=instant_asked_for("starts_from", said_once(request, "starts_from")),
        starts_before=instant_asked_for("starts_before", said_once(request, "starts_before")),
    )
