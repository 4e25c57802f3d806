"""Operator codes under the brand that they belong to, for the choice of operators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _lazy

from vestnik.console.operators import NAMES
from vestnik.phones.operator_brands import Brand, BrandOfCode, brands_of_codes

#: Of a code with less, it is said how many per cent of its numbers the brand has.
_NEARLY_ALL = 90
#: Other names by which people search.
_ALSO = {
    Brand.MTS: "mts мтс",
    Brand.MEGAFON: "megafon мегафон",
    Brand.BEELINE: "beeline билайн вымпелком vimpelcom",
    Brand.T2: "t2 т2 tele2 теле2",
    Brand.T_MOBILE: "t-mobile т-мобайл tinkoff тинькофф т-банк t-bank",
    Brand.YOTA: "yota йота",
}
OTHER = "other"
_OTHER_NAME = _lazy("Other")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOption:
    """An operator code.

    Args:
        value: Its three digits.
        clients: How many clients have it. None if that was not counted yet.
        percent: How many per cent of its numbers the brand has. None if it has nearly all.
        picked: Whether it is chosen.
        is_found: Whether the search matches it.
    """

    value: str
    clients: int | None
    percent: int | None
    picked: bool
    is_found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandOption:
    """A brand with its codes. ``key`` is its word in the page."""

    key: str
    name: str
    codes: list[CodeOption]

    @property
    def clients(self) -> int | None:
        """How many clients have one of its codes. None if one of them was not counted yet."""
        counted = [code.clients for code in self.codes if code.clients is not None]
        return sum(counted) if len(counted) == len(self.codes) else None

    @property
    def is_found(self) -> bool:
        """Whether the search matches any of its codes."""
        return any(code.is_found for code in self.codes)

    @property
    def is_opened(self) -> bool:
        """Whether the search is for some of its codes, so that they must be seen."""
        return self.is_found and not all(code.is_found for code in self.codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brands:
    """The brands, the one with most clients first (as far as they were counted), and the other codes behind them.

    ``is_offered`` says whether there is anything to choose from: the directory has a client, or a code is chosen.
    """

    shown: list[BrandOption]
    is_offered: bool

    @property
    def found(self) -> int:
        """The number of codes that the search finds."""
        return sum(code.is_found for brand in self.shown for code in brand.codes)


def brands_of(
    sizes: Mapping[int, int | None], *, picked: Sequence[str] = (), search: str = "", pick_found: bool = False
) -> Brands:
    """Return the codes of all brands, those of the directory, and the picked ones, by brand.

    A brand has all of its codes, also those that no client has: a mailing that starts later goes to those who are new
    then, too.

    Args:
        sizes: The operator codes of the directory, each with its number of clients, or None if it was not counted yet.
        picked: The codes that are chosen. A value that is no code is left out: a form says what is wrong with it.
        search: A part of a brand's name, or the first digits of a code. Empty finds everything.
        pick_found: Whether what is found is chosen, too.
    """
    chosen = {int(text) for text in picked if text.isascii() and text.isdigit() and len(text) <= 3}
    plan = brands_of_codes()

    def option(code: int, brand: Brand | None) -> CodeOption:
        is_found = _is_found(search, f"{code:03d}", brand)
        return CodeOption(
            value=f"{code:03d}", clients=sizes.get(code, 0), percent=_said(plan.get(code)), is_found=is_found,
            picked=code in chosen or (pick_found and is_found),
        )  # fmt: skip

    shown = [
        BrandOption(
            key=brand.value,
            name=str(NAMES[brand]),
            codes=[option(code, brand) for code, owner in plan.items() if owner.brand == brand],
        )
        for brand in Brand
    ]
    shown.sort(key=lambda brand: -sum(code.clients or 0 for code in brand.codes))
    others = sorted((sizes.keys() | chosen) - plan.keys())
    if others:
        shown.append(BrandOption(key=OTHER, name=str(_OTHER_NAME), codes=[option(code, None) for code in others]))
    return Brands(shown=shown, is_offered=bool(sizes or chosen))


def _said(owner: BrandOfCode | None) -> int | None:
    return owner.percent if owner is not None and owner.percent < _NEARLY_ALL else None


def _is_found(search: str, code: str, brand: Brand | None) -> bool:
    wanted = search.strip().casefold()
    if not wanted or code.startswith(wanted):
        return True
    names = f"{_OTHER_NAME}" if brand is None else f"{NAMES[brand]} {_ALSO[brand]}"
    return not wanted.isdigit() and wanted in names.casefold()
