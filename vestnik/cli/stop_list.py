"""Commands about a person's number: the stop list, and the erasure of a person.

Each parses, calls a service and answers. Models can be imported only after ``talk_to``, so a command does it itself.
"""

from pathlib import Path
from typing import TextIO

import click

from vestnik.cli.printing import say, say_row
from vestnik.cli.session import home_option, talk_to
from vestnik.errors import InvalidInput


@click.group(name="stop-list")
def stop_list() -> None:
    """Manage the stop list: phone numbers that get no messages."""


@stop_list.command()
@click.argument("phones", nargs=-1)
@click.option("--file", type=click.File("r"), help="more phones, one per line; - is the standard input")
@click.option("--reason", default="", help="the reason; at most 200 characters")
@home_option
def add(phones: tuple[str, ...], file: TextIO | None, reason: str, home: Path | None) -> None:
    """Add phones to the stop list, and cancel their queued messages."""
    numbers = _phones(phones, file)
    if len(reason) > 200 or "\x00" in reason:
        raise InvalidInput({"reason": ["Give at most 200 characters."]})
    talk_to(home)
    from vestnik.clients.stop_list import stop_phones

    done = stop_phones(phones=numbers, reason=reason, actor=None)
    say(f"{done.added} added, {done.known} were already on the list; {done.recalled.cancelled} messages cancelled")


@stop_list.command()
@click.argument("phones", nargs=-1)
@click.option("--file", type=click.File("r"), help="more phones, one per line; - is the standard input")
@home_option
def remove(phones: tuple[str, ...], file: TextIO | None, home: Path | None) -> None:
    """Remove phones from the stop list. Cancelled messages stay cancelled."""
    numbers = _phones(phones, file)
    talk_to(home)
    from vestnik.clients.stop_list import allow_phones

    say(f"{allow_phones(phones=numbers, actor=None)} removed")


@stop_list.command(name="list")
@click.option("--phone", "prefix", default="", help="only phones that begin with these digits")
@home_option
def list_stopped(prefix: str, home: Path | None) -> None:
    """List the stop list: phone, time, author, reason, separated by tabs."""
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
@click.argument("phone", required=False)
@click.option("--client", "client_id", type=click.IntRange(1), help="the id of a client, instead of the phone")
@click.option("--forget-refusal", is_flag=True, help="also remove the phone from the stop list")
@home_option
def erase(phone: str | None, client_id: int | None, forget_refusal: bool, home: Path | None) -> None:
    """Erase one person: the client, the number in all messages, and what is queued. Prints the certificate's number.

    An entry of the stop list stays, so that nothing is sent if the number comes back with another import.
    """
    number = None if phone is None else _number(phone)
    if (number is None) == (client_id is None):
        raise InvalidInput({"phone": ["Give either a phone or --client."]})
    talk_to(home)
    from vestnik.clients.erasure import erase_client

    done = erase_client(phone=number, client_id=client_id, actor=None, forget_refusal=forget_refusal)
    client = "there was no client" if done.client is None else "the client was deleted"
    say(
        f"certificate {done.number}: {client}, {done.messages} messages no longer have the number, "
        f"{done.recalled.cancelled} of them were cancelled, {done.recalled.sending} are on their way; "
        f"{done.inbound} texts from it and {done.refused_rows} refused rows of imports deleted; "
        f"{done.events} webhook events no longer name the person; "
        f"stop list: {done.stop_list}"
    )


def _phones(phones: tuple[str, ...], file: TextIO | None) -> list[int]:
    from vestnik.characters import without_blanks
    from vestnik.phones.spelling import NoPhone, read_phone

    given = [phone for phone in (*phones, *(file or ())) if without_blanks(phone)]
    if not given:
        raise InvalidInput({"phones": ["Give at least one."]})
    read = []
    for place, phone in enumerate(given, 1):
        try:
            read.append(read_phone(phone))
        except NoPhone as none:
            raise InvalidInput({"phones": [f"Number {place}: {none}"]}) from none
    return read


def _number(phone: str) -> int:
    from vestnik.phones.spelling import NoPhone, read_phone

    try:
        return read_phone(phone)
    except NoPhone as none:
        raise InvalidInput({"phone": [str(none)]}) from none
