"""A sample directory: realistic clients with real Russian numbering, the same for everybody.

Which codes exist, whose they are and which zones a number may be in is ``phonenumbers`` (libphonenumber) data:

- Codes: those in which it knows ranges of the four operators that nearly everybody has, and 910 to 919, the best known
  ones, whose numbers it holds valid without naming an operator (MTS). Shares by operator are roughly the market's.
- Zones: a mobile number belongs to no place, so the package answers with every zone of +7. Of these the Russian
  ones are drawn, with the share of the population that lives in each (Rosstat, roughly).
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import carrierdata, timezone

from vestnik.clients.directory import analyze_clients
from vestnik.db.connection import Connection
from vestnik.db.statements import Statements
from vestnik.errors import InvalidInput

SQL = Statements("vestnik.clients")
#: Clients drawn from one random generator: the same client always, whatever number is asked for.
CHUNK = 10_000
#: Each client has its own seven digits behind the code, from 1000000 on (below, not all numbers are valid).
MAX_CLIENTS, _FIRST_SUBSCRIBER = 9_000_000, 1_000_000
#: Shares of people, from the most frequent to the few; about what a shop's customers look like.
TAGS = {"regular": 46, "loyal": 20, "new": 14, "sleeping": 11, "wholesale": 5, "vip": 3, "staff": 1}

_OPERATORS = {"MTS": 32, "MegaFon": 28, "T2": 22, "Beeline": 18}
_UNNAMED = [str(code) for code in range(910, 920)]
_ZONES = {
    "Europe/Moscow": 662, "Asia/Yekaterinburg": 139, "Asia/Krasnoyarsk": 40, "Asia/Novosibirsk": 56,
    "Europe/Samara": 40, "Asia/Irkutsk": 23, "Asia/Vladivostok": 21, "Asia/Omsk": 13, "Asia/Yakutsk": 14,
    "Asia/Sakhalin": 4, "Asia/Magadan": 1, "Asia/Kamchatka": 2, "Asia/Anadyr": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The result of :func:`load_sample`: clients added, and those that were there already."""

    added: int
    present: int


def load_sample(connection: Connection, *, clients: int, seed: int = 1) -> Loaded:
    """Put the first ``clients`` clients of the sample into the directory, in one transaction; those there stay.

    Args:
        connection: to the ledger, with a statement timeout of minutes.
        clients: how many, at most nine million.
        seed: another seed is another sample.

    Raises:
        InvalidInput: more clients than there are numbers.
    """
    if not 0 < clients <= MAX_CLIENTS:
        raise InvalidInput({"clients": [f"Give a number from 1 to {MAX_CLIENTS:,}."]})
    with connection.transaction():
        SQL.run(connection, "sample_table")
        with SQL.copy(connection, "sample_copy") as copy:
            for lines in sample_lines(clients=clients, seed=seed):
                copy.write(lines)
        added = SQL.change(connection, "sample_insert")
        SQL.change(connection, "sample_attributes")
    analyze_clients(connection)
    return Loaded(added=added, present=clients - added)


def sample_lines(*, clients: int, seed: int = 1) -> Iterator[str]:
    """The sample in COPY's text format: phone, code, tag, zone; the first n clients are the same for every n."""
    codes, code_weights = _cumulative({code: round(1000 * share) for code, share in def_codes().items()})
    tags, tag_weights = _cumulative(TAGS)
    zones, zone_weights = _cumulative(_zones_of(codes))
    for first in range(0, clients, CHUNK):
        draw = random.Random(f"{seed}/{first}")  # noqa: S311 - a sample, not a secret
        drawn = zip(
            draw.choices(codes, cum_weights=code_weights, k=CHUNK),
            draw.choices(tags, cum_weights=tag_weights, k=CHUNK),
            draw.choices(zones, cum_weights=zone_weights, k=CHUNK),
            strict=True,
        )
        lines = [
            f"7{code}{_subscriber(index, seed)}\t{code}\t{tag}\t{zone}\n"
            for index, (code, tag, zone) in enumerate(drawn, first)
        ]
        yield "".join(lines[: clients - first])


@cache
def def_codes() -> dict[str, float]:
    """The codes of the sample, three digits each, with their share of the clients in percent.

    An operator's share is spread over its codes by the length of its ranges in them.
    """
    holdings = {**dict.fromkeys(_UNNAMED, ("MTS", 10_000)), **_holdings()}
    of_operator: Counter[str] = Counter()
    for name, length in holdings.values():
        of_operator[name] += length
    return {code: _OPERATORS[name] * length / of_operator[name] for code, (name, length) in sorted(holdings.items())}


def _holdings() -> dict[str, tuple[str, int]]:
    """The operator that holds most of each code, of those that sell to people, and its ranges of 1,000 numbers."""
    ranges: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for prefix, names in carrierdata.CARRIER_DATA.items():
        name, digits = names.get("en"), prefix[1:4]
        if prefix.startswith("79") and name in _OPERATORS:
            for code in [digits] if len(digits) == 3 else [f"{digits}{last}" for last in range(10)]:
                ranges[code][name] += min(10_000, 10 ** (8 - len(prefix)))
    return {code: counts.most_common(1)[0] for code, counts in ranges.items()}


def _zones_of(codes: list[str]) -> dict[str, int]:
    """The Russian zones among those that the package gives for numbers of each of these codes."""
    numbers = [phonenumbers.parse(f"+7{code}{_FIRST_SUBSCRIBER}") for code in codes]
    possible = set(_ZONES).intersection(*(timezone.time_zones_for_number(number) for number in numbers))
    return {zone: weight for zone, weight in _ZONES.items() if zone in possible}


def _subscriber(index: int, seed: int) -> int:
    """The seven digits of the index-th client: a permutation (the factor is a prime)."""
    return _FIRST_SUBSCRIBER + (index * 6_700_417 + seed * 1_299_709) % MAX_CLIENTS


def _cumulative(weights: dict[str, int]) -> tuple[list[str], list[int]]:
    total, sums = 0, []
    for weight in weights.values():
        total += weight
        sums.append(total)
    return list(weights), sums
