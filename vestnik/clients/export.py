"""Export of the directory as CSV that a spreadsheet opens, and that an import takes back unchanged."""

from collections.abc import Generator

from django.db import connection
from django.db.models import QuerySet

from vestnik.clients.attributes.registry import known_types
from vestnik.db.csv_copy import copied_csv
from vestnik.db.statements import Statements
from vestnik.models import AttributeType, Client
from vestnik.spreadsheets import REST_STYLE, CsvStyle, harmless_sql

SQL = Statements("vestnik.clients")
HEADER = "phone_number,mobile_operator_code,tag,timezone"


def export_lines(clients: QuerySet[Client], *, style: CsvStyle = REST_STYLE) -> Generator[bytes]:
    """The clients as CSV in UTF-8, a block at a time, in the order of their ids. Attributes are the last columns.

    Args:
        clients: of :func:`vestnik.clients.directory.find_clients`.
        style: how the file is written.
    """
    inner, values = clients.order_by("id").query.sql_with_params()
    types = known_types()
    attributes = "".join(f', {_attribute(name, kind, style)} AS "{name}"' for name, kind in types.items())
    # Numbers, too: the decimal sign of a Russian file is a comma.
    texts = [f'"{name}"' for name, kind in types.items() if kind != AttributeType.DATE]
    fragments = {
        "tag": harmless_sql("tag"), "clients": inner, "separator": style.separator, "attributes": attributes,
        "quoted": style.quoted("tag", *texts),
    }  # fmt: skip
    header = ",".join([HEADER, *types])
    return copied_csv(SQL.copy(connection, "export", fragments, values), header=header, style=style)


def _attribute(name: str, kind: AttributeType, style: CsvStyle) -> str:
    """The SQL of one column. Names are checked: they have only Latin letters, digits and underscores."""
    text = f"(attributes->>'{name}')"
    if kind == AttributeType.TEXT:
        return harmless_sql(text)
    if kind == AttributeType.DATE or style.separator != ";":
        return text
    # A comma is the decimal point there. A zero more keeps three digits after it from being read as thousands.
    return f"replace(regexp_replace({text}, '^(-?[0-9]{{1,3}}[.][0-9]{{3}})$', '\\10'), '.', ',')"
