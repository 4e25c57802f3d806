"""No row is saved whole: a row that was read before would put back what somebody else has changed since."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "vestnik"
#: Whose ``save`` is none of a model: the serializer that calls a service, and a page.
NO_MODELS = {("auth.py", "body"), ("page.py", "self"), ("page.py", "super()")}


def whole_saves(text: str, name: str) -> Iterator[str]:
    """Calls of ``save`` that neither name the columns nor insert a new row."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"save", "asave"}:
            named = {keyword.arg for keyword in node.keywords} & {"update_fields", "force_insert"}
            if not named and (name, ast.unparse(node.func.value)) not in NO_MODELS:
                yield f"{name}:{node.lineno}: {ast.unparse(node)}"


def test_every_save_names_its_columns_or_inserts_a_new_row() -> None:
    files = [file for file in PACKAGE.rglob("*.py") if "migrations" not in file.parts]
    assert [found for file in files for found in whole_saves(file.read_text(encoding="utf-8"), file.name)] == []


@pytest.mark.parametrize("text", ["user.save()", "row.user.save(using='default')", "User(name='x').save()"])
def test_a_whole_save_is_found(text: str) -> None:
    assert len(list(whole_saves(text, "people.py"))) == 1
    assert list(whole_saves("user.save(update_fields=['role'])", "people.py")) == []
