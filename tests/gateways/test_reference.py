"""docs/reference/gateways.md is what the adapters say."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.gateway_reference import page
from vestnik.gateways.adapters import KINDS
from vestnik.gateways.states import MEANINGS, State, with_word

DOCS = Path(__file__).parents[2] / "docs"
PAGE, HOW_TO = DOCS / "reference" / "gateways.md", DOCS / "how-to" / "connect-your-provider.md"


def test_the_page_is_made_from_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "`make schema` writes it"


def test_every_state_is_listed_by_its_value_with_what_it_means() -> None:
    states = page().partition("## States")[2].partition("\n## ")[0]
    assert set(MEANINGS) == set(State)
    for state in State:
        assert f"| `{state.value}` | {MEANINGS[state]} |" in states
    assert [with_word(state) for state in State] == ["working", "down", "waiting", "out (suspended)", "disabled"]
    assert MEANINGS[State.OUT].startswith("suspended")


def test_every_setting_of_every_kind_has_its_line() -> None:
    text = page()
    for adapter in KINDS.values():
        assert f"Kind `{adapter.kind}`." in text
        assert all(f"| `{field.name}` |" in text for field in adapter.fields)


def test_the_settings_that_the_how_to_names_exist() -> None:
    sections = re.findall(
        r"^Kind `(\w+)`(.*?)(?=^## |\Z)", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert {kind for kind, _ in sections} == set(KINDS)
    for kind, section in sections:
        names = {field.name for field in KINDS[kind].fields}
        told = {name for cell in _cells(section) for name in re.findall(r"`([a-z_]+)`", cell)}
        assert told <= names, kind
        assert {field.name for field in KINDS[kind].fields if field.required} - {"url"} <= told or kind == "probe"


def _cells(section: str) -> Iterator[str]:
    """The cells of a section's tables that name settings, by the heads of their columns."""
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in re.findall(r"^\|.*$", section, re.MULTILINE)
    ]
    column = None
    for row in rows:
        heads = [number for number, cell in enumerate(row) if cell in {"into", "setting", "change"}]
        if heads or len(row) == 1:
            column = heads[0] if heads else column
        elif column is not None:
            yield row[column]
