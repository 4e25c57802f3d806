"""The tests against servers from outside, as Debian packages them: ``make test-external``.

Twice: PostgreSQL with RabbitMQ, PostgreSQL with Redis. Each server is started for the run, on a free port, in a folder
of its own, and not as root; what the machine itself runs is not touched. Missing packages are installed where we are
root.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from harness.outside import BROKER_PLACES
from harness.servers import postgres, rabbitmq, redis

#: Where Debian has the programs, and the package of each.
POSTGRES, RABBITMQ, REDIS = (
    "/usr/lib/postgresql/*/bin/postgres",
    "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "/usr/bin/redis-server",
)
PACKAGES = {POSTGRES: "postgresql", RABBITMQ: "rabbitmq-server", REDIS: "redis-server"}
#: What Debian asks before it starts the service of a package that it installs (invoke-rc.d(8)); 101 forbids it.
_POLICY = Path("/usr/sbin/policy-rc.d")


def found(program: str) -> Path | None:
    """A program's path: the oldest version that we support where there are several."""
    paths = sorted(Path("/").glob(program[1:]))
    return paths[0] if paths else None


def install(programs: list[str]) -> None:
    """Install the packages that are missing.

    Raises:
        SystemExit: we are not root, or apt-get failed.
    """
    missing = [PACKAGES[program] for program in programs if found(program) is None]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(f"Missing here: {', '.join(missing)}. Install them, or run this as root on Debian.")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _no_service_starts():
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
            subprocess.run(["apt-get", *command], check=True, env=env, stdout=subprocess.DEVNULL)


@contextmanager
def _no_service_starts() -> Iterator[None]:
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink()


def run(broker: Callable[[Path], AbstractContextManager[str]], words: list[str]) -> tuple[int, str]:
    """Run the tests once. Returns pytest's exit status and its last line."""
    with tempfile.TemporaryDirectory(prefix="vestnik-external-") as name:
        folder, program = Path(name), found(POSTGRES)
        assert program is not None
        with postgres(folder, program.parent) as store, broker(folder) as nudges:
            env = {**os.environ, "VESTNIK_TEST_POSTGRES": store, "VESTNIK_TEST_BROKER": nudges}
            command = [sys.executable, "-m", "pytest", *words]
            process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
            last = ""
            for line in process.stdout or ():
                sys.stdout.write(line)
                sys.stdout.flush()
                last = line.strip() or last
            return process.wait(), last


def main() -> None:
    """Run the tests against each pair of servers, and say at the end how each went."""
    parser = argparse.ArgumentParser(prog="tools.external")
    parser.add_argument("--only", choices=["rabbitmq", "redis"], help="one broker only")
    asked, words = parser.parse_known_args()
    install([POSTGRES, *([RABBITMQ] if asked.only != "redis" else []), *([REDIS] if asked.only != "rabbitmq" else [])])
    brokers: dict[str, Callable[[Path], AbstractContextManager[str]]] = {
        "rabbitmq": partial(rabbitmq, program=Path(RABBITMQ), places=BROKER_PLACES),
        "redis": partial(redis, program=Path(REDIS)),
    }
    ended = {name: run(broker, words) for name, broker in brokers.items() if asked.only in {None, name}}
    for name, (_, last) in ended.items():
        sys.stdout.write(f"PostgreSQL and {name}: {last.strip('= ')}\n")
    sys.exit(max(status for status, _ in ended.values()))


if __name__ == "__main__":
    main()
