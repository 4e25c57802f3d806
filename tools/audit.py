"""``make audit``: does any locked dependency have a known hole? Asks PyPI, then OSV, for their advisories.

Where neither can be reached (no network, or a mirror that keeps no advisories) it says so: nothing was proved then.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.lock"
#: Seconds for one service.
PATIENCE = 600


def main() -> int:
    """Ask, tell, and end with 1 when something is known to be bad."""
    for service in ("pypi", "osv"):
        answer = ask(service)
        audited = [each for each in answer if "skip_reason" not in each]
        if not audited:
            continue
        bad = [each for each in audited if each["vulns"]]
        for each in bad:
            known = ", ".join(sorted(hole["id"] for hole in each["vulns"]))
            fixed = sorted({version for hole in each["vulns"] for version in hole["fix_versions"]})
            tell(f"{each['name']} {each['version']}: {known}; mended in {', '.join(fixed) or 'no release yet'}")
        tell(f"{len(audited)} of {len(answer)} locked dependencies audited by {service}: {len(bad)} with known holes")
        return 1 if bad else 0
    tell("NOT AUDITED: neither PyPI's nor OSV's advisories can be reached from here.")
    return 0


def ask(service: str) -> list[dict[str, Any]]:
    """What a service says of each dependency; nothing if it cannot be asked."""
    options = [
        "--requirement",
        str(LOCK),
        "--disable-pip",
        "--no-deps",
        "--progress-spinner",
        "off",
        "--format",
        "json",
    ]
    command = [sys.executable, "-m", "pip_audit", *options, "--vulnerability-service", service]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return []
    return found


def tell(line: str) -> None:
    """One line for people."""
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
