"""``make audit`` tells what it knows, and that it knows nothing."""

from typing import Any

import pytest

from tools import audit

CLEAN = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]}
SKIPPED = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("answers", "status", "said"),
    [
        ({"pypi": [CLEAN, SKIPPED]}, 0, "1 of 2 locked dependencies audited by pypi: 0 with known holes"),
        ({"pypi": [SKIPPED], "osv": [CLEAN, BAD]}, 1, "b 2: CVE-1; mended in 2.1"),
        ({"pypi": [SKIPPED]}, 0, "NOT AUDITED"),
    ],
)
def test_holes_end_it_with_1_and_silence_is_called_silence(
    answers: dict[str, Any], status: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "ask", lambda service: answers.get(service, []))
    assert audit.main() == status
    assert said in capsys.readouterr().out
