"""Reads CSV as spreadsheets save it: records, a detected delimiter, and Excel's line that names one.

A record may have line breaks inside quotation marks (RFC 4180, section 2.6), so nothing here is checked by lines alone.
"""

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain
from typing import IO

from django.utils.translation import gettext_noop as _noop

from vestnik.clients.imports import packing
from vestnik.clients.imports.columns import field_of
from vestnik.clients.imports.encodings import encoding_of
from vestnik.clients.imports.limits import MAX_COLUMNS, MAX_LINE, FileProblem
from vestnik.phones.spelling import is_phone

#: What may stand between cells: people's spreadsheets write a semicolon where a comma is the decimal point.
DELIMITERS = ",;\t|"
#: Excel's own line: it names the delimiter, whatever it is.
_NAMES_DELIMITER = re.compile(r'\s*"?sep=([^\w\s"]|\t)"?[,;\t|]*\s*', re.IGNORECASE)
#: Characters, lines and records at the beginning that the delimiter is looked for in.
_MAX_HEAD, _MAX_HEAD_LINES, _MAX_LOOKED_AT = 64 * 1024, 10_000, 50
_QUOTES = _noop("Line %(line)d is not valid CSV: its quotation marks do not match.")
Record = tuple[int, list[str]]


def records_of(file: IO[bytes]) -> Iterator[Record]:
    """The records that hold any text, each with the line on which it begins.

    Raises:
        FileProblem: the file is no text, or no CSV.
    """
    lines = _Lines(file)
    head = lines.take_head()
    delimiter = _named_delimiter(head)
    skipped = 0 if delimiter is None else 1
    head = head[skipped:]
    delimiter = delimiter or _likely_delimiter(head)
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(chain(head, lines), delimiter=delimiter, strict=True)
    line = skipped + 1
    try:
        for cells in reader:
            lines.record_ended()
            if any(map(str.strip, cells)):
                yield line, cells
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        raise FileProblem(_QUOTES, line=line) from error


def _named_delimiter(head: list[str]) -> str | None:
    """The delimiter that Excel's ``sep=`` line names, if the first line is one."""
    named = _NAMES_DELIMITER.fullmatch(head[0]) if head else None
    return None if named is None else named[1]


def _likely_delimiter(head: list[str]) -> str:
    """The one that makes most column names known in the first record with any text.

    Where no name is known: the one that gives most phone numbers, then the one that gives most of the following records
    as many cells as the first has, and more than one; of those the one with most cells.
    """

    def rank(delimiter: str) -> tuple[int, int, int, int]:
        records = _head_records(head, delimiter)
        first = records[0] if records else []
        alike = sum(len(record) == len(first) for record in records) if len(first) > 1 else 0
        known = sum(field_of(cell) is not None for cell in first)
        phones = sum(is_phone(cell) for record in records for cell in record[:MAX_COLUMNS])
        return known, phones, alike, len(first)

    return max(DELIMITERS, key=rank)


def _head_records(head: list[str], delimiter: str) -> list[list[str]]:
    """The first records, as this delimiter gives them."""
    csv.field_size_limit(MAX_LINE)
    records: list[list[str]] = []
    try:
        for record in csv.reader(head, delimiter=delimiter):
            if any(map(str.strip, record)):
                records.append(record)
            if len(records) == _MAX_LOOKED_AT:
                break
    except csv.Error:  # the import itself will say where
        return records
    return records


class _Lines:
    """The lines of a text file; a record that is longer than MAX_LINE is refused, however many lines it has."""

    def __init__(self, file: IO[bytes]) -> None:
        encoding = encoding_of(file)
        marked = encoding.startswith(("utf-16", "utf-32"))
        pieces = packing.pieces(file) if marked else packing.pieces_without_end_mark(file)
        self._text = io.TextIOWrapper(io.BufferedReader(packing.PieceReader(pieces)), encoding, newline="")
        self._number = self._lines = self._length = 0
        self._problem: FileProblem | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._problem is not None:
            raise self._problem
        line = self._text.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self._number += 1
        self._lines += 1
        self._length += len(line)
        if self._length >= MAX_LINE:
            if self._lines > 1:
                raise csv.Error("a record without an end")
            long = _noop("Line %(line)d has %(most)d characters or more.")
            raise FileProblem(long, line=self._number, most=MAX_LINE)
        return line

    def record_ended(self) -> None:
        """End the record: what follows is another one."""
        self._lines = self._length = 0

    def take_head(self) -> list[str]:
        """The first lines. What is wrong with one of them is said when its turn comes."""
        head: list[str] = []
        size = 0
        try:
            for line in self:
                self.record_ended()
                head.append(line)
                size += len(line)
                if size >= _MAX_HEAD or len(head) >= _MAX_HEAD_LINES:
                    break
        except FileProblem as problem:
            self._problem = problem
        return head
