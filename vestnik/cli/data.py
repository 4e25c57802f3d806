"""Commands about all data: backup, restore, and new secrets.

Each parses, calls a service and answers. Models can be imported only after ``talk_to``, so a command imports them
itself. It also imports what loads psycopg itself, so that `vestnik --help` does not wait.
"""

import os
from pathlib import Path

import click

from vestnik.cli.printing import say
from vestnik.cli.session import DEFAULT_HOME, home_option, talk_to
from vestnik.cluster.home import Home
from vestnik.cluster.home_secrets import NEW_KEY
from vestnik.environment import read_environment


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@home_option
def backup(file: Path, home: Path | None) -> None:
    """Back up the whole database to FILE. Sending continues.

    Also of a home whose cluster is stopped.
    """
    from vestnik.cluster.backup import dump
    from vestnik.cluster.stopped_home import server_alone

    chosen = _stopped_home(home)
    if chosen is not None:
        with server_alone(chosen, new=False) as url:
            size = dump(url, file)
    else:
        talk_to(home)
        size = dump(read_environment().database_url, file)
    say(f"{file}: {size:,} bytes. It contains phones and texts: keep it where nobody else can read it.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@home_option
def restore(file: Path, home: Path | None) -> None:
    """Restore the ledger from FILE into a new --home, or into the empty database of DATABASE_URL.

    Nothing is sent afterwards before somebody resumes it: every mailing that was not over is held back.
    """
    from vestnik.cluster.backup import load
    from vestnik.cluster.stopped_home import server_alone

    if home is None and os.environ.get("DATABASE_URL"):
        load(read_environment().database_url, file)
        _hold_restored()
        return
    chosen = Home(home or DEFAULT_HOME)
    with server_alone(chosen, new=True) as url:
        load(url, file)
        secret = chosen.secrets().secret_key
        os.environ.update(DATABASE_URL=url, BROKER_URL="memory://", GATEWAY_URL="http://127.0.0.1:9", SECRET_KEY=secret)
        _hold_restored()
    say(f"Start it with: vestnik up --home {chosen.folder}")


@click.command()
@home_option
def restored(home: Path | None) -> None:
    """Pause everything, as after `vestnik restore`. Use it for copies of the server's files or disk.

    Say it before workers run. After pg_restore, and after `vestnik restore`, it is done by itself.
    """
    talk_to(home)
    from vestnik.db.connection import open_connection
    from vestnik.upkeep.restored import hold

    with open_connection("restored") as connection:
        held = hold(connection)
    say(f"{held.mailings} mailings are held back, {held.messages:,} queued messages are in doubt")


@click.command(name="new-secrets")
@home_option
def new_secrets(home: Path | None) -> None:
    """Give the database of a stopped --home a new password, when its secrets are lost. The data stay."""
    from vestnik.cluster.stopped_home import renew_password

    chosen = Home(home or DEFAULT_HOME)
    made = renew_password(chosen)
    say(f"made: {', '.join(made)}. Start it with: vestnik up --home {chosen.folder}")
    if "secret_key" in made:
        say(f"attention: {NEW_KEY}")


def _hold_restored() -> None:
    """Bring the tables up to date, and hold back what the backup holds, in case a start would not see it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vestnik.settings")
    import django
    from django.db import connections

    from vestnik.cluster.prepare import migrate

    django.setup()
    migrate()
    from vestnik.db.connection import open_connection
    from vestnik.upkeep.restored import hold

    with open_connection("restore") as connection:
        held = hold(connection)
    connections.close_all()
    say(
        f"restored: {held.mailings} mailings are held back, {held.messages:,} queued messages are in doubt, "
        f"{held.logins} logins ended\n"
        "What happened after the backup is not known here: phones that were stopped or erased since, API keys that\n"
        "were revoked, reports that were sent. `vestnik doctor` lists the mailings: resume what may reach people twice."
    )


def _stopped_home(home: Path | None) -> Home | None:
    """The home, if it is what is meant and no cluster runs on it."""
    if home is None and os.environ.get("DATABASE_URL"):
        return None
    chosen = Home(home or DEFAULT_HOME)
    return None if chosen.is_locked() or not (chosen.postgres / "PG_VERSION").exists() else chosen


@click.command(name="outcome-log")
@click.argument("switch", type=click.Choice(["on", "off"]))
@click.option("--yes", is_flag=True, help="Do not ask.")
@home_option
def outcome_log(switch: str, yes: bool, home: Path | None) -> None:
    """Switch the outcome log on, or off for a return to a release before it.

    Off writes the log into the messages, a batch of mailings at a time. Nothing may be sending meanwhile.
    """
    talk_to(home)
    from vestnik.upkeep.outcome_log import switch_off, switch_on

    if switch == "on":
        if not yes:
            click.confirm(
                "Releases without the outcome log cannot send then. Have all their processes ended?", abort=True
            )
        switch_on(actor=None)
        say("the outcome log is on")
        return
    if not yes:
        click.confirm(
            "Every message in the log is written again, which takes some minutes for millions. Go on?", abort=True
        )
    written = 0
    for messages in switch_off(actor=None):
        written += messages
        say(f"{written:,} messages written")
    say("the outcome log is off; an older release may be started")
