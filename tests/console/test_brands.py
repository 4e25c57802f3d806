"""The brands of operator codes: each code stands once, under its operator or under "Other"."""

import csv
from pathlib import Path

import pytest
from django.utils.translation import override

from vestnik.console.composing.brands import OTHER, brands_of
from vestnik.console.operators import operators_in_words
from vestnik.phones import operator_brands
from vestnik.phones.numbering_plan import mobile_codes
from vestnik.phones.operator_brands import Brand, brands_of_codes


@pytest.mark.parametrize(
    ("code", "brand"),
    [
        (911, Brand.MTS), (916, Brand.MTS), (985, Brand.MTS), (926, Brand.MEGAFON), (921, Brand.MEGAFON),
        (903, Brand.BEELINE), (967, Brand.BEELINE), (952, Brand.T2), (977, Brand.T2), (995, Brand.T_MOBILE),
        (996, Brand.YOTA), (999, Brand.YOTA),
        # Shared by several, or of a company whose brand nobody verified.
        (931, None), (991, None), (978, None), (958, None),
        # Kazakhstan, a landline, a code that was never given out.
        (701, None), (495, None), (907, None),
    ],
)  # fmt: skip
def test_a_code_has_the_brand_that_gave_out_most_of_its_numbers(code: int, brand: Brand | None) -> None:
    owner = brands_of_codes().get(code)
    assert (owner and owner.brand) == brand


def test_the_table_has_mobile_codes_only_each_once_and_with_half_of_its_numbers_at_least() -> None:
    file = Path(operator_brands.__file__).with_name("operator_brands.csv")
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    codes = [int(row["code"]) for row in rows]
    assert codes == sorted(set(codes))
    assert set(codes) <= set(mobile_codes())
    assert all(50 <= owner.percent <= 100 for owner in brands_of_codes().values())
    assert {owner.brand for owner in brands_of_codes().values()} == set(Brand)


def test_every_code_stands_once_and_what_is_in_no_brand_is_under_other() -> None:
    sizes = {911: 5, 926: 7, 931: 2, 495: 1, 701: 3}
    shown = brands_of(sizes, picked=["042", "no code"]).shown
    values = [code.value for brand in shown for code in brand.codes]
    assert len(values) == len(set(values))
    assert [shown[0].key, shown[1].key, shown[-1].key] == ["megafon", "mts", OTHER]
    assert [code.value for code in shown[-1].codes] == ["042", "495", "701", "931"]
    assert sum(brand.clients or 0 for brand in shown) == sum(sizes.values())
    # Nobody has 919 yet; who comes before the start gets the text, too.
    assert "919" in values


def test_a_brand_has_no_number_until_all_of_its_codes_were_counted() -> None:
    shown = {brand.key: brand.clients for brand in brands_of({911: 5, 931: None, 926: 7}).shown}
    assert (shown["mts"], shown["megafon"], shown["beeline"]) == (5, 7, 0)
    assert shown[OTHER] is None
    assert brands_of({911: None}).shown[0].clients is None


def test_without_other_codes_there_is_no_other_and_without_clients_nothing_is_offered() -> None:
    assert OTHER not in [brand.key for brand in brands_of({911: 5}).shown]
    assert brands_of({911: 5}).is_offered
    assert brands_of({}, picked=["911"]).is_offered
    assert not brands_of({}).is_offered


def test_codes_open_by_themselves_where_a_search_is_for_some_of_them() -> None:
    def opened(search: str) -> list[str]:
        return [brand.key for brand in brands_of({911: 1, 931: 1}, search=search).shown if brand.is_opened]

    assert opened("") == []
    assert opened("билайн") == []
    assert opened("911") == ["mts"]
    assert opened("93") == ["megafon"]
    with override("ru"):
        assert [brand.key for brand in brands_of({931: 1}, search="Другие").shown if brand.is_found] == [OTHER]


def test_a_filter_names_a_brand_if_it_has_all_of_its_codes() -> None:
    yota = sorted(code for code, owner in brands_of_codes().items() if owner.brand == Brand.YOTA)
    assert operators_in_words([911, *yota, 904]) == "Yota, 904, 911"
    assert operators_in_words(yota[1:]) == ", ".join(map(str, yota[1:]))
    assert operators_in_words([]) == ""
    with override("ru"):
        assert operators_in_words(brands_of_codes()).startswith("МТС, МегаФон, ")
