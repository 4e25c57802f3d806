"""A few recipients of a mailing, so that a person can check that they are the right ones."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import Max

from vestnik.db.statements import Statements
from vestnik.mailings.fields import matched_tags
from vestnik.models import Client

SQL = Statements("vestnik.audience")


class Recipient(NamedTuple):
    """A client that a mailing would go to."""

    phone: int
    operator_code: int
    tag: str
    timezone: str


def sample_recipients(
    *, tags: Sequence[str] | None, codes: Sequence[int] | None, most: int, draw: random.Random | None = None
) -> list[Recipient]:
    """Up to ``most`` clients that a filter matches and that are not on the stop list, from a random place on.

    Args:
        tags: the filter's; None: not filtered by it.
        codes: the filter's operator codes, in the same form.
        most: how many.
        draw: chooses the place.
    """
    last = Client.objects.aggregate(last=Max("id"))["last"] or 1
    first = (draw or random.Random()).randint(1, last)  # noqa: S311 - a sample, not a secret
    rows = SQL.run(
        connection, "sample_recipients",
        tags=matched_tags(tags), codes=None if codes is None else list(codes), first=first, most=most,
    )  # fmt: skip
    return [Recipient(*row) for row in rows]
