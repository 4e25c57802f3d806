"""``make test`` tries a failure once more, alone: one that stays fails the run, one that goes away is named."""

import re
from pathlib import Path

import pytest

from tools.suite import MOST_FAILURES, main

#: A test that fails the first time only, and one that always does.
UNSTEADY = "def test_unsteady(): seen = Path('seen').exists(); Path('seen').touch(); assert seen"
BROKEN = "def test_broken(): raise AssertionError"


def project(folder: Path, *tests: str) -> Path:
    lines = ["from pathlib import Path", "def test_sound(): pass", *tests]
    (folder / "test_it.py").write_text("\n".join(lines))
    (folder / "pytest.ini").write_text("[pytest]\n")
    return folder


def said(capfd: pytest.CaptureFixture[str]) -> str:
    return capfd.readouterr().out


def test_what_is_sound_is_run_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([], project(tmp_path)) == 0
    text = said(capfd)
    assert "1 passed" in text
    assert "again" not in text


def test_a_failure_that_goes_away_is_named_and_one_that_stays_fails(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([], project(tmp_path, UNSTEADY)) == 0
    assert re.search(r"UNSTEADY.*\n  test_it\.py::test_unsteady\n", said(capfd))
    (tmp_path / "seen").unlink()
    assert main([], project(tmp_path, UNSTEADY, BROKEN)) == 1
    text = said(capfd)
    assert re.search(r"UNSTEADY.*\n  test_it\.py::test_unsteady\n", text)
    assert "1 failed, 1 passed" in text


def test_many_failures_are_not_tried_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    many = [BROKEN.replace("broken", f"broken_{number}") for number in range(MOST_FAILURES + 1)]
    assert main([], project(tmp_path, *many)) == 1
    assert "again" not in said(capfd)


def test_a_file_that_cannot_be_read_fails(tmp_path: Path) -> None:
    assert main([], project(tmp_path, "def broken(")) != 0
