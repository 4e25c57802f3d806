"""Commands about gateways: connections to providers. Secrets are typed, or read from the standard input or a file.

Each parses, calls a service and answers. Models can be imported only after ``talk_to``, so a command does it itself.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vestnik.cli.gateway_values import from_files, settings_of, typed_secrets
from vestnik.cli.printing import say, say_row
from vestnik.cli.session import home_option, talk_to
from vestnik.errors import ClusterError, InvalidInput, StateForbids

if TYPE_CHECKING:
    from vestnik.models import Gateway

_SET = click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="a setting of the kind; repeat it")
_FILE = click.option(
    "--file",
    "files",
    multiple=True,
    metavar="NAME=PATH",
    help="a setting of the kind from a file, such as a certificate or its key; repeat it",
)
_CONCURRENCY = click.option("--concurrency", type=click.IntRange(1, 10_000), help="messages in flight of a dispatcher")
_RATE = click.option("--rate", type=click.IntRange(1, 1_000_000), help="messages per second, at most")
_NO_RATE = click.option("--no-rate", is_flag=True, help="no limit of messages per second")
_TIMEOUT = click.option("--timeout", type=click.IntRange(1, 600), help="seconds for one message")
_IDEMPOTENT = click.option(
    "--idempotent/--not-idempotent", default=None, help="whether the provider recognises a message that is sent again"
)


def _values(function: click.decorators.FC) -> click.decorators.FC:
    """The options that `add` and `edit` share."""
    for option in (_IDEMPOTENT, _TIMEOUT, _RATE, _CONCURRENCY, _FILE, _SET):
        function = option(function)
    return home_option(function)


@click.command()
@home_option
def kinds(home: Path | None) -> None:
    """List the kinds of gateways, and what to enter for each."""
    talk_to(home)
    from vestnik.gateways.adapters.kinds import KINDS

    for kind, adapter in KINDS.items():
        say(f"{kind}: {adapter.title}")
        for field in adapter.all_fields():
            needed = ", needed" if field.required else ""
            say(f"  {field.name:<14} {field.label} ({field.wanted.value}{needed}). {field.help}".rstrip())


@click.command()
@click.argument("name")
@click.option("--kind", required=True, help="see `vestnik gateway kinds`")
@_values
def add(
    name: str, kind: str, given: tuple[str, ...], files: tuple[str, ...], home: Path | None, **numbers: Any
) -> None:
    """Add a gateway. It is disabled until it was checked and a test message was sent over it."""
    talk_to(home)
    from vestnik.routing.edits import create_gateway
    from vestnik.routing.values import GatewayFields, asked_secrets, kind_of, secret_names

    kind_of(kind)
    names = secret_names(kind)
    settings = {**settings_of(given, names), **from_files(files)}
    settings |= typed_secrets(asked_secrets(kind, settings), names)
    fields = GatewayFields(name=name, kind=kind, settings=settings, **_given(numbers))
    create_gateway(fields=fields, actor=None)
    say(f"{name} is added. Next: vestnik gateway check {name}, vestnik gateway test {name} PHONE")


@click.command()
@click.argument("name")
@click.option("--secrets", "ask", is_flag=True, help="enter its secrets again")
@click.option(
    "--receipts-from", "networks", multiple=True, metavar="NETWORK",
    help="take receipts only from this address or network (192.0.2.0/24); repeat it; `any`: from all",
)  # fmt: skip
@click.option("--forget", "forgotten", multiple=True, metavar="NAME", help="take out a setting or a stored secret")
@_NO_RATE
@click.option("--same-account", is_flag=True, help="the new settings lead to the same account of the same provider")
@_values
def edit(
    name: str,
    ask: bool,
    forgotten: tuple[str, ...],
    no_rate: bool,
    same_account: bool,
    networks: tuple[str, ...],
    given: tuple[str, ...],
    files: tuple[str, ...],
    home: Path | None,
    **numbers: Any,
) -> None:
    """Change a gateway. With other settings or secrets it is disabled until it was checked and tested again."""
    if no_rate and numbers["rate"] is not None:
        raise InvalidInput({"--no-rate": ["Give --rate or --no-rate, not both."]})
    talk_to(home)
    from vestnik.routing.edits import edit_gateway
    from vestnik.routing.find import get_gateway
    from vestnik.routing.values import asked_secrets, secret_names

    gateway = get_gateway(name=name)
    names = secret_names(gateway.kind)
    settings: dict[str, str | None] = {**settings_of(given, names), **from_files(files)}
    if ask:
        settings |= typed_secrets(asked_secrets(gateway.kind, {**gateway.settings, **settings}), names)
    settings |= dict.fromkeys(forgotten)
    changes = {**_given(numbers), **({"settings": settings} if settings else {}), **_receipts_from(networks)}
    changes |= {"same_account": True} if same_account else {}
    changes |= {"max_rate": None} if no_rate else {}
    changed = _decide(name, lambda gateway: edit_gateway(gateway=gateway, changes=changes, actor=None))
    done = "is changed" if changed.version > gateway.version else "stays as it was"
    say(f"{name} {done}; it is {'enabled' if changed.enabled else 'disabled'}")


@click.command(name="list")
@home_option
def list_gateways(home: Path | None) -> None:
    """List gateways: name, kind, state, messages per second at most, reason, separated by tabs."""
    talk_to(home)
    from vestnik.gateways.states import with_word
    from vestnik.routing.find import shown_gateways

    for each in shown_gateways():
        say_row(each.name, each.row.kind, with_word(each.state), each.max_rate or "no limit", each.reason)
        for warning in each.attention:
            say(f"attention: {each.name}: {warning}", err=True)


@click.command()
@click.argument("name")
@home_option
def show(name: str, home: Path | None) -> None:
    """Show one gateway with its settings; of secrets only which are set."""
    talk_to(home)
    from vestnik.gateways.states import with_word
    from vestnik.routing.find import get_gateway
    from vestnik.routing.find import show as state_of
    from vestnik.routing.receipts_address import receipts_url
    from vestnik.statistics.gateways import last_hour_of

    found = state_of(get_gateway(name=name))
    hour = last_hour_of(found.row.id)
    say(f"gateway      {found.name} ({found.row.kind})")
    say(f"state        {' '.join(filter(None, (with_word(found.state), found.reason)))}")
    say(f"checked      {found.row.checked_at or 'not with these settings'}")
    say(f"tested       {found.row.tested_at or 'not with these settings'}")
    say(f"rate         {found.max_rate or 'no limit'}")
    say(f"concurrency  {found.concurrency}")
    say(f"timeout      {found.timeout:g} s")
    say(f"idempotent   {'yes' if found.idempotent else 'no'}")
    say(f"last hour    {hour.sent} sent, {hour.failed} failed, {hour.unknown} unknown; now {hour.rate:g} messages/s")
    for error in hour.errors:
        say(f"             {error.count} × {error.code}")
    for setting, value in found.settings.items():
        say(f"{setting:<12} {value}")
    for secret in found.secrets:
        say(f"{secret:<12} is set")
    if url := receipts_url(found.row):
        say(f"receipts url {url}")
        say(f"taken from   {', '.join(found.row.receipts_from) or 'any address'}")
        if found.row.receipts_before_until:
            say(f"the address before counts until {found.row.receipts_before_until}")
    for warning in found.warnings:
        say(f"attention: {warning}")


@click.command()
@click.argument("name")
@home_option
def check(name: str, home: Path | None) -> None:
    """Ask the provider whether our settings are right. Nothing is sent to a person. Status 1: they are not."""
    talk_to(home)
    from vestnik.routing.check import check_gateway, words_of
    from vestnik.routing.find import get_gateway

    found = check_gateway(gateway=get_gateway(name=name), actor=None)
    say(" ".join(filter(None, (words_of(found), found.balance and f"Balance: {found.balance}"))))
    for warning in found.warnings:
        say(f"attention: {warning}")
    if not found.good:
        sys.exit(1)


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="do not ask")
@home_option
def remove(name: str, yes: bool, home: Path | None) -> None:
    """Remove a gateway, after saying what will happen. Its settings and secrets are erased."""
    talk_to(home)
    from vestnik.routing.find import get_gateway
    from vestnik.routing.switches import removal_of, remove_gateway

    removal = removal_of(get_gateway(name=name))
    if removal.refusals:
        raise StateForbids(" ".join(removal.refusals))
    for consequence in removal.consequences:
        say(consequence)
    if not yes and not click.confirm(f"Remove {name}?"):
        raise ClusterError("Nothing was removed.")
    _decide(name, lambda gateway: remove_gateway(gateway=gateway, actor=None))
    say(f"{name} is removed")


def _switch(name: str, text: str, done: str) -> click.Command:
    @click.command(name=name, help=text)
    @click.argument("gateway_name", metavar="NAME")
    @home_option
    def switch(gateway_name: str, home: Path | None) -> None:
        talk_to(home)
        from vestnik.routing import switches

        decisions = {
            "enable": switches.enable_gateway, "disable": switches.disable_gateway, "put-back": switches.put_back
        }  # fmt: skip
        _decide(gateway_name, lambda gateway: decisions[name](gateway=gateway, actor=None))
        say(f"{gateway_name} is {done}")

    return switch


enable = _switch("enable", "Let messages go over it, once a check and a test message have succeeded.", "enabled")
disable = _switch("disable", "Let no more messages go over it.", "disabled")
put_back = _switch("put-back", "Put a suspended gateway back into use.", "put back into use")


@click.command()
@home_option
def reencrypt(home: Path | None) -> None:
    """Encrypt all secrets with today's SECRET_KEY, after it was changed. Status 1: some cannot be read.

    Then the earlier key in SECRET_KEY_FALLBACKS is needed no more.
    """
    talk_to(home)
    from vestnik.routing.reencryption import reencrypt_secrets
    from vestnik.webhooks.endpoints import reencrypt_webhooks

    found = reencrypt_secrets(actor=None)
    for name in found.done:
        say(f"{name}: encrypted with the new key")
    for name in found.unreadable:
        say(f"{name}: no key reads its secrets. Add theirs to SECRET_KEY_FALLBACKS, or enter them again.")
    say(f"{len(found.done)} encrypted, {found.current} were already, {len(found.unreadable)} cannot be read")
    webhooks, lost = reencrypt_webhooks(actor=None)
    if webhooks or lost:
        say(f"webhooks: {webhooks} encrypted, {lost} cannot be read: rotate their secrets")
    if found.unreadable or lost:
        sys.exit(1)


COMMANDS = (
    add,
    check,
    disable,
    edit,
    enable,
    kinds,
    list_gateways,
    put_back,
    reencrypt,
    remove,
    show,
)


def _decide(name: str, act: "Callable[[Gateway], Any]") -> Any:
    """Do something with a gateway that is locked for as long."""
    from django.db import transaction

    from vestnik.routing.find import lock_gateway

    with transaction.atomic():
        return act(lock_gateway(name=name))


def _given(numbers: Mapping[str, Any]) -> dict[str, Any]:
    named = {"max_rate" if name == "rate" else name: value for name, value in numbers.items()}
    return {name: value for name, value in named.items() if value is not None}


def _receipts_from(networks: tuple[str, ...]) -> dict[str, list[str]]:
    """The change of the networks; none where none are given."""
    if not networks:
        return {}
    return {"receipts_from": [] if networks == ("any",) else list(networks)}
