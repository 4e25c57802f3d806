"""The commands about people's data: erasure on request.

Each parses, calls a service and answers. Models can be imported only after ``talk_to``, so a command does it itself.
"""

from pathlib import Path

import click

from vestnik.cluster.talking import home_option, talk_to
from vestnik.errors import InvalidInput


@click.command()
@click.argument("phone", required=False)
@click.option("--client", "client_id", type=click.IntRange(1), help="the id of a client, instead of the phone")
@click.option("--forget-refusal", is_flag=True, help="take the phone off the stop list, too")
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
    click.echo(
        f"certificate {done.number}: {client}, {done.messages} messages do not hold the number any more, "
        f"{done.recalled.cancelled} of them were cancelled, {done.recalled.sending} are on their way; "
        f"{done.refused_rows} refused rows of imports deleted; stop list: {done.stop_list}"
    )


def _number(phone: str) -> int:
    digits = phone.removeprefix("+")
    if not (len(digits) == 11 and digits.isascii() and digits.isdigit() and digits[0] == "7"):
        raise InvalidInput({"phone": ["Give eleven digits that begin with 7."]})
    return int(digits)
