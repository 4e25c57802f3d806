"""``make`` installs again what changed since, into a user's environment and into a developer's, and only then."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Stands for pip and for our own program, and writes down how it was called.
RECORDER = '#!/bin/sh\necho "${0##*/} $*" >> calls\n'
FILES = ("requirements.lock", "requirements-dev.lock", "pyproject.toml")
#: What an environment's list of packages is.
LISTS = {"runtime": "requirements.lock", "dev": "requirements-dev.lock"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Our Makefile, and files that are older than any environment."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in FILES:
        set_age(tmp_path / name, 3)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("pip", "vestnik", "python"):
        (programs / name).write_text(RECORDER)
        (programs / name).chmod(0o755)
    return tmp_path


def set_age(file: Path, days: int) -> None:
    file.touch()
    at = file.stat().st_mtime - days * 86_400
    os.utime(file, (at, at))


def calls(checkout: Path, *targets: str) -> list[str]:
    """What make runs, without the options of pip."""
    # We may run under make ourselves, whose options are not meant for this one.
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", *targets], cwd=checkout, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    log = checkout / "calls"
    lines = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return [
        " ".join(word for word in line.split() if not word.startswith("--") or word == "--editable") for line in lines
    ]


@pytest.mark.parametrize("target", ["up", "demo"])
@pytest.mark.parametrize("environment", LISTS)
@pytest.mark.parametrize("changed", ["pyproject.toml", "the list"])
def test_what_changed_is_installed_before_a_start_and_once(
    checkout: Path, environment: str, changed: str, target: str
) -> None:
    """A change of pyproject alone moves the entry point of ``vestnik``, for example."""
    for made in {"runtime", environment}:
        set_age(checkout / ".venv" / made, 2)
    (start,) = calls(checkout, target)
    assert start.startswith(f"vestnik {target}"), "nothing changed, nothing is installed"
    for name in FILES if changed == "the list" else (changed,):
        set_age(checkout / name, 1)
    installed = [f"pip install -r {LISTS[environment]}", "pip install --editable ."]
    assert calls(checkout, target) == [*installed, start]
    assert calls(checkout, target) == [start]


def test_tests_install_what_developers_need_into_a_users_environment(checkout: Path) -> None:
    set_age(checkout / ".venv" / "runtime", 2)
    *installed, tests = calls(checkout, "test")
    assert installed == ["pip install -r requirements-dev.lock", "pip install --editable ."]
    assert tests == "python -m tools.suite"
