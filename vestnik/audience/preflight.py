"""What a personal mailing would say to its whole audience: each text is rendered and counted before anything is saved.

It is done in slices of a second or less, over clients in the order of their ids. The figures so far and the place are
the whole state (:class:`Figures`), and the one who asks keeps it. So it is exact, takes the same memory for a thousand
clients and a million, and no process of the web is busy for long.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from time import monotonic
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from vestnik.audience.earlier import messages_of, values_of
from vestnik.audience.matching import matching
from vestnik.db.clock import database_now
from vestnik.errors import InvalidInput
from vestnik.ledger.audience import see_next
from vestnik.mailings.earlier import check_earlier
from vestnik.mailings.fields import MailingFields, check_times
from vestnik.mailings.personal import read_personal
from vestnik.mailings.sms import Measured, measure, parts_of, parts_of_units
from vestnik.models import Client
from vestnik.texts.grammar import Text, read_text
from vestnik.texts.render import Frozen, Renderer

#: Clients that are read at once: some 0.1 s.
_CHUNK = 4_000
#: Clients that are named as examples.
EXAMPLES = 10
#: A value that makes more than this share of the texts a part longer is worth a warning.
WORTH_A_WARNING = 0.01


@dataclass(slots=True)
class Tally:
    """A number of clients, and those that were looked at first."""

    count: int = 0
    clients: list[int] = field(default_factory=list)

    def add(self, client: int) -> None:
        """Count one more."""
        self.count += 1
        if len(self.clients) < EXAMPLES:
            self.clients.append(client)


@dataclass(slots=True)
class Notable:
    """A text that stands out: whose, and how long it is in code points and in parts.

    ``because_of``: the attributes without whose values it would have fewer parts, alone or together.
    """

    client: int
    phone: int
    text: str
    characters: int
    parts: int
    because_of: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Figures:
    """What is known so far of the texts of an audience.

    Args:
        after: where the next slice begins.
        limit: the greatest id of a client when it began.
        complete: whether there is nothing left to look at.
        looked_at: clients, without those on the stop list.
        left_out: those who would get nothing, by code (:class:`vestnik.texts.render.Refusal`).
        by_code: messages and parts by operator code.
        shortest: the shortest text, in characters; of several the one that was looked at first.
        longest: the longest.
        most_parts: the one with most parts.
        missing: by attribute, clients without a value, whether there is a default or not.
        forcing_ucs2: by attribute, clients whose value makes UCS-2 of a text that would be GSM-7.
        a_part_longer: by attribute, texts that would have fewer parts without its value, or without it and the others
            that make UCS-2 of the text.
    """

    after: int = 0
    limit: int = 0
    complete: bool = False
    looked_at: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    by_code: dict[int, list[int]] = field(default_factory=dict)
    shortest: Notable | None = None
    longest: Notable | None = None
    most_parts: Notable | None = None
    missing: dict[str, Tally] = field(default_factory=dict)
    forcing_ucs2: dict[str, Tally] = field(default_factory=dict)
    a_part_longer: dict[str, int] = field(default_factory=dict)

    @property
    def messages(self) -> int:
        """Texts that can be made."""
        return sum(messages for messages, _parts in self.by_code.values())

    @property
    def parts(self) -> int:
        """The parts of all of them."""
        return sum(parts for _messages, parts in self.by_code.values())

    @property
    def warned_of(self) -> list[str]:
        """The attributes whose values make more than :data:`WORTH_A_WARNING` of the texts a part longer."""
        least = self.messages * WORTH_A_WARNING
        return [name for name, texts in self.a_part_longer.items() if texts > least]

    def as_plain(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        return asdict(self)

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> "Figures":
        """What :meth:`as_plain` gave, after JSON."""
        notable = {
            name: Notable(**plain[name]) if plain[name] else None for name in ("shortest", "longest", "most_parts")
        }
        tallies = {
            name: {key: Tally(**tally) for key, tally in plain[name].items()} for name in ("missing", "forcing_ucs2")
        }
        by_code = {int(code): list(counts) for code, counts in plain["by_code"].items()}
        return cls(**{**plain, **notable, **tallies, "by_code": by_code})


def look_further(
    fields: MailingFields, figures: Figures | None = None, *, seconds: float, clock: Callable[[], float] = monotonic
) -> Figures:
    """Look at the next clients of a personal mailing's audience. Saves nothing.

    Args:
        fields: the mailing.
        figures: of the slices before; None: this is the first.
        seconds: no chunk of clients begins after so long; at least one is looked at.
        clock: gives seconds.

    Raises:
        InvalidInput: ``personal``: the text is not a personal one; ``message_text``: it is wrong; the times are
            reversed, the end has passed, or the earlier mailing has no messages any more.
    """
    if fields.personal is None:
        raise InvalidInput({"personal": [_("Only personal texts are checked for each client: use true.")]})
    check_times(fields.start_time, fields.end_time)
    check_earlier(fields.earlier)
    read_personal(fields.message_text, fields.personal)
    counter = _Counter(read_text(fields.message_text, locale=fields.personal.locale))
    found = figures or Figures(limit=Client.objects.aggregate(last=Max("id"))["last"] or 0)
    until = clock() + seconds
    while not found.complete:
        _look_at_chunk(fields, counter, found)
        if clock() >= until:
            break
    return found


def _look_at_chunk(fields: MailingFields, counter: "_Counter", found: Figures) -> None:
    earlier = fields.earlier
    rule = fields.segment_rule
    as_of = None if rule is None else database_now()
    matched = matching(connection, tags=fields.filter_tags, codes=fields.filter_codes, segment=rule, as_of=as_of)
    values = {
        **matched.values, **(values_of(earlier) if earlier else {}),
        "after": found.after, "limit": found.limit, "chunk": _CHUNK,
    }  # fmt: skip
    seen = see_next(
        connection, counter.names, matches=matched.text, values=values,
        earlier="" if earlier is None else messages_of(earlier),
    )  # fmt: skip
    for client, phone, code, stopped, row in zip(
        seen.ids, seen.phones, seen.codes, seen.stopped, seen.values, strict=True
    ):
        if not stopped:
            counter.add(found, client, phone, code, row)
    found.complete = seen.looked_at < _CHUNK
    found.after = found.after if seen.last is None else seen.last


class _Counter:
    """Renders a text for one client after another, and counts.

    Args:
        text: that was checked.
    """

    def __init__(self, text: Text) -> None:
        self.names = text.names
        self._renderer = Renderer(text)
        uses = Counter(place.slot for place in text.places)
        #: Of each attribute, the slots that write it, and how often each stands in the text.
        self._slots_of = [
            (name, [(n, uses[slot]) for n, slot in enumerate(text.slots) if slot.name == name]) for name in self.names
        ]
        # The text without any value: what no value can be blamed for.
        self._bare = measure("".join(text.literals))

    def add(self, found: Figures, client: int, phone: int, code: int, values: Sequence[str | None]) -> None:
        """Render the text for one client, and count it."""
        found.looked_at += 1
        frozen, text, refusal, *_ = self._renderer.render(values)
        if None in frozen:
            for name, places in self._slots_of:
                if any(frozen[slot] is None for slot, _times in places):
                    found.missing.setdefault(name, Tally()).add(client)
        if text is None:
            why = str(refusal)
            found.left_out[why] = found.left_out.get(why, 0) + 1
            return
        measured = measure(text)
        counts = found.by_code.setdefault(code, [0, 0])
        counts[0] += 1
        counts[1] += measured.parts
        forcing, gsm7 = self._forcing(frozen) if measured.is_ucs2 and not self._bare.is_ucs2 else ([], None)
        for name in forcing:
            found.forcing_ucs2.setdefault(name, Tally()).add(client)
        longer = self._longer(frozen, text, measured) if measured.parts > self._bare.parts else []
        if gsm7 is not None and gsm7.parts < measured.parts:
            # Two of them may have to go before it is GSM-7.
            longer += [name for name in forcing if name not in longer]
        for name in longer:
            found.a_part_longer[name] = found.a_part_longer.get(name, 0) + 1
        length, shortest, longest, most = len(text), found.shortest, found.longest, found.most_parts
        if shortest is None or length < shortest.characters:
            found.shortest = Notable(client, phone, text, length, measured.parts)
        if longest is None or length > longest.characters:
            found.longest = Notable(client, phone, text, length, measured.parts)
        if most is None or measured.parts > most.parts:
            found.most_parts = Notable(client, phone, text, length, measured.parts, longer)

    def _longer(self, frozen: Frozen, text: str, measured: Measured) -> list[str]:
        """The attributes without whose values the text would have fewer parts."""
        # Where each character is a unit, and the alphabet stays what it is, the units need not be counted again.
        is_simple = measured.units == len(text) and measured.is_ucs2 == self._bare.is_ucs2
        longer = []
        for name, places in self._slots_of:
            size = sum(len(frozen[slot] or "") * times for slot, times in places)
            if not size:
                continue
            if is_simple:
                parts = parts_of_units(measured.units - size, is_ucs2=measured.is_ucs2)
            else:
                parts = parts_of(self._without(frozen, [name]))
            if parts < measured.parts:
                longer.append(name)
        return longer

    def _forcing(self, frozen: Frozen) -> tuple[list[str], Measured | None]:
        """The attributes whose values make UCS-2 of a text, and what the text is without them.

        There are none where a default makes UCS-2 of it as well.
        """
        forcing = [
            name
            for name, places in self._slots_of
            if any((value := frozen[slot]) is not None and measure(value).is_ucs2 for slot, _times in places)
        ]
        without = measure(self._without(frozen, forcing))
        return ([], None) if without.is_ucs2 else (forcing, without)

    def _without(self, frozen: Frozen, names: Sequence[str]) -> str:
        """The text with nothing in the places of some attributes."""
        left = list(frozen)
        for name, places in self._slots_of:
            if name in names:
                for slot, _times in places:
                    left[slot] = left[slot] and ""
        return self._renderer.fill(left)
