"""The order of tests: fast ones first, so that what is broken is seen soon, then long files, the longest first.

A file is one process's. Begun last, a long one would keep it at work while the others have nothing left to do.
"""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
#: Folders whose tests start processes or take their time.
SLOW = frozenset(("dispatch", "chaos", "cluster", "hostile", "deploy", "acceptance", "browser", "fuzz"))
#: Their files that take ten seconds and more, the longest first (``--durations=0``). The others come after them.
LONG = (
    "acceptance/test_daily_report.py",
    "cluster/test_up_and_down.py",
    "browser/test_console_mailings.py",
    "fuzz/test_short.py",
    "chaos/test_short.py",
    "cluster/test_forbidding_brokers.py",
    "browser/test_docs_pages.py",
    "browser/test_console_composing.py",
    "browser/test_console_faults.py",
    "dispatch/test_sending_in_windows.py",
    "dispatch/test_brake_in_the_ledger.py",
    "cluster/test_watched_run.py",
    "cluster/test_hostile_bodies.py",
    "dispatch/test_time_limits.py",
    "cluster/test_import_killed.py",
    "browser/test_console_clients.py",
    "hostile/test_console_input.py",
    "cluster/test_lost_secrets.py",
    "cluster/test_backup_and_restore.py",
    "hostile/test_logins_and_memory.py",
    "hostile/test_accounts_at_once.py",
    "cluster/test_single_sign_on.py",
    "browser/test_console_people.py",
    "acceptance/test_main_job.py",
    "dispatch/test_ledger_machine.py",
    "dispatch/test_fairness.py",
    "cluster/test_real_provider.py",
    "cluster/test_user_without_a_name.py",
    "deploy/test_kubernetes.py",
    "cluster/test_broker_tls.py",
    "browser/test_newcomer.py",
)


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests in the order in which they are handed out."""
    return sorted(items, key=lambda item: _rank(item.path.relative_to(TESTS)))


def _rank(file: Path) -> int:
    if file.parts[0] not in SLOW:
        return 0
    return 1 + (LONG.index(str(file)) if str(file) in LONG else len(LONG))
