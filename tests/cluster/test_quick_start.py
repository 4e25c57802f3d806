"""A command waits for nothing that it does not need: `vestnik --help` for no library, a list not for Celery."""

import subprocess
import sys

import pytest

HEAVY = ("celery", "cryptography", "django", "jwt", "psycopg", "rich", "structlog")
#: The command line's own help, and modules that commands import which wake nobody.
HELP = "import vestnik.cli.main"
LIST = "import django; django.setup(); import vestnik.mailings.actions, vestnik.clients.imports.runner"


@pytest.mark.parametrize(("loading", "without"), [(HELP, HEAVY), (LIST, ("celery", "kombu"))], ids=["help", "list"])
def test_a_command_loads_only_what_it_needs(loading: str, without: tuple[str, ...]) -> None:
    asked = f"{loading}; import sys; print(*sorted(set(sys.modules) & set({without})))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
