"""``vestnik trace``: what is known of a message, a mailing or a client, from the ledger and the logs.

It parses, calls and answers. Models can be imported only after ``talk_to``, so the command does it itself.
"""

import os
from pathlib import Path

import click

from vestnik.cluster.home import Home
from vestnik.cluster.log_lines import find_lines
from vestnik.cluster.printing import say
from vestnik.cluster.talking import home_option, talk_to
from vestnik.message_lines import MESSAGES_LOGGER


@click.command()
@click.argument("kind", type=click.Choice(["message", "mailing", "client"]))
@click.argument("number", metavar="ID", type=click.IntRange(1, 2**63 - 1))
@click.option("--logs/--no-logs", default=True, show_default=True, help="search the logs of the home, too")
@home_option
def trace(kind: str, number: int, logs: bool, home: Path | None) -> None:
    """Print the history of one message, mailing or client: from the ledger, then from the home's logs.

    Of a mailing, the lines of its single messages are left out of the logs: trace one of them.
    """
    talk_to(home)
    from vestnik.health import trace as tracing

    for event in getattr(tracing, f"trace_{kind}")(number):
        when = event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if event.at else "now"
        say(f"{when:<28} ledger         {event.words}")
    folder = os.environ.get("VESTNIK_HOME")
    if not logs or not folder:
        return
    without = MESSAGES_LOGGER if kind == "mailing" else ""
    for line in find_lines(Home(Path(folder)), field=kind, value=number, without=without):
        say(f"{line.at:<28} {line.process:<14} {line.words.removeprefix(line.at).lstrip()}")
