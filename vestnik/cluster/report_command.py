"""``vestnik report``: the daily report of one day, on the screen or by e-mail."""

import sys
from datetime import date
from pathlib import Path

import click

from vestnik.cluster.parameters import Day
from vestnik.cluster.printing import say, say_text
from vestnik.cluster.talking import home_option, talk_to


@click.command()
@click.option("--date", "day", type=Day(), help="default: the latest whose report is due")
@click.option("--send/--print", default=False, help="send it to who has not got it, or print it (default)")
@click.option("--language", type=click.Choice(["en", "ru"]), default="en", show_default=True, help="of what is printed")
@home_option
def report(day: date | None, send: bool, language: str, home: Path | None) -> None:
    """The daily report of a day. Nobody is sent the same day's report twice."""
    talk_to(home)
    from vestnik.reports.by_hand import last_day, report_text, send_now

    chosen = day or last_day()
    if not send:
        say_text(report_text(chosen, language=language))
        return
    failed = False
    for recipient, problem in send_now(chosen):
        failed = failed or problem not in {None, "it was sent before"}
        say(f"{recipient}  {problem or 'sent'}")
    sys.exit(1 if failed else 0)
