"""Reads texts that people sent to us, and deletes old ones. Erasure of a person: vestnik/clients/erasure.py."""

from collections.abc import Generator
from datetime import datetime

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from vestnik.clients.directory import ending_with
from vestnik.db.csv_copy import copied_csv
from vestnik.db.statements import Statements
from vestnik.models import Client, Gateway, Inbound
from vestnik.spreadsheets import REST_STYLE, CsvStyle, harmless_sql

SQL = Statements("vestnik.receipts")
#: Texts that are deleted in one transaction.
FORGOTTEN_AT_ONCE = 5_000
HEADER = "id,received_at,phone_number,sender,recipient,text,gateway"


def find_inbound(
    *,
    phone: int | None = None,
    last_digits: str = "",
    since: datetime | None = None,
    before: datetime | None = None,
) -> QuerySet[Inbound]:
    """Texts, each with ``gateway``, the name of the one that it came over, and ``client``, the id of who has the phone.

    Args:
        phone: only those from this number.
        last_digits: only those from numbers that end with these two to ten digits.
        since: only those that came then or later.
        before: only those that came earlier.
    """
    gateway = Subquery(Gateway.objects.filter(id=OuterRef("gateway_id")).values("name")[:1])
    client = Subquery(Client.objects.filter(phone_number=OuterRef("phone")).values("id")[:1])
    found = Inbound.objects.annotate(gateway=gateway, client=client)
    if phone is not None:
        found = found.filter(phone=phone)
    if since is not None:
        found = found.filter(received_at__gte=since)
    if before is not None:
        found = found.filter(received_at__lt=before)
    return ending_with(found, last_digits, phone="phone") if last_digits else found


def inbound_lines(texts: QuerySet[Inbound], *, style: CsvStyle = REST_STYLE) -> Generator[bytes]:
    """Texts as CSV in UTF-8, a block at a time, in the order of their ids.

    Args:
        texts: of :func:`find_inbound`.
        style: how the file is written.
    """
    inner, values = texts.order_by("id").query.sql_with_params()
    texts_of_people = {name: harmless_sql(f"t.{name}") for name in ("sender", "recipient", "text")}
    fragments = {
        "texts": inner, "separator": style.separator, "quoted": style.quoted("sender", "recipient", "text", "gateway"),
        **texts_of_people,
    }  # fmt: skip
    # The values of the query that is inside are in its order, so those of ours are, too.
    copying = SQL.copy(connection, "inbound_lines", fragments, (style.zone, style.moment, *values))
    return copied_csv(copying, header=HEADER, style=style)


def forget_inbound(*, days: int) -> int:
    """Delete texts that came more than so many days ago, some of them. Returns how many; 0: there is no older one."""
    return SQL.change(connection, "forget_inbound", days=days, most=FORGOTTEN_AT_ONCE)
