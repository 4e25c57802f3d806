"""Strangers generate clients for TypeScript, Java and Go from the committed schema, and do the main job with them.

A stage of its own, `make test-clients`: compilers take minutes. What is generated lies in a temporary folder; the
generators come through their registries' ordinary clients, in the versions that the files beside this one name.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from harness.cluster import Cluster, running_cluster
from tests.generators.registries import fetch
from tests.programs import needed

pytestmark = [pytest.mark.clients, pytest.mark.timeout(600)]

HERE = Path(__file__).parent
SCHEMA = HERE.parents[1] / "docs/openapi.json"
GENERATOR = "7.25.0"
_NO_TESTS = ("--global-property", "apiTests=false,modelTests=false")


def run(*command: str | Path, folder: Path, seconds: float = 400) -> str:
    """What a program printed; it must end well."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=seconds)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def own_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("strangers") / "home") as running:
        yield running


@pytest.fixture
def stranger(own_cluster: Cluster) -> list[str]:
    """What each program is told: where the API is, a name and tag of its own, and a phone."""
    return [own_cluster.url, f"stranger-{uuid4().hex[:8]}", f"7999{uuid4().int % 10**7:07d}"]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages of package-lock.json."""
    npm = needed("npm", package="npm")
    folder = tmp_path_factory.mktemp("typescript")
    shutil.copytree(HERE / "typescript", folder, dirs_exist_ok=True)
    fetch(npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", folder=folder)
    return folder


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the Go programs and the modules of go.mod."""
    program = needed("go", package="golang-go")
    folder = tmp_path_factory.mktemp("go")
    shutil.copytree(HERE / "go", folder, dirs_exist_ok=True)
    fetch(program, "mod", "download", folder=folder)
    return folder


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """How openapi-generator is called."""
    maven, java = needed("mvn", package="maven"), needed("java", package="default-jdk-headless")
    name = f"org.openapitools:openapi-generator-cli:{GENERATOR}"
    folder = tmp_path_factory.mktemp("generator")
    plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
    fetch(maven, "-B", "-q", f"{plugin}:get", f"-Dartifact={name}", "-Dtransitive=false", folder=folder)
    fetch(maven, "-B", "-q", f"{plugin}:copy", f"-Dartifact={name}", f"-DoutputDirectory={folder}", folder=folder)
    return [java, "-jar", str(folder / f"openapi-generator-cli-{GENERATOR}.jar"), "generate", "-i", str(SCHEMA)]


def test_redocly_finds_nothing(node: Path):
    said = run("npx", "redocly", "lint", "--config", "redocly.yaml", "--format", "json", SCHEMA, folder=node)
    assert re.search(r'"errors": 0,\s+"warnings": 0', said), said[-4000:]


def test_spectral_finds_nothing(node: Path):
    said = run("npx", "spectral", "lint", "-r", "spectral.yaml", "--fail-severity", "hint", SCHEMA, folder=node)
    assert "No results" in said


def test_typescript_does_the_main_job(node: Path, stranger: list[str]):
    run("npx", "openapi-typescript", SCHEMA, "-o", "schema.d.ts", folder=node)
    run("npx", "tsc", "-p", ".", folder=node)
    assert run("node", "built/main_job.js", *stranger, folder=node).strip() == "done"


def test_openapi_generators_java_does_the_main_job(generator: list[str], stranger: list[str], tmp_path: Path):
    options = "openApiNullable=false,invokerPackage=stranger,apiPackage=stranger.api,modelPackage=stranger.model"
    made = [
        "-o",
        str(tmp_path),
        f"--additional-properties={options}",
        "--global-property",
        "apiTests=false,modelTests=false",
    ]
    run(*generator, "-g", "java", "--library", "native", *made, folder=tmp_path)
    shutil.copy(HERE / "java/MainJob.java", tmp_path / "src/main/java/stranger/")
    plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
    fetch("mvn", "-B", "-q", "compile", f"{plugin}:build-classpath", "-Dmdep.outputFile=path.txt", folder=tmp_path)
    path = f"target/classes:{(tmp_path / 'path.txt').read_text(encoding='utf-8').strip()}"
    assert run("java", "-cp", path, "stranger.MainJob", *stranger, folder=tmp_path).strip() == "done"


def test_openapi_generators_go_does_the_main_job(generator: list[str], go: Path, stranger: list[str]):
    folder = go / "openapi_generator/stranger"
    options = "packageName=stranger,withGoMod=false"
    made = [
        "-o",
        str(folder),
        f"--additional-properties={options}",
        "--global-property",
        "apiTests=false,modelTests=false",
    ]
    run(*generator, "-g", "go", *made, folder=go)
    shutil.rmtree(folder / "test", ignore_errors=True)
    assert run("go", "run", "./openapi_generator", *stranger, folder=go).strip() == "done"


def test_oapi_codegen_does_the_main_job(go: Path, stranger: list[str]):
    folder = go / "oapi_codegen/stranger"
    folder.mkdir(parents=True)
    said = ["-generate", "types,client", "-package", "stranger", "-o", str(folder / "client.go"), str(SCHEMA)]
    run("go", "tool", "oapi-codegen", *said, folder=go)
    assert run("go", "run", "./oapi_codegen", *stranger, folder=go).strip() == "done"


def test_ogen_makes_a_client_that_compiles(go: Path):
    run("go", "tool", "ogen", "--target", "ogen", "--package", "ogen", "--clean", str(SCHEMA), folder=go)
    run("go", "build", "./ogen", folder=go)
