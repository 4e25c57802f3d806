"""How a command of the operator reaches the cluster: by its home, or by the environment."""

import os
from pathlib import Path

import click
import django

from vestnik.cluster.home import Home
from vestnik.errors import ClusterError

#: The home of a cluster when none is named.
DEFAULT_HOME = Path(".vestnik")


def home_option(function: click.decorators.FC) -> click.decorators.FC:
    """The option ``--home``."""
    text = "the cluster's folder: data, logs, secrets  [default: .vestnik]"
    return click.option("--home", type=click.Path(path_type=Path, file_okay=False), default=None, help=text)(function)


def talk_to(home: Path | None) -> None:
    """Take over the settings of the cluster that runs on a home, and load Django with them.

    Without a home, those of the environment win.

    Raises:
        ClusterError: no cluster runs there, and the environment names none.
        SettingError: a setting is wrong.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vestnik.settings")
    if home is not None or not os.environ.get("DATABASE_URL"):
        chosen = Home(home or DEFAULT_HOME)
        running = chosen.running()
        if running is None:
            raise ClusterError(f"No cluster runs on {chosen.folder}: start one with `vestnik up`, or set DATABASE_URL.")
        os.environ.update(running.environment)
    django.setup()
