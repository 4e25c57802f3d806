"""Routes: an ordered list of rules that say which gateways messages go over. The first that matches holds."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.characters import clean_text
from vestnik.errors import InvalidInput, NotFound
from vestnik.mailings.find import get_mailing
from vestnik.mailings.wake import wake_all
from vestnik.models import DEFAULT_GATEWAY, Gateway, Route, User
from vestnik.routing.find import find_gateways
from vestnik.routing.rules import CODES, Rule, by_code

MAX_NAME, MAX_WEIGHT = 100, 1_000
#: The id of a rule that is not written yet, while it is compared with the others; 0 means that none matches.
_NEW = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFields:
    """What somebody enters for a rule.

    ``operator_codes``, ``mailing``: None: all. ``gateways``: names and weights. ``fallbacks``: names, the first that
    can take messages is used when none of the others can. ``place``: in the list, from 1 on; None: as it is, or last.
    """

    name: str = ""
    operator_codes: Sequence[int] | None = None
    mailing: int | None = None
    gateways: Sequence[tuple[str, int]]
    fallbacks: Sequence[str] = ()
    place: int | None = None


#: What an edit writes; the order of the rules is written apart.
_WRITTEN = ("name", "operator_codes", "mailing", "gateways", "weights", "fallbacks", "version")


def find_routes() -> QuerySet[Route]:
    """The rules that hold, in their order."""
    return Route.objects.filter(removed_at=None).select_related("mailing").order_by("position", "id")


def routes_over(gateway: int) -> list[Route]:
    """The rules that hold and name a gateway, among those by weight or those to fall back on."""
    return [route for route in find_routes() if gateway in (*route.gateways, *route.fallbacks)]


def label_of(route: Route) -> str:
    """What people call a rule: its name, or else its number."""
    return f"“{route.name}”" if route.name else _("rule no. %(id)d") % {"id": route.id}


def get_route(*, route_id: int) -> Route:
    """The rule with this id.

    Raises:
        NotFound: there is none, or it was removed.
    """
    return _found(find_routes().filter(id=route_id).first())


def lock_route(*, route_id: int) -> Route:
    """The rule with this id; nobody else can change any rule until the transaction ends.

    Raises:
        NotFound: there is none, or it was removed.
    """
    lock_rules()
    return get_route(route_id=route_id)


def create_route(*, fields: RouteFields, actor: User | None) -> Route:
    """Add a rule, at the end of the list or at its ``place``.

    Raises:
        InvalidInput: by field, what is wrong: also a gateway that is not there, or a rule that could never match.
    """
    with transaction.atomic():
        lock_rules()
        rules = list(find_routes())
        route = Route(id=_NEW, position=0)
        _fill(route, fields)
        after = _placed(rules, route, len(rules) + 1 if fields.place is None else fields.place)
        _refuse_shadowed(rules, after, "operator_codes")
        route.id = None
        route.save(force_insert=True)
        _number(after)
        _note(route, "create", actor, {})
    return route


def edit_route(*, route: Route, fields: RouteFields, actor: User | None) -> Route:
    """Replace everything that a rule says, and move it to its ``place``. Batches that were made by it follow it.

    Args:
        route: from :func:`lock_route`, in a transaction.
        fields: what it says from now on.
        actor: who decides.

    Raises:
        InvalidInput: by field, what is wrong: also a gateway that is not there, or a rule that could never match.
    """
    rules = list(find_routes())
    before = fields_of(route)
    _fill(route, fields)
    others = [each if each.id != route.id else route for each in rules]
    after = others if fields.place is None else _placed([r for r in others if r.id != route.id], route, fields.place)
    moved = [rule.id for rule in after] != [rule.id for rule in rules]
    names = ("name", "operator_codes", "mailing", "gateways", "fallbacks")
    now = fields_of(route)
    changed = [name for name in names if getattr(now, name) != getattr(before, name)]
    if not changed and not moved:
        return route
    _refuse_shadowed(rules, after, "operator_codes" if changed else "place")
    route.version += 1
    route.save(update_fields=_WRITTEN)
    _number(after)
    if changed:
        _note(route, "edit", actor, {"changed": changed})
    if moved:
        _note(route, "move", actor, {"place": after.index(route) + 1})
    return route


def move_route(*, route: Route, place: int, actor: User | None) -> Route:
    """Move a rule within the list. ``place``: from 1 on; more than there are: last.

    Raises:
        InvalidInput: a rule could never match there, or none behind it.
    """
    return edit_route(route=route, fields=replace(fields_of(route), place=place), actor=actor)


def remove_route(*, route: Route, actor: User | None) -> None:
    """Remove a rule. Batches that were made by it go on by the rules that are left.

    ``route``: from :func:`lock_route`, in a transaction.
    """
    route.removed_at = timezone.now()
    route.version += 1
    route.save(update_fields=["removed_at", "version"])
    _number(list(find_routes()))
    _note(route, "remove", actor, {})


def fields_of(route: Route) -> RouteFields:
    """What a rule says, with the names of its gateways."""
    names = dict(Gateway.objects.values_list("id", "name"))
    return RouteFields(
        name=route.name, operator_codes=route.operator_codes, mailing=route.mailing_id,
        gateways=[(names[each], weight) for each, weight in zip(route.gateways, route.weights, strict=True)],
        fallbacks=[names[each] for each in route.fallbacks],
    )  # fmt: skip


def shadowed(rules: Sequence[Route]) -> list[Route]:
    """Those of ``rules``, in their order, that can never match, since others before them match the same messages."""
    return [rule for rule in rules if not _can_match(rule, rules)]


def _can_match(rule: Route, rules: Sequence[Route]) -> bool:
    """By the function that decides it for messages. A rule for all mailings may be used by one without its own."""
    seen = [each for each in rules if each.mailing_id in (None, rule.mailing_id)]
    return rule.id in by_code([Rule(each.id, each.operator_codes) for each in seen]).by_code


def _refuse_shadowed(before: Sequence[Route], after: Sequence[Route], field: str) -> None:
    known = {rule.id for rule in shadowed(before)}
    new = [rule for rule in shadowed(after) if rule.id not in known]
    if new:
        sentences = [_shadow_sentence(rule, after) for rule in new]
        raise InvalidInput({field: sentences})


def _shadow_sentence(rule: Route, rules: Sequence[Route]) -> str:
    earlier = rules[: list(rules).index(rule)]
    codes = set(range(CODES) if rule.operator_codes is None else rule.operator_codes)
    names = [
        label_of(each) if each.id != _NEW else _("this rule")
        for each in earlier
        if each.mailing_id in (None, rule.mailing_id)
        and (each.operator_codes is None or codes & set(each.operator_codes))
    ]
    words = {"rule": label_of(rule) if rule.id != _NEW else _("This rule"), "others": ", ".join(names)}
    return _("%(rule)s would never be used: before it, %(others)s takes the same messages.") % words


def _fill(route: Route, fields: RouteFields) -> None:
    wrong: dict[str, list[str]] = {}
    route.name = clean_text(fields.name)
    if len(route.name) > MAX_NAME:
        wrong["name"] = [_("Give at most %(most)d characters.") % {"most": MAX_NAME}]
    codes = fields.operator_codes
    if codes is not None and (not codes or not all(0 <= code < CODES for code in codes)):
        wrong["operator_codes"] = [_("Give codes from 000 to 999, or null for all numbers.")]
    route.operator_codes = None if codes is None else sorted(set(codes))
    try:
        route.mailing = None if fields.mailing is None else get_mailing(mailing_id=fields.mailing)
    except NotFound as error:
        wrong["mailing"] = [str(error)]
    ids = dict(find_gateways().values_list("name", "id"))
    chosen, fallbacks = [name for name, _weight in fields.gateways], list(fields.fallbacks)
    wrong |= _wrong_gateways(chosen, fallbacks, ids)
    if "gateways" not in wrong and not all(1 <= weight <= MAX_WEIGHT for _name, weight in fields.gateways):
        wrong["gateways"] = [_("Give weights from 1 to %(most)s.") % {"most": f"{MAX_WEIGHT:,}"}]
    if wrong:
        raise InvalidInput(wrong)
    route.gateways, route.weights = [ids[name] for name in chosen], [weight for _name, weight in fields.gateways]
    route.fallbacks = [ids[name] for name in fallbacks]


def _wrong_gateways(chosen: Sequence[str], fallbacks: Sequence[str], known: Collection[str]) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if not chosen:
        wrong["gateways"] = [_("Give at least one gateway.")]
    for field, names in (("gateways", chosen), ("fallbacks", fallbacks)):
        absent = [name for name in dict.fromkeys(names) if name not in known]
        if absent:
            wrong[field] = [_("There is no gateway “%(name)s”.") % {"name": name[:40]} for name in absent]
    twice = [name for name in dict.fromkeys(fallbacks) if name in chosen or list(fallbacks).count(name) > 1]
    if len(set(chosen)) < len(chosen):
        wrong.setdefault("gateways", [_("Name each gateway once.")])
    if twice:
        wrong.setdefault("fallbacks", [_("“%(name)s” is named twice.") % {"name": name} for name in twice])
    return wrong


def _placed(others: Sequence[Route], route: Route, place: int) -> list[Route]:
    if place < 1:
        raise InvalidInput({"place": [_("Places begin with 1.")]})
    return [*others[: place - 1], route, *others[place - 1 :]]


def _number(rules: Iterable[Route]) -> None:
    """Number the rules from 1 on."""
    for position, rule in enumerate(rules, 1):
        if rule.position != position:
            rule.position = position
            Route.objects.filter(id=rule.id).update(position=position)


def lock_rules() -> None:
    """Let nobody else change rules or remove a gateway until the transaction ends: rules are compared with each other.

    The row of ``default`` is never removed, so its lock serves.
    """
    Gateway.objects.select_for_update(no_key=True).get(id=DEFAULT_GATEWAY)


def _note(route: Route, action: str, actor: User | None, details: dict[str, object]) -> None:
    told = {**({"name": route.name} if route.name else {}), **details}
    record(actor=actor, action=f"route.{action}", object_type="route", object_id=route.id, details=told)
    wake_all("gateway")


def _found(route: Route | None) -> Route:
    if route is None:
        raise NotFound(_("There is no rule with this id."))
    return route
