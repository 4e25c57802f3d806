"""Whom a message would reach that is sent now: nobody, those alone for whom a rule says so, or everybody.

Console, letter, doctor and start ask here. The built-in simulator delivers nothing, and neither does a provider in test
mode. Where ``default`` is the simulator, rules may still send over gateways that were added in the console; where it is
real, rules may send over a gateway in test mode.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from vestnik.ledger.outside import Enabled, enabled_gateways
from vestnik.models import Route
from vestnik.routing.routes import find_routes, label_of
from vestnik.routing.rules import Rule, by_code
from vestnik.routing.values import DEFAULT_NAME

#: Gateways, and rules, that a sentence names.
MAX_NAMED = 3


class Extent(StrEnum):
    """Who gets a message."""

    NOBODY = "nobody"
    SOME = "some"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whom messages reach.

    - ``over``: the gateways outside that messages go over. ``unused``: those that are enabled without such a rule.
    - ``in_test``: the gateways that are enabled and deliver nothing, since their settings say so.
    - ``others``: messages that no rule matches go to the simulator.
    - ``undelivered``, ``partly``: the rules of which all messages, or some, are not delivered.
    """

    extent: Extent
    over: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    in_test: tuple[str, ...] = ()
    others: bool = False
    undelivered: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()

    @property
    def default_delivers(self) -> bool:
        """Whether only some rules keep their messages from people."""
        return DEFAULT_NAME in self.over

    @property
    def tests(self) -> str:
        """The names of the gateways in test mode, as a part of a sentence; empty: there is none."""
        return _named(f"“{name}”" for name in self.in_test)

    @property
    def words(self) -> str:
        """What is delivered and what is not, as part of a sentence, in the active language. Empty: all is."""
        if self.extent is Extent.EVERYBODY:
            return ""
        if self.extent is Extent.NOBODY:
            return _("nothing is delivered")
        left = "; ".join(self._left())
        if self.default_delivers:
            return _("not delivered: %(left)s") % {"left": left}
        words = {"gateways": _named(f"“{name}”" for name in self.over), "left": left}
        return _("only messages that a rule sends over %(gateways)s are delivered. Not delivered: %(left)s") % words

    def _left(self) -> Iterable[str]:
        if self.others:
            yield _("messages that no rule matches")
        if self.undelivered:
            yield _("messages by these rules: %(rules)s") % {"rules": _named(self.undelivered)}
        if self.partly:
            yield _("some of the messages by these rules: %(rules)s") % {"rules": _named(self.partly)}


def notice(found: Reach) -> str:
    """What the start and doctor say. Empty: everything is delivered."""
    return f"TEST GATEWAY: {found.words}" if found.words else ""


def reach() -> Reach:
    """Whom messages reach now. One small table is read, and a second one where only some gateways deliver."""
    gateways = enabled_gateways(settings.ENVIRONMENT)
    nobody = [gateway.reaches_nobody for gateway in gateways]
    if not any(nobody):
        return Reach(extent=Extent.EVERYBODY)
    if all(nobody):
        return Reach(extent=Extent.NOBODY, in_test=_tests(gateways))
    # A rule of a mailing that is over sends nothing any more.
    mailing_goes_on = Q(mailing=None) | Q(mailing__frozen_at=None, mailing__hidden_at=None)
    return reach_by(list(find_routes().filter(mailing_goes_on)), gateways)


def reach_by(rules: Sequence[Route], gateways: Sequence[Enabled]) -> Reach:
    """Whom messages reach by these rules. ``rules``: in their order. ``gateways``: those that are enabled."""
    nobody = {gateway.id: gateway.reaches_nobody for gateway in gateways}
    used, others = _used(rules)
    over: set[int] = set()
    undelivered: list[str] = []
    partly: list[str] = []
    for rule in (rule for rule in rules if rule.id in used):
        outside = {each for each in _named_by(rule) if nobody.get(each) is False}
        over |= outside
        if any(nobody.get(each) for each in _named_by(rule)):
            (partly if outside else undelivered).append(label_of(rule))
    default = gateways[0]  # it takes what no rule matches
    if others and not default.reaches_nobody:
        over.add(default.id)
    others = others and default.reaches_nobody
    left = others or undelivered or partly
    extent = Extent.NOBODY if not over else Extent.SOME if left else Extent.EVERYBODY
    return Reach(
        extent=extent,
        over=tuple(gateway.name for gateway in gateways if gateway.id in over),
        unused=tuple(gateway.name for gateway in gateways if not gateway.reaches_nobody and gateway.id not in over),
        in_test=_tests(gateways),
        others=others,
        undelivered=tuple(undelivered),
        partly=tuple(partly),
    )


def _tests(gateways: Iterable[Enabled]) -> tuple[str, ...]:
    return tuple(gateway.name for gateway in gateways if gateway.in_test)


def _named_by(rule: Route) -> list[int]:
    return [*rule.gateways, *rule.fallbacks]


def _used(rules: Sequence[Route]) -> tuple[set[int], bool]:
    """The ids of the rules that can match, and whether messages are left that none for all mailings matches."""
    by_mailing: Mapping[int | None, list[Rule]] = {rule.mailing_id: [] for rule in rules} | {None: []}
    for mailing, seen in by_mailing.items():
        seen.extend(Rule(each.id, each.operator_codes) for each in rules if each.mailing_id in (None, mailing))
    found = {mailing: set(by_code(seen).by_code) for mailing, seen in by_mailing.items()}
    own = {rule.id for rule in rules if rule.id in found[rule.mailing_id]}
    return own, 0 in found[None]


def _named(names: Iterable[str]) -> str:
    every = list(names)
    more = len(every) - MAX_NAMED
    named = ", ".join(every[:MAX_NAMED])
    return _("%(named)s and %(count)d more") % {"named": named, "count": more} if more > 0 else named
