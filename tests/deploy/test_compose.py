"""The files of the container cluster say what the code understands, and nothing else."""

import itertools
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cluster import Cluster
from tests.deploy.compose import COMPOSE, OURS, ROOT, environment_of
from tests.deploy.schemas import complaints
from tests.deploy.settings import OF_CONTAINERS, OF_THE_START, settings
from tests.programs import needed
from vestnik.cli.main import vestnik
from vestnik.cluster.secrets_folder import make_secrets, with_secrets
from vestnik.environment import read_environment
from vestnik.errors import SettingError


def _variables(text: str) -> set[str]:
    return set(re.findall(r"\$\{([A-Z_]+)", text))


def test_env_example_lists_every_setting_and_no_other() -> None:
    listed = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert listed == settings() | OF_CONTAINERS | OF_THE_START


def test_every_setting_of_env_example_has_a_comment() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    for before, line in itertools.pairwise(lines):
        if re.match(r"# [A-Z_]+=", line):
            assert before.startswith("# "), f"{line} has no comment"


def test_compose_passes_every_setting_on_and_needs_none() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert _variables(text) == (settings() | OF_THE_START | {"WEB_PORT"})
    assert not re.search(r"\$\{[A-Z_]+\}|\$\{[A-Z_]+:?\?", text), "a variable without a default"


@pytest.mark.parametrize("service", OURS)
def test_every_command_is_one_of_the_command_line(service: str) -> None:
    name, *arguments = OURS[service]["command"]
    command = vestnik.commands[name]
    arguments = [str(ROOT) if argument == "/secrets" else argument for argument in arguments]
    with command.make_context(name, arguments):
        pass


@pytest.mark.parametrize("service", [name for name in OURS if name != "secrets"])
def test_the_environment_of_each_service_is_whole_without_an_env_file(service: str, tmp_path: Path) -> None:
    make_secrets(tmp_path)
    environment = read_environment(with_secrets({**environment_of(service), "SECRETS_DIR": str(tmp_path)}))
    assert environment.gateway_is_simulator
    assert environment.gateway_url == "http://gateway:8080"
    assert environment.gateway_token.count(".") == 2


def test_with_an_outside_gateway_nothing_of_the_simulator_is_used(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    given = {**environment_of("worker"), "SECRETS_DIR": str(tmp_path), "GATEWAY_URL": "https://g.example"}
    environment = read_environment(with_secrets(given))
    assert not environment.gateway_is_simulator
    assert not environment.gateway_idempotent
    assert environment.gateway_token == ""


def test_secrets_are_made_once_and_differ(tmp_path: Path) -> None:
    assert len(make_secrets(tmp_path)) == 3
    before = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert make_secrets(tmp_path) == []
    assert before == {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert len(set(before.values())) == 3
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_missing_secrets_are_one_sentence_that_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"run `vestnik secrets"):
        with_secrets({"SECRETS_DIR": str(tmp_path)})


def test_the_health_check_of_the_web_answers(cluster: Cluster) -> None:
    check = COMPOSE["services"]["web"]["healthcheck"]["test"]
    assert _run_check(check, cluster.url).returncode == 0
    assert _run_check(check, "http://127.0.0.1:9").returncode != 0


def test_the_health_check_of_the_simulator_answers(cluster: Cluster) -> None:
    check = COMPOSE["services"]["gateway"]["healthcheck"]["test"]
    assert _run_check(check, cluster.gateway.base_url).returncode == 0


@pytest.mark.parametrize("service", OURS)
def test_no_service_of_ours_can_gain_a_right(service: str) -> None:
    assert OURS[service]["cap_drop"] == ["ALL"]
    assert OURS[service]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("service", OURS)
def test_every_service_of_ours_has_a_limit_a_restart_policy_and_a_health_check(service: str) -> None:
    said = OURS[service]
    once = service in {"secrets", "migrate"}
    assert said["restart"] == ("no" if once else "unless-stopped")
    assert said["healthcheck"] == {"disable": True} if once else "test" in said["healthcheck"]
    assert once or "mem_limit" in said


def test_the_schema_of_compose_accepts_the_file() -> None:
    assert complaints(ROOT / "docker-compose.yml", "vendor.compose-spec") == ""


def test_docker_compose_itself_accepts_the_file(tmp_path: Path) -> None:
    program = needed("docker-compose", package="docker-compose")
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    done = subprocess.run([program, "config", "-q"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _run_check(check: list[str], url: str) -> "subprocess.CompletedProcess[bytes]":
    kind, program, *arguments = check
    assert (kind, program) == ("CMD", "python")
    arguments = [re.sub(r"http://127\.0\.0\.1:\d+", url, argument) for argument in arguments]
    return subprocess.run([sys.executable, *arguments], capture_output=True, check=False, timeout=10)
