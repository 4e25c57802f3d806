"""Settings of a gateway as they come from a command line: options, files, and secrets that nobody else sees."""

import sys
from pathlib import Path

import click

from vestnik.errors import InvalidInput


def settings_of(given: tuple[str, ...], secret: tuple[str, ...]) -> dict[str, str]:
    """Read ``NAME=VALUE``.

    Raises:
        InvalidInput: it is not of this form, or is a secret: others on the machine can read a command's arguments.
    """
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals:
            raise InvalidInput({"--set": [f"{each[:40]!r} is not NAME=VALUE."]})
        if name in secret:
            sentence = f"{name} is a secret: leave it out, and it is asked for, or give --file {name}=PATH."
            raise InvalidInput({"--set": [sentence]})
        found[name] = value
    return found


def from_files(files: tuple[str, ...]) -> dict[str, str]:
    """Read settings from files, given as ``NAME=PATH``.

    Raises:
        InvalidInput: it is not of this form, or the file cannot be read.
    """
    found = {}
    for each in files:
        name, equals, path = each.partition("=")
        if not equals:
            raise InvalidInput({"--file": [f"{each[:40]!r} is not NAME=PATH."]})
        try:
            found[name] = Path(path).read_text()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise InvalidInput({"--file": [f"{path} cannot be read: {reason}."]}) from error
    return found


def typed_secrets(asked_for: tuple[str, ...], names: tuple[str, ...]) -> dict[str, str]:
    """Ask for secrets without showing them, or read lines ``NAME=VALUE`` from the standard input. Empty: left out."""
    if sys.stdin.isatty():
        asked = {name: click.prompt(name, default="", hide_input=True, show_default=False) for name in asked_for}
        return {name: value for name, value in asked.items() if value}
    found = {}
    for line in sys.stdin.read().splitlines():
        name, equals, value = line.partition("=")
        if line.strip() and (not equals or name not in names):
            raise InvalidInput({"stdin": [f"Give lines NAME=VALUE, with a NAME of: {', '.join(names)}."]})
        if value:
            found[name] = value
    return found
