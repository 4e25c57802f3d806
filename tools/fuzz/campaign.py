"""Fuzzes the REST API of a cluster of its own by its schema, as each role and as nobody.

``python -m tools.fuzz.campaign`` is the long form (``make fuzz``).
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.cluster import Cluster, environment, running_cluster

ROOT = Path(__file__).parents[2]
ROLES = ("administrator", "operator", "viewer")
ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Found:
    """What one run found."""

    role: str
    status: int
    cases: int
    operations: int
    seconds: float
    text: str

    @property
    def sentence(self) -> str:
        """One line for people."""
        verdict = "nothing found" if self.status == 0 else "FAILED"
        return f"{self.role}: {self.cases} cases, {self.operations} operations, {self.seconds:.0f} s, {verdict}"


def fuzz(
    cluster: Cluster,
    *,
    role: str,
    examples: int,
    options: tuple[str, ...] = (),
    told: Callable[[str], object] = lambda _: None,
) -> Found:
    """Run schemathesis over the whole schema as one role, with an account made for this run.

    Args:
        cluster: whose API is asked.
        role: one of ROLES, or ANONYMOUS.
        examples: at most so many for each operation and phase.
        options: more of schemathesis' own.
        told: of each line that schemathesis says, as soon as it does.
    """
    variables = {**cluster.environment, "DJANGO_SETTINGS_MODULE": "vestnik.settings", "FUZZ_ROLE": role}
    config = Path(__file__).with_name("schemathesis.toml")
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)]
    command = [*program, "run", f"{cluster.url}/schema/", "--max-examples", str(examples), "--no-color", *options]
    began = time.monotonic()
    lines: list[str] = []
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(variables), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running_fuzzer:
        for line in running_fuzzer.stdout or ():
            lines.append(line)
            told(line)
    text = "".join(lines)
    return Found(
        role=role,
        status=running_fuzzer.returncode,
        cases=_number(r"^\s+(\d+) generated", text),
        operations=_number(r"^\s+Tested: (\d+)", text),
        seconds=time.monotonic() - began,
        text=text,
    )


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text, re.MULTILINE)
    return int(found.group(1)) if found else 0


def main() -> int:
    """Fuzz as everybody, one after the other; the status is 0 if nothing was found."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=2_000, help="for each operation and phase")
    parser.add_argument("--only", choices=(*ROLES, ANONYMOUS), action="append", help="as this role only; repeatable")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="vestnik-fuzz-") as folder,
        running_cluster(Path(folder) / "home") as cluster,
    ):
        roles = options.only or (*ROLES, ANONYMOUS)
        found = [fuzz(cluster, role=role, examples=options.examples, told=_tell) for role in roles]
    for run in found:
        _tell(f"{run.sentence}\n")
    return int(any(run.status != 0 for run in found))


def _tell(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
