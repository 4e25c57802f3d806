"""Gauges of the whole cluster, read from the ledger at each scrape in a few milliseconds, without counting messages."""

import shutil
from collections.abc import Iterable, Iterator, Mapping

from django.db import DatabaseError
from prometheus_client.core import GaugeMetricFamily, Metric

from vestnik import __version__
from vestnik.health.facts import folders
from vestnik.health.now import LoadNow, gateway_now, gateways_now, live_messages_now, load_now
from vestnik.models import MESSAGE_STATES
from vestnik.reports.problems import overdue_report
from vestnik.statistics.stuck_singles import stuck_singles
from vestnik.statistics.totals import Totals
from vestnik.webhooks.trouble import EndpointNow, by_state, endpoints_now


class LedgerGauges:
    """A collector for Prometheus. If the ledger cannot be asked, it reports only that."""

    def collect(self) -> Iterable[Metric]:
        """The gauges."""
        yield _one("vestnik_build_info", "Always 1; the version is its label.", 1, version=__version__)
        yield _many(
            "vestnik_disk_free_bytes", "Bytes free where this process needs room.", "folder",
            {name: shutil.disk_usage(path).free for name, path in folders().items() if path.is_dir()},
        )  # fmt: skip
        try:
            load, gateway, overdue = load_now(), gateway_now(), overdue_report()
            gateways, endpoints, live = gateways_now(), endpoints_now(), live_messages_now()
            stuck = sum(each.messages for each in stuck_singles())
        except DatabaseError:
            yield _one("vestnik_ledger_up", "Does the ledger answer?", 0)
            return
        yield _one("vestnik_ledger_up", "Does the ledger answer?", 1)
        yield _one("vestnik_breaker_open", "Is the breaker open, so that messages wait?", int(gateway.breaker_open))
        up = {name: int(takes) for name, takes in gateways.items()}
        yield _many("vestnik_gateway_up", "Does this gateway take messages? Of those that are enabled.", "gateway", up)
        words = "Single messages that no gateway takes, because those of their rule are suspended."
        yield _one("vestnik_single_messages_stuck", words, stuck)
        yield _one("vestnik_report_overdue", "Is a daily report due that nobody sends?", int(overdue is not None))
        words = (
            "Seconds that the gateway still asks to wait (Retry-After of more than a minute); it is asked each minute."
        )
        yield _one("vestnik_gateway_asked_wait_seconds", words, gateway.asked_seconds)
        yield from _webhooks(endpoints)
        yield from _live(live)
        yield from _load(load)


def _webhooks(endpoints: list[EndpointNow]) -> Iterator[Metric]:
    yield _many("vestnik_webhooks", "Endpoints of webhooks, by state.", "state", by_state(endpoints))
    waited = max((each.waited for each in endpoints if each.waited is not None), default=0.0)
    words = "Seconds that the oldest event has waited for a webhook that is enabled."
    yield _one("vestnik_webhook_waiting_seconds", words, waited)


def _live(live: Mapping[str, Totals]) -> Iterator[Metric]:
    """Both are made of the same numbers, so they always add up."""
    words = "Messages of mailings that are not over, by state"
    total = {state: sum(totals[state] for totals in live.values()) for state in MESSAGE_STATES}
    yield _many("vestnik_live_messages", f"{words}.", "state", total)
    labels = ["gateway", "state"]
    family = GaugeMetricFamily("vestnik_live_messages_by_gateway", f"{words} and gateway (none: empty).", labels=labels)
    for name, totals in live.items():
        for state, count in totals.items():
            if count:
                family.add_metric([name, state], count)
    yield family


def _load(load: LoadNow) -> Iterator[Metric]:
    yield _many("vestnik_mailings", "Mailings that are not over, by state.", "state", load.mailings)
    yield _one("vestnik_queue_age_seconds", "Seconds that the oldest due batch has waited.", load.queue_age)
    yield _one("vestnik_leases", "Batches that are leased to dispatchers.", load.leases)
    yield _one("vestnik_leases_lapsed", "Leases that were not renewed in time.", load.lapsed)
    yield _one("vestnik_messages_undecided", "Unknown messages that wait for a decision.", sum(load.undecided.values()))
    yield _one("vestnik_imports_open", "Imports that are not over.", load.imports)
    yield _one("vestnik_reports_failing", "Daily reports that the mail server did not take.", load.failing_reports)
    workers = {"dispatcher": load.dispatchers, "keeper": load.keepers}
    yield _many("vestnik_workers", "Worker threads that asked the ledger something within a minute.", "kind", workers)
    if load.beat_age is not None:
        yield _one("vestnik_beat_age_seconds", "Seconds since beat last ticked.", load.beat_age)
    if load.taken_age is not None:
        yield _one(
            "vestnik_nudge_age_seconds", "Seconds since a worker last got a nudge of the broker.", load.taken_age
        )


def _one(name: str, words: str, value: float, **labels: str) -> Metric:
    family = GaugeMetricFamily(name, words, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


def _many(name: str, words: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
