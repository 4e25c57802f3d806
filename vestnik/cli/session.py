"""Connects an operator's command to the cluster, by its home or by the environment."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from vestnik.cluster.home import Home
from vestnik.cluster.home_secrets import read_known, refuse_lost_password
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
            if chosen.has_ledger:
                refuse_lost_password(chosen.secrets_file, read_known(chosen.secrets_file))
            raise ClusterError(f"No cluster runs on {chosen.folder}: start one with `vestnik up`, or set DATABASE_URL.")
        os.environ.update(running.environment)
    with _modules_are_no_garbage():
        # Only here: all other commands, and `vestnik --help`, do not wait for it.
        import django

        django.setup()
        _log_to_the_home()


def end_quickly() -> None:
    """Skip the last garbage collection, because the process ends.

    Python looks through everything for cycles as it ends, with Django loaded for a tenth of a second.
    """
    gc.freeze()


@contextmanager
def _modules_are_no_garbage() -> Iterator[None]:
    """Pause garbage collection while modules load: there is none to find, and it takes a tenth of a command's time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _log_to_the_home() -> None:
    """A command's log lines go to the logs of its cluster, not to the operator's terminal."""
    import logging.config

    from django.conf import settings

    from vestnik.logs import command_logging_config

    environment = settings.ENVIRONMENT
    logging.config.dictConfig(
        command_logging_config(
            environment.log_format,
            level=environment.log_level,
            messages=environment.log_messages,
            file=Home(Path(environment.home)).log("commands") if environment.home else None,
        )
    )
