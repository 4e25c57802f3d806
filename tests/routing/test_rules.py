"""The rule of an operator code is the first that matches."""

from hypothesis import given
from hypothesis import strategies as st

from vestnik.routing.rules import CODES, Rule, by_code

CODE = st.integers(0, CODES - 1)
RULES = st.lists(st.none() | st.lists(CODE, min_size=1, max_size=5), max_size=6).map(
    lambda codes: [Rule(number, each) for number, each in enumerate(codes, start=1)]
)


@given(rules=RULES, code=CODE)
def test_the_first_rule_that_matches_holds(rules: list[Rule], code: int) -> None:
    first = next((rule.id for rule in rules if rule.codes is None or code in rule.codes), 0)
    found = by_code(rules)
    assert found.by_code[code] == first
    assert found.only in {None, first}


def test_a_mailing_is_divided_if_a_rule_that_is_used_has_several_gateways() -> None:
    assert by_code([Rule(1, [911], divides=True), Rule(2, None)]).divides
    assert not by_code([Rule(1, None), Rule(2, None, divides=True)]).divides
    assert not by_code([]).divides


@given(rules=RULES)
def test_one_rule_for_all_is_seen_as_one(rules: list[Rule]) -> None:
    found = by_code(rules)
    assert (found.only is None) == (len(set(found.by_code)) > 1)
