"""The manifests for Kubernetes are what its API accepts, and say what the code understands."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import kubernetes_validate
import pytest
import yaml

from harness.cluster import Cluster, environment
from tests.deploy.settings import OF_THE_START, settings
from vestnik.cli.main import vestnik
from vestnik.cluster.plan import WORKER_STOP_SECONDS
from vestnik.environment import read_environment
from vestnik.errors import SettingError

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
#: The oldest version that its project still mends, and the newest that the schemas know.
VERSIONS = ("1.35", kubernetes_validate.latest_version())
#: For the processes themselves, set by no person.
_OF_PROBES = {"VESTNIK_READY_FILE"}
_LABELS = "app.kubernetes.io/"


def _documents(file: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(file.read_text()) if document]


FILES = sorted(FOLDER.glob("*/*.yaml"))
MANIFESTS = [
    document for file in FILES if file.name != "kustomization.yaml" and file.parent.name != "metrics"
    for document in _documents(file)
]  # fmt: skip
NAMED = {f"{document['kind']}/{document['metadata']['name']}": document for document in MANIFESTS}
WORKLOADS = {name: document for name, document in NAMED.items() if document["kind"] in {"Deployment", "Job"}}
CONTAINERS = {
    name: container
    for name, workload in WORKLOADS.items()
    for container in workload["spec"]["template"]["spec"]["containers"]
}


def pod(workload: str) -> dict[str, Any]:
    spec: dict[str, Any] = WORKLOADS[workload]["spec"]["template"]["spec"]
    return spec


def given() -> dict[str, str]:
    """The environment that every container has: the settings, and the example's secrets."""
    values: dict[str, str] = dict(NAMED["ConfigMap/vestnik-settings"]["data"])
    return {**values, **NAMED["Secret/vestnik-secrets"]["stringData"]}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMED)
def test_the_api_accepts_it(name: str, version: str) -> None:
    kubernetes_validate.validate(NAMED[name], version, strict=True)


def test_the_api_would_refuse_a_word_that_it_does_not_know() -> None:
    """So its silence above says something."""
    wrong = {**NAMED["Deployment/vestnik-web"], "spec": {**NAMED["Deployment/vestnik-web"]["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


@pytest.mark.parametrize("step", ["prepare", "run"])
def test_each_step_lists_its_files_and_no_secret(step: str) -> None:
    (listed,) = _documents(FOLDER / step / "kustomization.yaml")
    there = {file.name for file in (FOLDER / step).glob("*.yaml")} - {"kustomization.yaml"}
    assert set(listed["resources"]) == {name for name in there if not name.startswith("secret.")}


def test_both_steps_run_the_image_of_this_version() -> None:
    images = [_documents(FOLDER / step / "kustomization.yaml")[0]["images"] for step in ("prepare", "run")]
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert images[0] == images[1]
    assert version is not None
    assert images[0][0]["newTag"] == version.group(1)
    assert {container["image"] for container in CONTAINERS.values()} == {images[0][0]["name"]}


def test_everything_stands_in_one_namespace() -> None:
    spaces = {document["metadata"].get("namespace") for document in MANIFESTS if document["kind"] != "Namespace"}
    assert spaces == {"vestnik"}


@pytest.mark.parametrize("workload", WORKLOADS)
def test_every_command_is_one_of_the_command_line(workload: str) -> None:
    name, *arguments = CONTAINERS[workload]["args"]
    command = vestnik.commands[name]
    with command.make_context(name, list(arguments)):
        pass


@pytest.mark.parametrize("workload", WORKLOADS)
def test_every_name_of_its_environment_is_a_setting(workload: str) -> None:
    container = CONTAINERS[workload]
    sources = [next(iter(source.values()))["name"] for source in container["envFrom"]]
    assert sources == ["vestnik-settings", "vestnik-secrets"]
    assert {each["name"] for each in container.get("env", [])} <= _OF_PROBES
    assert set(given()) <= settings() | OF_THE_START


def test_the_settings_are_good_when_the_secrets_are() -> None:
    read = read_environment({**given(), "SECRET_KEY": "x" * 40})
    assert not read.gateway_is_simulator
    assert not read.registration_open
    assert read.num_proxies == 1
    assert read.allowed_hosts == ("vestnik.example.org",)


def test_the_example_of_the_secrets_does_not_start() -> None:
    with pytest.raises(SettingError, match="SECRET_KEY"):
        read_environment(given())
    secrets = NAMED["Secret/vestnik-secrets"]["stringData"]
    assert all("change-me" in value for name, value in secrets.items() if name != "ADMIN_EMAIL")


@pytest.mark.parametrize("workload", WORKLOADS)
def test_no_container_is_root_or_writes_its_own_files(workload: str) -> None:
    spec, container = pod(workload), CONTAINERS[workload]
    user = re.search(r"--uid (\d+)", (ROOT / "Dockerfile").read_text())
    assert user is not None
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == int(user.group(1))
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/tmp"]
    assert spec["automountServiceAccountToken"] is False
    assert set(container["resources"]) == {"requests", "limits"}


@pytest.mark.parametrize("name", ["dispatcher", "worker"])
def test_a_worker_has_time_to_give_back_what_it_holds(name: str) -> None:
    assert pod(f"Deployment/vestnik-{name}")["terminationGracePeriodSeconds"] >= WORKER_STOP_SECONDS + 3


def test_there_is_one_beat_and_the_old_one_goes_first() -> None:
    spec = NAMED["Deployment/vestnik-beat"]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_the_probes_of_the_web_answer(cluster: Cluster) -> None:
    container = CONTAINERS["Deployment/vestnik-web"]
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        asked = container[name]["httpGet"]
        headers = {header["name"]: header["value"] for header in asked["httpHeaders"]}
        answer = httpx.get(f"{cluster.url}{asked['path']}", headers=headers, trust_env=False)
        assert answer.status_code == 200, name
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"


def test_health_answers_on_this_machine_whatever_names_people_use() -> None:
    """With the settings of the manifests, over plain HTTP, by the names that probes and health checks use."""
    lines = [
        "import django; django.setup()",
        "from django.test import Client",
        "print(*[Client().get('/health/live', headers={'host': h}).status_code for h in HOSTS])",
    ]
    hosts = ["localhost", "127.0.0.1:8000", "vestnik.example.org", "other.example.org"]
    code = "\n".join([f"HOSTS = {hosts}", *lines])
    env = {**given(), "SECRET_KEY": "x" * 40, "DJANGO_SETTINGS_MODULE": "vestnik.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(env), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["200", "200", "200", "400"]


def test_the_dispatchers_alone_follow_the_age_of_the_queue() -> None:
    spec = NAMED["HorizontalPodAutoscaler/vestnik-dispatcher"]["spec"]
    target = NAMED[f"{spec['scaleTargetRef']['kind']}/{spec['scaleTargetRef']['name']}"]
    assert CONTAINERS["Deployment/vestnik-dispatcher"]["args"] == ["worker", "--queue", "dispatch"]
    assert "replicas" not in target["spec"]
    (metric,) = spec["metrics"]
    (rules,) = _documents(FOLDER / "metrics" / "prometheus-adapter.yaml")
    assert [rule["name"]["as"] for rule in rules["rules"]["external"]] == [metric["external"]["metric"]["name"]]


def test_the_autoscalers_metric_is_one_that_we_tell_and_all_that_tell_are_asked(cluster: Cluster) -> None:
    told = httpx.get(f"{cluster.url}/metrics", trust_env=False).text
    metric = NAMED["HorizontalPodAutoscaler/vestnik-dispatcher"]["spec"]["metrics"][0]["external"]["metric"]["name"]
    assert re.search(rf"^{metric} ", told, re.MULTILINE)
    (monitor,) = _documents(FOLDER / "metrics" / "pod-monitor.yaml")
    ports = {port["name"]: port["containerPort"] for each in CONTAINERS.values() for port in each.get("ports", [])}
    assert {endpoint["port"] for endpoint in monitor["spec"]["podMetricsEndpoints"]} == set(ports)
    assert str(ports["metrics"]) == given()["METRICS_PORT"]
    for endpoint in monitor["spec"]["podMetricsEndpoints"]:
        token = endpoint["authorization"]["credentials"]
        assert token["key"] in NAMED[f"Secret/{token['name']}"]["stringData"]


def test_both_queues_have_workers() -> None:
    queues = [words["args"][2] for words in CONTAINERS.values() if words["args"][0] == "worker"]
    assert sorted(queues) == ["dispatch", "work"]


def test_whatever_selects_pods_finds_some() -> None:
    pods = [workload["spec"]["template"]["metadata"]["labels"] for workload in WORKLOADS.values()]
    selectors = list(_selectors())
    assert len(selectors) >= 9
    for name, selector in selectors:
        assert any(selector.items() <= labels.items() for labels in pods), name


def _selectors() -> Iterator[tuple[str, dict[str, str]]]:
    for name, document in NAMED.items():
        spec = document.get("spec", {})
        if document["kind"] == "Service":
            yield name, spec["selector"]
            continue
        for key in ("selector", "podSelector"):
            if document["kind"] in {"Deployment", "PodDisruptionBudget", "NetworkPolicy"} and key in spec:
                yield from ((name, labels) for labels in _labels(spec[key]))


def _labels(selector: dict[str, Any]) -> list[dict[str, str]]:
    """The sets of labels that a selector names: each must be some pod's."""
    listed = [{each["key"]: value} for each in selector.get("matchExpressions", []) for value in each["values"]]
    return [selector["matchLabels"]] if "matchLabels" in selector else listed


def test_the_ingress_leads_to_the_web() -> None:
    (rule,) = NAMED["Ingress/vestnik"]["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    service = NAMED[f"Service/{backend['name']}"]
    ports = {port["name"]: port["targetPort"] for port in service["spec"]["ports"]}
    assert ports[backend["port"]["name"]] in {port["name"] for port in CONTAINERS["Deployment/vestnik-web"]["ports"]}
    assert f"https://{rule['host']}" == given()["PUBLIC_URL"]
    assert rule["host"] in given()["ALLOWED_HOSTS"].split(",")
