"""Commands about routes: the rules that say which gateways messages go over.

Each parses, calls a service and answers. Models can be imported only after ``talk_to``, so a command does it itself.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from vestnik.cli.printing import say, say_row
from vestnik.cli.session import home_option, talk_to
from vestnik.errors import InvalidInput


@click.group()
def route() -> None:
    """Manage rules: which gateways messages go over. The first rule that matches holds."""


@route.command()
@click.option("--over", multiple=True, required=True, metavar="GATEWAY[=WEIGHT]", help="a gateway; repeat it")
@click.option("--fallback", "fallbacks", multiple=True, metavar="GATEWAY", help="used when those cannot; repeat it")
@click.option("--code", "codes", multiple=True, metavar="CODE", help="only clients with this operator code; repeat it")
@click.option("--mailing", type=click.IntRange(1), help="only messages of this mailing")
@click.option("--name", default="", help="what people call the rule")
@click.option("--place", type=click.IntRange(1, 10_000), help="in the list, from 1 on  [default: last]")
@home_option
def add(
    over: tuple[str, ...],
    fallbacks: tuple[str, ...],
    codes: tuple[str, ...],
    mailing: int | None,
    name: str,
    place: int | None,
    home: Path | None,
) -> None:
    """Add a rule. One that could never match is refused."""
    gateways, numbers = [_weighted(each) for each in over], [_code(each) for each in codes]
    talk_to(home)
    from vestnik.routing.preview import rule_of
    from vestnik.routing.routes import RouteFields, create_route

    fields = RouteFields(
        name=name, operator_codes=numbers or None, mailing=mailing, gateways=gateways, fallbacks=fallbacks, place=place
    )
    made = rule_of(create_route(fields=fields, actor=None))
    say(f"rule {made.route.id} is added at place {made.place}")
    for warning in made.warnings:
        say(f"attention: {warning}")


@route.command()
@click.argument("route_id", metavar="ID", type=click.IntRange(1))
@click.option("--over", multiple=True, metavar="GATEWAY[=WEIGHT]", help="instead of its gateways; repeat it")
@click.option("--fallback", "fallbacks", multiple=True, metavar="GATEWAY", help="instead of its fallbacks; repeat it")
@click.option("--no-fallback", is_flag=True, help="without fallbacks")
@click.option("--code", "codes", multiple=True, metavar="CODE", help="instead of its operator codes; repeat it")
@click.option("--all-codes", is_flag=True, help="for all operator codes")
@click.option("--mailing", type=click.IntRange(1), help="only messages of this mailing")
@click.option("--all-mailings", is_flag=True, help="for messages of all mailings")
@click.option("--name", help="what people call the rule; empty: its number")
@click.option("--place", type=click.IntRange(1, 10_000), help="in the list, from 1 on")
@home_option
def edit(route_id: int, home: Path | None, **given: Any) -> None:
    """Change a rule. What is not given stays. Messages that are queued by it follow it."""
    changes = _changes(given)
    talk_to(home)
    from django.db import transaction

    from vestnik.routing.preview import rule_of
    from vestnik.routing.routes import edit_route, fields_of, lock_route

    with transaction.atomic():
        rule = lock_route(route_id=route_id)
        before = rule.version
        changed = edit_route(route=rule, fields=replace(fields_of(rule), **changes), actor=None)
    made = rule_of(changed)
    done = "is changed" if changed.version > before else "stays as it was"
    say(f"rule {route_id} {done}; it is at place {made.place}")
    for warning in made.warnings:
        say(f"attention: {warning}")


@route.command(name="list")
@home_option
def list_routes(home: Path | None) -> None:
    """List the rules in their order: place, id, name, whom, gateways, fallbacks, separated by tabs."""
    talk_to(home)
    from vestnik.routing.preview import list_rules

    rules = list_rules()
    for each in rules.routes:
        over = ", ".join(f"{gateway['gateway']}={gateway['weight']}" for gateway in each.gateways)
        codes = ",".join(f"{code:03d}" for code in each.route.operator_codes or ()) or "all"
        whom = codes if each.route.mailing_id is None else f"{codes} of mailing {each.route.mailing_id}"
        say_row(each.place, each.route.id, each.route.name or "-", whom, over, ", ".join(each.fallbacks) or "-")
        for warning in each.warnings:
            say(f"attention: rule {each.route.id}: {warning}")
    for warning in rules.warnings:
        say(f"attention: {warning}")


@route.command()
@click.argument("route_id", metavar="ID", type=click.IntRange(1))
@click.argument("place", type=click.IntRange(1, 10_000))
@home_option
def move(route_id: int, place: int, home: Path | None) -> None:
    """Move a rule to another place in the list; the first is 1."""
    talk_to(home)
    from django.db import transaction

    from vestnik.routing.preview import rule_of
    from vestnik.routing.routes import lock_route, move_route

    with transaction.atomic():
        moved = move_route(route=lock_route(route_id=route_id), place=place, actor=None)
    say(f"rule {route_id} is at place {rule_of(moved).place}")


@route.command()
@click.argument("route_id", metavar="ID", type=click.IntRange(1))
@home_option
def remove(route_id: int, home: Path | None) -> None:
    """Remove a rule. Messages queued under it use the remaining rules."""
    talk_to(home)
    from django.db import transaction

    from vestnik.routing.routes import lock_route, remove_route

    with transaction.atomic():
        remove_route(route=lock_route(route_id=route_id), actor=None)
    say(f"rule {route_id} is removed")


@route.command()
@click.argument("phone")
@click.option("--mailing", type=click.IntRange(1), help="also by the rules of this mailing")
@home_option
def preview(phone: str, mailing: int | None, home: Path | None) -> None:
    """Say which gateways a message to a number would go over now."""
    from vestnik.phones.spelling import NoPhone, read_phone

    try:
        number = read_phone(phone)
    except NoPhone as none:
        raise InvalidInput({"phone": [str(none)]}) from none
    talk_to(home)
    from vestnik.routing.preview import preview as look

    found = look(phone=number, mailing=mailing)
    whose = "of the client" if found.in_directory else "of the number; no client has it"
    say(f"operator code {found.operator_code:03d} ({whose})")
    say(found.words)


def _changes(given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a rule that the options of an edit change.

    Raises:
        InvalidInput: None is given; one is set and cleared at once; or a value is wrong.
    """
    for value, clear in (("fallbacks", "no_fallback"), ("codes", "all_codes"), ("mailing", "all_mailings")):
        if given[value] and given[clear]:
            option = f"--{clear.replace('_', '-')}"
            raise InvalidInput({option: ["It takes out what another option sets: give one of them."]})
    changes: dict[str, Any] = {name: given[name] for name in ("name", "mailing", "place") if given[name] is not None}
    if given["over"]:
        changes["gateways"] = [_weighted(each) for each in given["over"]]
    if given["fallbacks"] or given["no_fallback"]:
        changes["fallbacks"] = list(given["fallbacks"])
    if given["codes"] or given["all_codes"]:
        changes["operator_codes"] = [_code(each) for each in given["codes"]] or None
    if given["all_mailings"]:
        changes["mailing"] = None
    if not changes:
        raise InvalidInput({"route edit": ["Give at least one option. See vestnik route edit --help."]})
    return changes


def _weighted(text: str) -> tuple[str, int]:
    name, equals, weight = text.partition("=")
    if equals and not (weight.isascii() and weight.isdigit() and len(weight) <= 4):
        raise InvalidInput({"--over": [f"{text[:60]!r} is not GATEWAY=WEIGHT with a weight from 1 to 1,000."]})
    return name, int(weight) if equals else 1


def _code(text: str) -> int:
    if not (len(text) == 3 and text.isascii() and text.isdigit()):
        raise InvalidInput({"--code": ["Give three digits, such as 911."]})
    return int(text)
