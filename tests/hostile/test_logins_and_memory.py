"""Logins by the dozen do not take the memory that a container may have, nor the answers of others."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import psutil
import pytest
import yaml
from django.contrib.auth.hashers import Argon2PasswordHasher

from harness.cast import PASSWORD
from vestnik.accounts.registration import create_account
from vestnik.cluster.plan import free_port
from vestnik.cluster.processes import spawn, stop, wait_for
from vestnik.models import Role, User

ROOT = Path(__file__).parents[2]
AT_ONCE = 60
#: Seconds until all logins have their answer: it only ends a hang.
PATIENCE = 180
GROUPS = Path("/sys/fs/cgroup/memory")

pytestmark = pytest.mark.timeout(400)


def shipped() -> dict[str, int]:
    """Bytes that Compose and Kubernetes give the web."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["web"]["mem_limit"]
    documents = yaml.safe_load_all((ROOT / "deploy/kubernetes/run/web.yaml").read_text(encoding="utf-8"))
    (deployment,) = [each for each in documents if each["kind"] == "Deployment"]
    containers = deployment["spec"]["template"]["spec"]["containers"]
    limits = [each["resources"]["limits"]["memory"] for each in containers if each["name"] == "web"]
    return {"compose": _bytes(compose), "kubernetes": _bytes(limits[0])}


def _bytes(text: str) -> int:
    units = {"m": 2**20, "mi": 2**20, "g": 2**30, "gi": 2**30}
    number = text.rstrip("MGigm")
    return int(number) * units[text[len(number) :].lower()]


class Cage:
    """A cgroup (version 1, as root) that kills what takes more; elsewhere what the processes hold is added up."""

    def __init__(self, limit: int) -> None:
        self._folder = GROUPS / f"vestnik-test-{os.getpid()}"
        self.limit, self.peak = limit, 0
        try:
            self._folder.mkdir()
            (self._folder / "memory.limit_in_bytes").write_text(str(limit))
            self.is_real = True
        except OSError:
            self.is_real = False

    def enter(self, pid: int) -> None:
        """Have a process, and those that it starts, live in the cage."""
        if self.is_real:
            (self._folder / "cgroup.procs").write_text(str(pid))

    def look(self, pid: int) -> None:
        """Note the most that was held at once."""
        if self.is_real:
            self.peak = int((self._folder / "memory.max_usage_in_bytes").read_text())
            return
        members = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        held = 0
        for each in members:
            with suppress(psutil.NoSuchProcess):
                held += each.memory_info().rss
        self.peak = max(self.peak, held)

    def open(self) -> None:
        """Away with it; what lived in it has ended."""
        if self.is_real:
            wait_for(lambda: not (self._folder / "cgroup.procs").read_text(), seconds=10)
            self._folder.rmdir()


@contextmanager
def web_in(cage: Cage, log: Path) -> Iterator[tuple[str, int]]:
    """The web alone, as a container starts it, in a cage."""
    port = free_port("127.0.0.1")
    # Each login comes from another address: the limits, which spare the hashes, must not be what saves the memory.
    env = {**os.environ, "NUM_PROXIES": "1"}
    process = spawn(
        [sys.executable, "-m", "vestnik.cluster.web", "--port", str(port)], env=env, log=log,
        death_signal=signal.SIGTERM,
    )  # fmt: skip
    try:
        cage.enter(process.pid)  # before it has forked: it takes seconds to load
        url = f"http://127.0.0.1:{port}"
        assert wait_for(lambda: _answers(url), seconds=60), log.read_text(encoding="utf-8")
        yield url, process.pid
        assert process.poll() is None, "it was killed"
    finally:
        stop(process, by=signal.SIGTERM, seconds=10)
        cage.open()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def in_the_end(post: Callable[[], httpx.Response]) -> httpx.Response:
    """The answer of a client that comes again when it is told to."""
    until = time.monotonic() + PATIENCE
    while (answer := post()).status_code == 429 and time.monotonic() < until:
        wait = int(answer.headers["Retry-After"])
        assert wait == 1, f"a login that found no turn counts as a failed one: {wait} s"
        time.sleep(wait)
    return answer


def test_sixty_logins_at_once_fit_into_the_container_that_is_shipped(ledger: Any, tmp_path: Path) -> None:
    """Into the smaller one of Compose's and Kubernetes': then into the other, too.

    A login that has waited five seconds for its turn is told to come again (429), as on a machine that is busy with
    other things: it does, and each is answered in the end.
    """
    del ledger
    new = create_account(username="olga", email="", password=PASSWORD, role=Role.OPERATOR).password
    # As earlier releases kept it: 100 MiB to look at.
    old = Argon2PasswordHasher().encode(PASSWORD, "0123456789abcdef")
    for number in range(20):
        User.objects.create(username=f"olga{number}", password=new)
        User.objects.create(username=f"boris{number}", password=old)
    kind, limit = min(shipped().items(), key=lambda each: each[1])
    cage = Cage(limit)
    with web_in(cage, tmp_path / "web.log") as (url, pid):

        def enter(number: int) -> int:
            name = ("olga", "boris", "nobody")[number % 3] + str(number // 3)
            headers = {"X-Forwarded-For": f"192.0.2.{number}"}
            body = {"username": name, "password": PASSWORD}
            with httpx.Client(trust_env=False, timeout=60) as http:
                return in_the_end(lambda: http.post(f"{url}/auth/login/", json=body, headers=headers)).status_code

        def ask(_: int) -> float:
            began = time.monotonic()
            assert httpx.get(f"{url}/health/live", timeout=20, trust_env=False).status_code == 200
            cage.look(pid)
            return time.monotonic() - began

        with ThreadPoolExecutor(AT_ONCE) as threads:
            logins = [threads.submit(enter, number) for number in range(AT_ONCE)]
            waits = [ask(number) for number in range(5)]
            statuses = {number: each.result(timeout=PATIENCE) for number, each in enumerate(logins)}
        cage.look(pid)
    sys.stdout.write(
        f"{kind}: {cage.peak / 2**20:.0f} of {cage.limit / 2**20:.0f} MiB, /health/live {median(waits):.2f} s\n"
    )
    assert {status for number, status in statuses.items() if number % 3 < 2} == {200}
    assert {status for number, status in statuses.items() if number % 3 == 2} == {400}
    assert cage.peak <= cage.limit
    assert User.objects.filter(password__contains="m=19456,t=2,p=1$").count() == 41, "the old ones are computed anew"
