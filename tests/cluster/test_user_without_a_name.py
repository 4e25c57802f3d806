"""A user that has a number and nothing else, as in a container under ``--user 12345``: no name, no home folder."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.cluster import environment, running_cluster, vestnik

NUMBER = 12_345
#: The Python of the tests may lie below a folder that is root's alone: it may be read all the same.
PREFIX = (
    "setpriv", f"--reuid={NUMBER}", f"--regid={NUMBER}", "--clear-groups",
    "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search",
    "env", "-u", "HOME", "-u", "USER", "-u", "LOGNAME",
)  # fmt: skip

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can become a user without a name"
)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder of that user, with a way to it."""
    folder = tmp_path / "own"
    folder.mkdir()
    os.chown(folder, NUMBER, NUMBER)
    for above in folder.parents:
        if above.stat().st_mode & 0o001 == 0:
            above.chmod(above.stat().st_mode | 0o011)
        if above.name.startswith("pytest-of"):
            break
    return folder


@needs_root
def test_a_whole_cluster_runs(own: Path) -> None:
    with running_cluster(own / "home", prefix=PREFIX, embedded=True) as cluster:
        assert cluster.logged_in(password=cluster.password)
    assert (own / "home" / "postgres" / "PG_VERSION").stat().st_uid == NUMBER


@needs_root
@pytest.mark.parametrize("folder", ["~", "~/home", "~nobody-of-that-name/home"])
@pytest.mark.parametrize("command", [["up"], ["down"], ["doctor"], ["backup", "dump"]], ids=lambda words: words[0])
def test_a_home_folder_that_nobody_knows_is_one_sentence(own: Path, command: list[str], folder: str) -> None:
    done = subprocess.run(
        [*PREFIX, *vestnik(*command, "--home", folder)],
        env=environment(), cwd=own, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"It is not known which folder {folder} is: ")
