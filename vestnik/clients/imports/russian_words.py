"""Measures how well a word reads as Russian: a cost, low for real words, high for text in a wrong encoding.

Text that was saved in one encoding and is read in another keeps the number of its letters, but not which letters
follow each other, nor where capitals stand. That is what the cost measures. Why no library does it:
docs/decisions/import.md.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

_ALPHABET = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
#: How rarely one letter follows another: -ln of the share, rounded, 9 at most. Row: the first letter, column: the
#: second one; the first of both is the edge of a word. Counted over 14,000 words of Django's Russian translation, of
#: the place names in phonenumbers' Russian geodata, and of common surnames and first names; "ё" counts as "е".
_FOLLOWS = (
    "933243453373432323233565448999476",
    "284343553633342732334844446999964",
    "426996277494295292493955993326756",
    "229468297294374364353959668925994",
    "326483278288474182683888888888758",
    "329496243295343263443969669746795",
    "165433454543332652338555654999989",
    "425882188288642586584888588856888",
    "217363459495533294673999979945994",
    "255565353523333553328444456999953",
    "079954997993355496239996479959999",
    "218599468295375274333986969979796",
    "335966249293476289673878799952833",
    "224499196297665245573969799947993",
    "227755287295993299434786588935865",
    "293243444633233443338755457999785",
    "427999399295595151754997799959975",
    "216554247294644266444866769945894",
    "335467399392354235314969679943943",
    "227397298394643243394879679942776",
    "263543434733443933329947334999736",
    "717777377177577272774777777777577",
    "123777377373654272553474577757677",
    "227673277173777275774777777736777",
    "328888188285853588824858888885886",
    "328588188283263588245888888866886",
    "547777077277777777774777777774777",
    "555555055555555555555555555555553",
    "173555396925234754539939749999999",
    "096665493594943999339999739999955",
    "677756777775165776515777357777777",
    "273764673775442773537757273777757",
    "085486354875542875437855585888855",
)
_PLACES = {letter: place for place, letter in enumerate(_ALPHABET, start=1)}
_PLACES["ё"] = _PLACES["е"]
_PLACES |= {letter.upper(): place for letter, place in _PLACES.items()}
#: Letters that Windows-1251 has for Ukrainian and Belarusian.
_NEIGHBOURS = frozenset("іїєґўІЇЄҐЎ")
#: Signs that stand before a word, and after one.
_BEFORE, _AFTER = frozenset("«„“‘№§—–•"), frozenset("»“”’—–…™®©°")
#: What costs more than a rare pair of letters: a foreign letter, a capital inside a word, two alphabets in one word,
#: a sign inside a word.
_NEIGHBOUR, _FOREIGN, _CAPITAL, _MIXED, _SIGN = 5, 16, 6, 6, 7
_LATIN, _ACCENTED, _ACCENTS, _SIGN_AT_EDGE = 1, 3, 6, 2


@lru_cache(maxsize=65_536)
def cost(word: str) -> int:
    """The cost of a word: how badly it reads. Russian costs some 2.5 a letter, gibberish twice as much or more."""
    total = sum(_cost_of_character(before, here, after) for before, here, after in _neighbourhoods(word))
    return total + sum(
        int(_FOLLOWS[_PLACES.get(first, 0)][_PLACES.get(second, 0)])
        for first, second in pairwise(["", *word, ""])
        if first in _PLACES or second in _PLACES
    )


def pair_costs(encoding: str) -> list[list[int]]:
    """The cost of each pair of bytes in an encoding of one byte a letter, if both are Russian letters; 0: an edge.

    For words of nothing but Russian letters, with capitals where they belong, the sum over ``edge, word, edge`` is
    :func:`cost`, fifty times as fast.
    """
    places = [0] * 256
    for letter, place in _PLACES.items():
        places[letter.encode(encoding)[0]] = place
    return [[int(_FOLLOWS[first][second]) for second in places] for first in places]


def has_both_alphabets(word: str) -> bool:
    """Return whether it has Latin letters and others."""
    return any(char.isascii() and char.isalpha() for char in word) and any(
        not char.isascii() and char.isalpha() for char in word
    )


def has_capital_inside(word: str) -> bool:
    """Return whether a capital follows a small letter."""
    return any(first.islower() and second.isupper() for first, second in pairwise(word))


def _neighbourhoods(word: str) -> Iterator[tuple[str, str, str]]:
    return zip(["", *word[:-1]], word, [*word[1:], ""], strict=True)


def _cost_of_character(before: str, here: str, after: str) -> int:
    """The cost of a character, without that of its pairs of Russian letters."""
    if here.isalpha():
        return _cost_of_letter(before, here)
    if here.isascii():
        return 0
    outside = (not before and here in _BEFORE) or (not after and here in _AFTER)
    beside_a_sign = any(near and not near.isascii() and not near.isalpha() for near in (before, after))
    return _SIGN_AT_EDGE if outside and not beside_a_sign else _SIGN


def _cost_of_letter(before: str, here: str) -> int:
    if here.isascii():
        return _LATIN + (_MIXED if before in _PLACES else 0)
    capital = _CAPITAL if here.isupper() and before.islower() else 0
    if here in _PLACES:
        return capital + (_MIXED if before.isascii() and before.isalpha() else 0)
    if "\u0400" <= here <= "\u04ff":
        return capital + (_NEIGHBOUR if here in _NEIGHBOURS else _FOREIGN)
    return _ACCENTED if before.isascii() else _ACCENTS
