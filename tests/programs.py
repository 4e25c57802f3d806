"""Programs of the machine that some tests need: a developer may lack one, the machine that checks us may not."""

import os
import shutil

import pytest


def needed(program: str, *, package: str) -> str:
    """The path of a program; without it the test is skipped, or fails where ``CI`` is ``true``.

    Args:
        program: its name.
        package: Debian's package that has it.
    """
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if found is None:
        lack(f"{program} is not installed here (Debian: apt-get install {package})")
    return str(found)


def lack(reason: str) -> None:
    """Skip the test for what this machine lacks; fail where ``CI`` is ``true``: there nothing may be left out."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
