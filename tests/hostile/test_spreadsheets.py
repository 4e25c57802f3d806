"""No cell of our CSV is run as a formula, wherever a spreadsheet splits it, and an import takes it back."""

import csv
import io
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from vestnik.clients.directory import find_clients
from vestnik.clients.export import export_lines
from vestnik.models import Client
from vestnik.spreadsheets import CsvStyle, as_typed, csv_blocks, harmless, harmless_sql

TEXTS = some.text(alphabet=some.sampled_from("=+-@;,\t\r\n'\" \u00a0＝aж"), min_size=1, max_size=12)


def formulas(text: str) -> list[str]:
    """The cells of a text that a spreadsheet runs, which splits at semicolons, tabs and line breaks."""
    cells = (cell.lstrip(" '\"\u00a0") if not cell.startswith("'") else "" for cell in re.split(r"[;\t\r\n]", text))
    return [cell for cell in cells if cell.startswith(tuple("=+-@＝＋－＠"))]


@settings(max_examples=1_000)
@given(TEXTS)
@example("x;=cmd|'/c calc'!A0")
@example("x;\t=cmd")
@example(" =1+1")
@example('";"=1+1')
def test_a_text_is_harmless_at_every_split_and_comes_back(text: str) -> None:
    assert formulas(harmless(text)) == []
    assert as_typed(harmless(text)) == text


@settings(max_examples=500)
@given(TEXTS)
def test_a_text_that_no_spreadsheet_runs_stays_as_it_is(text: str) -> None:
    if not re.search(r"[=+@\t\r\n＝-]", text):
        assert harmless(text) == text


def test_the_database_says_the_same(ledger: Any) -> None:
    texts: list[str] = []

    @settings(max_examples=300, database=None)
    @given(TEXTS)
    def gather(text: str) -> None:
        texts.append(text)

    gather()
    statement = f"SELECT {harmless_sql('text')} FROM unnest(%s::text[]) WITH ORDINALITY AS t(text, n) ORDER BY n"  # noqa: S608
    found = [row[0] for row in ledger.execute(statement, [texts]).fetchall()]
    assert found == [harmless(text) for text in texts]


@pytest.mark.parametrize("tag", ["x;=cmd", "x\t=cmd", "x; =cmd", 'x;"=cmd"', "x;'=cmd", ";@x", " =cmd", "x;-1;+2"])
def test_the_export_of_clients_splits_into_no_formula_at_semicolons(ledger: Any, tag: str) -> None:
    del ledger
    Client.objects.create(phone_number=79110000001, mobile_operator_code=911, tag=tag, timezone="Europe/Moscow")
    text = b"".join(export_lines(find_clients())).decode("utf-8-sig")
    row = text.split("\r\n", 1)[1]
    assert formulas(row.rstrip("\n")) == []
    (read,) = csv.reader(io.StringIO(row, newline=""))
    assert as_typed(read[2]) == tag


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_file_for_people_keeps_each_cell_whole_whatever_it_is_split_at(separator: str) -> None:
    rows = [("id", "text", "amount"), (1, "a, b", "1,5"), (2, "a; b", "2"), (3, "a\tb", "3"), (4, "a", "4")]
    file = b"".join(csv_blocks(rows, style=CsvStyle(separator=separator, keeps_texts_whole=True))).decode("utf-8-sig")
    quoted = re.sub('"[^"]*"', "", file)
    assert re.findall(r"[,;\t]", quoted) == [separator] * 2 * len(rows)
    assert list(csv.reader(io.StringIO(file), delimiter=separator)) == [[str(cell) for cell in row] for row in rows]
