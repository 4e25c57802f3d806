"""Which operator an operator code belongs to, by the Russian numbering plan. It is approximate.

The table beside this file has one row for each code: the brand with at least half of the code's numbers, and how many
per cent of them it has, rounded down. It was counted from the register of the numbering plan that the Ministry of
Digital Development (before it Rossvyaz) publishes as ``DEF-9xx.csv`` at
https://opendata.digital.gov.ru/registry/numeric/downloads, of August 2026. The ministry's site could not be reached
from where this was made: two copies in public repositories were read, of April and of August 2026. They agree about
the brand of every code here.

The register names companies. Their brands: ПАО «МТС» and ПАО «Мобильные ТелеСистемы» are MTS, ПАО «МегаФон» is
MegaFon, ПАО «ВымпелКом» is Beeline, ООО «Т2 Мобайл» is T2 (Tele2 until 2024), ООО «Скартел» is Yota, ООО «Т-Моб» is
T-Mobile (it holds the ranges that ООО «Тинькофф Мобайл» held in the registers of 2020 and 2023).

What the table does not say:

- Numbers are ported since 1 December 2013 (amendments of December 2012 to the law on communications). Such a number
  counts for the operator that gave it out.
- Codes that several operators share (931, 933, 991), and those of companies whose brand was not verified (949, 959,
  978, 990), are in no brand.
- Whether a virtual operator uses another one's numbers. Its clients count for the other one.
"""

import csv
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import NamedTuple


class Brand(StrEnum):
    """An operator as people know it, in the order of the numbers that it holds."""

    MTS = "mts"
    MEGAFON = "megafon"
    BEELINE = "beeline"
    T2 = "t2"
    T_MOBILE = "t-mobile"
    YOTA = "yota"


class BrandOfCode(NamedTuple):
    """The brand with most numbers of a code, and how many per cent of them it has (50 to 100)."""

    brand: Brand
    percent: int


@cache
def brands_of_codes() -> dict[int, BrandOfCode]:
    """The brand of each operator code that has one."""
    text = resources.files("vestnik.phones").joinpath("operator_brands.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {int(row["code"]): BrandOfCode(Brand(row["brand"]), int(row["percent"])) for row in rows}
