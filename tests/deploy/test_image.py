"""The image that the Dockerfile makes is built for real, and its services do the main job as Compose starts them.

It takes two minutes and a mirror of Debian, so it is a stage of its own: ``make test-image``.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from harness.servers import postgres, redis
from harness.simulator_client import SimulatorClient
from tests.deploy.compose import OURS, ROOT, environment_of, health_check_of
from tests.programs import lack, needed
from vestnik.cluster import postgres as embedded_postgres
from vestnik.cluster import valkey as embedded_valkey
from vestnik.cluster.plan import free_port
from vestnik.cluster.processes import kill_group, last_lines, spawn, wait_for
from vestnik.cluster.rest import Rest, answers

pytestmark = [pytest.mark.image, pytest.mark.timeout(1_800)]
SCRIPT = ROOT / "deploy" / "image" / "image.sh"
MESSAGES = 20_000
#: Seconds: what Compose gives a worker to stop.
GRACE = 15.0
#: Words of Compose's files that are containers' names and ports there, and this machine's here.
_HOST = "127.0.0.1"


def script(*words: str) -> str:
    """Run deploy/image/image.sh; what it prints."""
    process = subprocess.Popen(
        [str(SCRIPT), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        output, errors = process.communicate()
    finally:
        kill_group(process)  # a test that ran out of time leaves no build behind
    assert process.returncode == 0, f"{words}: {output[-2000:]}{errors[-4000:]}"
    return output


class Containers:
    """The services of docker-compose.yml, run from the built image on this machine's network."""

    def __init__(self, folder: Path, database: str, broker: str) -> None:
        self.ports = {"web": free_port(_HOST), "gateway": free_port(_HOST)}
        self.volume, self.folder = folder / "secrets", folder
        self.container, root = script("container", str(self.volume)).split()
        self.root = Path(root)
        self.settings: dict[str, Any] = json.loads(script("inspect"))["Docker"]["config"]
        self.began = time.time()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.metrics = f"http://{_HOST}:{free_port(_HOST)}/metrics"
        self._there = {
            "METRICS_PORT": self.metrics.rpartition(":")[2].partition("/")[0],
            "DATABASE_URL": database,
            "BROKER_URL": broker,
            "SIMULATOR_URL": f"http://{_HOST}:{self.ports['gateway']}",
        }

    def once(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of ours to its end."""
        return self._run(self._command("migrate", [*self.settings["Entrypoint"], *words]))

    def healthy(self, service: str) -> bool:
        """Does the service's own health check pass, in its container?"""
        check = [self._here(service, word) for word in health_check_of(service)]
        return self._run(self._command(service, check)).returncode == 0

    def start(self, service: str) -> None:
        """Start a service with the command and the environment that Compose gives it."""
        words = [self._here(service, word) for word in OURS[service]["command"]]
        command = self._command(service, [*self.settings["Entrypoint"], *words])
        self.processes[service] = spawn(command, env=os.environ, log=self.log(service))

    def log(self, service: str) -> Path:
        """What a service printed."""
        return self.folder / f"{service}.log"

    def programs(self, service: str) -> list[psutil.Process]:
        """The processes of a service, the first one first, without buildah's own."""
        below = psutil.Process(self.processes[service].pid).children(recursive=True)
        return [process for process in below if "buildah" not in process.name() and "vestnik" in _line(process)]

    def stop(self) -> dict[str, int]:
        """Ask every service's program to stop, as an engine does; their exit statuses."""
        for service in self.processes:
            for program in self.programs(service)[:1]:
                program.send_signal(signal.SIGTERM)
        return {service: process.wait(GRACE) for service, process in self.processes.items()}

    def kill(self) -> None:
        """Leave nothing behind."""
        for process in self.processes.values():
            for child in [*psutil.Process(process.pid).children(recursive=True)] if process.poll() is None else []:
                child.kill()
            process.kill()
            process.wait()

    def _command(self, service: str, command: list[str]) -> list[str]:
        env = {**environment_of(service), **self._there}
        pairs = [f"{name}={value}" for name, value in env.items()]
        return [str(SCRIPT), "run", self.container, str(self.volume), *pairs, "--", *command]

    def _here(self, service: str, word: str) -> str:
        """Ports of the containers are other ones on this machine."""
        for name, port in (("8000", self.ports["web"]), ("8080", self.ports["gateway"])):
            word = word.replace(f":{name}", f":{port}") if service in self.ports else word
            word = str(port) if word == name else word
        return word

    def _run(self, command: list[str]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


@pytest.fixture(scope="module")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    """The image built, its database migrated, every service started.

    Images are kept where ``VESTNIK_IMAGES`` names a folder: then the second run is fast.
    """
    for program in ("buildah", "debootstrap"):
        needed(program, package=program)
    if os.geteuid() != 0:
        lack("buildah's chroot isolation needs root")
    folder, monkey = tmp_path_factory.mktemp("image"), pytest.MonkeyPatch()
    kept = "VESTNIK_IMAGES" in os.environ
    if not kept:
        monkey.setenv("VESTNIK_IMAGES", str(folder / "images"))
    script("base")
    script("build")
    with redis(folder, embedded_valkey._binary()) as broker:
        made = folder / "made"
        made.mkdir(mode=0o711)
        yield from _started(made, f"{broker}/0")
    script("rm" if kept else "remove")
    monkey.undo()


def _started(folder: Path, broker: str) -> Iterator[Containers]:
    running = Containers(folder, "", broker)
    assert running.once("secrets", "/secrets").returncode == 0
    password = (running.volume / "postgres_password").read_text()
    with postgres(folder, embedded_postgres._binaries(), password=password) as url:
        psycopg.connect(f"{url}/postgres", autocommit=True).execute("CREATE DATABASE vestnik")
        # As in Compose: the password is in the secrets alone.
        running._there["DATABASE_URL"] = f"{url.replace(f':{password}', '')}/vestnik"
        migrated = running.once(*OURS["migrate"]["command"])
        assert migrated.returncode == 0, migrated.stderr
        try:
            for service in ("gateway", "web", "worker", "beat"):
                running.start(service)
            yield running
        finally:
            running.kill()


def _url(containers: Containers) -> str:
    return f"http://{_HOST}:{containers.ports['web']}"


def test_every_service_of_the_image_becomes_healthy_by_its_own_check(containers: Containers) -> None:
    assert wait_for(lambda: answers(f"{_url(containers)}/health/ready"), seconds=60), last_lines(containers.log("web"))
    for service in containers.processes:
        healthy = wait_for(lambda s=service: containers.healthy(s), seconds=20)
        assert healthy, f"{service}: {last_lines(containers.log(service))}"


def test_the_worker_tells_its_metrics_on_its_own_port(containers: Containers) -> None:
    assert answers(containers.metrics)


def test_no_process_of_the_image_is_root_and_none_can_become_it(containers: Containers) -> None:
    for service in containers.processes:
        programs = containers.programs(service)
        assert programs, service
        assert {process.uids().real for process in programs} == {10_001}


def test_the_main_job_is_done_and_the_books_equal_the_gateways(containers: Containers) -> None:
    loaded = containers.once("sample", "--clients", str(MESSAGES))
    assert loaded.stdout.startswith(f"{MESSAGES:,} clients added"), loaded.stderr
    api = Rest(_url(containers))
    api.register(username="anna", password="gerold-i-vestnik-17")
    api.log_in(username="anna", password="gerold-i-vestnik-17")
    body = {
        "message_text": "Здравствуйте!",
        "filter": {"tag": None, "operator_code": None},
        "end_time": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    }
    path = f"/sender/notifications/{api.post('/sender/notifications', body)['id']}/statistics?page_size=1"
    assert wait_for(lambda: api.get(path)[0]["state"] == "completed", seconds=90, pause=0.3), api.get(path)
    statistics = api.get(path)[0]
    assert (statistics["total_count"], statistics["by_state"]["sent"]) == (MESSAGES, MESSAGES)
    totals = SimulatorClient(f"http://{_HOST}:{containers.ports['gateway']}", "").totals()
    assert (totals["distinct"], totals["accepted"], totals["repeated"]) == (MESSAGES, MESSAGES, 0)


def test_what_runs_writes_only_into_its_secrets_and_tmp(containers: Containers) -> None:
    """So the root file system may be read-only, as the manifests for Kubernetes say."""
    kept = [
        folder for folder in containers.root.iterdir() if folder.name not in {"tmp", "secrets", "proc", "sys", "dev"}
    ]
    written = [
        path
        for folder in kept
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and path.stat().st_ctime > containers.began
    ]
    # What buildah itself lays over a container.
    assert {path.name for path in written} <= {"hosts", "resolv.conf", "hostname", ".containerenv"}, written[:20]


def test_the_image_holds_no_compiler_no_database_and_a_health_check(containers: Containers) -> None:
    assert containers.settings["User"] == "vestnik"
    assert containers.settings["Healthcheck"]["Test"][0] == "CMD"
    tools = {"cc", "gcc", "g++", "c++", "ld", "make", "postgres", "initdb", "valkey-server"}
    found = {path.name for path in containers.root.rglob("*") if path.name in tools and path.is_file()}
    assert not found


def test_the_dockerfile_has_stages_and_checks_every_hash() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert text.count("\nFROM ") == 2
    assert "--require-hashes" in text


def test_asked_to_stop_every_service_ends_of_itself_in_time(containers: Containers) -> None:
    """The last one: afterwards nothing runs."""
    assert set(containers.stop().values()) == {0}
