"""SQL files are read and filled in one way, once."""

from pathlib import Path

import pytest
from django.db import connection as django_connection

from vestnik.db.connection import Connection, KeptConnection, keep_statements
from vestnik.db.statements import Macro, Statements


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package whose only file is a template."""
    folder = tmp_path / f"statements_of_{tmp_path.name}"  # Python imports a name once
    (folder / "sql").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "sql" / "one.sql").write_text("SELECT {column} WHERE {empty:a - {one} = 0} AND j = '{{}}'")
    monkeypatch.syspath_prepend(tmp_path)
    return folder.name


@pytest.fixture
def folder(package: str, tmp_path: Path) -> Path:
    return tmp_path / package


@pytest.fixture
def made() -> list[str]:
    return []


def test_fragments_stand_where_they_are_named_and_a_macro_is_made_of_its_expression(package: str) -> None:
    empty = Macro(lambda expression: f"({expression}) IS TRUE")
    filled = Statements(package, empty=empty, one="0", unused="never").text("one", column="b.id", one="1")
    assert filled == "SELECT b.id WHERE (a - 1 = 0) IS TRUE AND j = '{}'"


def test_a_fragment_that_is_not_given_is_an_error_and_not_a_statement(package: str) -> None:
    with pytest.raises(KeyError, match="empty"):
        Statements(package).text("one", column="b.id")
    with pytest.raises(FileNotFoundError):
        Statements(package).text("other")


def test_a_file_may_be_a_part_of_others(folder: Path, package: str) -> None:
    (folder / "sql" / "whole.sql").write_text("SELECT count(*) FROM ({file:one}) AS found")
    filled = Statements(package, empty=Macro(str)).text("whole", column="b.id", one="1")
    assert filled == "SELECT count(*) FROM (SELECT b.id WHERE a - 1 = 0 AND j = '{}') AS found"


def test_a_file_is_read_and_filled_once(package: str, made: list[str]) -> None:
    statements = Statements(package, empty=Macro(lambda text: made.append(text) or text), one="1")
    first = statements.text("one", column="b.id")
    assert statements.text("one", column="b.id") == first
    assert len(made) == 1
    assert statements.text("one", column="b.state") != first


def test_rows_and_counts_come_from_either_connection(folder: Path, package: str, ledger: Connection) -> None:
    """Django's and our own; a statement without rows gives none."""
    for name, text in {
        "make": "CREATE TEMPORARY TABLE numbers (n int)",
        "add": "INSERT INTO numbers SELECT generate_series(1, %(most)s)",
        "read": "SELECT n, '100%%' FROM numbers WHERE {condition} ORDER BY n",
        "copy": "COPY (SELECT n FROM numbers WHERE n > %(after)s ORDER BY n) TO STDOUT",
    }.items():
        (folder / "sql" / f"{name}.sql").write_text(text)
    statements = Statements(package, condition="true")
    for connection in (ledger, django_connection):
        assert statements.run(connection, "make") == []
        assert statements.change(connection, "add", most=3) == 3
        assert statements.run(connection, "read", {"condition": "n < 3"}) == [(1, "100%"), (2, "100%")]
        with statements.copy(connection, "copy", None, {"after": 1}) as copy:
            assert b"".join(copy) == b"2\n3\n"
    with ledger.transaction():
        assert [len(piece) for piece in statements.run_in_pieces(ledger, "read", 2)] == [2, 1]
    assert statements.run_binary(ledger, "read")[0] == (1, "100%")


def test_a_statement_that_is_repeated_is_kept_where_that_was_asked_for_and_no_other_is(
    folder: Path, package: str, ledger: Connection
) -> None:
    del ledger
    (folder / "sql" / "read.sql").write_text("SELECT %(number)s::int")
    statements = Statements(package)
    kept = "SELECT count(*) FROM pg_prepared_statements"
    with KeptConnection("test").use() as session:
        for number in range(2):
            assert statements.run_repeated(session, "read", number=number) == [(number,)]
        assert session.execute(kept).fetchone() == (0,)
        keep_statements(session)
        for number in range(8):
            assert statements.run_repeated(session, "read", number=number) == [(number,)]
            assert statements.run(session, "read", number=number) == [(number,)]
            assert session.execute(kept).fetchone() == (1,)
        session.close()
