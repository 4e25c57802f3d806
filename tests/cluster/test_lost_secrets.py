"""Secrets that are lost while the data stay: no new password is made for old data, and a sentence says what to do."""

import json
from itertools import product
from pathlib import Path

import pytest

from harness.cluster import run, running_cluster
from vestnik.cluster.home import Home
from vestnik.cluster.secrets_folder import SECRET_FILES, make_secrets
from vestnik.cluster.stopped_home import renew_password
from vestnik.errors import ClusterError, SettingError

NAMES = ("secret_key", "postgres_password", "valkey_password", "simulator_secret")
#: What is lost: one secret, or the whole file, or what makes it a file of JSON.
LOSSES = (*NAMES, "file", "half a file", "no object", "empty value")


def lose(file: Path, loss: str) -> None:
    content = json.loads(file.read_text())
    if loss == "file":
        file.unlink()
    elif loss == "half a file":
        file.write_text(file.read_text()[:40])
    elif loss == "no object":
        file.write_text("[]")
    elif loss == "empty value":
        file.write_text(json.dumps(content | {"postgres_password": ""}))
    else:
        del content[loss]
        file.write_text(json.dumps(content))


def used_home(folder: Path, *, data: bool) -> Home:
    home = Home(folder / "home").make()
    home.secrets()
    if data:
        home.postgres.mkdir()
        (home.postgres / "PG_VERSION").write_text("18\n")
    return home


@pytest.mark.parametrize(("loss", "data"), list(product(LOSSES, (True, False))))
def test_each_loss_with_data_and_without(tmp_path: Path, loss: str, data: bool) -> None:
    home = used_home(tmp_path, data=data)
    before = json.loads(home.secrets_file.read_text())
    lose(home.secrets_file, loss)
    left = home.secrets_file.read_text() if home.secrets_file.exists() else None
    password_is_lost = loss not in {"secret_key", "valkey_password", "simulator_secret"}
    if data and password_is_lost:
        with pytest.raises(ClusterError, match=f"vestnik new-secrets --home {home.folder}"):
            home.secrets()
        assert (home.secrets_file.read_text() if home.secrets_file.exists() else None) == left, "nothing is made"
        return
    home.secrets()
    after = json.loads(home.secrets_file.read_text())
    assert set(after) == set(NAMES)
    assert all(after.values())
    if loss in NAMES:
        assert {name for name in NAMES if after[name] != before[name]} == {loss}
    assert home.key_is_new == (data and loss == "secret_key")


def test_a_home_that_was_used_with_an_outside_database_tells_of_its_new_key(tmp_path: Path) -> None:
    home = used_home(tmp_path, data=False)
    home.log("web").touch()
    home.secrets_file.unlink()
    home.secrets()
    assert home.key_is_new


@pytest.mark.parametrize("lost", [*SECRET_FILES, None])
def test_a_folder_of_secrets_that_was_used(tmp_path: Path, lost: str | None) -> None:
    make_secrets(tmp_path)
    if lost is not None:
        (tmp_path / lost).unlink()
    if lost != "postgres_password":
        assert make_secrets(tmp_path) == ([] if lost is None else [lost])
        return
    with pytest.raises(SettingError, match="--new-password"):
        make_secrets(tmp_path)
    assert not (tmp_path / lost).exists()
    assert make_secrets(tmp_path, new_password=True) == [lost]


def test_a_real_cluster_whose_secrets_are_lost_starts_again_after_the_command_in_the_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    with running_cluster(folder, "--workers", "1", embedded=True) as cluster:
        password, file = cluster.password, cluster.home.secrets_file
        kept = file.rename(tmp_path / "kept")
        told = run("doctor", "--home", str(folder))
        assert "the next start will refuse" in told.stdout, "told while the cluster still runs"
        kept.rename(file)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"postgres_password": "another"}))
    refused = run("up", "--port", "0", "--home", str(folder))
    assert "PostgreSQL refuses the password" in refused.stderr
    file.unlink()
    for command in (["up", "--port", "0"], ["backup", str(tmp_path / "dump")], ["doctor"]):
        done = run(*command, "--home", str(folder))
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert f"vestnik new-secrets --home {folder}" in done.stderr
    assert not file.exists()
    done = run("new-secrets", "--home", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert "everybody has to log in again" in done.stdout
    with running_cluster(folder, "--workers", "1", embedded=True) as cluster:
        assert cluster.logged_in(password=password), "the data are the old ones"


def test_nothing_is_renewed_where_there_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="contains no ledger"):
        renew_password(Home(tmp_path / "home"))
    assert not (tmp_path / "home").exists()
