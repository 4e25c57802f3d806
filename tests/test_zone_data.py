"""The newer time zone data decide the hours of clients, the machine's or the package's, and doctor shows both."""

import subprocess
import sys
from pathlib import Path

import pytest

from vestnik.zone_data import ZoneData, zone_data

#: British Columbia keeps its summer time all year since 2026: 2025b does not know it yet.
VANCOUVER = """
import zoneinfo, datetime, vestnik
offset = zoneinfo.ZoneInfo("America/Vancouver").utcoffset(datetime.datetime(2026, 12, 15))
print(offset.total_seconds() / 3600)
"""


@pytest.mark.parametrize(
    ("machine", "package", "used"),
    [
        ("2025b", "2026f", "2026f"), ("2026f", "2025b", "2026f"), ("2026f", "2026f", "2026f"), (None, "2026f", "2026f"),
        ("2026z", "2026za", "2026za"), ("2026za", "2026z", "2026za"), ("2025z", "2026a", "2026a"),
    ],
)  # fmt: skip
def test_the_newer_data_are_used(machine: str | None, package: str, used: str) -> None:
    assert ZoneData(machine=machine, package=package, chosen=False).used == used
    assert ZoneData(machine=machine, package=package, chosen=True).used == machine


@pytest.mark.parametrize(
    ("name", "content"),
    [("tzdata.zi", "# version 2024a\n# ddeps zone.tab\n"), ("+VERSION", "2024a\n"), ("version", "2024a\n")],
)
def test_the_machines_release_is_read_where_systems_write_it(tmp_path: Path, name: str, content: str) -> None:
    assert zone_data((str(tmp_path),)).machine is None
    (tmp_path / name).write_text(content, encoding="ascii")
    assert zone_data((str(tmp_path / "missing"), str(tmp_path))).machine == "2024a"


def test_every_process_has_the_hours_of_the_newest_law() -> None:
    answer = subprocess.run([sys.executable, "-c", VANCOUVER], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "-7.0"


@pytest.mark.parametrize(
    ("data", "words", "needs_a_hand"),
    [
        (
            ZoneData("2025b", "2026f", chosen=False),
            "Vestnik's package 2026f: the package's are used",
            False,
        ),
        (
            ZoneData("2026f", "2025b", chosen=False),
            "Vestnik's package 2025b: the machine's are used",
            False,
        ),
        (ZoneData("2026f", "2026f", chosen=False), "2026f, of the machine and of", False),
        (ZoneData("2025b", "2026f", chosen=True), "PYTHONTZPATH", True),
    ],
)
def test_the_doctor_shows_both_and_says_which_is_used(
    data: ZoneData, words: str, needs_a_hand: bool, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    del db
    from vestnik.cli import doctor

    monkeypatch.setattr(doctor, "zone_data", lambda: data)
    finding = next(each for each in doctor.examine(repair=False, everything=False) if each.about == "time zones")
    assert (words in finding.words, finding.needs_a_hand) == (True, needs_a_hand)
    assert bool(finding.advice) == (data.machine != data.package)
