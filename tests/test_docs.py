"""The pages for people: links lead somewhere, named commands exist, both READMEs say the same."""

import re
from pathlib import Path

import pytest

from vestnik.cluster.cli import vestnik

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_CODE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_that_is_named_exists(page: Path) -> None:
    text = page.read_text()
    goals = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    assert named <= goals
    commands = set(re.findall(r"(?:`|bin/)vestnik ([a-z]+(?:-[a-z]+)?)", text))
    assert commands <= set(vestnik.commands)


def test_both_readmes_have_the_same_sections_and_the_same_commands() -> None:
    english, russian = (ROOT / "README.md").read_text(), (ROOT / "README.ru.md").read_text()
    assert _CODE.findall(english) == _CODE.findall(russian)
    headings = re.compile(r"^(#+) ", re.MULTILINE)
    assert headings.findall(_CODE.sub("", english)) == headings.findall(_CODE.sub("", russian))
    links = re.compile(r"\]\((docs/[^)]+)\)")
    # The pictures in the Russian one are of the Russian console.
    assert set(links.findall(english)) == {link.replace("-ru.png", ".png") for link in links.findall(russian)}


def test_every_promise_names_code_and_tests_that_exist() -> None:
    text = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8").partition("\n## ")[2]
    code = re.findall(r"`(vestnik/[^`]+)`", text)
    tests = re.findall(r"`([a-z_]+/test_[a-z_]+\.py)::(test_\w+)`", text)
    assert len(tests) > 20
    assert [path for path in code if not (ROOT / path).exists()] == []
    read = {file: (ROOT / "tests" / file).read_text(encoding="utf-8") for file, _ in tests}
    assert [name for file, name in tests if f"def {name}(" not in read[file]] == []
