"""What a dispatcher writes to and reads from the ledger about the gateway: breaker, brake, and requested waits."""

import logging
from typing import NamedTuple

from vestnik.db.connection import Connection
from vestnik.db.statements import Statements
from vestnik.dispatch.brake import TRIAL, BrakeReport, Stop
from vestnik.dispatch.breaker_state import BreakerReport
from vestnik.mailings.pauses import MAX_DETAIL, pause_sentence
from vestnik.metrics.counted import BRAKES, BREAKER_OPENED
from vestnik.models import PauseCode

SQL = Statements("vestnik.dispatch")
#: Seconds before the first probe of a gateway that is down, and the longest wait for the next.
FIRST_PROBE, MAX_PROBE = 0.5, 5.0
#: Characters of an answer's code, and of a reason.
_ANSWER, _REASON = 40, 200

log = logging.getLogger(__name__)


class GatewayRow(NamedTuple):
    """The gateway as the ledger knows it. Times are unix seconds, ``probe_in`` seconds from now.

    ``outcome_log``: successes are written into the log.
    """

    now: float
    breaker: str
    probe_in: float | None
    careful_since: float | None
    asks_to_wait: bool
    ignores_waits: bool
    outcome_log: bool


def tell_brake(connection: Connection, report: BrakeReport) -> int | None:
    """Count bad answers, and pause what is to be stopped. Call it before the mailings are read back.

    Returns how many dispatchers there are, if that is asked.
    """
    stops = list(report.stops)
    if report.proved:
        SQL.run(connection, "forget_bad")
    elif report.bad and report.last is not None and not stops:
        ((bad,),) = SQL.run(connection, "count_bad", bad=report.bad)
        if bad >= TRIAL:
            stops.append(report.last)
    for stop in stops:
        _pause(connection, stop)
    if not report.careful:
        return None
    ((dispatchers,),) = SQL.run(connection, "count_dispatchers")
    return int(dispatchers)


def tell_breaker(connection: Connection, report: BreakerReport) -> None:
    """Open or close the breaker as a dispatcher has seen, and note what the gateway asks for."""
    if report.asked:
        SQL.run(connection, "ask_to_wait", seconds=report.asked)
    elif report.wait_over:
        SQL.run(connection, "wait_is_over")
    if report.reason:
        if SQL.run(connection, "open_breaker", reason=report.reason[:_REASON], seconds=max(FIRST_PROBE, report.wait)):
            log.error("the breaker opened: %s", report.reason)
            BREAKER_OPENED.inc()
    elif report.probe_answered:
        if SQL.run(connection, "close_breaker"):
            log.warning("the breaker closed: the gateway answers again")
    elif report.probe_answered is False:
        SQL.run(connection, "probe_failed", reason=report.probe_reason[:_REASON], most=MAX_PROBE, wait=report.wait)


def read_gateway(connection: Connection) -> GatewayRow:
    """Read back what the ledger knows."""
    (row,) = SQL.run(connection, "gateway_state")
    return GatewayRow(*row)


def pause_refused(connection: Connection, mailing: int, answer: str, *, handed_over: float) -> None:
    """The gateway refused our token: pause the mailing, unless it was resumed since that request (unix seconds)."""
    reason = pause_sentence(PauseCode.REFUSED, answer)
    values = {"code": PauseCode.REFUSED, "answer": answer, "reason": reason}
    if SQL.run(connection, "pause_refused", mailing=mailing, handed_over=handed_over, **values):
        log.error("the mailing is paused: %s", reason, extra={"mailing": mailing})


def _pause(connection: Connection, stop: Stop) -> None:
    code = PauseCode.GATEWAY_BRAKE if stop.mailing is None else PauseCode.MAILING_BRAKE
    answer = stop.kind[:_ANSWER]
    # The last answer may be of another kind than the one that is the reason.
    detail = stop.outcome.detail[:MAX_DETAIL] if stop.outcome.code == stop.kind else ""
    reason = pause_sentence(code, answer, detail)
    values = {"code": code, "answer": answer, "detail": detail, "reason": reason, "handed_over": stop.handed_over}
    if stop.mailing is None:
        paused = SQL.run(connection, "stop_sending", **values)
    else:
        paused = SQL.run(connection, "stop_mailing", mailing=stop.mailing, **values)
    for (mailing,) in paused:
        log.error("the mailing is paused: %s", reason, extra={"mailing": mailing})
    if paused:
        BRAKES.inc()
