"""Fetches what a test runs from a registry of packages, through its ordinary client."""

import re
import subprocess
from pathlib import Path

import pytest

#: What clients of registries say when none can be reached: then there is nothing to test with.
_UNREACHED = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|dial tcp|no such host|Unknown host|Connection refused"
    r"|Connect timed out|Connection timed out|Temporary failure in name resolution"
)


def fetch(*command: str | Path, folder: Path) -> None:
    """Fetch from a registry; skip the test by name where it cannot be reached."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=400)
    said = done.stdout + done.stderr
    if done.returncode != 0 and _UNREACHED.search(said):
        pytest.skip(f"{' '.join(map(str, command[:3]))}: the registry cannot be reached")
    assert done.returncode == 0, said[-4000:]
