"""The command about a gateway's address for receipts."""

from pathlib import Path

import click

from vestnik.cli.printing import say
from vestnik.cli.session import home_option, talk_to
from vestnik.errors import ClusterError, StateForbids


@click.command()
@click.argument("name")
@click.option("--at-once", is_flag=True, help="the earlier address counts no more; else it counts for a day")
@click.option("--yes", is_flag=True, help="do not ask")
@home_option
def rotate_receipts(name: str, at_once: bool, yes: bool, home: Path | None) -> None:
    """Give the gateway's address for receipts another secret, and show it: enter it at the provider.

    Where the address goes out with each message (Twilio), the setting that holds it is changed with it.
    """
    talk_to(home)
    from django.db import transaction

    from vestnik.routing.edits import rotate_receipts_secret
    from vestnik.routing.find import get_gateway, lock_gateway
    from vestnik.routing.receipts_address import address_setting, address_warning, goes_along, receipts_url

    if receipts_url(get_gateway(name=name)) is None:
        raise StateForbids(f"Nobody calls {name} with receipts: it has no address.")
    counts = "The present address counts no more." if at_once else "The present address counts for another day."
    if not yes and not click.confirm(f"{counts} Make a new one for {name}?"):
        raise ClusterError("Nothing was changed.")
    with transaction.atomic():
        rotate_receipts_secret(gateway=lock_gateway(name=name), at_once=at_once, actor=None)
    gateway = get_gateway(name=name)
    say(f"receipts url {receipts_url(gateway)}")
    if goes_along(gateway):
        say(f"{address_setting(gateway)} is set to it: it goes out with each message, and there is nothing to enter")
    elif warning := address_warning(gateway):
        say(f"attention: {warning}")
