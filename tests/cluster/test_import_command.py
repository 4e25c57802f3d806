"""``vestnik import`` and ``vestnik export`` against a ledger."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.clients.test_import import AS_KEPT, ENGLISH, HEAD, directory
from vestnik.cli.main import vestnik
from vestnik.errors import ClusterError, InvalidInput


def call(*words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(vestnik, words, input=text)


def test_a_file_goes_in_and_comes_out_again(ledger: Any, tmp_path: Path):
    del ledger
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(ENGLISH, encoding="utf-8")
    done = call("import", str(source))
    assert (done.exit_code, done.stdout) == (0, "2 rows: 2 created, 0 updated, 0 unchanged, 0 refused\n"), done
    assert directory() == AS_KEPT
    assert call("export", str(target)).exit_code == 0
    assert call("export", "--tag", "вип").stdout.count("\n") == 2
    again = call("import", str(target), "--mode", "update")
    assert again.stdout == "2 rows: 0 created, 0 updated, 2 unchanged, 0 refused\n"


@pytest.mark.usefixtures("ledger")
def test_a_pipe_is_read_and_refused_rows_are_named_and_written(tmp_path: Path):
    refused = tmp_path / "refused.csv"
    done = call("import", "-", "--refused", str(refused), text=f"{HEAD}123,,a,Europe/Moscow\n")
    assert done.stdout == "1 rows: 0 created, 0 updated, 0 unchanged, 1 refused\n"
    row = "2,this is not a +7 phone number: write it like +7 911 123-45-67,123"
    assert row in refused.read_text(encoding="utf-8-sig")
    named = call("import", "-", text=f"{HEAD}123,,a,Europe/Moscow\n")
    assert "line 2: this is not a +7 phone number" in named.stderr


@pytest.mark.usefixtures("ledger")
def test_an_import_that_fails_says_why():
    aborted = call("import", "-", "--on-error", "abort", text=f"{HEAD}123,,a,Europe/Moscow\n")
    assert isinstance(aborted.exception, ClusterError)
    assert "nothing was imported" in str(aborted.exception)
    assert isinstance(call("import", "-", text="nonsense").exception, InvalidInput)
