"""Files with people's data are their owner's alone, whatever the umask, and whole or not there."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from vestnik.cli.parameters import private_output
from vestnik.errors import ClusterError


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode_of(file: Path) -> int:
    return file.stat().st_mode & 0o777


@pytest.mark.parametrize("before", [None, 0o644, 0o666])
def test_a_file_is_for_its_owner_whatever_was_there(tmp_path: Path, before: int | None) -> None:
    file = tmp_path / "clients.csv"
    if before is not None:
        file.write_bytes(b"old")
        file.chmod(before)
    with private_output(str(file)) as output:
        output.write(b"new")
    assert (mode_of(file), file.read_bytes()) == (0o600, b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["clients.csv"]


def test_what_breaks_off_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "clients.csv"
    file.write_bytes(b"old")
    with contextlib.suppress(RuntimeError), private_output(str(file)) as output:
        output.write(b"half")
        raise RuntimeError
    assert file.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["clients.csv"]


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(ClusterError, match="cannot be written: No such file"),
        private_output(str(tmp_path / "no" / "x")),
    ):
        pass
