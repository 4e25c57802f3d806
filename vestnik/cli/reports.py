"""``vestnik doctor`` prints how the cluster is; ``vestnik report`` prints or sends the daily report of one day."""

import sys
from datetime import date
from pathlib import Path

import click

from vestnik.cli.parameters import Day
from vestnik.cli.printing import say, say_text
from vestnik.cli.session import home_option, talk_to


@click.command()
@click.option("--repair", is_flag=True, help="repair totals that do not match their messages, and report it")
@click.option("--all", "everything", is_flag=True, help="check the totals of all mailings, not only of those of today")
@home_option
def doctor(repair: bool, everything: bool, home: Path | None) -> None:
    """Check the cluster. Exit status 1: something needs attention."""
    talk_to(home)
    from vestnik.cli.doctor import examine

    sick = False
    for finding in examine(repair=repair, everything=everything):
        sick = sick or finding.needs_a_hand
        say(f"{'WARN' if finding.needs_a_hand else 'ok':<5} {finding.about:<11} {finding.words}")
        if finding.advice:
            say(f"{'':<17} -> {finding.advice}")
    sys.exit(1 if sick else 0)


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
