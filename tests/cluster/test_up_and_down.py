"""``vestnik up`` starts a whole cluster, keeps it running, and leaves nothing behind, however it ends."""

import os
import signal
import socket
import stat
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.cluster import STOP_SECONDS, Cluster, alive, run, running_cluster
from harness.outside import OUTSIDE
from vestnik.cluster.processes import wait_for
from vestnik.cluster.rest import answers

#: Of a cluster of a test's own: one dispatcher, which is as good as two where none is picked out.
ONE = ("--workers", "1")


def test_it_says_each_part_and_then_where_it_serves(cluster: Cluster) -> None:
    names = [line.split()[0] for line in cluster.lines]
    stores = ["postgresql", "valkey"] if OUTSIDE is None else []
    parts = ["gateway", "migrations", "web", "beat", "dispatcher-1", "dispatcher-2", "worker"]
    assert names == [*stores, *parts, "administrator", "ready"]
    assert cluster.lines[-1].endswith("TEST GATEWAY: nothing is delivered")
    assert wait_for(lambda: answers(f"{cluster.url}/health/ready"), seconds=30)  # one look has two seconds
    assert cluster.logged_in().get("/auth/user/")["role"] == "administrator"


def test_secrets_are_for_their_owner_only(cluster: Cluster) -> None:
    def mode(name: str) -> int:
        return stat.S_IMODE((cluster.home.folder / name).stat().st_mode)

    assert [mode("."), mode("secrets.json"), mode("cluster.json"), mode("run")] == [0o700, 0o600, 0o600, 0o700]
    assert not any(cluster.password in log.read_text(errors="replace") for log in cluster.home.logs.iterdir())


def test_no_secret_stands_in_a_command_line(cluster: Cluster) -> None:
    secrets = cluster.home.secrets()
    lines = "\n".join(cluster.members())
    assert not any(secret in lines for secret in (secrets.postgres_password, secrets.valkey_password))


def test_a_second_cluster_on_the_same_home_says_so_and_leaves(cluster: Cluster) -> None:
    second = run("up", "--port", "0", "--home", str(cluster.home.folder))
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "runs on" in second.stderr
    assert str(cluster.process.pid) in second.stderr
    assert answers(f"{cluster.url}/health/ready")


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = run("up", "--port", port, "--home", str(tmp_path / "home"))
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert f"Port {port}" in refused.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("GATEWAY_TIMEOUT", "soon"), ("TIME_ZONE", "Mars/Base"), ("SECRET_KEY", "short"), ("DATABASE_URL", "mysql://x/y")],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    refused = run("up", "--port", "0", "--home", str(tmp_path / "home"), env={name: value})
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert refused.stderr.startswith(name)
    assert not (tmp_path / "home" / "postgres").exists()


@pytest.mark.parametrize("service", ["web", "worker", "beat"])
def test_a_service_alone_with_a_wrong_setting_is_one_sentence(service: str) -> None:
    refused = run(service, env={"DATABASE_URL": ""})
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert refused.stderr.startswith("DATABASE_URL is not set")


def test_commands_for_a_home_without_a_cluster_say_so(tmp_path: Path) -> None:
    for command in (["down"], ["sample"], ["migrate"]):
        refused = run(*command, "--home", str(tmp_path))
        assert refused.returncode == 1
        assert refused.stderr.startswith("No cluster runs on")


def test_the_sample_is_loaded_once_however_often_it_is_asked_for(cluster: Cluster) -> None:
    home = str(cluster.home.folder)
    first = run("sample", "--clients", "300", "--seed", "7", "--home", home)
    again = run("sample", "--clients", "500", "--seed", "7", "--home", home)
    assert first.stdout == "300 clients added, 0 were there already\n"
    assert again.stdout == "200 clients added, 300 were there already\n"


def send_one(cluster: Cluster) -> None:
    """A mailing to one client goes out."""
    rest = cluster.logged_in()
    body = {"phone_number": "79111234567", "tag": "one", "timezone": "Europe/Moscow"}
    rest.post("/client/", body)
    end = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    wanted = {"message_text": "one", "filter": {"tag": ["one"], "operator_code": None}, "end_time": end}
    mailing = rest.post("/sender/notifications", wanted)["id"]
    path = f"/sender/notifications/{mailing}/statistics"
    assert wait_for(lambda: rest.get(path)[0]["by_state"]["sent"] == 1, seconds=20), rest.get(path)


def test_children_that_are_killed_come_back(tmp_path: Path) -> None:
    """Each in turn, PostgreSQL and a worker of the web server among them; afterwards a mailing still goes out."""
    with running_cluster(tmp_path / "home", *ONE, embedded=True) as cluster:
        victims = [("-m", "celery", "dispatcher-1"), ("bin/postgres", "-D"), ("valkey-server",), ("celery", "beat")]
        for words in victims:
            victim = cluster.member(*words)
            victim.kill()
            assert wait_for(lambda v=victim: not alive({"": v}), seconds=30)
        web = cluster.member("vestnik.cluster.web")
        first, second = web.children()
        (worker,) = first.children()
        worker.kill()
        for name in ("dispatcher-1", "postgresql", "valkey", "beat"):
            assert wait_for(lambda n=name: f"{n} is back" in cluster.lines, seconds=30), cluster.text
        assert wait_for(
            lambda: first.children() not in ([], [worker]) and answers(f"{cluster.url}/health/ready"), seconds=30
        )
        # And the server of one of the web's workers, which takes it with it.
        workers = {str(each.pid): each for each in second.children()}
        second.kill()
        assert wait_for(lambda: not alive(workers) and answers(f"{cluster.url}/health/ready"), seconds=30)
        send_one(cluster)
        stops_whole(cluster, down)


def test_after_a_kill_nothing_is_left_and_the_next_start_works_at_once(tmp_path: Path) -> None:
    """Also on a path that is too long for sockets, and has spaces and a comma."""
    home = tmp_path / "a home, with spaces" / ("long " * 20).strip()
    with running_cluster(home, *ONE, fresh=True) as cluster:
        members, password = cluster.members(), cluster.password
        sockets = cluster.home.sockets()
        assert home not in sockets.parents
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert answers(f"{cluster.url}/health/ready")
        cluster.process.kill()
        cluster.process.wait()
    with running_cluster(home, *ONE) as again:
        assert alive(members) == []
        assert "administrator" not in again.text
        assert again.logged_in(password=password).get("/client/") == []
        stops_whole(again, ctrl_c)
    assert not sockets.exists()
    assert not (home / "cluster.json").exists()


def ctrl_c(cluster: Cluster) -> None:
    assert cluster.stop(signal.SIGINT) < STOP_SECONDS


def down(cluster: Cluster) -> None:
    done = run("down", "--home", str(cluster.home.folder))
    assert (done.returncode, done.stdout) == (0, "stopped\n")
    cluster.process.wait(60)


def stops_whole(cluster: Cluster, stop: Callable[[Cluster], None]) -> None:
    """The cluster ends in time, of itself, and leaves no process."""
    members = cluster.members()
    assert len(members) >= 8
    stop(cluster)
    assert cluster.process.returncode == 0
    assert alive(members) == []
    assert "did not end in time" not in cluster.text


def test_a_signal_during_the_start_stops_it(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "home", embedded=True, fresh=True)
    assert wait_for(lambda: "valkey " in cluster.text, seconds=30)
    members = cluster.members()
    assert cluster.stop() < STOP_SECONDS
    assert wait_for(lambda: not alive(members), seconds=30)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_runs_it_too() -> None:
    """The user may read what root's interpreter and code stand in (a capability), and is ordinary in all else."""
    nobody, reads = 65_534, "+dac_read_search"
    user = (f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups", f"--inh-caps=-all,{reads}")
    become = ("setpriv", *user, f"--ambient-caps=-all,{reads}", f"--bounding-set=-all,{reads}")
    with tempfile.TemporaryDirectory(prefix="vestnik-") as folder:
        os.chown(folder, nobody, nobody)
        with running_cluster(Path(folder, "home"), *ONE, env={"HOME": folder}, prefix=become) as cluster:
            members = cluster.members()
            assert {process.uids().effective for process in members.values()} == {nobody}
            assert cluster.stop() < STOP_SECONDS
            assert alive(members) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user needs none of this")
def test_root_without_user_namespaces_runs_it_as_nobody_and_opens_no_folder(tmp_path: Path) -> None:
    """A machine that bars namespaces is one whose ``unshare`` fails. The home came from one that does not."""
    barred = tmp_path / "bin"
    barred.mkdir()
    (barred / "unshare").write_text("#!/bin/sh\nexit 1\n")
    (barred / "unshare").chmod(0o755)
    env = {"PATH": f"{barred}:{os.environ['PATH']}"}
    home = tmp_path / "closed" / "home"
    home.parent.mkdir(mode=0o700)
    password = "correct horse battery"
    allowed = Cluster(home, env={"ADMIN_PASSWORD": password}, embedded=True, fresh=True)
    assert wait_for(lambda: "migrations " in allowed.text, seconds=60), allowed.text
    allowed.stop()
    with running_cluster(home, *ONE, env=env, embedded=True) as cluster:
        members = cluster.members()
        assert cluster.member("bin/postgres").uids().effective == 65_534
        assert cluster.logged_in(password=password).get("/client/") == []
        assert stat.S_IMODE(home.parent.stat().st_mode) == stat.S_IMODE(home.stat().st_mode) == 0o700
        cluster.process.kill()
        cluster.process.wait()
        assert wait_for(lambda: not alive(members), seconds=STOP_SECONDS), alive(members)
