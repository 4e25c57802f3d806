"""The texts of messages: what was sent, or will be, made again of what was frozen with each."""

from collections.abc import Sequence

import orjson
from django.db import connection

from vestnik.db.statements import Statements
from vestnik.models import Mailing, MailingKind
from vestnik.texts.render import renderer_of

SQL = Statements("vestnik.statistics")


def texts_of(mailing: Mailing, ids: Sequence[int]) -> dict[int, str | None]:
    """The text of each of these messages of a mailing.

    None: there is none, because a value was missing, the phone was on the stop list, or the values were erased.
    """
    if mailing.kind == MailingKind.BULK and not mailing.personal:
        return dict.fromkeys(ids, mailing.message_text)
    texts: dict[int, str | None] = dict.fromkeys(ids)
    found = SQL.run(connection, "frozen_values", mailing=mailing.id, ids=list(ids))
    rows = [(message, orjson.loads(values)) for message, values in found]
    if mailing.kind == MailingKind.DIRECT:
        return texts | {message: values.get("text") for message, values in rows}
    fill = renderer_of(mailing.message_text, mailing.locale).fill
    return texts | {message: fill(values) for message, values in rows}
