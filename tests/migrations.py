"""What a migration may do while ten million messages are being sent, judged by the SQL that it runs.

A statement that takes a lock which writers wait for is allowed only when it is over in milliseconds: it must neither
read nor write the rows of a table that grows. And the code of the release before must be able to go on meanwhile.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

#: Tables that grow: reading one of them whole takes longer than anybody should wait.
BIG = frozenset({
    "vestnik_message", "vestnik_batch", "vestnik_client", "vestnik_mailing", "vestnik_auditentry",
    "vestnik_stoppedphone", "vestnik_importrefusal", "vestnik_importwarnedrow",
})  # fmt: skip
#: Defaults that PostgreSQL keeps in the catalogue instead of writing them into every row.
_CONSTANT = r"(?:'[^']*'|-?\d+(?:\.\d+)?|true|false|null|now\(\)|statement_timestamp\(\))(?:::[a-z ]+(?:\(\d+\))?)?"


@dataclass(frozen=True, slots=True)
class Problem:
    """A statement that somebody would wait for, why, and what to write instead."""

    statement: str
    why: str


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    why: str
    unless: re.Pattern[str] | None = None


def _rule(pattern: str, why: str, *, unless: str | None = None) -> _Rule:
    flags = re.IGNORECASE | re.DOTALL
    return _Rule(re.compile(pattern, flags), why, re.compile(unless, flags) if unless else None)


_TABLE = r"(?:only )?\"?(?P<table>\w+)\"?"
_ALTER = rf"^alter table (?:if exists )?{_TABLE} .*?"
_RULES = [
    _rule(
        rf"^create (?:unique )?index (?!concurrently).*? on {_TABLE}",
        "writers wait for the whole index:"
        " AddIndexConcurrently; on the messages: ON ONLY, then CONCURRENTLY on each partition, then ATTACH",
    ),
    _rule(rf"^reindex (?:\(.*?\) )?(?:table|index) (?!concurrently){_TABLE}", "REINDEX … CONCURRENTLY"),
    _rule(
        rf"{_ALTER}alter column \S+ (?:set data )?type ",
        "rewrites every row: add a column, fill it in pieces, and drop the old one a release later",
        unless=r"type varchar\(\d+\) using|type text",
    ),
    _rule(
        rf"{_ALTER}alter column \S+ set not null",
        "reads every row: first a CHECK (… IS NOT NULL) NOT VALID, then VALIDATE in a migration of its own",
    ),
    _rule(
        rf"{_ALTER}add column \S+ .*?not null",
        "fails where there are rows, or stops the old code from inserting: give it a db_default, or let it be null",
        unless=r"\bdefault\b",
    ),
    _rule(
        rf"{_ALTER}add column \S+ .*?default (?!{_CONSTANT}(?:\s|,|;|$))",
        "a default that is worked out for each row rewrites the table: let it be null, and fill it in pieces",
    ),
    _rule(rf"{_ALTER}add column \S+ .*?generated always as", "writes every row"),
    _rule(
        rf"{_ALTER}add (?:constraint \S+ )?(?:check|foreign key)",
        "reads every row while writers wait: NOT VALID, then VALIDATE in a migration of its own",
        unless=r"not valid",
    ),
    _rule(rf"{_ALTER}add column .*?\breferences\b", "locks both tables: add the constraint NOT VALID, then VALIDATE"),
    _rule(
        rf"{_ALTER}add (?:constraint \S+ )?(?:unique|primary key|exclude)",
        "builds an index while writers wait: CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX",
        unless=r"using index",
    ),
    _rule(rf"{_ALTER}(?:set (?:logged|unlogged|tablespace)|cluster on)", "rewrites the table"),
    _rule(
        rf"^(?:update|delete from) {_TABLE}", "changes rows without an end: do it in pieces, outside of the migration"
    ),
    _rule(rf"^(?:cluster|vacuum full|truncate(?: table)?) {_TABLE}", "takes the table away meanwhile"),
    _rule(rf"^lock (?:table )?{_TABLE}", "nobody else gets at it until the migration ends"),
]
#: Of tables of any size: what the release before still reads or writes.
_BREAKS_THE_OLD_CODE = [
    _rule(rf"{_ALTER}drop column", "the release before still selects it: stop using it first, drop it a release later"),
    _rule(rf"{_ALTER}rename ", "the release before still calls it so: add another, fill both, drop a release later"),
    _rule(rf"^drop table (?:if exists )?{_TABLE}", "the release before still uses it: drop it a release later"),
    _rule(rf"{_ALTER}alter column \S+ drop default", "the release before does not know the column, and inserts"
          " without it: use db_default"),
]  # fmt: skip
_VALIDATE = re.compile(r"^alter table .*? validate constraint", re.IGNORECASE | re.DOTALL)
_CREATED = re.compile(r"^create table (?:if not exists )?\"?(\w+)", re.IGNORECASE)


def problems(statements: Sequence[str]) -> list[Problem]:
    """What is wrong with the statements of one migration, in their order; a table that it makes itself is empty."""
    cleaned = [each for text in statements for each in _split(text)]
    new = {found.group(1) for text in cleaned if (found := _CREATED.match(text))}
    found = [problem for text in cleaned for problem in _of(text, new)]
    validates = [text for text in cleaned if _VALIDATE.match(text)]
    if validates and len(cleaned) > len(validates):
        why = "reads every row, and the locks of the other statements last until it is done: a migration of its own"
        found += [Problem(text, why) for text in validates]
    return found


def _of(text: str, new: set[str]) -> list[Problem]:
    found = []
    for rules, every_table in ((_RULES, False), (_BREAKS_THE_OLD_CODE, True)):
        for rule in rules:
            match = rule.pattern.search(text)
            if match is None or (rule.unless and rule.unless.search(text)):
                continue
            table = match.group("table")
            if table not in new and (every_table or _is_big(table)):
                found.append(Problem(text, rule.why))
    return found


def _is_big(table: str) -> bool:
    return table in BIG or re.fullmatch(r"vestnik_message_\d+", table) is not None


def _split(text: str) -> list[str]:
    """Single statements on one line each, without comments; the body of a function stays whole."""
    without = re.sub(r"--[^\n]*", "", text)
    parts = re.split(r";(?=(?:[^$]*\$\$[^$]*\$\$)*[^$]*$)", without)
    return [" ".join(part.split()) for part in parts if part.strip()]
