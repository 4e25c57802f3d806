"""A workbook's parts are found as its relations say, whatever they are called; the first visible table is read."""

import io
import zipfile

import pytest

from tests.clients.workbooks import MAIN, OFFICE
from vestnik.clients.imports.reading import rows_of
from vestnik.errors import InvalidInput

STRICT = b"http://purl.oclc.org/ooxml/officeDocument/relationships"


def archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def relations(*targets: tuple[str, str, str], kind: bytes = OFFICE) -> bytes:
    """Relations: id, last word of the type, target."""
    lines = "".join(f'<Relationship Id="{i}" Type="{kind.decode()}/{k}" Target="{t}"/>' for i, k, t in targets)
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'.encode()


def sheet(text: str) -> bytes:
    cell = f'<c t="inlineStr"><is><t>{text}</t></is></c><c t="s"><v>0</v></c>'
    return b'<worksheet xmlns="%s"><sheetData><row>%s</row></sheetData></worksheet>' % (MAIN, cell.encode())


def book(*sheets: tuple[str, str], kind: bytes = OFFICE) -> bytes:
    """A workbook of sheets: relation, state (empty: not said)."""
    lines = "".join(
        f'<sheet name="{i}" sheetId="{n}"{f" state={chr(34)}{state}{chr(34)}" if state else ""} r:id="{i}"/>'
        for n, (i, state) in enumerate(sheets, 1)
    )
    return b'<workbook xmlns="%s" xmlns:r="%s"><sheets>%s</sheets></workbook>' % (MAIN, kind, lines.encode())


TEXTS = b'<sst xmlns="%s"><si><t>shared</t></si></sst>' % MAIN


def layout(
    *, root: str = "_rels/.rels", path: str = "xl/workbook.xml", target: str = "xl/workbook.xml",
    rels: str = "xl/_rels/workbook.xml.rels", part: str = "xl/worksheets/sheet1.xml",
    sheet_target: str = "worksheets/sheet1.xml", texts: str = "xl/sharedStrings.xml",
    texts_target: str = "sharedStrings.xml", kind: bytes = OFFICE,
) -> dict[str, bytes]:  # fmt: skip
    return {
        root: relations(("a", "officeDocument", target), kind=kind),
        path: book(("s1", ""), kind=kind),
        rels: relations(("s1", "worksheet", sheet_target), ("t", "sharedStrings", texts_target), kind=kind),
        part: sheet("first"),
        texts: TEXTS,
    }


LAYOUTS: dict[str, dict[str, bytes]] = {
    "as Excel writes it": layout(),
    "SharedStrings.xml": layout(texts="xl/SharedStrings.xml"),
    "other cases": layout(path="XL/Workbook.xml", rels="xl/_Rels/WORKBOOK.xml.rels", part="xl/Worksheets/Sheet1.XML"),
    "backslashes": layout(
        root="_rels\\.rels", path="xl\\workbook.xml", rels="xl\\_rels\\workbook.xml.rels",
        part="xl\\worksheets\\sheet1.xml", texts="xl\\sharedStrings.xml",
    ),
    "backslashes in targets": layout(sheet_target="worksheets\\sheet1.xml", target="xl\\workbook.xml"),
    "workbook22.xml": layout(
        path="xl/workbook22.xml", target="/xl/workbook22.xml", rels="xl/_rels/workbook22.xml.rels"
    ),
    "a workbook in the root": layout(
        path="book.xml", target="book.xml", rels="_rels/book.xml.rels", sheet_target="xl/worksheets/sheet1.xml",
        texts_target="./xl/sharedStrings.xml",
    ),
    "absolute targets": layout(sheet_target="/xl/worksheets/sheet1.xml", texts_target="/xl/sharedStrings.xml"),
    "targets with dots": layout(sheet_target="../xl/worksheets/../worksheets/sheet1.xml"),
    "targets that mean the root": layout(sheet_target="xl/worksheets/sheet1.xml"),
    "a space in a name": layout(part="xl/worksheets/my sheet.xml", sheet_target="worksheets/my%20sheet.xml"),
    "the strict edition": layout(kind=STRICT),
    "no relations of the file": {name: part for name, part in layout().items() if name != "_rels/.rels"},
    "names with a slash before them": {f"/{name}": part for name, part in layout().items()},
}  # fmt: skip


@pytest.mark.parametrize("parts", LAYOUTS.values(), ids=list(LAYOUTS))
def test_parts_are_found_by_their_relations(parts: dict[str, bytes]) -> None:
    assert list(rows_of(io.BytesIO(archive(parts)))) == [(1, ["first", "shared"])]


SHEETS: list[tuple[list[tuple[str, str]], str]] = [
    ([("s1", ""), ("s2", "")], "one"),
    ([("s2", ""), ("s1", "")], "two"),
    ([("s1", "hidden"), ("s2", "visible")], "two"),
    ([("s1", "veryHidden"), ("s2", "")], "two"),
    ([("chart", ""), ("s2", "")], "two"),
    ([("macro", ""), ("gone", ""), ("s2", "")], "two"),
    ([("s1", "visible"), ("s2", "hidden")], "one"),
]


def with_sheets(sheets: list[tuple[str, str]]) -> bytes:
    parts = layout()
    kinds = relations(
        ("s1", "worksheet", "worksheets/sheet1.xml"),
        ("s2", "worksheet", "worksheets/sheet2.xml"),
        ("chart", "chartsheet", "chartsheets/sheet1.xml"),
        ("macro", "xlMacrosheet", "macrosheets/sheet1.xml"),
        ("t", "sharedStrings", "sharedStrings.xml"),
    )
    return archive(
        {
            **parts,
            "xl/workbook.xml": book(*sheets),
            "xl/_rels/workbook.xml.rels": kinds,
            "xl/worksheets/sheet1.xml": sheet("one"),
            "xl/worksheets/sheet2.xml": sheet("two"),
        }
    )


@pytest.mark.parametrize(("sheets", "text"), SHEETS)
def test_the_first_visible_table_is_read(sheets: list[tuple[str, str]], text: str) -> None:
    assert list(rows_of(io.BytesIO(with_sheets(sheets)))) == [(1, [text, "shared"])]


@pytest.mark.parametrize(
    ("said", "refused"),
    [('date1904="1"', True), ('date1904="true"', True), ('date1904="0"', False), ("", False)],
)
def test_a_workbook_whose_days_are_counted_from_1904_is_refused(said: str, refused: bool) -> None:
    parts = layout()
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"<sheets>", f"<workbookPr {said}/><sheets>".encode())
    if refused:
        with pytest.raises(InvalidInput, match=r"from 1904.*as CSV"):
            list(rows_of(io.BytesIO(archive(parts))))
    else:
        assert list(rows_of(io.BytesIO(archive(parts)))) == [(1, ["first", "shared"])]


def test_a_workbook_without_a_visible_table_is_refused() -> None:
    with pytest.raises(InvalidInput, match="hidden"):
        list(rows_of(io.BytesIO(with_sheets([("s1", "hidden"), ("s2", "veryHidden")]))))


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_what_openpyxl_hides_is_not_read(state: str) -> None:
    from openpyxl import Workbook

    made = Workbook()
    made.active.append(["secret"])
    made.active.sheet_state = state
    made.create_sheet("b").append(["shown"])
    out = io.BytesIO()
    made.save(out)
    assert [cells for _line, cells in rows_of(out)] == [["shown"]]


def test_the_part_of_a_missing_sheet_is_damage() -> None:
    parts = layout()
    del parts["xl/worksheets/sheet1.xml"]
    with pytest.raises(InvalidInput, match="damaged"):
        list(rows_of(io.BytesIO(archive(parts))))
