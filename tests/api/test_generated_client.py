"""A stranger generates a client from the committed schema, and does the whole main job with it."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest

from harness.cluster import Cluster
from vestnik.cluster.processes import wait_for

SCHEMA = Path(__file__).parents[2] / "docs/openapi.json"
PASSWORD = "a-long-Passphrase-7"
Load = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Imports a module of the client by its name; generating it gives no warning."""
    folder = tmp_path_factory.mktemp("generated")
    bin_folder = Path(sys.executable).parent  # the generator formats what it made with ruff
    config = Path(__file__).with_name("generated_client.yaml")
    command = [bin_folder / "openapi-python-client", "generate", "--path", SCHEMA, "--meta", "none", "--config", config]
    done = subprocess.run(
        [*command, "--output-path", folder / "stranger", "--fail-on-warning"],
        env={**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "arning" not in done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    return lambda name: importlib.import_module(f"stranger.{name}")


def test_the_whole_main_job_through_a_generated_client(cluster: Cluster, generated: Load):
    models, client = generated("models"), generated("client")
    outside = {"trust_env": False}
    anybody = client.Client(base_url=cluster.url, httpx_args=outside)
    name, tag = f"stranger-{uuid4().hex[:8]}", uuid4().hex

    def call(operation: str, by: Any, *path: int, **arguments: Any) -> Any:
        answer = generated(f"api.{operation}").sync_detailed(*path, client=by, **arguments)
        assert answer.status_code < 300, answer.content
        return answer.parsed

    registration = models.RegistrationRequest(username=name, password1=PASSWORD, password2=PASSWORD)
    call("accounts.auth_register", anybody, body=registration)
    tokens = call("accounts.auth_login", anybody, body=models.LoginRequest(username=name, password=PASSWORD))
    me = client.AuthenticatedClient(base_url=cluster.url, token=tokens.access, httpx_args=outside)
    assert call("accounts.auth_user_read", me).username == name

    phone = f"7999{uuid4().int % 10**7:07d}"
    body = models.ClientRequest(phone_number=phone, tag=tag, timezone="Europe/Moscow")
    added = call("clients.client_create", me, body=body)
    assert added.mobile_operator_code == "999"

    mailing = call(
        "mailings.mailing_create",
        me,
        body=models.MailingRequest(
            message_text="Здравствуйте!",
            filter_=models.MailingFilter(tag=[tag], operator_code=None),
            end_time=datetime.now(UTC) + timedelta(minutes=10),
        ),
    )
    assert wait_for(lambda: call("mailings.mailing_read", me, mailing.id).state == "completed", seconds=20)
    (statistics,) = call("statistics.statistics_read", me, mailing.id)
    assert (
        statistics.total_count,
        statistics.complete_count,
        statistics.by_state.sent + statistics.by_state.delivered,
    ) == (1, 1, 1)
    (message,) = statistics.messages
    assert (message.phone_number, message.client, message.status) == (phone, added.id, "COMPLETE")
