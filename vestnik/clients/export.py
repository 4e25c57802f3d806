"""Export of the directory as CSV that a spreadsheet opens, and that an import takes back unchanged."""

from collections.abc import Generator

from django.db import connection
from django.db.models import QuerySet

from vestnik.db.csv_copy import copied_csv
from vestnik.db.statements import Statements
from vestnik.models import Client
from vestnik.spreadsheets import REST_STYLE, CsvStyle, harmless_sql

SQL = Statements("vestnik.clients")
HEADER = "phone_number,mobile_operator_code,tag,timezone"


def export_lines(clients: QuerySet[Client], *, style: CsvStyle = REST_STYLE) -> Generator[bytes]:
    """The clients as CSV in UTF-8, a block at a time, in the order of their ids.

    Args:
        clients: of :func:`vestnik.clients.directory.find_clients`.
        style: how the file is written.
    """
    inner, values = clients.order_by("id").query.sql_with_params()
    fragments = {"tag": harmless_sql("tag"), "clients": inner, "separator": style.separator}
    return copied_csv(SQL.copy(connection, "export", fragments, values), header=HEADER, style=style)
