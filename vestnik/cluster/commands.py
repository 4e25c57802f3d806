"""The operator's commands: mailings, decisions about unknown messages, the stop list, and the doctor.

Each parses, calls a service and answers. Models can be imported only after ``talk_to``, so a command does it itself.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import click

from vestnik.cluster.printing import say, say_row
from vestnik.cluster.talking import home_option, talk_to
from vestnik.errors import InvalidInput


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
_action("resume", "Go on where it was paused.")
_action("cancel", "Stop for good: what is queued is never sent.")


@mailing.command(name="list")
@click.option("--most", default=50, show_default=True, type=click.IntRange(1, 10_000), help="the newest so many")
@home_option
def list_mailings(most: int, home: Path | None) -> None:
    """The newest mailings, with their state and how many messages they have."""
    talk_to(home)
    from vestnik.mailings.find import find_mailings
    from vestnik.statistics.books import books_of

    found = list(find_mailings().order_by("-id")[:most])
    books = books_of(found)
    for each in found:
        total = sum(books[each.id].values())
        say(f"{each.id:>8}  {each.state:<9}  {total:>10} messages  {each.name}".rstrip())


@mailing.command()
@click.argument("mailing_id", metavar="ID", type=int)
@home_option
def show(mailing_id: int, home: Path | None) -> None:
    """One mailing: its times, its state and why, and its books."""
    talk_to(home)
    from vestnik.mailings.find import get_mailing
    from vestnik.mailings.pauses import reason_of
    from vestnik.statistics.books import books_of

    found = get_mailing(mailing_id=mailing_id)
    why = f" ({reason_of(found)})" if reason_of(found) else ""
    say(f"mailing   {found.id}  {found.name}".rstrip())
    say(f"state     {found.state}{why}")
    say(f"start     {found.start_time.isoformat()}")
    say(f"end       {found.end_time.isoformat()}")
    for state, count in books_of([found])[found.id].items():
        say(f"{state:<12}{count:>10}")


@mailing.command()
@click.argument("mailing_id", metavar="ID", type=int)
@click.argument("decision", type=click.Choice(["resend", "leave"]))
@home_option
def unknown(mailing_id: int, decision: str, home: Path | None) -> None:
    """Decide about messages whose outcome cannot be known: send them again, or leave them. On record."""
    talk_to(home)
    from vestnik.mailings.unknown import leave_unknown, resend_unknown

    decide = resend_unknown if decision == "resend" else leave_unknown
    decided = decide(mailing_id=mailing_id, actor=None)
    say(f"{decided.resent} messages are sent again, {decided.left} stay unknown; it is {decided.mailing.state}")


@click.command(name="ignore-wait")
@home_option
def ignore_wait(home: Path | None) -> None:
    """The gateway has asked to wait for long (Retry-After): send at once all the same. On record."""
    talk_to(home)
    from vestnik.dispatch import gateway_wait

    until = gateway_wait.ignore_wait(actor=None)
    say(f"messages are sent; what the gateway asks for counts again from {until.isoformat(timespec='seconds')}")


@click.group(name="stop-list")
def stop_list() -> None:
    """Phones that get nothing."""


@stop_list.command()
@click.argument("phones", nargs=-1)
@click.option("--file", type=click.File("r"), help="more phones, one a line; - is the standard input")
@click.option("--reason", default="", help="why; 200 characters at most")
@home_option
def add(phones: tuple[str, ...], file: TextIO | None, reason: str, home: Path | None) -> None:
    """Stop phones, and cancel what is queued for them."""
    numbers = _phones(phones, file)
    if len(reason) > 200 or "\x00" in reason:
        raise InvalidInput({"reason": ["Give at most 200 characters."]})
    talk_to(home)
    from vestnik.clients.stop_list import stop_phones

    done = stop_phones(phones=numbers, reason=reason, actor=None)
    say(f"{done.added} added, {done.known} were there already; {done.recalled.cancelled} messages cancelled")


@stop_list.command()
@click.argument("phones", nargs=-1)
@click.option("--file", type=click.File("r"), help="more phones, one a line; - is the standard input")
@home_option
def remove(phones: tuple[str, ...], file: TextIO | None, home: Path | None) -> None:
    """Take phones off the list. What was cancelled stays cancelled."""
    numbers = _phones(phones, file)
    talk_to(home)
    from vestnik.clients.stop_list import allow_phones

    say(f"{allow_phones(phones=numbers, actor=None)} removed")


@stop_list.command(name="list")
@click.option("--phone", "prefix", default="", help="only phones that begin with these digits")
@home_option
def list_stopped(prefix: str, home: Path | None) -> None:
    """All phones on the list: phone, when, by whom, why; tabs between."""
    from vestnik.phones.search import read_phone_prefix
    from vestnik.phones.spelling import NoPhone

    try:
        digits = read_phone_prefix(prefix)
    except NoPhone as none:
        raise InvalidInput({"phone": ["Give the first digits of a phone number, at most 11."]}) from none
    talk_to(home)
    from vestnik.clients.stop_list import find_stopped

    for entry in find_stopped(phone_prefix=digits).order_by("id").iterator():
        when = entry.created_at.isoformat(timespec="seconds")
        say_row(entry.phone_number, when, entry.created_by_name, entry.reason)


@click.command()
@click.option("--repair", is_flag=True, help="write books that differ from their rows anew, and say what was done")
@click.option("--all", "everything", is_flag=True, help="check the books of all mailings, not only of those of today")
@home_option
def doctor(repair: bool, everything: bool, home: Path | None) -> None:
    """Say how the cluster is, and what needs a hand: then the exit status is 1."""
    talk_to(home)
    from vestnik.cluster.doctor import examine

    sick = False
    for finding in examine(repair=repair, everything=everything):
        sick = sick or finding.needs_a_hand
        say(f"{'HAND' if finding.needs_a_hand else 'ok':<5} {finding.about:<11} {finding.words}")
        if finding.advice:
            say(f"{'':<17} -> {finding.advice}")
    sys.exit(1 if sick else 0)


def _phones(phones: tuple[str, ...], file: TextIO | None) -> list[int]:
    from vestnik.characters import without_blanks
    from vestnik.phones.spelling import NoPhone, read_phone

    given = [phone for phone in (*phones, *(file or ())) if without_blanks(phone)]
    if not given:
        raise InvalidInput({"phones": ["Say which ones."]})
    read = []
    for place, phone in enumerate(given, 1):
        try:
            read.append(read_phone(phone))
        except NoPhone as none:
            raise InvalidInput({"phones": [f"Number {place}: {none}"]}) from none
    return read
