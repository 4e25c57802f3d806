"""``make test``: all tests, and once more, alone, those that failed beside the others.

Some tests meet a limit of time when the machine has other work. A failure that stays without that work is a fault and
fails the run. One that goes away is named at the end: such a test depends on something that it should not, or the
product does, and somebody has to find out which.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: Processes of tests. Most tests wait for something, and two cores then have something to do.
PROCESSES = "3"
#: More failures than this are no matter of a busy machine: they are not tried again.
MOST_FAILURES = 5
#: Exit status of pytest: some tests failed, and nothing else went wrong.
TESTS_FAILED = 1
#: Where pytest notes the failures, in a project's folder.
_NOTED = Path(".pytest_cache", "v", "cache", "lastfailed")


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run a project's tests; the exit status, pytest's own."""
    (root / _NOTED).unlink(missing_ok=True)
    status = _pytest(root, "-n", PROCESSES, "--dist", "loadfile", *arguments)
    failed = _noted(root)
    if status != TESTS_FAILED or not 0 < len(failed) <= MOST_FAILURES:
        return status
    _say("Failed beside the others, and run again alone:", failed)
    status = _pytest(root, "-n", "0", "--last-failed", "--last-failed-no-failures", "none", *arguments)
    still = _noted(root)
    unsteady = [test for test in failed if test not in still]
    if unsteady:
        _say("UNSTEADY: failed beside the others, passed alone. Find out why:", unsteady)
    return status


def _pytest(root: Path, *options: str) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *options], cwd=root, check=False).returncode


def _noted(root: Path) -> list[str]:
    """The tests that failed in the last run."""
    file = root / _NOTED
    return sorted(json.loads(file.read_text())) if file.exists() else []


def _say(head: str, tests: list[str]) -> None:
    sys.stdout.write("\n".join(["", head, *(f"  {test}" for test in tests), "", ""]))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
