"""A file that is no CSV and no .xlsx is told as what it is, whatever its name says, with what to save it as."""

import io
import struct
import zipfile

import pytest

from vestnik.clients.imports.file_kinds import kind_of
from vestnik.errors import InvalidInput


def packed(*names: str, mimetype: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, b"x")
    return out.getvalue()


def compound(*streams: str, sectors: int = 3) -> bytes:
    """A compound file with these streams; its directory stands behind other sectors ([MS-CFB] 2.6.1)."""

    def entry(name: str, kind: int) -> bytes:
        text = name.encode("utf-16-le") + b"\0\0"
        return text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1) + bytes(60)

    directory = entry("Root Entry", 5) + b"".join(entry(name, 2) for name in streams)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
    return header + bytes(512 * sectors) + directory.ljust(-(-len(directory) // 512) * 512, b"\0")


OPENDOCUMENT = "application/vnd.oasis.opendocument"
KINDS: list[tuple[str, bytes, str]] = [
    ("an encrypted workbook", compound("EncryptionInfo", "EncryptedPackage"), "encrypted with a password"),
    (
        "its directory at the end",
        compound("EncryptionInfo", "EncryptedPackage", sectors=2_000),
        "encrypted with a pass",
    ),
    ("xls", compound("Workbook", "SummaryInformation"), "Excel 97 to 2003: save it as .xlsx"),
    ("xls of Excel 95", compound("Book"), "Excel 5 or 95: save it as .xlsx"),
    ("doc", compound("WordDocument", "1Table"), "Word"),
    ("msi", compound("Property"), "another old program"),
    ("xlsb", packed("[Content_Types].xml", "_rels/.rels", "xl/workbook.bin"), r"Excel \(.xlsb\): save it as .xlsx"),
    ("ods", packed("content.xml", mimetype=f"{OPENDOCUMENT}.spreadsheet"), r"LibreOffice \(.ods\): save it as .xlsx"),
    ("ots", packed(mimetype=f"{OPENDOCUMENT}.spreadsheet-template"), r"LibreOffice \(.ods\): save it as .xlsx"),
    ("odt", packed("content.xml", mimetype=f"{OPENDOCUMENT}.text"), "an OpenDocument file, but not"),
    ("numbers", packed("Index/Document.iwa", "preview.jpg"), r"Apple \(Numbers\): save it as .xlsx"),
    ("numbers, packed twice", packed("Index.zip", "preview.jpg"), r"Apple \(Numbers\): save it as .xlsx"),
    ("docx", packed("[Content_Types].xml", "_rels/.rels", "word/document.xml"), "Word"),
    ("pptx", packed("_rels/.rels", "ppt/presentation.xml"), "presentation"),
    ("a zip of a table", packed("clients.csv"), "unpack it"),
    ("a zip of workbooks", packed("a.xlsx", "b.xlsx"), "unpack it"),
    ("a zip of pictures", packed("a.png"), "not a workbook"),
    ("an empty zip", packed(), "not a workbook"),
    ("rar", b"Rar!\x1a\x07\x01\x00", "unpack it"),
    ("7z", b"7z\xbc\xaf\x27\x1c\x00\x04", "unpack it"),
    ("html named xls", b"\r\n<html><table><tr><td>79111234567</td></tr></table></html>", "XML or HTML"),
    ("xml with a mark", b'\xef\xbb\xbf<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "XML or HTML"),
    ("mhtml", b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "XML or HTML"),
    ("rtf", b"{\\rtf1\\ansi", "RTF"),
    ("json", b'[{"phone": 1}]', "JSON"),
    ("contacts", b"BEGIN:VCARD\r\nVERSION:3.0", "vCard"),
    ("sylk", b"ID;PWXL;N;E\r\n", "SYLK"),
    ("sqlite", b"SQLite format 3\x00", "database"),
    ("a dbase table", b"\x03\x7c\x01\x01" + bytes(60), "control characters"),
]


@pytest.mark.parametrize(("content", "said"), [case[1:] for case in KINDS], ids=[case[0] for case in KINDS])
def test_what_is_no_table_is_told_as_what_it_is(content: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        kind_of(io.BytesIO(content))


TEXTS: list[bytes] = [
    b"ID;Phone\n1;79111234567\n",
    b"  phone;tag\n",
    b"phone\n79111234567\n\x1a",
    b"phone\n79111234567\n\x1a\x1a\x1a",
    "\ufeffphone\n".encode("utf-16-be"),
    "\ufeffтелефон\n".encode("utf-32-le"),
]


@pytest.mark.parametrize("content", TEXTS)
def test_text_is_text(content: bytes) -> None:
    assert kind_of(io.BytesIO(content)) == "csv"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["phone;tag\n79111234567;vip\n", "Телефон;Тег\n79111234567;вип\n"])
def test_utf_16_without_its_mark_is_told_as_such(text: str, encoding: str) -> None:
    with pytest.raises(InvalidInput, match="UTF-16 text without a byte"):
        kind_of(io.BytesIO(text.encode(encoding)))
