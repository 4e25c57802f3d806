"""Commands about test messages over a gateway: one is sent, or the request that it would be is shown."""

import sys
from pathlib import Path

import click

from vestnik.characters import is_blank
from vestnik.cli.printing import say, say_text
from vestnik.cli.session import home_option, talk_to
from vestnik.errors import InvalidInput

_TEXT = click.option("--text", default="Vestnik: a test message.", show_default=True)


@click.command()
@click.argument("name")
@click.argument("phone")
@_TEXT
@home_option
def test(name: str, phone: str, text: str, home: Path | None) -> None:
    """Send one message to one number now, outside any mailing. Status 1: the gateway did not take it."""
    number = _number_for(phone, text)
    talk_to(home)
    from vestnik.dispatch.trial import send_trial, verdict
    from vestnik.routing.find import get_gateway

    trial = send_trial(gateway=get_gateway(name=name), phone=number, text=text, actor=None)
    said = " ".join(filter(None, (trial.outcome.code, trial.outcome.detail)))
    say(f"{verdict(trial.outcome.kind)} ({said}; message {trial.message_id}, {trial.latency:.3f} s)")
    if not trial.is_good:
        sys.exit(1)


@click.command()
@click.argument("name")
@click.option("--phone", required=True, help="the number that the message would go to")
@_TEXT
@home_option
def dry_run(name: str, phone: str, text: str, home: Path | None) -> None:
    """Show the request that a message would be, with secrets masked. Nothing is sent."""
    number = _number_for(phone, text)
    talk_to(home)
    from vestnik.routing.check import request_to
    from vestnik.routing.find import get_gateway

    written = request_to(get_gateway(name=name), phone=number, text=text)
    say_text(written.replace("\r\n", "\n").rstrip("\n") + "\n")


COMMANDS = (test, dry_run)


def _number_for(phone: str, text: str) -> int:
    """Read the number of a test message, and check its text.

    Raises:
        InvalidInput: one of them is wrong.
    """
    from vestnik.phones.spelling import NoPhone, read_phone

    if not 1 <= len(text) <= 2_000 or "\x00" in text or is_blank(text):
        raise InvalidInput({"text": ["Give 1 to 2,000 characters, some of them visible."]})
    try:
        return read_phone(phone)
    except NoPhone as none:
        raise InvalidInput({"phone": [str(none)]}) from none
