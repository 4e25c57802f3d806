"""Reports what is wrong with a cluster, and what to do about it. Changes nothing except totals, on request."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import DatabaseError

from vestnik.accounts.registration import strangers_may_send
from vestnik.cluster.home import Home
from vestnik.cluster.home_secrets import read_known
from vestnik.db.away import why_away
from vestnik.db.connection import Connection, open_connection
from vestnik.db.locks import Lock
from vestnik.db.statements import Statements
from vestnik.environment import OPEN_REGISTRATION
from vestnik.gateways.states import State
from vestnik.health import Fact, facts, load_now
from vestnik.ledger.check import check_totals
from vestnik.mailings.pauses import held_back_mailings, paused_by_operators, reason_of
from vestnik.models import DisabledCode, PauseCode
from vestnik.receipts.counts import strange_receipts
from vestnik.reports.delivery import settings_problem
from vestnik.reports.problems import overdue_report, reports_problem
from vestnik.routing.find import shown_gateways
from vestnik.routing.preview import list_rules
from vestnik.routing.reach import notice, reach
from vestnik.routing.reencryption import earlier_key_needed
from vestnik.statistics.stuck_singles import stuck_singles
from vestnik.statistics.waiting import troubled_mailings, undecided_mailings
from vestnik.upkeep.outcome_log import is_on
from vestnik.upkeep.repair import repair_totals
from vestnik.webhooks.trouble import troubled_endpoints
from vestnik.zone_data import zone_data

SQL = Statements("vestnik.cli")
CLOSE_REGISTRATION = "Set REGISTRATION=closed and restart. An administrator makes accounts in the console, under Users."


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check: its subject, what was found, whether somebody has to act, and how."""

    about: str
    words: str
    needs_a_hand: bool = False
    advice: str = ""


def examine(*, repair: bool, everything: bool) -> Iterator[Finding]:
    """Look at all parts, the ones that others stand on first.

    Args:
        repair: count totals that differ from their messages again, and write them.
        everything: check the totals of all mailings; else of those that are not over, or ended within a day.
    """
    yield _settings()
    yield _time_zones()
    yield from _secrets()
    found = facts()
    # More about the report follows below, where the ledger can be asked.
    yield from (_told(fact) for fact in found if fact.name != "report")
    if not all(fact.ok for fact in found if fact.vital):
        return
    try:
        with open_connection("doctor", statement_timeout=600) as connection:
            yield _outcome_log()
            yield from _gateways()
            yield from _receipts()
            yield from _webhooks()
            yield from _earlier_keys()
            yield from _mailings(connection)
            yield from _stuck_singles()
            yield _report()
            yield from _totals(connection, repair=repair, everything=everything)
    except (psycopg.Error, DatabaseError) as error:
        away = why_away(error)
        if away is None:
            raise
        yield Finding(about="database", words=f"{away.words} ({away.said})", needs_a_hand=True, advice=away.advice)


def _told(fact: Fact) -> Finding:
    return Finding(about=fact.name, words=fact.words, needs_a_hand=not fact.ok, advice=fact.advice)


def _settings() -> Finding:
    environment = settings.ENVIRONMENT
    if environment.public_url.startswith("https://") and not environment.num_proxies:
        words = "PUBLIC_URL is HTTPS, but NUM_PROXIES is 0: what a proxy says of its callers is not believed"
        advice = "Set NUM_PROXIES to the number of proxies that end HTTPS before Vestnik, usually 1."
        return Finding(about="settings", words=words, needs_a_hand=True, advice=advice)
    if strangers_may_send():
        return Finding(about="settings", words=OPEN_REGISTRATION, needs_a_hand=True, advice=CLOSE_REGISTRATION)
    if environment.gateway_is_simulator:
        return Finding(about="settings", words="; ".join(filter(None, ("all are right", notice(reach())))))
    if not environment.gateway_token:
        words, advice = "GATEWAY_TOKEN is empty", "Set it to the token of the gateway; without one it refuses."
        return Finding(about="settings", words=words, needs_a_hand=True, advice=advice)
    knows = "knows" if environment.gateway_idempotent else "is taken not to know"
    words = f"all are right; the gateway {knows} a repeated id"
    return Finding(about="settings", words="; ".join(filter(None, (words, notice(reach())))))


def _gateways() -> Iterator[Finding]:
    """A line for each gateway that people have set up, and each rule that is not right. A disabled one is wanted."""
    for each in shown_gateways():
        if each.from_environment:  # the facts tell of the rest
            for warning in each.attention:
                yield Finding(about="gateways", words=f"{each.name}: {warning}", needs_a_hand=True)
            continue
        words = " ".join(filter(None, (f"{each.name}: {each.state.value}", each.reason, *each.warnings)))
        bad = each.state in _GATEWAY_ADVICE or bool(each.attention)
        advice = _GATEWAY_ADVICE.get(each.state, f"vestnik gateway show {each.name}").format(name=each.name)
        if each.unopened:
            advice = f"Enter its settings and secrets again, or set SECRET_KEY right: vestnik gateway edit {each.name}"
        yield Finding(about="gateways", words=words, needs_a_hand=bad, advice=advice if bad else "")
    rules = list_rules()
    for rule in rules.routes:
        for warning in rule.warnings:
            words = f"rule {rule.route.id} {rule.route.name}".rstrip() + f": {warning}"
            yield Finding(about="routes", words=words, advice="vestnik route list")
    for warning in rules.warnings:
        yield Finding(about="routes", words=warning)


def _receipts() -> Iterator[Finding]:
    """A line for each kind of receipt that came to nothing, if the last one came within a day."""
    for each in strange_receipts(within=timedelta(days=1)):
        words = f"{each.name}: receipts that are {each.kind}: {each.count}, the last within a day"
        yield Finding(about="receipts", words=words, advice="docs/how-to/receipts.md says what each means")


def _webhooks() -> Iterator[Finding]:
    """A line for each endpoint that fails for an hour, or was disabled for what it answered."""
    for each in troubled_endpoints():
        since = each.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        why = DisabledCode(each.code).label if each.code else "events do not arrive"
        words = f"webhook {each.id} ({each.name}): {'disabled since' if each.code else 'since'} {since}: {why}"
        advice = f"Check its last attempts: {settings.ENVIRONMENT.public_url}/console/webhooks/{each.id}"
        yield Finding(about="webhooks", words=words, needs_a_hand=True, advice=advice)


def _earlier_keys() -> Iterator[Finding]:
    """While ``SECRET_KEY`` is being changed: what still needs an earlier one."""
    if not settings.SECRET_KEY_FALLBACKS:
        return
    names = earlier_key_needed()
    if names:
        words = f"SECRET_KEY_FALLBACKS is needed for the secrets of {', '.join(names)}"
        yield Finding(about="keys", words=words, advice="vestnik gateway reencrypt")
    else:
        advice = "Once providers have the new addresses for receipts, remove it and restart."
        yield Finding(about="keys", words="SECRET_KEY_FALLBACKS: no gateway's secrets need it", advice=advice)


#: What to do about a gateway in a state that needs somebody.
_GATEWAY_ADVICE = {
    State.OUT: "Fix it at the provider, then: vestnik gateway put-back {name}",
    State.DOWN: "Check its address and the network: vestnik gateway check {name}",
}


def _outcome_log() -> Finding:
    """An older release must not be started while the log is on, and cannot send then."""
    if is_on():
        return Finding(about="outcome log", words="on: releases before it cannot send from this database")
    advice = "When no process of an older release is left: vestnik outcome-log on"
    return Finding(about="outcome log", words="off: each success is written on its message", advice=advice)


def _time_zones() -> Finding:
    """Python alone works out clients' hours; PostgreSQL only sorts by names of zones, so its data do not matter."""
    data = zone_data()
    used = "the package's" if data.uses_package else "the machine's"
    words = f"the machine has {data.machine or 'none that says so'}, Vestnik's package {data.package}: {used} are used"
    if data.machine == data.package:
        return Finding(about="time zones", words=f"{data.package}, of the machine and of Vestnik's package")
    if data.chosen:
        words, advice = f"{words}, for PYTHONTZPATH says so", "Take PYTHONTZPATH away: then the newer data are used."
        return Finding(about="time zones", words=words, needs_a_hand=data.used != data.package, advice=advice)
    older = "the tzdata of the machine" if data.uses_package else "Vestnik"
    return Finding(about="time zones", words=words, advice=f"Update {older}: the other is newer.")


_ADVICE: dict[str, Callable[[int], str]] = {
    PauseCode.OPERATOR: lambda mailing: f"vestnik mailing resume {mailing}",
    PauseCode.RESTORED: lambda mailing: f"If it may reach people twice: vestnik mailing resume {mailing}; else: cancel",
    PauseCode.REFUSED: lambda mailing: f"Set GATEWAY_TOKEN right, restart, then: vestnik mailing resume {mailing}",
    PauseCode.GATEWAY_BRAKE: lambda mailing: f"Set GATEWAY_URL right, restart, then: vestnik mailing resume {mailing}",
    PauseCode.MAILING_BRAKE: lambda mailing: f"Check its errors, then: vestnik mailing resume {mailing}, or cancel",
    PauseCode.WRONG_TEXT: lambda mailing: f"Correct its text (REST), then: vestnik mailing resume {mailing}, or cancel",
    "unknown": lambda mailing: f"vestnik mailing unknown {mailing} resend, or leave",
    "troubled": lambda mailing: f"Check its results by code: vestnik trace mailing {mailing}",
    "late": lambda _: "No worker starts it: check the workers above.",
    "unbuilt": lambda _: "No worker builds its audience: is one on the queue `work`?",
    "lapsed": lambda _: "No worker takes over its expired leases: check the workers above.",
    "unsettled": lambda _: "No worker settles it: check the workers above.",
}


def _mailings(connection: Connection) -> Iterator[Finding]:
    """Mailings that wait for somebody. A pause by an operator is reported, but needs no action: it was wanted."""
    stuck = SQL.run(connection, "stuck_mailings", chunk_lock=int(Lock.CHUNK))
    found = sorted([*_waiting_mailings(), *stuck])
    for mailing, what, words in found:
        advice = _ADVICE[what](mailing)
        wanted = what == PauseCode.OPERATOR
        yield Finding(about="mailings", words=f"mailing {mailing}: {words}", needs_a_hand=not wanted, advice=advice)
    if not found:
        yield Finding(about="mailings", words="none waits for a hand")


def _stuck_singles() -> Iterator[Finding]:
    """A line for each gateway that single messages wait for in vain."""
    for each in stuck_singles():
        until = each.first_end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = f" ({each.said})" if each.said else ""
        words = f"single messages that no gateway takes: {each.messages}, the first until {until};"
        words += f" {each.gateway} is suspended{said}"
        advice = f"vestnik gateway put-back {each.gateway}, or add another gateway to its rule: vestnik route list"
        yield Finding(about="messages", words=words, needs_a_hand=True, advice=advice)


def _waiting_mailings() -> Iterator[tuple[int, str, str]]:
    """Mailings that wait for a decision, the kind of it (a key of ``_ADVICE``), and in words what waits."""
    totals = load_now().totals
    for mailing in held_back_mailings():
        yield mailing.id, mailing.pause_code, f"{mailing.state}: {reason_of(mailing)}"
    for mailing in paused_by_operators():
        yield mailing.id, PauseCode.OPERATOR, f"paused: {reason_of(mailing)}"
    for mailing, count in undecided_mailings(totals):
        until = mailing.end_time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield mailing.id, "unknown", f"{count} unknown messages wait for a decision until {until}"
    for mailing, share in troubled_mailings(totals):
        yield mailing.id, "troubled", f"{round(100 * share)} % of the messages failed or are unknown"


def _secrets() -> Iterator[Finding]:
    """Whether the next start would find its secrets. Reported while the cluster still runs."""
    home = Home(Path(settings.ENVIRONMENT.home)) if settings.ENVIRONMENT.home else None
    if home is not None and home.has_ledger and "postgres_password" not in read_known(home.secrets_file):
        words = f"{home.secrets_file} does not contain the password of the database: the next start will refuse"
        advice = f"Put it back from a copy, or stop the cluster and run `vestnik new-secrets --home {home.folder}`."
        yield Finding(about="secrets", words=words, needs_a_hand=True, advice=advice)


def _report() -> Finding:
    """A daily report without recipients is mentioned, but may be wanted. One that cannot leave needs action."""
    problem = reports_problem()
    if problem is None:
        return Finding(about="report", words="the daily report leaves, or waits for its time")
    failing = settings_problem() is None
    where = "the broker, beat and the workers above" if overdue_report() else "EMAIL_URL and the mail server"
    advice = f"Check {where}, then: vestnik report --send" if failing else ""
    return Finding(about="report", words=problem, needs_a_hand=failing, advice=advice)


def _totals(connection: Connection, *, repair: bool, everything: bool) -> Iterator[Finding]:
    mailings = [row[0] for row in SQL.run(connection, "mailings_to_check", everything=everything)]
    differences = check_totals(connection, mailings)
    for mailing in dict.fromkeys(difference.mailing for difference in differences):
        of_mailing = [difference for difference in differences if difference.mailing == mailing]
        for difference in of_mailing:
            where = f"mailing {mailing}" + (f", batch {difference.batch}" if difference.batch else "")
            yield Finding(
                about="totals", words=f"{where}: {difference.words}", needs_a_hand=not repair,
                advice="" if repair else "vestnik doctor --repair",
            )  # fmt: skip
        if repair:
            done = repair_totals(mailing=mailing, actor=None)
            left = check_totals(connection, [mailing])
            yield Finding(about="totals", words=f"mailing {mailing} repaired: {done.words}", needs_a_hand=bool(left))
    if not differences:
        yield Finding(about="totals", words=f"{len(mailings)} mailings checked: their counters are what their rows say")
