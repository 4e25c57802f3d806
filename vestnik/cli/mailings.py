"""Commands about mailings: list, show, pause, resume, cancel, and decide about unknown messages; ``ignore-wait``.

Each parses, calls a service and answers. Models can be imported only after ``talk_to``, so a command does it itself.
"""

from collections.abc import Callable
from pathlib import Path

import click

from vestnik.cli.printing import say
from vestnik.cli.session import home_option, talk_to


@click.group()
def mailing() -> None:
    """Look at mailings; pause, resume or cancel one; decide about its unknown messages."""


def _action(name: str, text: str) -> Callable[..., None]:
    @mailing.command(name=name, help=text)
    @click.argument("mailing_id", metavar="ID", type=int)
    @home_option
    def act(mailing_id: int, home: Path | None) -> None:
        talk_to(home)
        from vestnik.mailings import actions

        changed = getattr(actions, name)(mailing_id=mailing_id, actor=None)
        say(f"mailing {changed.id} is {changed.state} now")

    return act


_action("pause", "Stop sending; it can be resumed.")
_action("resume", "Continue sending.")
_action("cancel", "Cancel it: queued messages are not sent.")


@mailing.command(name="list")
@click.option("--most", default=50, show_default=True, type=click.IntRange(1, 10_000), help="how many, newest first")
@home_option
def list_mailings(most: int, home: Path | None) -> None:
    """List the newest mailings with their state and number of messages."""
    talk_to(home)
    from vestnik.mailings.find import BULK, find_mailings
    from vestnik.statistics.totals import totals_of

    found = list(find_mailings(kinds=BULK).order_by("-id")[:most])
    totals = totals_of(found)
    for each in found:
        total = sum(totals[each.id].values())
        say(f"{each.id:>8}  {each.state:<9}  {total:>10} messages  {each.name}".rstrip())


@mailing.command()
@click.argument("mailing_id", metavar="ID", type=int)
@home_option
def show(mailing_id: int, home: Path | None) -> None:
    """Show one mailing: times, state and reason, totals."""
    talk_to(home)
    from vestnik.mailings.find import get_mailing
    from vestnik.mailings.pauses import reason_of
    from vestnik.statistics.totals import totals_with_gateways

    found = get_mailing(mailing_id=mailing_id)
    why = f" ({reason_of(found)})" if reason_of(found) else ""
    say(f"mailing   {found.id}  {found.name}".rstrip())
    say(f"state     {found.state}{why}")
    say(f"start     {found.start_time.isoformat()}")
    say(f"end       {found.end_time.isoformat()}")
    totals, gateways = totals_with_gateways(found)
    for state, count in totals.items():
        say(f"{state:<12}{count:>10}")
    for each in gateways:
        say(f"gateway {each.name}")
        for state, count in each.totals.items():
            if count:
                say(f"  {state:<10}{count:>10}")


@mailing.command()
@click.argument("mailing_id", metavar="ID", type=int)
@click.argument("decision", type=click.Choice(["resend", "leave"]))
@home_option
def unknown(mailing_id: int, decision: str, home: Path | None) -> None:
    """Decide about unknown messages: send them again, or leave them. Recorded in the audit log."""
    talk_to(home)
    from vestnik.mailings.unknown import leave_unknown, resend_unknown

    decide = resend_unknown if decision == "resend" else leave_unknown
    decided = decide(mailing_id=mailing_id, actor=None)
    say(
        f"{decided.resent} messages are sent again, {decided.left} stay unknown; the mailing is {decided.mailing.state}"
    )


@click.command(name="ignore-wait")
@home_option
def ignore_wait(home: Path | None) -> None:
    """Send now, although the gateway asked to wait (Retry-After). Recorded in the audit log."""
    talk_to(home)
    from vestnik.dispatch import gateway_wait

    until = gateway_wait.ignore_wait(actor=None)
    say(f"messages are sent now; the gateway's waits are obeyed again from {until.isoformat(timespec='seconds')}")
