"""The plan of a cluster: which parts run here, and with which environment, given the settings."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from vestnik.cluster.home import Home
from vestnik.cluster.postgres import Postgres
from vestnik.cluster.rest import answers
from vestnik.cluster.supervisor import Part
from vestnik.cluster.valkey import Valkey
from vestnik.environment import SETTINGS, Environment, read_environment
from vestnik.errors import ClusterError
from vestnik.queues import DISPATCH_QUEUE, WORK_QUEUE
from vestnik.simulator.token import make_token

#: Seconds: a worker drains for 11 at most, PostgreSQL writes a checkpoint, beat writes its schedule, the web answers.
WORKER_STOP_SECONDS, POSTGRES_STOP_SECONDS, BEAT_STOP_SECONDS, WEB_STOP_SECONDS = 12.0, 3.0, 6.0, 5.0

#: Celery's program. By default each process runs Django's checks of models and pages, and so loads the console and the
#: API. That costs 0.4 s of a processor, and ``make test`` already checks this code.
CELERY = ("celery", "--skip-checks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of ``vestnik up``. ``concurrency``: requests in flight in each dispatcher; None: the setting's."""

    host: str
    port: int
    dispatchers: int
    concurrency: int | None


class Plan:
    """The parts of one cluster and their common environment.

    Raises:
        SettingError: a setting is wrong.
        ClusterError: the port is taken.
    """

    def __init__(self, home: Home, options: Options) -> None:
        self.home = home
        self.options = options
        self.port = options.port or free_port(options.host)
        check_port(options.host, self.port)
        self._secrets = home.secrets()
        sockets = self._sockets = home.sockets()
        given = os.environ
        self.postgres = (
            None
            if given.get("DATABASE_URL")
            else Postgres(data=home.postgres, sockets=sockets, password=self._secrets.postgres_password)
        )
        self.valkey = (
            None if given.get("BROKER_URL") else Valkey(folder=sockets, password=self._secrets.valkey_password)
        )
        self._gateway_port = None if given.get("GATEWAY_URL") else free_port("127.0.0.1")
        self.env = self._environment()
        self.settings: Environment = read_environment(self.env)

    @property
    def url(self) -> str:
        """The web's address for people."""
        host = {"0.0.0.0": "localhost", "::": "localhost", "127.0.0.1": "localhost"}.get(self.options.host)  # noqa: S104
        shown = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        return f"http://{host or shown}:{self.port}"

    @property
    def simulated(self) -> bool:
        """Return whether the simulator takes the messages."""
        return self._gateway_port is not None

    @property
    def administrator(self) -> str:
        """The login of the first administrator."""
        return self.env.get("ADMIN_EMAIL") or "admin"

    def shared_environment(self) -> dict[str, str]:
        """The settings of this cluster, whatever our own environment holds besides: what others need to talk to it."""
        names = {*SETTINGS, "DJANGO_SETTINGS_MODULE"}
        return {name: self.env[name] for name in sorted(names) if name in self.env}

    def stores(self) -> list[Part]:
        """PostgreSQL and Valkey, where they are ours."""
        parts = []
        if self.postgres is not None:
            parts.append(
                self._part(
                    "postgresql",
                    self.postgres.command(),
                    ready=self.postgres.is_ready,
                    before=self.postgres.clear_stale_locks,
                    stop_signal=signal.SIGINT,
                    death_signal=signal.SIGINT,
                    stop_seconds=POSTGRES_STOP_SECONDS,
                    about=str(self.home.postgres),
                )
            )
        if self.valkey is not None:
            command = self.valkey.command()
            parts.append(self._part("valkey", command, ready=self.valkey.is_ready, before=self.valkey.write_settings))
        return parts

    def preparation(self) -> Part:
        """Migrations and the first administrator: runs once and ends."""
        return self._part("migrations", _python("vestnik.cluster.prepare"), ready=lambda: True, ready_seconds=3_600)

    def gateway(self) -> list[Part]:
        """The simulator, where no outside gateway was named."""
        if self._gateway_port is None:
            return []
        url = self.settings.gateway_url
        command = _python("vestnik.simulator", "--host", "127.0.0.1", "--port", str(self._gateway_port))
        env = {**self.env, "SIMULATOR_SECRET": self._secrets.simulator_secret}
        about = f"{url} (simulator; its totals: {url}/control/totals)"
        return [self._part("gateway", command, ready=partial(answers, f"{url}/control/totals"), env=env, about=about)]

    def services(self) -> list[Part]:
        """Web, beat, dispatchers and the general worker."""
        return [self._web(), self._beat(), *self._workers()]

    def _web(self) -> Part:
        options = self.options
        command = _python(
            "vestnik.cluster.web", "--host", options.host, "--port", str(self.port), "--sockets", str(self._sockets)
        )
        where = "127.0.0.1" if options.host == "0.0.0.0" else "[::1]" if options.host == "::" else options.host  # noqa: S104
        where = f"[{where}]" if ":" in where and not where.startswith("[") else where
        ready = partial(answers, f"http://{where}:{self.port}/health/live")
        return self._part("web", command, ready=ready, stop_seconds=WEB_STOP_SECONDS)

    def _beat(self) -> Part:
        schedule = self.home.run / "beat-schedule"
        options = ("--schedule", str(schedule), "--pidfile", "", "-l", "WARNING")
        command = _celery("vestnik.workers.beat", "beat", *options)

        def forget() -> None:
            for file in self.home.run.glob("beat-schedule*"):
                file.unlink()

        # It holds nothing, and ends at once, but for a machine that is busy: the workers beside it take longer anyway.
        return self._part(
            "beat",
            command,
            ready=lambda: any(self.home.run.glob("beat-schedule*")),
            before=forget,
            stop_seconds=BEAT_STOP_SECONDS,
        )

    def _workers(self) -> list[Part]:
        names = [f"dispatcher-{number}" for number in range(1, self.options.dispatchers + 1)]
        dispatchers = [self._worker(name, worker_options(DISPATCH_QUEUE)) for name in names]
        return [*dispatchers, self._worker("worker", worker_options(WORK_QUEUE))]

    def _worker(self, name: str, options: list[str]) -> Part:
        ready_file = self.home.run / f"{name}.ready"
        command = [*_celery("vestnik.workers.app", "worker"), *options, "-n", f"{name}@{socket.gethostname()}"]
        return self._part(
            name,
            command,
            ready=ready_file.exists,
            before=partial(ready_file.unlink, missing_ok=True),
            env={**self.env, "VESTNIK_READY_FILE": str(ready_file)},
            stop_seconds=WORKER_STOP_SECONDS,
        )

    def _part(
        self,
        name: str,
        command: list[str],
        *,
        ready: Callable[[], bool],
        before: Callable[[], None] = lambda: None,
        env: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals = signal.SIGTERM,
        ready_seconds: float = 60.0,
        stop_seconds: float = 2.0,
        about: str = "",
    ) -> Part:
        return Part(
            name=name, command=command, env=env or self.env, log=self.home.log(name), is_ready=ready, before=before,
            ready_seconds=ready_seconds, stop_signal=stop_signal, stop_seconds=stop_seconds,
            death_signal=death_signal, about=about,
        )  # fmt: skip

    def _environment(self) -> dict[str, str]:
        """The environment of every part: what was given, and what the embedded parts add."""
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": "vestnik.settings", "PYTHONUNBUFFERED": "1"}
        env.setdefault("SECRET_KEY", self._secrets.secret_key)
        env.setdefault("PUBLIC_URL", self.url)
        if self.options.concurrency is not None:
            env["GATEWAY_CONCURRENCY"] = str(self.options.concurrency)
        if self.postgres is not None:
            env["DATABASE_URL"] = self.postgres.url
        if self.valkey is not None:
            env["BROKER_URL"] = self.valkey.url
        env["VESTNIK_HOME"] = str(self.home.folder)
        # All processes count in one folder, and the web serves it: they are on one machine, and could not share a port.
        env["PROMETHEUS_MULTIPROC_DIR"] = str(self.home.metrics)
        env["METRICS_PORT"] = ""
        env["VESTNIK_SIMULATOR"] = "1" if self.simulated else ""
        if self.simulated:
            env["GATEWAY_URL"] = f"http://127.0.0.1:{self._gateway_port}"
            env["GATEWAY_TOKEN"] = make_token(self._secrets.simulator_secret)
        if not env.get("ALLOWED_HOSTS") and self.options.host not in {"0.0.0.0", "::"}:  # noqa: S104
            env["ALLOWED_HOSTS"] = f"localhost,127.0.0.1,[::1],{self.options.host}"
        return env


def worker_options(*queues: str) -> list[str]:
    """Celery's options for a worker on these queues: dispatchers alone are solo, since their work is in threads."""
    pool = ["-P", "solo"] if queues == (DISPATCH_QUEUE,) else ["-P", "threads", "-c", "2"]
    return [
        *pool,
        "-Q",
        ",".join(queues),
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
        "-l",
        "WARNING",
    ]


def check_port(host: str, port: int) -> None:
    """Raise ClusterError unless the web server can have this port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            raise ClusterError(
                f"Port {port} of {host} is not free ({error.strerror}): stop what listens there, or say --port."
            ) from error


def free_port(host: str) -> int:
    """A port of this host that nothing listens on."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _celery(app: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", *CELERY, "-A", app, *arguments]
