"""Chooses the time zone data of this process: the machine's or the locked ``tzdata`` package's, whichever is newer.

Laws change hours several times a year. Python reads the machine's files first and the package only where there are none
(PEP 615), so an old system gives clients wrong hours while newer data lie beside it.
"""

import os
import re
import sysconfig
import zoneinfo
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import tzdata

#: Where a release is named: the first line of tzdata.zi ("# version 2025b"), or a file of its own (FreeBSD, macOS).
_NAMED_IN = ("tzdata.zi", "+VERSION", "version")
_RELEASE = re.compile(r"\d{4}[a-z]+")
#: How much of such a file is read.
_HEAD = 100


class ZoneData(NamedTuple):
    """Releases of the IANA data, such as 2026f; None: not known, or none. ``chosen``: PYTHONTZPATH decides."""

    machine: str | None
    package: str
    chosen: bool

    @property
    def uses_package(self) -> bool:
        """Does this process read the package first?"""
        return not self.chosen and (self.machine is None or _rank(self.machine) < _rank(self.package))

    @property
    def used(self) -> str | None:
        """The release that decides the hours of clients."""
        return self.package if self.uses_package else self.machine


def zone_data(folders: tuple[str, ...] | None = None) -> ZoneData:
    """Look at what there is.

    Args:
        folders: where the machine's data may be; None: where Python looks for them.
    """
    chosen = "PYTHONTZPATH" in os.environ
    if folders is None:
        known = os.environ.get("PYTHONTZPATH") if chosen else sysconfig.get_config_var("TZPATH")
        folders = tuple(folder for folder in (known or "").split(os.pathsep) if folder)
    releases = (_release_in(Path(folder)) for folder in folders)
    machine = next((release for release in releases if release is not None), None)
    return ZoneData(machine=machine, package=tzdata.IANA_VERSION, chosen=chosen)


def use_newest() -> None:
    """Make all of Python read the package first when it is newer. PYTHONTZPATH, which somebody set, is left alone."""
    if zone_data().uses_package:
        folder = resources.files("tzdata") / "zoneinfo"
        zoneinfo.reset_tzpath([str(folder), *(path for path in zoneinfo.TZPATH if path != str(folder))])
        zoneinfo.ZoneInfo.clear_cache()


def _release_in(folder: Path) -> str | None:
    for name in _NAMED_IN:
        try:
            with (folder / name).open(encoding="ascii", errors="replace") as file:
                found = _RELEASE.search(file.read(_HEAD))
        except OSError:
            continue
        if found is not None:
            return found.group()
    return None


def _rank(release: str) -> tuple[int, int, str]:
    """2026z comes before 2026za."""
    return int(release[:4]), len(release), release
