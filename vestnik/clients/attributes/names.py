"""Names of attributes: which are allowed, and which one somebody meant."""

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches

from vestnik.clients.attributes.transliteration import latin

#: Attributes that one client may have, and names that there may be in the whole directory.
MAX_ATTRIBUTES, MAX_NAMES = 50, 200
MAX_LENGTH = 40
_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{MAX_LENGTH - 1}}}")
#: Names that placeholders or columns of files have already: a value would be read as the other one.
RESERVED = frozenset(
    (
        "code",
        "id",
        "mobile",
        "mobile_operator_code",
        "operator_code",
        "phone",
        "phone_number",
        "tag",
        "time_zone",
        "timezone",
        "tz",
    )
)
#: What columns are often called, and the name that programs use.
_USUAL = {
    "имя": "first_name",
    "фамилия": "last_name",
    "отчество": "middle_name",
    "фио": "full_name",
    "баланс": "balance",
    "сумма": "amount",
    "долг": "debt",
    "бонусы": "bonus",
    "город": "city",
    "адрес": "address",
    "день рождения": "birthday",
    "дата рождения": "birthday",
    "дата": "day",
    "номер договора": "contract",
    "договор": "contract",
    "скидка": "discount",
}


def is_name(name: str) -> bool:
    """Whether an attribute may have this name."""
    return _NAME.fullmatch(name) is not None and name not in RESERVED


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """The one of ``names`` that somebody meant who wrote ``name``; None: none is like it."""
    return next(iter(get_close_matches(latin(name.strip().casefold()), list(names), n=1, cutoff=0.6)), None)


def suggested_name(header: str, *, taken: Collection[str] = ()) -> str:
    """A name for the column of a file; empty: its header gives none.

    Args:
        header: as it stands in the file, in any language.
        taken: names of other columns.
    """
    said = " ".join(re.split(r"[\s_\xa0]+", header.casefold().strip(" \t\r\n:.*№")))
    name = _USUAL.get(said) or re.sub("[^a-z0-9]+", "_", latin(said)).strip("_")
    name = name[:MAX_LENGTH].rstrip("_")
    if not is_name(name):
        name = f"client_{name}"[:MAX_LENGTH].rstrip("_") if name in RESERVED or name[:1].isdigit() else ""
    numbered = (f"{name[: MAX_LENGTH - 3]}_{number}" for number in range(2, 100))
    return name if not name or name not in taken else next(each for each in numbered if each not in taken)
