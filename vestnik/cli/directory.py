"""The commands ``vestnik import`` and ``vestnik export``: read the directory from a file, and write it to one.

Models can be imported only after ``talk_to``, so a command does it itself.
"""

import io
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from vestnik.cli.parameters import private_output
from vestnik.cli.printing import say
from vestnik.cli.session import home_option, talk_to
from vestnik.errors import ClusterError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from vestnik.clients.imports.matching import Wanted

#: Refused rows that are shown; the rest go into the file of ``--refused``.
SHOWN = 10


@click.command(name="import")
@click.argument("file", type=click.File("rb"))
@click.option("--mode", type=click.Choice(["create", "update", "upsert"]), default="upsert", show_default=True)
@click.option("--on-error", type=click.Choice(["skip", "abort"]), default="skip", show_default=True)
@click.option("--timezone-default", help="of new clients whose row names none, e.g. Europe/Moscow or UTC+5")
@click.option(
    "--timezone-from-phone", is_flag=True, help="take it from the number first: landlines and Kazakhstan only"
)
@click.option("--attributes", default="", help="other columns to keep: first_name,balance:number=Баланс, or * for all")
@click.option(
    "--column", "columns", multiple=True, metavar="FIELD=COLUMN", help="e.g. phone=Мобильный, tag=C; repeatable"
)
@click.option("--decimal", type=click.Choice(["comma", "point"]), help="what 1,234 is: 1.234 (comma) or 1234 (point)")
@click.option("--date-order", type=click.Choice(["day", "month"]), help="what is first in 05/06/2026")
@click.option("--refused", type=click.Path(), help="write the refused rows there, as CSV, with the reasons")
@home_option
def import_clients(
    file: IO[bytes], mode: str, on_error: str, timezone_default: str | None, timezone_from_phone: bool,
    attributes: str, columns: tuple[str, ...], decimal: str | None, date_order: str | None, refused: str | None,
    home: Path | None,
) -> None:  # fmt: skip
    """Import clients from FILE: CSV (also in gzip) or XLSX; - is the standard input.

    Ends with status 1 when the import failed; then nothing was imported.
    """
    talk_to(home)
    from vestnik.clients.imports import jobs, runner
    from vestnik.clients.imports.refused import reason_counts, reason_of, refused_lines
    from vestnik.clients.imports.warned import warning_in, warnings_of
    from vestnik.models import ImportMode, ImportState, OnError

    with _seekable(file) as source:
        job = jobs.add_job(
            file=source, mode=ImportMode(mode), on_error=OnError(on_error), actor=None, here=True,
            timezone_default=_zone(timezone_default), timezone_from_phone=timezone_from_phone,
            wanted=_wanted(attributes, columns, decimal, date_order),
        )  # fmt: skip
    with _bar("rows read") as (bar, task):
        runner.run_to_end(job=job, progress=lambda rows: bar.update(task, completed=rows))
    say(
        f"{job.rows:,} rows: {job.created:,} created, {job.updated:,} updated, {job.unchanged:,} unchanged,"
        f" {job.refused:,} refused"
    )
    for reason in reason_counts(job, "en"):
        say(f"{reason.rows:>9,} refused: {reason.text}", err=True)
    if job.warnings:
        say(f"{job.warnings:>9,} taken with a warning: {warning_in('en', 'phone_not_mobile')}", err=True)
        for row in islice(warnings_of(job=job), SHOWN):
            say(f"line {row.line}: {warning_in('en', row.warning)}", err=True)
    if refused is not None:
        with private_output(refused) as output:
            output.writelines(refused_lines(job=job, language="en"))
    else:
        for refusal in islice(jobs.refusals(job=job), SHOWN):
            say(f"line {refusal.line}: {reason_of(refusal, 'en')}", err=True)
    if job.state == ImportState.FAILED:
        raise ClusterError(jobs.error_of(job))


def _wanted(attributes: str, columns: Iterable[str], decimal: str | None, date_order: str | None) -> "Wanted":
    """What the options say of the file's columns."""
    from vestnik.clients.attributes.spelling import Spelling
    from vestnik.clients.imports.matching import Wanted

    places = dict(_place(each) for each in columns)
    spelling = Spelling(decimal=decimal or "", first=date_order or "")  # type: ignore[arg-type]  # click has checked
    return Wanted(places=places, attributes=attributes, spelling=spelling)


def _place(said: str) -> tuple[str, str]:
    field, _equals, column = said.partition("=")
    if field not in {"phone", "code", "tag", "timezone"} or not column:
        raise click.BadParameter(
            "write FIELD=COLUMN, where FIELD is phone, code, tag or timezone", param_hint="--column"
        )
    return field, column


def _zone(text: str | None) -> str | None:
    """The IANA name of a zone as a file may name it."""
    from vestnik.clients.imports.refused import reason_in
    from vestnik.clients.zone_names import read_zone

    if not text:
        return None
    zone, problem = read_zone(text)
    if problem is not None:
        raise click.BadParameter(reason_in("en", problem, None), param_hint="--timezone-default")
    return zone


@click.command(name="export")
@click.argument("file", type=click.Path(), default="-")
@click.option("--tag", help="exactly this tag")
@click.option("--operator-code", type=click.IntRange(0, 999), help="exactly this code")
@click.option("--timezone", help="exactly this zone")
@home_option
def export_clients(
    file: str, tag: str | None, operator_code: int | None, timezone: str | None, home: Path | None
) -> None:
    """Write the clients to FILE as CSV, or to the standard output. The file is readable by its owner alone."""
    talk_to(home)
    from vestnik.clients.directory import find_clients
    from vestnik.clients.export import export_lines

    clients = find_clients(tag=tag, operator_code=operator_code, timezone=timezone)
    with private_output(file) as output, _bar("clients written", total=clients.count()) as (bar, task):
        for block in export_lines(clients):
            output.write(block)
            bar.advance(task, block.count(b"\n"))


@contextmanager
def _bar(what: str, *, total: int | None = None) -> "Iterator[tuple[Progress, TaskID]]":
    """A bar on the standard error, where there is a terminal."""
    # Only here, so that `vestnik --help` does not wait for it.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield bar, bar.add_task(what, total=total)


@contextmanager
def _seekable(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """The file, or if it is a pipe a temporary copy on the disk."""
    if file.seekable() and file is not sys.stdin.buffer:
        yield file
        return
    with tempfile.TemporaryFile() as copy:
        while piece := file.read(io.DEFAULT_BUFFER_SIZE * 8):
            copy.write(piece)
        copy.seek(0)
        yield copy
