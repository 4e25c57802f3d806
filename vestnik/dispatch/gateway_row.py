"""What a dispatcher writes to and reads from the ledger about the gateway: breaker, brake, and requested waits."""

import logging
from collections.abc import Mapping
from typing import NamedTuple

from vestnik.db.connection import Connection, HasCursor
from vestnik.db.statements import Statements
from vestnik.dispatch.brake import TRIAL, BrakeReport, Stop
from vestnik.dispatch.breaker_state import BreakerReport
from vestnik.dispatch.exchange import Refusal
from vestnik.dispatch.settings import names_of_dispatchers
from vestnik.ledger.fragments import GATEWAYS_UP, RULES
from vestnik.mailings.pauses import MAX_DETAIL, pause_sentence
from vestnik.mailings.without_gateway import pause_without_gateway
from vestnik.metrics.counted import BRAKES, BREAKER_OPENED, GATEWAYS_OUT
from vestnik.models import PauseCode

_PLAIN = Statements("vestnik.dispatch", gateways_up=GATEWAYS_UP)
SQL = Statements(
    "vestnik.dispatch", others=_PLAIN.text("others"), others_in_use=_PLAIN.text("others_in_use"), rules=RULES
)
#: Seconds before the first probe of a gateway that is down, and the longest wait for the next: where it is the only
#: one, and where others can take over, since each probe may cost a message.
FIRST_PROBE, MAX_PROBE, MAX_PROBE_OF_SEVERAL = 0.5, 5.0, 60.0
#: Seconds between probes of a gateway that is held, though it answers.
HELD_PROBE = 5.0
#: Characters of an answer's code, and of a reason.
_ANSWER, _REASON = 40, 200

log = logging.getLogger(__name__)


class GatewayRow(NamedTuple):
    """The gateway as the ledger knows it. Times are unix seconds, ``probe_in`` seconds from now.

    ``outcome_log``: successes are written into the log. ``known``: another number when any gateway's settings change.
    ``out``: it refuses us, and gets nothing. ``held``: it was down, and answers probes again. ``several``: there is or
    was another gateway. ``unopened``: it is said that nobody can open it. ``others``: one that shares a rule with it
    takes messages now.
    """

    now: float
    breaker: str
    probe_in: float | None
    careful_since: float | None
    asks_to_wait: bool
    ignores_waits: bool
    outcome_log: bool
    known: int
    out: bool
    held: bool
    several: bool
    unopened: bool
    others: bool


def tell_brake(connection: Connection, gateway: int, report: BrakeReport, *, several: bool) -> int | None:
    """Count bad answers, and pause what is to be stopped. Call it before the mailings are read back.

    Returns how many dispatchers there are, if that is asked.
    """
    stops = list(report.stops)
    if report.proved:
        SQL.run(connection, "forget_bad", gateway=gateway)
    elif report.bad and report.last is not None and not stops:
        ((bad,),) = SQL.run(connection, "count_bad", gateway=gateway, bad=report.bad)
        if bad >= TRIAL:
            stops.append(report.last)
    for stop in stops:
        _stop(connection, gateway, stop, several=several)
    if not report.careful:
        return None
    ((dispatchers,),) = SQL.run(connection, "count_dispatchers", names=f"vestnik {names_of_dispatchers(gateway)}")
    return int(dispatchers)


def tell_breaker(connection: Connection, gateway: int, report: BreakerReport, *, others: bool) -> None:
    """Open or close the breaker as a dispatcher has seen, and note what the gateway asks for."""
    if report.asked:
        SQL.run(connection, "ask_to_wait", gateway=gateway, seconds=report.asked)
    elif report.wait_over:
        SQL.run(connection, "wait_is_over", gateway=gateway)
    if report.reason:
        first, reason = max(FIRST_PROBE, report.wait), report.reason[:_REASON]
        if SQL.run(connection, "open_breaker", gateway=gateway, reason=reason, seconds=first):
            log.error("the breaker opened: %s", report.reason, extra={"gateway": gateway})
            BREAKER_OPENED.inc()
    elif report.probe_answered:
        if not (others and SQL.run(connection, "hold_breaker", gateway=gateway, every=HELD_PROBE)):
            close_breaker(connection, gateway)
    elif report.probe_answered is False:
        reason, most = report.probe_reason[:_REASON], MAX_PROBE_OF_SEVERAL if others else MAX_PROBE
        SQL.run(connection, "probe_failed", gateway=gateway, reason=reason, most=most, wait=report.wait)


def close_breaker(connection: Connection, gateway: int) -> None:
    """Let messages flow again: a probe was answered, and nothing else holds them back."""
    if SQL.run(connection, "close_breaker", gateway=gateway):
        log.warning("the breaker closed: the gateway answers again", extra={"gateway": gateway})


def add_state(connection: Connection, gateway: int) -> None:
    """Add the row of a gateway's state, if it is missing."""
    SQL.run(connection, "add_gateway_state", gateway=gateway)


def note_unopened(connection: HasCursor, gateway: int, reason: str) -> None:
    """No dispatcher can be started for a gateway: while there is none anywhere, it does not count as up.

    Args:
        connection: to the ledger.
        gateway: which one.
        reason: what is wrong, for people.
    """
    values = {"reason": reason[:_REASON] or "?", "names": f"vestnik {names_of_dispatchers(gateway)}"}
    SQL.run(connection, "note_unopened", gateway=gateway, **values)


def _note_opened(connection: Connection, gateway: int) -> None:
    SQL.run(connection, "note_opened", gateway=gateway)


def read_gateway(connection: Connection, gateway: int) -> GatewayRow:
    """Read back what the ledger knows."""
    (row,) = SQL.run_repeated(connection, "gateway_state", gateway=gateway)
    found = GatewayRow._make((*row, False))
    if found.unopened:  # said by a process that could not, before this one has
        _note_opened(connection, gateway)
    if not found.several:
        return found
    # A statement of its own, for it costs more to plan than the other, and mostly there is one gateway.
    ((others,),) = SQL.run_repeated(connection, "others_up", gateway=gateway)
    return found._replace(others=others)


def tell_refusals(connection: Connection, gateway: int, refused: Mapping[int, Refusal], *, several: bool) -> None:
    """The gateway refuses us: it is out if any other is in use, and mailings pause for which none is left.

    Args:
        connection: to the ledger. Every statement may be repeated; the messages are queued again.
        gateway: which one.
        refused: by mailing, the latest refusal.
        several: there are several gateways.
    """
    if refused and several:
        last = max(refused.values())
        if take_out(connection, gateway, last.code, last.words, handed_over=last.handed_over):
            pause_without_gateway(connection)
    for mailing, refusal in refused.items():
        pause_refused(connection, gateway, mailing, refusal.code, handed_over=refusal.handed_over, several=several)


def take_out(connection: Connection, gateway: int, code: str, words: str, *, handed_over: float) -> bool:
    """Take a gateway out that refuses us, if any other is in use. Return whether it was taken out now.

    The other need not be up, nor share a rule: else neither this one would be out, nor all of its mailings paused, and
    their messages would be refused again and again.

    Args:
        connection: to the ledger.
        gateway: which one.
        code: of its answer.
        words: what it said.
        handed_over: when the request was (unix seconds). One from before the last decision counts for nothing.
    """
    values = {"code": code[:_ANSWER], "words": words[:_REASON], "handed_over": handed_over}
    gone = bool(SQL.run(connection, "take_out", gateway=gateway, **values))
    if gone:
        log.error("a gateway is suspended, others take over what they may: %s", code, extra={"gateway": gateway})
        GATEWAYS_OUT.inc()
    return gone


def pause_refused(
    connection: Connection, gateway: int, mailing: int, answer: str, *, handed_over: float, several: bool
) -> None:
    """The gateway refuses us: pause the mailing, unless it was resumed since that request (unix seconds).

    ``several``: there are several gateways. Then it pauses only if no other one is in use.
    """
    reason = pause_sentence(PauseCode.REFUSED, answer)
    values = {"code": PauseCode.REFUSED, "answer": answer, "reason": reason, "gateway": gateway, "several": several}
    if SQL.run(connection, "pause_refused", mailing=mailing, handed_over=handed_over, **values):
        log.error("the mailing is paused: %s", reason, extra={"mailing": mailing})


def _stop(connection: Connection, gateway: int, stop: Stop, *, several: bool) -> None:
    if stop.mailing is None and several:
        words = stop.outcome.detail if stop.outcome.code == stop.kind else ""
        if take_out(connection, gateway, stop.kind, words, handed_over=stop.handed_over):
            pause_without_gateway(connection)
            return
    code = PauseCode.GATEWAY_BRAKE if stop.mailing is None else PauseCode.MAILING_BRAKE
    answer = stop.kind[:_ANSWER]
    # The last answer may be of another kind than the one that is the reason.
    detail = stop.outcome.detail[:MAX_DETAIL] if stop.outcome.code == stop.kind else ""
    reason = pause_sentence(code, answer, detail)
    values = {"code": code, "answer": answer, "detail": detail, "reason": reason, "handed_over": stop.handed_over}
    if stop.mailing is None:
        paused = SQL.run(connection, "stop_sending", gateway=gateway, several=several, **values)
    else:
        paused = SQL.run(connection, "stop_mailing", mailing=stop.mailing, **values)
    for (mailing,) in paused:
        log.error("the mailing is paused: %s", reason, extra={"mailing": mailing})
    if paused:
        BRAKES.inc()
