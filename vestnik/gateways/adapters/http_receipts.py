"""How the kind ``http`` reads what a provider posts: where id and status stand, and what statuses mean. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vestnik.gateways.adapter import BadCallback, Callback, Fate, Receipt, Received, read_each
from vestnik.gateways.adapters.http_answers import MAX_CODE, MAX_ID, Where, as_text, json_value
from vestnik.gateways.adapters.plain_receipts import MAX_RECEIPTS, read_message_id
from vestnik.gateways.outcome import clean_words


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRules:
    """Places in a callback: a JSON pointer into its body, or the name of a field of its query or form.

    - ``list_at``: a pointer to an array of receipts, in each of which the other pointers begin; None: there is one.
    - ``id_at``, ``status_at``, ``code_at``: the message's id, its status, and why.
    - ``is_ours``: the id is ours; else the provider's.
    - ``fates``: what a status means. Another one is kept as *accepted*: it says nothing that counts.
    - ``reply``: what the provider expects for an answer.
    """

    list_at: str
    id_at: str
    status_at: str
    code_at: str
    is_ours: bool
    fates: Mapping[str, Fate]
    reply: str

    def received(self, callback: Callback) -> Received:
        """Read a callback. Of a list the receipts count that can be read.

        Raises:
            BadCallback: of none, an id and a status stand where they should.
        """
        body = json_value(callback.body) if not callback.form else None
        pairs = {**dict(callback.query), **dict(callback.form)}
        items = Where(self.list_at).value_in(body) if self.list_at else [body]
        if not isinstance(items, list):
            raise BadCallback(f"no list stands at {self.list_at}")
        if len(items) > MAX_RECEIPTS:
            raise BadCallback(f"more than {MAX_RECEIPTS} receipts at once")
        receipts, bad = read_each(items, lambda number, item: self._receipt(number, item, pairs))
        return Received(receipts=receipts, bad=bad, reply=self.reply.encode())

    def _receipt(self, number: int, item: Any, pairs: Mapping[str, str]) -> Receipt:
        found, status = _find(self.id_at, item, pairs), _find(self.status_at, item, pairs)
        if not found or len(found) > MAX_ID:
            raise BadCallback(f"receipt {number}: no id stands at {self.id_at}")
        if not status:
            raise BadCallback(f"receipt {number}: no status stands at {self.status_at}")
        message_id = read_message_id(found) if self.is_ours else None
        if self.is_ours and message_id is None:
            raise BadCallback(f"receipt {number}: what stands at {self.id_at} is not an id of ours")
        reason = _find(self.code_at, item, pairs) if self.code_at else None
        return Receipt(
            fate=self.fates.get(status, Fate.ACCEPTED),
            provider_id=None if self.is_ours else found,
            message_id=message_id,
            code=clean_words(reason or status)[:MAX_CODE],
            words=clean_words(status),
        )


def _find(place: str, item: Any, pairs: Mapping[str, str]) -> str | None:
    if place.startswith("/"):
        return Where(place).find_in(item)
    if place in pairs:
        return pairs[place].strip() or None
    # Some providers post an object where their documentation shows fields.
    return as_text(item.get(place)) if isinstance(item, dict) else None
