"""What goes wrong because of a setting is one sentence that names the setting, also where only using it shows that."""

import os

import pytest

from harness.cluster import SETTINGS, run
from vestnik.db.connection import Connection
from vestnik.models import User

NOWHERE = "postgresql://u:s3cret@127.0.0.1:9/d"


@pytest.mark.parametrize(
    "command",
    [
        ["migrate"],
        ["mailing", "list"],
        ["stop-list", "list"],
        ["trace", "client", "1"],
        ["report", "--print"],
        ["export", "/dev/null"],
        ["backup", "/dev/null"],
    ],
    ids=" ".join,
)
def test_a_ledger_that_is_away(command: list[str]) -> None:
    away = {
        "DATABASE_URL": NOWHERE, "BROKER_URL": "memory://", "GATEWAY_URL": "http://127.0.0.1:9", "SECRET_KEY": "0" * 32
    }  # fmt: skip
    done = run(*command, env=away)
    assert done.returncode == 1
    assert done.stderr.startswith("The ledger cannot be reached")
    assert "Traceback" not in done.stderr
    assert "s3cret" not in done.stderr


@pytest.mark.parametrize(("name", "value"), [("ADMIN_EMAIL", "nobody"), ("ADMIN_PASSWORD", "1234")])
def test_a_first_administrator_that_cannot_be_made(ledger: Connection, name: str, value: str) -> None:
    del ledger
    session = {each: os.environ[each] for each in SETTINGS if each in os.environ}
    done = run("migrate", env={**session, name: value})
    assert (done.returncode, User.objects.count()) == (1, 0)
    assert done.stderr.startswith(f"{name} is not good enough: ")
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
