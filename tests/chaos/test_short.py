"""The short form of ``make chaos``: real processes are broken under real mailings, and every promise is kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(600)
def test_nothing_is_lost_or_sent_twice_whatever_breaks() -> None:
    names = ("DATABASE_URL", "BROKER_URL", "GATEWAY_URL", "GATEWAY_TOKEN", "VESTNIK_SIMULATOR")
    env = {name: value for name, value in os.environ.items() if name not in names}
    command = [sys.executable, "-m", "chaos", "--short", "--seed", "7"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=580)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "balance" in done.stdout
