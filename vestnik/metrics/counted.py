"""Everything that a process counts, by name. Counters only grow; gauges hold what is now, and go with their process."""

from bisect import bisect_right
from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# A series more for each, which nothing of ours reads, and which many processes do not have anyway.
disable_created_metrics()


class BulkHistogram(Histogram):
    """A histogram without labels that takes a thousand observations for the price of one.

    It is filled once for each flush. With several processes each value is in a mapped file, and one write costs a
    microsecond. So the observations are sorted into the buckets first, and each bucket is written once.
    """

    def observe_many(self, amounts: Iterable[float]) -> None:
        """Observe all of ``amounts``, with the same result as :meth:`observe` for each of them."""
        ordered = sorted(amounts)
        if not ordered:
            return
        self._sum.inc(sum(ordered))
        below = 0
        for bound, bucket in zip(self._upper_bounds, self._buckets, strict=True):
            upto = bisect_right(ordered, bound)
            if upto > below:
                bucket.inc(upto - below)
                below = upto


# Dispatchers: counted once for each flush, never for each message.

HANDED_OVER = Counter("vestnik_messages_handed_over", "Requests given to the network.")
REQUESTS = Counter(
    "vestnik_gateway_requests", "Requests that have an outcome, by its kind and by gateway.", ["outcome", "gateway"]
)
REQUEST_SECONDS = BulkHistogram(
    "vestnik_gateway_request_seconds",
    "Seconds from the hand-over of a message to its outcome.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
)
IN_FLIGHT = Gauge(
    "vestnik_gateway_in_flight", "Requests on the network at the last flush, by gateway.", ["gateway"],
    multiprocess_mode="livesum",
)  # fmt: skip
MESSAGES = Counter("vestnik_messages", "Messages that got a state that stays, as the ledger took it.", ["state"])
RETRIES = Counter("vestnik_retries", "Outcomes after which a message waits for another try.")
IN_DOUBT = Counter(
    "vestnik_messages_in_doubt", "Messages of lapsed leases that may have been handed over, by what became of them.",
    ["became"],
)  # fmt: skip
LEASES_TAKEN = Counter("vestnik_leases_taken", "Batches leased.")
LEASES_LOST = Counter("vestnik_leases_lost", "Leases whose dispatcher found them taken over: it was too slow.")
LEASES_TAKEN_OVER = Counter("vestnik_leases_taken_over", "Lapsed leases taken over: their dispatcher was gone.")
FLUSH_SECONDS = Histogram(
    "vestnik_flush_seconds",
    "Seconds of one exchange with the ledger: outcomes, grants, renewals, claims.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
BRAKES = Counter("vestnik_brakes", "Times that mailings were paused because the gateway gave nothing but bad answers.")
BREAKER_OPENED = Counter("vestnik_breaker_opened", "Times that a dispatcher opened the breaker.")
GATEWAYS_OUT = Counter("vestnik_gateways_out", "Times that a gateway was suspended because it rejected our account.")

IMPORT_ROWS = Counter("vestnik_import_rows", "Rows of imported files, by what became of them.", ["result"])

WEBHOOK_ATTEMPTS = Counter(
    "vestnik_webhook_attempts", "Attempts to deliver events to webhooks, by what came of them.", ["outcome"]
)

HTTP_REQUESTS = Counter("vestnik_http_requests", "Requests answered.", ["method", "route", "status"])
HTTP_SECONDS = Histogram(
    "vestnik_http_request_seconds",
    "Seconds until the answer (of a file: until its first block).",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
HTTP_CUT = Counter(
    "vestnik_http_cut", "Connections and requests that the web ended because of a limit, by which.", ["reason"]
)

# What never happened is exported as 0: a rate needs a first value, and for an alert "never" is not "not there".
for _outcome in ("success", "refused", "not_sent", "throttled", "unauthorized", "ambiguous"):
    REQUESTS.labels(_outcome, "default")
IN_FLIGHT.labels("default")
for _state in ("sent", "failed", "unknown", "cancelled", "expired"):
    MESSAGES.labels(_state)
for _became in ("queued", "unknown"):
    IN_DOUBT.labels(_became)
for _outcome in ("arrived", "failed", "given_up", "gone"):
    WEBHOOK_ATTEMPTS.labels(_outcome)
for _result in ("created", "updated", "unchanged", "refused"):
    IMPORT_ROWS.labels(_result)
