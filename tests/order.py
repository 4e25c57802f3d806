"""The order of tests: fast ones first, so that what is broken is seen soon, then long files, the longest first.

A file is one process's. Begun last, a long one would keep it at work while the others have nothing left to do.
"""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
#: Folders whose tests start processes or take their time.
SLOW = frozenset(("dispatch", "chaos", "cluster", "hostile", "deploy", "acceptance", "browser", "fuzz"))
#: Files that take ten seconds and more, the longest first (``--durations=0``). The others of those folders come after.
LONG = (
    "acceptance/test_daily_report.py",
    "browser/test_console_mailings.py",
    "cluster/test_up_and_down.py",
    "fuzz/test_short.py",
    "chaos/test_short.py",
    "dispatch/test_killed_during_failover.py",
    "hostile/test_console_input.py",
    "browser/test_console_daily.py",
    "acceptance/test_each_provider.py",
    "dispatch/test_gateways_that_fail.py",
    "cluster/test_hostile_bodies.py",
    "cluster/test_import_killed.py",
    "browser/test_console_faults.py",
    "browser/test_console_clients.py",
    "dispatch/test_failover.py",
    "dispatch/test_sending_in_windows.py",
    "dispatch/test_ledger_machine.py",
    "cluster/test_forbidding_brokers.py",
    "cluster/test_lost_secrets.py",
    "cluster/test_watched_run.py",
    "smpp/test_killed.py",
    "receipts/test_ledger_machine_with_receipts.py",
    "browser/test_console_gateways.py",
    "browser/test_console_composing.py",
    "browser/test_console_registration.py",
    "dispatch/test_brake_in_the_ledger.py",
    "dispatch/test_time_limits.py",
    "cluster/test_single_sign_on.py",
    "cluster/test_single_messages_killed.py",
    "cluster/test_user_without_a_name.py",
    "cluster/test_real_provider.py",
    "cluster/test_backup_and_restore.py",
    "browser/test_console_drafts.py",
    "browser/test_console_edits.py",
    "browser/test_console_segments.py",
    "browser/test_docs_pages.py",
    "browser/test_console_live_parts.py",
    "browser/test_console_people.py",
    "browser/test_console_zoom.py",
    "gateways/test_provider_receipts.py",
    "webhooks/test_delivery.py",
    "cluster/test_demo.py",
    "hostile/test_logins_and_memory.py",
    "hostile/test_accounts_at_once.py",
    "hostile/test_downloads_broken_off.py",
    "dispatch/test_fairness.py",
    "dispatch/test_weights.py",
    "dispatch/test_ledger_machine_of_gateways.py",
    "dispatch/test_gateway_trouble.py",
    "acceptance/test_main_job.py",
    "ledger/test_plans.py",
    "deploy/test_kubernetes.py",
    "cluster/test_broker_tls.py",
    "browser/test_newcomer.py",
    "browser/test_console_crowded.py",
    "browser/test_console_delivery.py",
)


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests in the order in which they are handed out."""
    return sorted(items, key=lambda item: _rank(item.path.relative_to(TESTS)))


def _rank(file: Path) -> int:
    if str(file) in LONG:
        return 1 + LONG.index(str(file))
    return 1 + len(LONG) if file.parts[0] in SLOW else 0
