"""A workbook is read as programs write it. What would cost too much: tests/cluster/test_hostile_bodies.py."""

import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clients.workbooks import book
from vestnik.clients.imports.workbook import sheet_rows
from vestnik.errors import InvalidInput


def rows(content: bytes) -> list[tuple[int, list[object]]]:
    return list(sheet_rows(io.BytesIO(content)))


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="￾￿"), max_size=20)
CELLS = st.none() | st.integers(-(10**15), 10**15) | st.floats(-1e9, 1e9).map(lambda value: round(value, 3)) | TEXTS


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, max_size=5), max_size=6))
def test_cells_are_read_as_they_were_written(table: list[list[Any]]):
    from openpyxl import Workbook

    made = Workbook(write_only=True)
    sheet = made.create_sheet()
    for cells in table:
        # openpyxl takes what begins with "=" for a formula.
        sheet.append([f"'{cell}" if isinstance(cell, str) and cell.startswith("=") else cell for cell in cells])
    out = io.BytesIO()
    made.save(out)
    for line, cells in rows(out.getvalue()):
        written = [f"'{cell}" if isinstance(cell, str) and cell.startswith("=") else cell for cell in table[line - 1]]
        assert cells == [cell if cell != "" else None for cell in written][: len(cells)]
        assert not any(cell not in (None, "") for cell in written[len(cells) :])


SHARED = (
    b"<si><t>phone</t></si><si><r><t>new </t></r><r><rPr/><t>tag</t></r><rPh><t>spoken</t></rPh></si>"
    b'<si><t xml:space="preserve"> &lt;\xd0\xb2\xd0\xb8\xd0\xbf&gt; </t></si><si/>'
    b"<si><t>a_x000D__x005F_x000D__xD83D__xDE00_</t></si>"
)
FORMS: list[tuple[str, bytes, list[tuple[int, list[object]]]]] = [
    ("texts that are shared", b'<row r="3"><c r="A3" t="s"><v>1</v></c><c r="C3" t="s"><v>2</v></c></row>',
     [(3, ["new tag", None, " <вип> "])]),
    ("texts in their cells", b'<row><c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c></row>', [(1, ["ab"])]),
    ("no numbers of rows and cells", b"<row/><row><c/><c><v>7</v></c></row>", [(2, [None, 7])]),
    ("a formula's result", b'<row><c t="str"><f>A1</f><v>x</v></c><c><f>1</f><v>2</v></c></row>', [(1, ["x", 2])]),
    ("numbers of all kinds", b"<row><c><v>7.9111234567E10</v></c><c><v>1.5</v></c><c><v>-3</v></c></row>",
     [(1, [79111234567.0, 1.5, -3])]),
    ("truth and errors", b'<row><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c></row>', [(1, ["TRUE"])]),
    ("an error between cells", b'<row><c t="e"><v>#REF!</v></c><c><v>1</v></c></row>', [(1, [None, 1])]),
    ("what else stands in a cell", b'<row><c t="inlineStr"><v>9</v><is><t>a</t><rPh><t>b</t></rPh></is></c></row>',
     [(1, ["a"])]),
    ("a text outside of its place", b'<row><c t="inlineStr"><t>x</t></c><c t="s"><v>0</v><is><t>x</t></is></c></row>',
     [(1, [None, "phone"])]),
    ("a formula without a result", b"<row><c><f>A1</f></c><c><v>1</v></c></row>", [(1, [None, 1])]),
    ("escapes in shared texts", b'<row><c t="s"><v>4</v></c></row>', [(1, ["a\r_x000D_\U0001f600"])]),
    ("escapes in cells", b'<row><c t="inlineStr"><is><t>a_x0009_b</t></is></c><c t="str"><v>_x005F_x41_</v></c></row>',
     [(1, ["a\tb", "_x41_"])]),
    ("what only looks like an escape", b'<row><c t="str"><v>_x41_ _x00ZZ_ x005F_</v></c></row>',
     [(1, ["_x41_ _x00ZZ_ x005F_"])]),
    ("an empty shared text", b'<row><c t="s"><v>3</v></c><c><v>1</v></c></row>', [(1, ["", 1])]),
    ("names with a prefix", b'<x:row xmlns:x="y"><x:c t="s"><x:v>0</x:v></x:c></x:row>', [(1, ["phone"])]),
    ("cells far to the right", b'<row><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>', [(1, [1])]),
]  # fmt: skip


@pytest.mark.parametrize(("xml", "expected"), [case[1:] for case in FORMS], ids=[case[0] for case in FORMS])
def test_the_forms_that_programs_write(xml: bytes, expected: list[tuple[int, list[object]]]):
    assert rows(book(xml, texts=SHARED)) == expected


DAMAGED: list[bytes] = [
    book(b"<row>"),
    book(b'<row><c t="s"><v>5</v></c></row>', texts=SHARED),
    book(b'<row><c t="s"><v>-1</v></c></row>', texts=SHARED),
    book(b"<row><c><v>seven</v></c></row>"),
    book(b"<row><c r='1'><v>7</v></c></row>"),
    book(b"<row><c r='ABCD1'><v>7</v></c></row>"),
    book(b"<row><c r='B1'><v>7</v></c><c r='A1'><v>7</v></c></row>"),
    book(b"<row r='12345678901234567890'><c><v>7</v></c></row>"),
    book(b"<row r='2'><c><v>7</v></c></row><row r='1'><c><v>7</v></c></row>"),
    book(b"<row r='-1'><c><v>7</v></c></row>"),
    book(b"<row><c><v>%s</v></c></row>" % (b"9" * 5_000)),
    book(b"")[:-200],
]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_workbook_is_refused(content: bytes):
    from vestnik.clients.imports.reading import rows_of

    with pytest.raises(InvalidInput, match="damaged"):
        list(rows_of(io.BytesIO(content)))
