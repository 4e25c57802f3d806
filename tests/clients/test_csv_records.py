"""CSV is judged by its records: a header may have line breaks, lines may be empty."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vestnik.clients.imports.reading import rows_of, text_of_cell
from vestnik.errors import InvalidInput
from vestnik.spreadsheets import harmless

MOSCOW = "Europe/Moscow"
HEAD, ROW = ["Телефон", "Тег", "Пояс"], ["79111234567", "a, b", MOSCOW]


def rows(content: bytes | str) -> list[tuple[int, list[object]]]:
    return list(rows_of(io.BytesIO(content.encode() if isinstance(content, str) else content)))


SEMICOLONS = "Телефон;Тег;Пояс\n79111234567;a, b;Europe/Moscow\n"
FILES: dict[str, tuple[bytes | str, list[int]]] = {
    "as it is": (SEMICOLONS, [1, 2]),
    "an empty first line": ("\n" + SEMICOLONS, [2, 3]),
    "empty lines of spaces and delimiters": (" \r\n;;\r\n\t\r\n" + SEMICOLONS, [4, 5]),
    "sep=;": ("sep=;\n" + SEMICOLONS, [2, 3]),
    "SEP=; behind a mark": ("\ufeffSEP=;\r\n" + SEMICOLONS, [2, 3]),
    '"sep=;"': ('"sep=;"\n' + SEMICOLONS, [2, 3]),
    "sep=; and an empty line": ("sep=;\n\n" + SEMICOLONS, [3, 4]),
    "sep=|": ("sep=|\n" + SEMICOLONS.replace(";", "|"), [2, 3]),
    "sep=^": ("sep=^\n" + SEMICOLONS.replace(";", "^"), [2, 3]),
    "sep=tab": ("sep=\t\n" + SEMICOLONS.replace(";", "\t"), [2, 3]),
    "sep=; with the other delimiter": ("sep=;,,\n" + SEMICOLONS, [2, 3]),
    "bars that nobody names": (SEMICOLONS.replace(";", "|"), [1, 2]),
    "a DOS end": (SEMICOLONS + "\x1a", [1, 2]),
    "several DOS ends": (SEMICOLONS + "\x1a" * 100 + "\r\n", [1, 2]),
    "a DOS end without a line end": (SEMICOLONS.rstrip("\n") + "\x1a", [1, 2]),
}


@pytest.mark.parametrize(("content", "lines"), FILES.values(), ids=list(FILES))
def test_the_records_of_a_file_are_found(content: bytes | str, lines: list[int]) -> None:
    assert rows(content) == list(zip(lines, [HEAD, ROW], strict=True))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_header_may_have_line_breaks(delimiter: str, end: str) -> None:
    content = delimiter.join([f'"Номер{end}телефона"', "Тег"]) + end + delimiter.join(["79111234567", "вип"]) + end
    assert rows(content) == [(1, [f"Номер{end}телефона", "Тег"]), (3, ["79111234567", "вип"])]


def test_a_delimiter_inside_a_header_is_not_taken_for_one() -> None:
    assert rows("Имя, фамилия;Сотовый, основной\nИван, Ким;89111234567\n")[1][1] == ["Иван, Ким", "89111234567"]
    assert rows('"Имя; фамилия",Связь\nКим,1\nЛи,2\n')[0][1] == ["Имя; фамилия", "Связь"]


def test_a_column_name_counts_more_than_a_delimiter_that_stands_more_often() -> None:
    content = 'Телефон;Адрес\n79111234567;"Москва, Арбат, 1, 2"\n79111234568;Омск, Ленина, 3\n'
    assert [len(cells) for _line, cells in rows(content)] == [2, 2, 2]


@pytest.mark.parametrize("cell", ["79111234567", "вип", MOSCOW, "911", 'a"b', "a,b", ""])
@pytest.mark.parametrize("column", range(4))
def test_a_text_that_is_written_as_a_formula_is_read_in_every_column(cell: str, column: int) -> None:
    import csv

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["phone", "code", "tag", "timezone"])
    inside = cell.replace('"', '""')
    writer.writerow([f'="{inside}"' if place == column else "x" for place in range(4)])
    assert rows(out.getvalue())[1][1][column] == cell


def test_a_header_that_is_written_as_a_formula_is_read() -> None:
    assert rows('="phone",="tag"\n="79111234567",="vip"\n')[0][1] == ["phone", "tag"]


#: Signs that begin formulas and texts, besides all others.
SIGNS = st.sampled_from("='\"+;-@ \u00a0\u2003a1＝") | st.characters(codec="utf-8", exclude_categories=("Cc",))


@given(st.text(SIGNS, max_size=8))
def test_a_cell_that_was_guarded_is_read_as_it_was(cell: str) -> None:
    """Or, where it is itself a text written as a formula that needs no guard, as that text."""
    guarded = harmless(cell)
    assert not guarded.startswith(("=", "+", "-", "@"))
    unformed = text_of_cell(cell) if cell.lstrip().startswith('="') else cell
    assert text_of_cell(guarded) in (cell, unformed)


BROKEN: list[tuple[bytes, str]] = [
    (b"phone,tag\n79111234567,a\x00b\n", "control characters"),
    (b"phone,tag\n\x1a\n79111234567,a\n", "control characters"),
    (b'phone,tag\n79111234567,"never closed\n' + b"79111234567,a\n" * 20_000, "Line 2 is not valid CSV"),
    (b"phone,tag\n79111234567," + b'"\n",' * 40_000, "Line 2 is not valid CSV"),
]


@pytest.mark.parametrize(("content", "said"), BROKEN)
def test_what_is_no_csv_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        rows(content)
