"""The clients of a chunk with the values that a personal text names, and what each message keeps of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import orjson

from vestnik.db.connection import HasCursor
from vestnik.ledger.fragments import SQL

#: What the statements that build a chunk name in braces, for a text that is the same for all.
PLAIN: Mapping[str, str] = dict.fromkeys(
    ("or_refused", "else_refusal", "else_refusal_detail", "personal_columns", "personal_values", "personal_picked"), ""
)
#: The same for a personal one, whose clients were picked before.
PERSONAL: Mapping[str, str] = {
    "clients": SQL.text("given_clients"),
    "looked_at": "picked",
    "position": "id",
    "or_refused": " OR refusal IS NOT NULL",
    "else_refusal": " ELSE refusal",
    "else_refusal_detail": " ELSE refusal_detail",
    "personal_columns": ", parts, field_values",
    "personal_values": ", parts, frozen",
    "personal_picked": ", refusal, refusal_detail, parts, frozen",
}
#: What every client has, by the name that texts have for it.
_COLUMNS = {"phone_number": "c.phone_number::text", "tag": "c.tag"}


class OwnText(NamedTuple):
    """What a message keeps of its own text. ``frozen``: values; ``parts``: of the SMS, 0 where there is none.

    ``code``, ``detail``: why no text can be made; the message is cancelled then, and keeps no values.
    """

    frozen: Sequence[str | None]
    parts: int
    code: str | None = None
    detail: str | None = None


class Personal(Protocol):
    """Makes texts of one personal mailing."""

    @property
    def names(self) -> Sequence[str]:
        """What its text names: attributes of clients, ``phone_number``, ``tag``."""

    def own_text(self, values: Sequence[str | None]) -> OwnText:
        """For one client; the values come in the order of the names."""


class Wanted(NamedTuple):
    """SQL for the values that a text names, as columns of client ``c`` and as arrays, and what stands in it."""

    expressions: str
    arrays: str
    values: Mapping[str, str]

    @classmethod
    def of(cls, names: Sequence[str]) -> "Wanted":
        """Of these names."""
        columns = [_COLUMNS.get(name, f"c.attributes->>%(name_{n})s") for n, name in enumerate(names)]
        return cls(
            "".join(f", {column} AS value_{n}" for n, column in enumerate(columns)),
            "".join(f", array_agg(value_{n})" for n in range(len(columns))),
            {f"name_{n}": name for n, name in enumerate(names)},
        )


def values_of_client(connection: HasCursor, client: int, names: Sequence[str]) -> list[str | None] | None:
    """What a text names, of one client, as texts in the order of the names; None: there is no such client."""
    wanted = Wanted.of(names)
    # Without any name it still says whether there is a client.
    rows = SQL.run(
        connection, "values_of_client", {"values": f"NULL{wanted.expressions}"}, client=client, **wanted.values
    )
    return list(rows[0][1:]) if rows else None


def values_of_phones(connection: HasCursor, phones: Sequence[int], names: Sequence[str]) -> dict[int, list[str | None]]:
    """What a text names, by phone, of the clients with these phones, as texts in the order of the names."""
    wanted = Wanted.of(names)
    rows = SQL.run(
        connection, "values_of_phones", {"values": wanted.expressions}, phones=list(phones), **wanted.values
    )  # fmt: skip
    return {phone: list(values) for phone, *values in rows}


class Next(NamedTuple):
    """The next clients of a chunk. ``last`` and ``looked_at`` are those of :class:`vestnik.ledger.audience.Chunk`.

    ``as_read``: their columns as PostgreSQL wrote them, to be given back to it. ``stopped``, ``values``: in this order.
    """

    last: int | None
    looked_at: int
    as_read: Mapping[str, str]
    stopped: Sequence[bool]
    values: Sequence[Sequence[str | None]]


class Seen(NamedTuple):
    """Some clients of an audience with what a text names, each a list in the order of their ids.

    ``last`` and ``looked_at`` are those of :class:`vestnik.ledger.audience.Chunk`. ``values``: a row for each client.
    """

    last: int | None
    looked_at: int
    ids: Sequence[int]
    phones: Sequence[int]
    zones: Sequence[str]
    codes: Sequence[int]
    stopped: Sequence[bool]
    values: Sequence[Sequence[str | None]]


def see(connection: HasCursor, wanted: Wanted, fragments: Mapping[str, str], values: Mapping[str, Any]) -> Seen:
    """Read the next clients of an audience with the values that a text names. It changes nothing.

    Args:
        connection: any.
        wanted: the values.
        fragments: that pick_with_values.sql names, but for those of the values.
        values: that stand in it, but for those of the names.
    """
    last, looked_at, *arrays = _pick(connection, wanted, fragments, values, as_read="")
    ids, phones, zones, codes, stopped, *columns = (array or () for array in arrays)
    return Seen(last, looked_at, ids, phones, zones, codes, stopped, _rows(columns, len(ids)))


def read_next(connection: HasCursor, wanted: Wanted, fragments: Mapping[str, str], values: Mapping[str, Any]) -> Next:
    """Read the next clients of a chunk; the arguments are those of :func:`see`."""
    last, looked_at, *arrays = _pick(connection, wanted, fragments, values, as_read="::text")
    ids, phones, zones, codes, stopped, *columns = arrays
    as_read = {"ids": ids, "phones": phones, "given_zones": zones, "codes_of": codes}
    stopped = stopped or ()
    return Next(
        last, looked_at, {name: array or "{}" for name, array in as_read.items()}, stopped, _rows(columns, len(stopped))
    )  # fmt: skip


def with_texts(clients: Next, personal: Personal) -> dict[str, Any]:
    """The values of given_clients.sql: these clients, and what the message of each keeps of its own text."""
    nobody = OwnText((), 0)
    if any(clients.stopped):
        pairs = zip(clients.stopped, clients.values, strict=True)
        texts = [nobody if stop else personal.own_text(row) for stop, row in pairs]
    else:
        texts = [personal.own_text(row) for row in clients.values]
    places: dict[tuple[str | None, str | None], int] = {}
    refused = [places.setdefault(text[2:], len(places) + 1) if text.code is not None else 0 for text in texts]
    return {
        **clients.as_read,
        "stopped": _array("t" if stop else "f" for stop in clients.stopped),
        "refusal_codes": [code for code, _ in places], "refusal_details": [detail for _, detail in places],
        "refused": _array(refused) if places else "{}",
        "parts": _array(text.parts for text in texts),
        "frozen": orjson.dumps([None if text is nobody or text.code else text.frozen for text in texts]).decode(),
    }  # fmt: skip


def _pick(
    connection: HasCursor, wanted: Wanted, fragments: Mapping[str, str], values: Mapping[str, Any], *, as_read: str
) -> tuple[Any, ...]:
    columns = {"values_as_arrays": wanted.arrays, "as_read": as_read}
    (row,) = SQL.run(connection, "pick_with_values", {**fragments, **columns}, **values, **wanted.values)
    return tuple(row)


def _rows(columns: Sequence[Sequence[str | None] | None], count: int) -> Sequence[Sequence[str | None]]:
    """Columns as rows; a text may name nothing."""
    return list(zip(*(column or () for column in columns), strict=True)) if columns else [()] * count


def _array(values: Iterable[object]) -> str:
    """An array as PostgreSQL's text, of numbers and the like: a list would be written value by value in Python."""
    return "{" + ",".join(map(str, values)) + "}"
