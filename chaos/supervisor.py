"""The supervisor of a cluster, played by us: real processes, the very commands of ``vestnik up``.

So a scenario decides who dies, how, and when it comes back.
"""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from harness.prepared import prepare
from harness.rest import logged_in
from harness.simulator_client import SimulatorClient
from vestnik.cluster.home import Home
from vestnik.cluster.plan import Options, Plan
from vestnik.cluster.processes import spawn, stop, wait_for
from vestnik.cluster.rest import Rest
from vestnik.cluster.supervisor import Part, run_once

#: Seconds between two looks at the children.
_PAUSE = 0.02


class Supervisor:
    """Holds PostgreSQL, Valkey, web, beat, the general worker and the dispatchers on one home.

    Args:
        folder: the home.
        gateway: takes the messages.
        idempotent: what ``GATEWAY_IDEMPOTENT`` says.
        dispatchers: how many.
        settings: more of the environment.
    """

    def __init__(
        self, folder: Path, gateway: SimulatorClient, *, idempotent: bool, dispatchers: int, settings: dict[str, str]
    ) -> None:
        self.password = secrets.token_urlsafe(12)
        self.dispatchers = [f"dispatcher-{number}" for number in range(1, dispatchers + 1)]
        #: Parts that may be away now: nobody starts them again.
        self.away: set[str] = set()
        #: Ends that no scenario caused.
        self.surprises: list[str] = []
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        given = {
            "GATEWAY_URL": gateway.base_url,
            "GATEWAY_TOKEN": gateway.token,
            "GATEWAY_IDEMPOTENT": "true" if idempotent else "false",
            "GATEWAY_TIMEOUT": "5",
            "ADMIN_PASSWORD": self.password,
            **settings,
        }
        kept = {name: os.environ.get(name) for name in (*given, "DATABASE_URL", "BROKER_URL")}
        os.environ.pop("DATABASE_URL", None)
        os.environ.pop("BROKER_URL", None)
        os.environ.update(given)
        options = Options(host="127.0.0.1", port=0, dispatchers=dispatchers, concurrency=None)
        prepare(folder)
        self.plan = Plan(Home(folder).make(), options)
        for name, value in kept.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        self.parts: dict[str, Part] = {part.name: part for part in [*self.plan.stores(), *self.plan.services()]}

    @property
    def database_url(self) -> str:
        """Where the ledger is."""
        return self.plan.settings.database_url

    @property
    def url(self) -> str:
        """Where the REST API is."""
        return f"http://127.0.0.1:{self.plan.port}"

    def logged_in(self) -> Rest:
        """A client of the REST API."""
        return logged_in(self.url, password=self.password)

    def access(self) -> str:
        """A new access token of the first administrator."""
        return str(Rest(self.url).post("/auth/login/", {"username": "admin", "password": self.password})["access"])

    def start(self) -> None:
        """Start everything and wait until it is ready."""
        assert self.plan.postgres is not None
        self.plan.home.empty_metrics()
        self.plan.postgres.initialise()
        self.start_stores()
        self.plan.postgres.make_database()
        run_once(self.plan.preparation())
        self.start_services()

    def start_stores(self) -> None:
        """PostgreSQL and Valkey, ready."""
        self._start_all([part.name for part in self.plan.stores()])

    def start_services(self) -> None:
        """All others, ready."""
        self._start_all([name for name in self.parts if name not in {"postgresql", "valkey"}])

    def _start_all(self, names: list[str]) -> None:
        for name in names:
            self.launch(name)
        for name in names:
            assert self.until(self.parts[name].is_ready, seconds=60), f"{name} is not ready"

    def launch(self, name: str) -> None:
        """Start a part; does not wait until it is ready."""
        part = self.parts[name]
        part.before()
        self.away.discard(name)
        self._children[name] = spawn(part.command, env=part.env, log=part.log, death_signal=part.death_signal)

    def ready(self, name: str) -> bool:
        """Does this part work?"""
        return self._children[name].poll() is None and self.parts[name].is_ready()

    def pid(self, name: str) -> int:
        """The process of a part."""
        return self._children[name].pid

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a part a signal."""
        self._children[name].send_signal(number)

    def kill(self, name: str, *, back: bool = True) -> None:
        """A kill -9, with whatever the part has started; ``back``: start it again at once."""
        os.killpg(self.pid(name), signal.SIGKILL)
        self._children[name].wait()
        self.away.add(name)
        if back:
            self.launch(name)

    def end(self, name: str, *, by: signal.Signals | None = None, seconds: float = 15.0) -> bool:
        """Ask a part to end and wait; False: it did not and was killed. It stays away."""
        self.away.add(name)
        return stop(self._children[name], by=by or self.parts[name].stop_signal, seconds=seconds)

    def kill_everything(self) -> None:
        """A kill -9 of all processes at once, stores included."""
        for name, child in self._children.items():
            self.away.add(name)
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
        for child in self._children.values():
            child.wait()

    def look(self) -> None:
        """Start again what ended though no scenario said so, as ``vestnik up`` does."""
        for name, child in list(self._children.items()):
            if name not in self.away and child.poll() is not None:
                self.surprises.append(f"{name} ended ({child.returncode})")
                self.launch(name)

    def until(self, condition: Callable[[], bool], *, seconds: float) -> bool:
        """Look after the children until the condition holds (True) or the time is over."""

        def holds() -> bool:
            self.look()
            return condition()

        return wait_for(holds, seconds=seconds, pause=_PAUSE)

    def pause(self, seconds: float) -> None:
        """Look after the children for so long."""
        self.until(lambda: False, seconds=seconds)

    def stop(self) -> None:
        """Stop all in order."""
        stores = ("valkey", "postgresql")
        others = [name for name in self._children if name not in stores]
        self.away.update(self._children)
        for name in others:
            if self._children[name].poll() is None:
                self.send(name, signal.SIGCONT)
                self.send(name, self.parts[name].stop_signal)
        began = time.monotonic()
        for name in [*others, *stores]:
            if name in self._children:
                left = 13.0 - (time.monotonic() - began)
                self.end(name, seconds=max(2.0, left))
        self.plan.home.drop_sockets()
