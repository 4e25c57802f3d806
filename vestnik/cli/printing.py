"""All output of commands passes here, so that no name or text can send control codes to the operator's terminal.

A test forbids any other way of printing in this package.
"""

import click

from vestnik.printable import lines, one_line


def say(line: str, *, err: bool = False) -> None:
    """Print one line; line breaks in it are shown as escapes.

    Args:
        line: may hold what others typed.
        err: to the standard error.
    """
    click.echo(one_line(line), err=err)


def say_row(*values: object) -> None:
    """Print values with tabs between them; a tab in a value is shown as an escape."""
    click.echo("\t".join(one_line(str(value)) for value in values))


def say_text(text: str, *, err: bool = False) -> None:
    """Print a text of several lines, as it ends: no line break is added."""
    click.echo(lines(text), nl=False, err=err)
