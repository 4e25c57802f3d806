"""The same table is read alike from a workbook and from CSV."""

import io
from typing import Any

import pytest

from tests.clients.test_import import MOSCOW, counts, directory, imported, reasons
from tests.clients.workbooks import book
from vestnik.clients.imports.reading import rows_of

#: A cell of a workbook as XML, and what a spreadsheet writes into CSV for it.
CELLS: list[tuple[str, str]] = [
    ("<c><v>79111234567</v></c>", "79111234567"),
    ("<c><v>79111234567.0</v></c>", "79111234567"),
    ("<c><v>7.9111234567E10</v></c>", "79111234567"),
    ("<c><v>7.911123456E10</v></c>", "79111234560"),
    ("<c><v>7.9111234567000000E+010</v></c>", "79111234567"),
    ("<c><v>1</v></c>", "1"),
    ("<c><v>0.30000000000000004</v></c>", "0.3"),
    ("<c><v>-5</v></c>", "-5"),
    ('<c t="b"><v>1</v></c>', "TRUE"),
    ('<c t="str"><v>7.9111234567E10</v></c>', "7.9111234567E10"),
    ('<c t="inlineStr"><is><t>="79111234567"</t></is></c>', '="79111234567"'),
    ('<c t="inlineStr"><is><t>\'+79111234567</t></is></c>', "'+79111234567"),
]


@pytest.mark.parametrize(("cell", "text"), CELLS)
def test_a_cell_is_the_same_text(cell: str, text: str) -> None:
    quoted = text.replace('"', '""')
    table = list(rows_of(io.BytesIO(book(f"<row>{cell}</row>".encode()))))
    assert table == list(rows_of(io.BytesIO(f'"{quoted}"\n'.encode())))


CODES: list[tuple[str, str | None]] = [("911", None), ("1", "code_wrong"), ("91", "code_wrong"), ("9111", "code_wrong")]


@pytest.mark.parametrize(("code", "reason"), CODES)
def test_an_operator_code_is_judged_alike(ledger: Any, code: str, reason: str | None) -> None:
    head = ["phone", "code", "tag", "timezone"]
    texts = "".join(f'<c t="str"><v>{name}</v></c>' for name in head)
    cells = f"<c><v>79111234567</v></c><c><v>{code}</v></c><c><v>7</v></c><c t='str'><v>{MOSCOW}</v></c>"
    files = [
        book(f"<row>{texts}</row><row>{cells}</row>".encode()),
        f"{','.join(head)}\n79111234567,{code},7,{MOSCOW}\n",
    ]
    jobs = [imported(ledger, file) for file in files]
    assert [reasons(job) for job in jobs] == [[(2, reason)] if reason else []] * 2
    assert [counts(job)[4] for job in jobs] == [int(reason is not None)] * 2
    assert directory() == ([] if reason else [(79111234567, 911, "7", MOSCOW)])
