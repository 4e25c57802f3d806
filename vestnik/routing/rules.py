"""Which rule a message goes by. It is found out once, when the message's batch is made (docs/explanation/design.md)."""

from collections.abc import Sequence
from typing import NamedTuple

from vestnik.db.connection import HasCursor
from vestnik.db.statements import Statements

SQL = Statements("vestnik.routing")
#: Operator codes are three digits.
CODES = 1_000


class Rule(NamedTuple):
    """A rule as far as one mailing can see. ``codes``: of these operators' clients only; None: of all.

    ``divides``: its messages are divided among several gateways by weights.
    """

    id: int
    codes: Sequence[int] | None
    divides: bool = False


class RulesByCode(NamedTuple):
    """The rule of every operator code of one mailing; 0: none, so the gateway ``default``.

    ``only``: the same for all codes, if it is; else None. ``by_code``: of each code from 000 to 999. ``divides``:
    one of them divides its messages by weights.
    """

    only: int | None
    by_code: list[int]
    divides: bool


def rules_of(connection: HasCursor, mailing: int) -> RulesByCode:
    """The rules of a mailing as they are now. ``mailing``: its id; 0: one that does not exist yet."""
    return by_code([Rule(*row) for row in SQL.run(connection, "rules_of", mailing=mailing)])


def rules_for_request(mailing: int) -> RulesByCode:
    """The same on Django's connection, planned once for all requests."""
    return by_code([Rule(*row) for row in SQL.run_prepared("rules_of", mailing=mailing)])


def by_code(rules: Sequence[Rule]) -> RulesByCode:
    """The rule of every operator code: the first one that matches. ``rules``: in their order."""
    if not rules:
        return _NO_RULES
    found = [0] * CODES
    for rule in reversed(rules):
        for code in range(CODES) if rule.codes is None else rule.codes:
            found[code] = rule.id
    used = set(found)
    divides = any(rule.divides for rule in rules if rule.id in used)
    return RulesByCode(found[0] if len(used) == 1 else None, found, divides)


_NO_RULES = RulesByCode(0, [0] * CODES, divides=False)
