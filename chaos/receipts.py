"""Receipts: what was acknowledged is applied, also under faults, and the totals are the gateway's own truth."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import psycopg

from chaos.stage import Injected, Stage
from chaos.verify import UNKNOWN, Message

#: Seconds for a mailing's end, and for the last receipts: at least, and for each message.
PATIENCE, PATIENCE_EACH = 120.0, 0.001
#: What the gateway says, and the state that it leads to.
ENDS = {"delivered": 2, "undelivered": 3}
#: A tenth are posted before the message is answered, and more come before the outcome is written.
PLAN = {
    "high_ms": 2_500, "shuffled": True, "early": 0.1, "doubled": 0.2, "contradicted": 0.01, "undelivered": 0.1,
}  # fmt: skip
#: Messages per second of the mailing that is not disturbed, as fast as the machine lets it.
_RATE = 20_000
_WAITING = (
    "SELECT (SELECT count(*) FROM vestnik_receipt WHERE verdict = '')"
    " + (SELECT coalesce(sum(cardinality(fates)), 0) FROM vestnik_receipt_body)"
)
#: No answer of theirs was ever written: they were in doubt when their sender died.
_SETTLED = "SELECT count(*) FROM vestnik_message_now WHERE mailing_id = %s AND state IN (1, 2, 3) AND tries = 0"


def receipts(stage: Stage) -> Injected:
    """A kill -9 of web, workers and the database while receipts come: shuffled, doubled, early, contradicting."""
    times = stage.times(20, 4)
    _begin(stage, pace=times * 1.2)
    deaths = 0
    everybody = ["web", "worker", "postgresql", *stage.supervisor.dispatchers]
    for number in range(times):
        stage.supervisor.pause(stage.random.uniform(0.2, 1.4))
        name = everybody[number] if number < len(everybody) else stage.random.choice(everybody)
        stage.supervisor.kill(name)
        if name == "postgresql":
            stage.supervisor.until(stage.database_answers, seconds=30)
            # While a last process of the killed server still ends, it refuses to start, and is started again.
            stage.supervisor.surprises.clear()
            deaths += len(stage.supervisor.dispatchers)
        deaths += name in stage.supervisor.dispatchers
    stage.gateway.faults()
    problems = _wait_for_all(stage)
    problems += untrue(stage.ledger.messages(stage.mailing), stage.gateway.bills())
    ((settled,),) = stage.ledger.query(_SETTLED, stage.mailing)
    return Injected(times=times, deaths=deaths, problems=problems, words=f"{settled:,} in doubt settled by receipts")


def exact(stage: Stage) -> Injected:
    """Nothing breaks, but the receipts: each is applied or counted, and the ledger says what the gateway says."""
    before = _counts(stage)
    _begin(stage, pace=stage.messages / _RATE)
    problems = _wait_for_all(stage)
    said = stage.gateway.receipt_counts()
    by_kind = _counts(stage) - before
    bills = {bill["message"]: (bill["fate"], bill["contradicted"]) for bill in stage.gateway.bills()}
    problems += untrue_of(stage.ledger.messages(stage.mailing), bills)
    if by_kind.total() != said["kept"]:
        problems.append(f"{said['kept']} receipts were acknowledged, {by_kind.total()} are counted: {dict(by_kind)}")
    contradicted = {message for message, (_, twice) in bills.items() if twice}
    problems += _not_contradicted(stage, contradicted)
    early = _early(stage)
    if early < len(bills) * PLAN["early"] * 0.9:
        problems.append(f"only {early} of {len(bills)} had a receipt before their own outcome")
    words = (
        f"{said['kept']:,} receipts, {by_kind['same']:,} said nothing new, {early:,} messages had theirs before their"
        f" own outcome, {len(contradicted):,} have contradictions"
    )
    return Injected(times=0, problems=problems, forbids=frozenset(("again", "unknown", "failed")), words=words)


def _begin(stage: Stage, *, pace: float) -> None:
    path = urlsplit(stage.rest.get("/gateways/default")["receipts_url"]).path
    stage.begin(pace=pace, receipts={**PLAN, "url": stage.supervisor.url + path, "seed": stage.seed})


def _wait_for_all(stage: Stage) -> list[str]:
    """Wait for the mailing's end and for the last receipt; what did not come in time."""
    seconds, problems = PATIENCE + PATIENCE_EACH * stage.messages, []
    if not stage.supervisor.until(lambda: stage.ledger.is_over(stage.mailing), seconds=seconds):
        problems.append("the mailing is not over")
    if not stage.supervisor.until(lambda: _all_are_applied(stage), seconds=seconds):
        problems.append(f"receipts are left: {stage.gateway.receipt_counts()}, {_waiting(stage)} in the inbox")
    return problems


def untrue(messages: Iterable[Message], bills: Iterable[Mapping[str, Any]]) -> list[str]:
    """Where the ledger does not say what the gateway says became of a message. Pure.

    Args:
        messages: all rows of a mailing.
        bills: what the gateway delivered, with its fate.
    """
    return untrue_of(messages, {bill["message"]: (bill["fate"], bill["contradicted"]) for bill in bills})


def untrue_of(messages: Iterable[Message], bills: Mapping[int, tuple[str, bool]]) -> list[str]:
    """The same; ``bills``: by message its fate, and whether the gateway also said the opposite."""
    unsettled = wrong = invented = 0
    for message in messages:
        fate, contradicted = bills.get(message.id, ("", False))
        if fate not in ENDS:
            invented += message.state in ENDS.values()
        elif message.state == UNKNOWN:
            unsettled += 1
        elif message.state not in ENDS.values():
            wrong += 1
        else:  # of a message of which it says both, either is true
            wrong += not contradicted and message.state != ENDS[fate]
    found = (
        (unsettled, "unknown, though a receipt says what became of them"),
        (wrong, "not in the state that the gateway says"),
        (invented, "delivered or undelivered, though no receipt says so"),
    )
    return [f"{count} {words}" for count, words in found if count]


def _counts(stage: Stage) -> Counter[str]:
    """How many receipts came to what so far."""
    rows = stage.ledger.query("SELECT kind, sum(count)::bigint FROM vestnik_receiptcount GROUP BY kind")
    return Counter({kind: int(count) for kind, count in rows})


def _not_contradicted(stage: Stage, contradicted: set[int]) -> list[str]:
    """Contradictions that were kept are those of the messages of which the gateway said both."""
    rows = stage.ledger.query(
        "SELECT DISTINCT r.message_id FROM vestnik_receipt r JOIN vestnik_message m ON m.id = r.message_id"
        " WHERE m.mailing_id = %s AND r.verdict = 'contradiction'",
        stage.mailing,
    )
    kept = {int(message) for (message,) in rows}
    return [] if kept == contradicted else [f"contradictions of {len(kept)} messages are kept, not {len(contradicted)}"]


def _early(stage: Stage) -> int:
    """Messages whose end the gateway dates before our own outcome: it then counts from just after that."""
    ((count,),) = stage.ledger.query(
        "SELECT count(*) FROM vestnik_message"
        " WHERE mailing_id = %s AND outcome_at <= sent_at + interval '1 millisecond'",
        stage.mailing,
    )
    return int(count)


def _all_are_applied(stage: Stage) -> bool:
    counts = stage.gateway.receipt_counts()
    return counts["kept"] >= counts["due"] > 0 and _waiting(stage) == 0


def _waiting(stage: Stage) -> int | None:
    """Receipts that are to be applied; None: the database is away."""
    try:
        ((count,),) = stage.ledger.query(_WAITING)
    except psycopg.OperationalError:
        return None
    return int(count)
