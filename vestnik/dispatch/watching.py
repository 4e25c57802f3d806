"""Reports what an exchange with the ledger did to metrics and logs, once for each flush, after its commit.

It runs in the recorder's thread, 50 times a second at most, and costs the event loop one tuple for each message.
"""

from collections import Counter
from typing import TypeAlias

from vestnik.dispatch.exchange import Exchange, Reply
from vestnik.dispatch.lease import Lease
from vestnik.gateways.outcome import SUCCESS, Outcome
from vestnik.message_lines import MessageLine, log_messages, messages_are_logged
from vestnik.metrics import counted
from vestnik.models import STATE_WORDS, MessageState

#: Rows of each batch that got a state.
Counts: TypeAlias = dict[int, dict[MessageState, int]]


def watch(request: Exchange, reply: Reply, counts: Counts, *, seconds: float, gateway: str) -> None:
    """Report the result of ``request``, which took ``seconds`` and changed ``counts`` rows. ``gateway``: its name."""
    counted.FLUSH_SECONDS.observe(seconds)
    counted.HANDED_OVER.inc(request.handed)
    counted.IN_FLIGHT.labels(gateway).set(request.in_flight)
    counted.LEASES_TAKEN.inc(len(reply.leases))
    counted.LEASES_LOST.inc(sum(update.lease.batch not in reply.kept for update in request.updates))
    _requests(request, gateway)
    _states(counts)
    if request.landed and messages_are_logged():
        log_messages(_line(*landing) for landing in request.landed)


def _requests(request: Exchange, gateway: str) -> None:
    landed = request.landed
    if not landed:
        return
    others = Counter(landing[2].kind.value for landing in landed if landing[2] is not SUCCESS)
    counted.REQUESTS.labels("success", gateway).inc(len(landed) - others.total())
    for kind, requests in others.items():
        counted.REQUESTS.labels(kind, gateway).inc(requests)
    counted.REQUEST_SECONDS.observe_many(landing[3] for landing in landed)


def _line(message: int, lease: Lease, outcome: Outcome, latency: float, at: float, state: MessageState) -> MessageLine:
    phone, client = lease.who.get(message, (0, 0))
    word = STATE_WORDS[state]
    return at, word, message, lease.mailing, client, phone, lease.batch, lease.attempt, outcome.code, latency


def _states(counts: Counts) -> None:
    rows: Counter[MessageState] = Counter()
    for of_batch in counts.values():
        rows.update(of_batch)
    counted.RETRIES.inc(rows.pop(MessageState.QUEUED, 0))
    for state, number in rows.items():
        counted.MESSAGES.labels(state.label).inc(number)
