"""Workbooks made by hand: as other programs than openpyxl write them, and as nobody does but to break a reader."""

import io
import random
import zipfile
from collections.abc import Callable

MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_BOOK = b"""<workbook xmlns="%s" xmlns:r="%s"><sheets><sheet name="chart" sheetId="1" r:id="r0"/>
<sheet name="a" sheetId="2" r:id="r1"/><sheet name="b" sheetId="3" r:id="r2"/></sheets></workbook>""" % (MAIN, OFFICE)
_RELATIONS = b"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r0" Type="%(kind)s/chartsheet" Target="chartsheets/sheet1.xml"/>
<Relationship Id="r1" Type="%(kind)s/worksheet" Target="/xl/worksheets/first.xml"/>
<Relationship Id="r2" Type="%(kind)s/worksheet" Target="worksheets/second.xml"/>
<Relationship Id="r3" Type="%(kind)s/styles" Target="styles.xml"/>
<Relationship Id="r4" Type="%(kind)s/sharedStrings" Target="sharedStrings.xml"/></Relationships>""" % {b"kind": OFFICE}


def book(
    rows: bytes,
    *,
    texts: bytes = b"",
    more: dict[str, bytes] | None = None,
    packing: int = zipfile.ZIP_DEFLATED,
    before: bytes = b"",
) -> bytes:
    """A workbook of two sheets behind a chart.

    Args:
        rows: of the first sheet, as XML.
        texts: that its cells share, as XML.
        more: other parts.
        packing: how the first sheet is packed.
        before: what stands before the first sheet's XML.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", _BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", _RELATIONS)
        sheet = before + b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (MAIN, rows)
        archive.writestr("xl/worksheets/first.xml", sheet, compress_type=packing)
        archive.writestr("xl/worksheets/second.xml", b"<worksheet/>")
        archive.writestr("xl/sharedStrings.xml", b'<sst xmlns="%s">%s</sst>' % (MAIN, texts))
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def _digits(count: int) -> bytes:
    """Digits that do not pack well, so that nothing looks like a bomb."""
    return random.Random(1).randbytes(count // 2).hex().encode()


def _threes(before: bytes, after: bytes, *, count: int) -> bytes:
    digits = _digits(3 * count)
    return b"".join(before + digits[at : at + 3] + after for at in range(0, len(digits), 3))


def _row_of_cells() -> bytes:
    return book(b"<row>" + _threes(b'<c t="str"><v>', b"</v></c>", count=2_000_000) + b"</row>")


def _cell_of_text() -> bytes:
    return book(b'<row><c t="inlineStr"><is><t>' + _digits(60_000_000) + b"</t></is></c></row>")


def _formats() -> bytes:
    formats = b'<styleSheet xmlns="%s"><cellXfs>%s</cellXfs>' % (MAIN, b"<xf/>" * 2_000_000)
    return book(b"", more={"xl/styles.xml": formats + b"<!--%s--></styleSheet>" % _digits(200_000)})


def _texts_named_last() -> bytes:
    texts = _threes(b"<si><t>", b"</t></si>", count=2_000_000)
    return book(b'<row><c t="s"><v>1999999</v></c></row>', texts=texts)


def _empty_texts() -> bytes:
    texts = (b"<si/>" * 60_000 + b"<!--%s-->" % _digits(4_000)) * 100
    return book(b'<row><c t="s"><v>5999999</v></c></row>', texts=texts)


def _entities() -> bytes:
    levels = b"".join(b'<!ENTITY e%d "%s">' % (level, b"&e%d;" % (level - 1) * 10) for level in range(1, 9))
    doctype = b'<!DOCTYPE worksheet [<!ENTITY e0 "bomb">%s]>' % levels
    return book(b'<row><c t="str"><v>&e8;</v></c></row>', before=doctype)


#: What it is, how it is made, and what is said of it.
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a row of two million cells": (_row_of_cells, "no spreadsheet program"),
    "a cell of 60 MB": (_cell_of_text, "65536 characters"),
    "two million formats": (_formats, "empty"),
    "two million texts": (_texts_named_last, "must name the columns"),
    "six million empty texts": (_empty_texts, "no spreadsheet program"),
    "a million elements in one another": (lambda: book(b"<a>" * 1_000_000), "no spreadsheet program"),
    "a hundred thousand names": (lambda: book(_threes(b"<n", b"/>", count=100_000)), "no spreadsheet program"),
    "attributes of as many names": (lambda: book(_threes(b"<c n", b"=''/>", count=100_000)), "no spreadsheet program"),
    "a tag of 60 MB": (lambda: book(b"<c r='" + _digits(60_000_000) + b"'/>"), "no spreadsheet program"),
    "a comment of 60 MB": (lambda: book(b"<!--" + _digits(60_000_000) + b"-->"), "no spreadsheet program"),
    "entities of entities": (_entities, "no spreadsheet program"),
    "a hundred thousand parts": (
        lambda: book(b"", more={f"{number}": b"" for number in range(100_000)}),
        "no spreadsheet program",
    ),
    "a sheet packed by LZMA": (lambda: book(b"", packing=zipfile.ZIP_LZMA), "no spreadsheet program"),
}
