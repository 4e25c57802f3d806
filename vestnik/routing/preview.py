"""What the rules mean: which gateways a number would go to, and what is wrong with the list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import connection
from django.utils.translation import gettext as _

from vestnik.db.rows import find_row
from vestnik.errors import StateForbids
from vestnik.gateways.states import State
from vestnik.models import DEFAULT_GATEWAY, Client, Route
from vestnik.phones.number import operator_code_of
from vestnik.routing.find import Shown, shown_gateways
from vestnik.routing.routes import find_routes, label_of, shadowed
from vestnik.routing.rules import rules_of
from vestnik.routing.values import DEFAULT_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One gateway of a rule. ``share``: of its messages that go over it now, 0 to 1."""

    gateway: str
    weight: int
    share: float
    takes_messages: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Where a message to a number would go.

    - ``in_directory``: a client has the number, so its operator code holds. ``route``: None: no rule matches.
    - ``shares``: of the gateways by weight. ``fallbacks``: in their order; used when ``shares`` has none that takes
      messages. ``words``: all of it as one sentence.
    """

    operator_code: int
    in_directory: bool
    route: Route | None
    shares: tuple[Share, ...]
    fallbacks: tuple[Share, ...]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A rule in the list. ``place``: from 1 on. ``gateways``: with weights. ``warnings``: what is wrong, in words."""

    route: Route
    place: int
    gateways: tuple[dict[str, object], ...]
    fallbacks: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All rules in their order. ``others``: the gateway of messages that none matches."""

    routes: tuple[Listed, ...]
    others: str
    warnings: tuple[str, ...]


def list_rules() -> Rules:
    """All rules that hold, in their order, with what is wrong with each and with all of them."""
    rules, gateways = list(find_routes()), {each.row.id: each for each in shown_gateways()}
    listed = tuple(_listed(rule, place, rules, gateways) for place, rule in enumerate(rules, 1))
    return Rules(routes=listed, others=DEFAULT_NAME, warnings=tuple(list_warnings(rules, gateways)))


def rule_of(route: Route) -> Listed:
    """One rule as it stands in the list, with the warnings of the whole list as well, for its answer."""
    found = list_rules()
    (one,) = (each for each in found.routes if each.route.id == route.id)
    return replace(one, warnings=(*one.warnings, *found.warnings))


def _listed(route: Route, place: int, rules: Sequence[Route], gateways: dict[int, Shown]) -> Listed:
    def name(number: int) -> str:
        return gateways[number].name if number in gateways else str(number)

    weights = zip(route.gateways, route.weights, strict=True)
    return Listed(
        route=route, place=place, fallbacks=tuple(map(name, route.fallbacks)),
        gateways=tuple({"gateway": name(number), "weight": weight} for number, weight in weights),
        warnings=tuple(warnings_of(route, rules, gateways)),
    )  # fmt: skip


def preview(*, phone: int, mailing: int | None = None) -> Preview:
    """Where a message to ``phone`` would go now: by the rules for all mailings, or by those of one as well."""
    code, in_directory, route = _matched(phone, mailing)
    gateways = {each.row.id: each for each in shown_gateways()}
    if route is None:
        shares, fallbacks = _shares([DEFAULT_GATEWAY], [1], gateways), _shares([], [], gateways)
    else:
        shares = _shares(route.gateways, route.weights, gateways)
        fallbacks = _shares(route.fallbacks, [1] * len(route.fallbacks), gateways)
    return Preview(
        operator_code=code, in_directory=in_directory, route=route, shares=shares, fallbacks=fallbacks,
        words=_sentence(route, shares, fallbacks),
    )  # fmt: skip


def gateway_for(*, phone: int, mailing: int | None = None) -> Shown:
    """The gateway over which one message to ``phone`` would go now, for a test message.

    It is the first of those by weight that takes messages, or else the first to fall back on that does. If none does,
    it is the first that only does not answer: a message to it finds out whether it answers again.

    Args:
        phone: eleven digits.
        mailing: by its rules as well; None: by the rules for all mailings.

    Raises:
        StateForbids: each of them is disabled or out. Says which.
    """
    _code, _in_directory, route = _matched(phone, mailing)
    gateways = {each.row.id: each for each in shown_gateways()}
    ids = [DEFAULT_GATEWAY] if route is None else [*route.gateways, *route.fallbacks]
    named = [gateways[number] for number in ids if number in gateways]
    usable = [each for each in named if each.state not in (State.OUT, State.DISABLED)]
    usable.sort(key=lambda each: not each.takes_messages)
    if usable:
        return usable[0]
    sentence = _("%(rule)s: none of the gateways can be used, so nothing was sent.") % {"rule": _rule_words(route)}
    raise StateForbids(" ".join([sentence, *_troubles(named)]))


def warnings_of(route: Route, rules: Sequence[Route], gateways: dict[int, Shown]) -> list[str]:
    """What is wrong with a rule just now, in words.

    Args:
        route: one of ``rules``.
        rules: all that hold, in their order.
        gateways: all that were not removed, by id.
    """
    found = []
    if route.id in {each.id for each in shadowed(rules)}:
        found.append(_("It is never used: rules before it take the same messages."))
    named = [*route.gateways, *route.fallbacks]
    found.extend(_troubles([gateways[number] for number in named if number in gateways]))
    tests = [gateways[number] for number in named if number in gateways and gateways[number].in_test]
    found.extend(
        _("“%(name)s” is in test mode: what goes over it is not delivered.") % {"name": each.name} for each in tests
    )
    if not any(number in gateways and gateways[number].takes_messages for number in named):
        found.append(_("None of its gateways can take messages: they wait."))
    return found


def list_warnings(rules: Sequence[Route], gateways: dict[int, Shown]) -> list[str]:
    """What the list as a whole leaves out: where messages go that no rule matches."""
    if any(rule.mailing_id is None and rule.operator_codes is None for rule in rules):
        return []
    default = gateways.get(DEFAULT_GATEWAY)
    if not rules and (default is None or not default.simulator):
        return []  # one gateway, as most have it
    if default is not None and default.simulator:
        return [_("Messages that no rule matches go to “default”, which is the simulator: NOTHING IS DELIVERED.")]
    return [_("Messages that no rule matches go to “default”.")]


def _matched(phone: int, mailing: int | None) -> tuple[int, bool, Route | None]:
    """The operator code of a number, whether a client has it, and the rule that matches; None: none does."""
    client = find_row(Client, phone_number=phone)
    code = operator_code_of(phone) if client is None else client.mobile_operator_code
    route = find_routes().filter(id=rules_of(connection, mailing or 0).by_code[code]).first()
    return code, client is not None, route


def _troubles(gateways: Sequence[Shown]) -> list[str]:
    """Why those of ``gateways`` that take no messages take none, in words."""
    found = []
    for each in gateways:
        if not each.row.enabled:
            found.append(_("“%(name)s” is disabled: no message goes over it.") % {"name": each.name})
        elif each.state is State.OUT:
            found.append(
                _("“%(name)s” is suspended: it rejects our account and gets no messages.") % {"name": each.name}
            )
        elif not each.takes_messages:
            found.append(_("“%(name)s” does not answer: it gets no new messages until it does.") % {"name": each.name})
    return found


def _shares(ids: Sequence[int], weights: Sequence[int], gateways: dict[int, Shown]) -> tuple[Share, ...]:
    takes = [number in gateways and gateways[number].takes_messages for number in ids]
    total = sum(weight for weight, open_now in zip(weights, takes, strict=True) if open_now)
    return tuple(
        Share(
            gateway=gateways[number].name if number in gateways else str(number),
            weight=weight,
            share=weight / total if open_now and total else 0.0,
            takes_messages=open_now,
        )
        for number, weight, open_now in zip(ids, weights, takes, strict=True)
    )


def _sentence(route: Route | None, shares: Sequence[Share], fallbacks: Sequence[Share]) -> str:
    rule = _rule_words(route)
    over = [each for each in shares if each.takes_messages]
    if not over:
        over = [each for each in fallbacks if each.takes_messages][:1]
    if not over:
        return _("%(rule)s: no gateway can take messages, so they wait.") % {"rule": rule}
    if len(over) == 1:
        return _("%(rule)s: over %(gateway)s.") % {"rule": rule, "gateway": over[0].gateway}
    parts = ", ".join(f"{each.gateway} {each.share:.0%}" for each in over)
    return _("%(rule)s: over one of %(gateways)s.") % {"rule": rule, "gateways": parts}


def _rule_words(route: Route | None) -> str:
    return _("No rule matches") if route is None else _("By %(rule)s") % {"rule": label_of(route)}
