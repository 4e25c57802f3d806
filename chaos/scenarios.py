"""All scenarios, in the order of the table."""

from collections.abc import Callable
from dataclasses import dataclass

from chaos import failover, outside, receipts, single_messages, stores, workers
from chaos.outside import faulty
from chaos.stage import Injected, Stage

#: ``strict``: a gateway that is not idempotent, the default for any outside one. ``tls`` and ``disk`` are strict, too.
IDEMPOTENT, STRICT, TLS, DISK = "idempotent", "strict", "tls", "disk"
#: Two gateways, of which one fails.
TWO, TWO_IDEMPOTENT = "two", "two idempotent"
_BOTH = (TWO, TWO_IDEMPOTENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A fault. ``where``: the stages it is played on. ``share``: of all messages. ``short``: in that form, too."""

    name: str
    play: Callable[[Stage], Injected]
    where: tuple[str, ...] = (IDEMPOTENT, STRICT)
    share: float = 0.3
    short: bool = False


ALL: tuple[Scenario, ...] = (
    Scenario(name="kill -9 workers", play=workers.kill_workers, share=1.0, short=True),
    Scenario(name="SIGTERM, rolling", play=workers.rolling_restarts, where=(STRICT,), share=1.0, short=True),
    Scenario(name="SIGSTOP past the lease", play=workers.freeze),
    Scenario(name="kill -9 beat", play=workers.kill_beat, where=(STRICT,), share=0.1),
    Scenario(name="kill -9 web, POSTing", play=workers.kill_web, where=(STRICT,), share=0.1),
    Scenario(name="kill -9 everything", play=workers.kill_everything, share=1.0),
    Scenario(name="kill -9, with receipts", play=receipts.receipts),
    Scenario(name="receipts, exact", play=receipts.exact, where=(STRICT,), share=1.0),
    Scenario(name="kill -9, single messages", play=single_messages.single_messages, where=(STRICT,)),
    Scenario(name="broker FLUSHALL", play=stores.flush_broker, where=(STRICT,)),
    Scenario(name="broker kill -9", play=stores.kill_broker, where=(STRICT,)),
    Scenario(name="broker away", play=stores.broker_away, where=(STRICT,)),
    Scenario(name="database restarts", play=stores.restart_database, short=True),
    Scenario(name="database away", play=stores.database_away, where=(STRICT,)),
    Scenario(name="connections cut", play=stores.cut_connections, where=(STRICT,)),
    Scenario(name="flushes cancelled", play=stores.cancel_flushes, where=(STRICT,), short=True),
    Scenario(name="batches locked", play=stores.lock_batches, where=(STRICT,)),
    Scenario(name="gateway refuses", play=outside.refusing, where=(STRICT,), short=True),
    Scenario(name="gateway hangs", play=faulty(8, shares={"hang": 0.1}, taken=0.5)),
    Scenario(name="gateway resets", play=faulty(6, shares={"reset": 0.1, "reset_mid": 0.1, "drop": 0.1}, taken=0.5)),
    Scenario(name="gateway 50 % 500", play=faulty(6, shares={"500": 0.5}, taken=0.5)),
    Scenario(name="gateway 429 storm", play=faulty(6, shares={"429": 0.8}, retry_after=1)),
    Scenario(name="gateway garbage", play=faulty(6, shares={"garbage": 0.2, "empty": 0.2}, taken=0.5)),
    Scenario(name="gateway code ≠ 0", play=faulty(6, shares={"code": 0.2, "400": 0.1}), where=(STRICT,)),
    Scenario(name="gateway content type", play=outside.odd_but_good, where=(STRICT,), share=0.1),
    Scenario(name="gateway drips", play=faulty(6, shares={"drip": 1}, drip_ms=10), where=(STRICT,), share=0.1),
    Scenario(
        name="gateway: everything",
        play=faulty(
            9,
            shares=dict.fromkeys(("500", "503", "429", "hang", "drop", "reset", "reset_mid", "garbage", "code"), 0.04),
            taken=0.5,
        ),
        short=True,
    ),
    Scenario(name="end in the middle", play=outside.end_in_the_middle, short=True),
    Scenario(name="end, clocks ±5 s wrong", play=outside.end_under_a_wrong_clock, where=(STRICT,)),
    Scenario(name="gateway: bad TLS", play=outside.untrusted, where=(TLS,), share=0.1),
    Scenario(name="failover: refuses", play=failover.failing("refuse", 12), where=_BOTH, share=1.0),
    Scenario(name="failover: hangs", play=failover.failing("hang", 12), where=_BOTH, share=1.0),
    Scenario(name="failover: 500", play=failover.failing("500", 12), where=_BOTH, share=1.0),
    Scenario(name="failover: 401", play=failover.failing("401", 12), where=_BOTH, share=1.0),
    Scenario(
        name="failover: no funds", play=failover.failing("funds", 12, over=failover.PROVIDER), where=_BOTH, share=1.0
    ),
    Scenario(
        name="failover: SMPP, no funds", play=failover.failing("funds", 12, over=failover.SMSC), where=(TWO,), share=1.0
    ),
    Scenario(
        name="failover: SMPP hangs", play=failover.failing("hang", 12, over=failover.SMSC), where=(TWO,), share=1.0
    ),
    Scenario(name="failover, kill -9", play=failover.killed_meanwhile, where=_BOTH, share=1.0),
    Scenario(name="disk full", play=stores.fill_disk, where=(DISK,), share=0.2),
)
