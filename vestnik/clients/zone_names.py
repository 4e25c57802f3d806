"""Time zones as people write them in tables: a city, a region, МСК+2, UTC+5, an IANA name."""

import difflib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from vestnik.clients.zone_places import DIVIDED_PLACES, PLACES, RUSSIAN_OFFSETS
from vestnik.clients.zones import known_zones

#: Why a text is no zone, words of the importer's table of reasons.
UNKNOWN, UNCLEAR, NUMBER = "zone_unknown", "zone_unclear", "zone_number"
#: Words that say what a place is, or that it is a time, and not which.
_KINDS = frozenset(
    (
        "г",
        "гор",
        "город",
        "обл",
        "область",
        "край",
        "кр",
        "респ",
        "республика",
        "ао",
        "авт",
        "автономный",
        "автономная",
        "округ",
        "федерального",
        "значения",
        "время",
        "времени",
        "по",
        "часовой",
        "пояс",
        "time",
        "zone",
    )
)
_MOSCOW, _MIN, _GREATEST = timedelta(hours=3), timedelta(hours=-12), timedelta(hours=14)
_BASES = {"utc": 0, "gmt": 0, "z": 0, "": 0, "msk": 3, "мск": 3, "москва": 3, "moscow": 3}
_OFFSET = re.compile(
    r"(?<![\w:+-])(?P<base>utc|gmt|z|msk|мск|москва|moscow)?\s*(?P<sign>[+\u2212\u2013-])\s*(?P<hours>\d{1,2})"
    r"(?:[:.]?(?P<minutes>[0-5]\d))?(?![:.]?\d)\s*(?:часов|часа|час|ч|h)?\b\.?"
)
#: Hours from Moscow with the base behind them: ``+2 МСК``, ``+2 ч от Москвы``.
_BASE_BEHIND = re.compile(r"(?:к|от)?\s*(?:msk|мск|москв[аеыу]|московскому)")
_PARTS, _SMALLER_PARTS = re.compile(r"[(),;|]"), re.compile(r"[/\\]|\s[\u2013\u2014-]\s|\s{2,}")
_NO_WORD = re.compile(r"[^\w+]+")
#: The letters of a name below which nothing is guessed.
_MIN_GUESSED = 4
_REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


class ZoneReading(NamedTuple):
    """The IANA name of a zone, or why there is none (a word of the importer's reasons)."""

    zone: str | None
    problem: str | None


@lru_cache(maxsize=4_096)
def read_zone(text: str) -> ZoneReading:
    """The zone that a text names.

    IANA names (in any case), cities and regions in Russian, cities of IANA names, names of Windows, and hours from UTC
    or Moscow, alone or together as in ``(UTC+05:00) Екатеринбург``; then they must agree. Parts without a meaning are
    ignored. An offset alone is the Russian zone at it where there is one, else a fixed one (``Etc/GMT-13``).
    """
    named = _names().get(text.strip().casefold())
    if named is not None:
        return ZoneReading(named, None)
    plain = text.casefold().replace("ё", "е")
    if plain.strip().isdigit():
        return ZoneReading(None, NUMBER)
    readings = [_read_part(part) for part in _parts(plain)]
    offsets = [offset for _zones, part_offsets in readings for offset in part_offsets]
    return _decide([zones for zones, _offsets in readings if zones], offsets)


@lru_cache(maxsize=512)
def guess_zone(text: str) -> str | None:
    """The zone of the one place whose name is nearly the text; None if none is, or places of several zones are.

    A guess is for a person to confirm. It is made from no abbreviation: ``Владик`` may be Владивосток and Владикавказ.
    """
    key = _key(text.casefold().replace("ё", "е"))
    names = _places()
    # With these, one letter of five may be wrong, and no other zone has a place that is as much as three of ten away.
    if len(key) < _MIN_GUESSED or not difflib.get_close_matches(key, names, n=1, cutoff=0.8):
        return None
    zones = {zone for name in difflib.get_close_matches(key, names, n=50, cutoff=0.7) for zone in names[name]}
    return zones.pop() if len(zones) == 1 else None


def fixed_zone(offset: timedelta) -> str | None:
    """The zone of an offset alone; None if no fixed zone has it."""
    hours, rest = divmod(offset, timedelta(hours=1))
    if rest:
        return None
    if hours == 0:
        return "UTC"
    # The signs of these names are those of POSIX: Etc/GMT-5 is five hours ahead of UTC (tzdata, file etcetera).
    return RUSSIAN_OFFSETS.get(hours) or f"Etc/GMT{'-' if hours > 0 else '+'}{abs(hours)}"


def _parts(text: str) -> Iterator[str]:
    """The parts of a text between commas and brackets; those that are no IANA name are split at slashes and dashes."""
    for part in _PARTS.split(text):
        if part.strip() in _names():
            yield part
        else:
            yield from _SMALLER_PARTS.split(part)


def _read_part(part: str) -> tuple[tuple[str, ...], list[timedelta]]:
    """The zones of the place that a part names, and the offsets that it may mean."""
    named = _names().get(part.strip())
    if named is not None:
        return (named,), []
    found = _OFFSET.search(part)
    if found is None:
        return _zones_of_place(part), []
    rest = f"{part[: found.start()]} {part[found.end() :]}".strip()
    if found["base"] is None and _BASE_BEHIND.fullmatch(rest):
        from_moscow = _hours(found) + _MOSCOW
        # "+3 МСК" may mean three hours from Moscow, or Moscow's three hours from UTC.
        return (), [from_moscow] if _hours(found) != _MOSCOW else [_MOSCOW, from_moscow]
    return _zones_of_place(rest), [_hours(found)]


def _zones_of_place(text: str) -> tuple[str, ...]:
    return _places().get(_key(text)) or _places().get(_key(text, whole=True)) or ()


def _decide(places: list[tuple[str, ...]], offsets: list[timedelta]) -> ZoneReading:
    if any(not _MIN <= offset <= _GREATEST for offset in offsets) or not (places or offsets):
        return ZoneReading(None, UNKNOWN)
    if len(set(offsets)) > 1:
        return ZoneReading(None, UNCLEAR)
    if not places:
        zone = fixed_zone(offsets[0])
        return ZoneReading(zone, None if zone else UNCLEAR)
    # For a place with several times, keep those that the other parts allow.
    allowed = set[timedelta](offsets) or {each for zones in places for zone in zones for each in _offsets(zone)}
    for zones in places:
        allowed &= {each for zone in zones for each in _offsets(zone)}
    chosen = [zone for zones in sorted(places, key=len) for zone in zones if _offsets(zone) & allowed]
    if not chosen or len({frozenset(_offsets(zone)) for zone in chosen}) > 1:
        return ZoneReading(None, UNCLEAR)
    return ZoneReading(chosen[0], None)


def _hours(found: "re.Match[str]") -> timedelta:
    sign = 1 if found["sign"] == "+" else -1
    distance = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return timedelta(hours=_BASES[found["base"] or ""]) + sign * distance


@cache
def _offsets(zone: str) -> frozenset[timedelta]:
    """The offsets of a zone this year, in winter and in summer."""
    year = datetime.now(UTC).year
    moments = (datetime(year, month, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)) for month in (1, 7))
    return frozenset(moment.utcoffset() or timedelta() for moment in moments)


@cache
def _names() -> dict[str, str]:
    """IANA names in lower case. Of names that differ in nothing else there are none."""
    return {name.casefold(): name for name in sorted(known_zones())}


@cache
def _places() -> dict[str, tuple[str, ...]]:
    """The zones of each place, most of which have one."""
    places: dict[str, tuple[str, ...]] = {}
    cities: dict[str, set[str]] = {}
    for zone in known_zones():
        if zone.startswith(_REGIONS):
            cities.setdefault(_key(zone.rpartition("/")[2].replace("_", " ")), set()).add(zone)
    places.update({city: (*zones,) for city, zones in cities.items() if len(zones) == 1})
    places.update({key: zones for names, zones in DIVIDED_PLACES.items() for key in _keys(names)})
    places.update({key: (zone,) for zone, names in PLACES.items() if zone in known_zones() for key in _keys(names)})
    return places


def _keys(names: str) -> Iterator[str]:
    for name in names.split(","):
        plain = name.casefold().replace("ё", "е")
        yield _key(plain)
        yield _key(plain, whole=True)


def _key(text: str, *, whole: bool = False) -> str:
    """The words of a name, hyphens or not; ``whole``: also those that only say what it is."""
    words = _NO_WORD.sub(" ", text).casefold().split()
    return " ".join(word for word in words if whole or word not in _KINDS)
