"""Files of other people's formats, checked by the formats' public schemas. No network is asked."""

import subprocess
import sys
from pathlib import Path


def complaints(file: Path, schema: str) -> str:
    """What check-jsonschema has against a file; empty when it is well.

    Args:
        file: YAML or JSON.
        schema: one that comes inside its wheel, e.g. ``vendor.gitlab-ci``.
    """
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr
