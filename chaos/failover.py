"""One of two gateways fails in the middle of a mailing: the other takes over, and nobody gets a message over both.

The one that fails is the gateway ``default``, or one that speaks a provider's protocol with the same simulator.
"""

import time
from collections.abc import Callable
from typing import Any

from chaos.stage import Injected, Stage
from vestnik.simulator.accounts import Account, settings_for

#: Seconds in which the other gateway has to be sending what the failing one does not take.
TAKES_OVER = 5.0
#: Seconds after the fault in which all is over. What is in doubt at an idempotent gateway waits for that one: for its
#: next probe and for the end of requests that hang.
RECOVERY = 150.0
#: Seconds for which is looked whether it does.
_LOOK = 2.0
#: Requests that show that the other gateway sends.
_FLOWS = 20


#: A provider that says its refusals with a 200, as SMSC.ru does, set up by hand: a repeated id is known, as by Probe.
PROVIDER = "provider"
#: An SMSC. It knows no id of ours, so it is never idempotent.
SMSC = "smsc"


def add_gateways(stage: Stage, secret: str) -> None:
    """Set gateways up, as an administrator does, and a rule that divides messages between two of them.

    Args:
        stage: with its two simulators.
        secret: of the first simulator.
    """
    second = stage.second
    assert second is not None
    _add(stage, "second", "probe", {"url": second.base_url, "token": second.token}, timeout=30)
    account = Account(url=stage.gateway.base_url, smpp_port=stage.gateway.smpp_port, secret=secret)
    by_hand = settings_for("http", account)
    _add(stage, PROVIDER, "http", {**by_hand, "body": by_hand["body"] + "&id=v{{id}}"}, timeout=5)
    if not stage.idempotent:
        window = {"window": stage.concurrency, "receipts": "none"}
        _add(stage, SMSC, "smpp", {**settings_for("smpp", account), **window}, timeout=5)
    shares = [{"gateway": "default", "weight": 1}, {"gateway": "second", "weight": 1}]
    stage.rest.post("/routes", {"name": "both", "gateways": shares})


def _add(stage: Stage, name: str, kind: str, settings: dict[str, Any], *, timeout: int) -> None:
    body = {"name": name, "kind": kind, "settings": settings, "concurrency": stage.concurrency, "timeout": timeout}
    stage.rest.post("/gateways", body | ({} if kind == "smpp" else {"idempotent": stage.idempotent}))
    stage.rest.post(f"/gateways/{name}/check", {})
    stage.rest.post(f"/gateways/{name}/test", {"phone_number": "79990000000", "text": "chaos"})
    stage.rest.post(f"/gateways/{name}/enable", {})


def failing(fault: str, seconds: float, *, over: str = "default") -> Callable[[Stage], Injected]:
    """A scenario in which a gateway fails so for some seconds (a third of it in the short form). ``over``: which."""

    def play(stage: Stage) -> Injected:
        problems = _break(stage, fault, pace=2 * seconds, over=over)
        # Also the refusing one answers again then.
        stage.supervisor.pause(stage.seconds(seconds, seconds / 3) + 1.0)
        return Injected(times=1, problems=problems, recovery=RECOVERY)

    return play


def killed_meanwhile(stage: Stage) -> Injected:
    """The gateway hangs, and while the other takes over, dispatchers are killed."""
    times = stage.times(12, 3)
    problems = _break(stage, "hang", pace=times * 3)
    for _ in range(times):
        stage.supervisor.pause(stage.random.uniform(0.3, 1.5))
        stage.supervisor.kill(stage.random.choice(stage.supervisor.dispatchers))
    return Injected(times=times, deaths=times, problems=problems, recovery=RECOVERY)


def _break(stage: Stage, fault: str, *, pace: float, over: str = "default") -> list[str]:
    """Begin a mailing, let the first gateway fail once both send, and look whether the other takes over."""
    _put_back(stage, over)
    stage.begin(pace=pace)
    second = stage.second
    assert second is not None
    both = [stage.gateway, second]
    flows = stage.supervisor.until(lambda: all(each.totals()["requests"] >= _FLOWS for each in both), seconds=30)
    problems = [] if flows else ["the two gateways did not send side by side"]
    if fault == "refuse":  # nobody can ask it anything meanwhile
        stage.gateway.refuse(TAKES_OVER + _LOOK)
    else:
        stage.behave_of_first(shares={fault: 1}, taken=0.5)
    stage.supervisor.pause(TAKES_OVER)
    before = second.totals()["requests"]
    here = None if fault == "refuse" else stage.gateway.totals()["requests"]
    moves = stage.supervisor.until(
        lambda: second.totals()["requests"] >= before + _FLOWS or stage.ledger.is_over(stage.mailing), seconds=_LOOK
    )
    if not moves:
        problems.append(f"{TAKES_OVER:.0f} s after the fault nothing goes over the other gateway")
    if here is not None and (late := stage.gateway.totals()["requests"] - here) > _FLOWS:
        problems.append(f"{TAKES_OVER:.0f} s after the fault the failing gateway still got {late} requests")
    return problems


def _put_back(stage: Stage, over: str) -> None:
    """Forget the outage of the scenario before, and divide messages between this gateway and the second."""
    stage.ledger.query(
        "UPDATE vestnik_route SET version = version + 1, gateways ="
        " ARRAY(SELECT id FROM vestnik_gateway WHERE name IN (%s, 'second') AND removed_at IS NULL ORDER BY id)",
        over,
    )
    stage.ledger.query(
        "UPDATE vestnik_gatewaystate SET breaker = 'closed', breaker_reason = '', breaker_changed_at = NULL,"
        " probe_at = NULL, probes_failed = 0, back_at = NULL, out_at = NULL, hold_seconds = 60, careful_since = NULL,"
        " careful_bad = 0"
    )
    stage.ledger.query("SELECT pg_notify('vestnik', 'gateway')")
    time.sleep(0.5)
