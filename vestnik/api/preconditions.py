"""Headers that make a request conditional.

``ETag`` names the version that was read, and ``If-Match`` changes only this version (RFC 9110, 13.1.1). So two people
do not overwrite each other.
``Idempotency-Key`` runs a request only once. So a client can repeat a request that may have arrived.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from vestnik.api.parsers import refuse_other_bodies
from vestnik.clients.directory import fingerprint
from vestnik.errors import EditedMeanwhile, InvalidInput
from vestnik.models import Client, Gateway, Mailing, Route, Segment, Template, WebhookEndpoint
from vestnik.phones.reader import phones_are_masked

IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The `ETag` of what was read: 412 if somebody else has changed it since.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="Chosen by you, another one for each mailing: a repetition within 24 hours answers the first result.",
)
_KEY = re.compile("[!-~]{1,255}")
_STRONG_TAG = re.compile(r'(W/)?"([^"]*)"')

RowT = TypeVar("RowT", Client, Gateway, Mailing, Route, Segment, Template, WebhookEndpoint)


def etag(row: Client | Gateway | Mailing | Route | Segment | Template | WebhookEndpoint) -> str:
    """Return a strong tag. It differs after any change that somebody can make to the row."""
    if isinstance(row, Client):
        return f'"{fingerprint(row)}"'
    return f'"{row.version}"'


def tagged(row: Client | Gateway | Mailing | Route | Segment | Template | WebhookEndpoint) -> dict[str, str]:
    """Return the header for an answer that shows ``row``.

    A client has none for readers who see phones masked: it is made of the phone, too, so they could find it by trying.
    """
    return {} if isinstance(row, Client) and phones_are_masked() else {"ETag": etag(row)}


@contextmanager
def as_it_was_read(request: Request, lock: Callable[[], RowT]) -> Iterator[RowT]:
    """Open a transaction, lock the row, and check the condition of the request.

    Args:
        request: A request with or without ``If-Match``. Without it, every version is accepted.
        lock: Loads and locks the row.

    Raises:
        NotFound: Raised by ``lock``.
        EditedMeanwhile: The row is not the version that ``If-Match`` names.
        UnsupportedMediaType: The body is not JSON. This is also checked if no body is needed.
    """
    refuse_other_bodies(request)
    with transaction.atomic():
        row = lock()
        wanted = request.headers.get("If-Match")
        if wanted is not None and not _matches(wanted, etag(row)):
            raise EditedMeanwhile(_("Somebody else has changed it since it was read: read it again."))
        yield row


def idempotency_key(request: Request) -> str | None:
    """Return the idempotency key of the request, or None.

    Raises:
        InvalidInput: The key is not valid.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidInput({"Idempotency-Key": [_("Give 1 to 255 visible ASCII characters.")]})
    return key


def _matches(wanted: str, tag: str) -> bool:
    """Return whether ``wanted`` includes the tag. Weak tags never match, because they do not promise equal content."""
    if wanted.strip() == "*":
        return True
    return any(not weak and f'"{value}"' == tag for weak, value in _STRONG_TAG.findall(wanted))
