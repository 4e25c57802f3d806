"""SQL files are read and filled in one way, once."""

from pathlib import Path

import pytest

from vestnik.db.sql_files import Macro, sql


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package whose only file is a template."""
    folder = tmp_path / "with_a_template"
    (folder / "sql").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "sql" / "one.sql").write_text("SELECT {column} WHERE {empty:a - {one} = 0} AND j = '{{}}'")
    monkeypatch.syspath_prepend(tmp_path)
    return folder.name


def test_fragments_stand_where_they_are_named_and_a_macro_is_made_of_its_expression(package: str) -> None:
    empty = Macro(lambda expression: f"({expression}) IS TRUE")
    filled = sql(package, "one", column="b.id", empty=empty, one="1", unused="never")
    assert filled == "SELECT b.id WHERE (a - 1 = 0) IS TRUE AND j = '{}'"


def test_a_fragment_that_is_not_given_is_an_error_and_not_a_statement(package: str) -> None:
    with pytest.raises(KeyError, match="empty"):
        sql(package, "one", column="b.id")
    with pytest.raises(FileNotFoundError):
        sql(package, "other")


def test_a_file_is_read_and_filled_once(package: str) -> None:
    fragments = {"column": "b.id", "empty": Macro(str), "one": "1"}
    first = sql(package, "one", **fragments)
    assert sql(package, "one", **fragments) is first
    assert sql(package, "one", **fragments | {"column": "b.state"}) != first
