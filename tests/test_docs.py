"""The pages for people: links lead somewhere, what they name exists, both READMEs say the same."""

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from vestnik.cli.main import vestnik

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
KINDS = {"start", "how-to", "explanation", "reference", "decisions", "images"}
#: What a path below one of these names is a file of the project.
_TOP = "vestnik|tests|docs|deploy|bench|chaos|harness|tools|simulator"
_SUFFIX = "py|sql|md|html|css|js|json|ya?ml|toml|lock|po|svg|png|conf"
_FILE = re.compile(rf"[\w./-]+\.(?:{_SUFFIX})|(?:{_TOP})/[\w./-]+")
#: Files that a running cluster or the reader makes.
_MADE = {"secrets.json"}
_CODE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: Words that say nothing to somebody new, or that are old or poetic, and what to write instead.
_DIALECT = {
    "anew": "again",
    "books": "totals",
    "deed": "action",
    "goodbye": "close",
    "gulp": "chunk",
    "in the air": "in flight",
    "judge": "check",
    "judged": "checked",
    "judging": "checking",
    "slip": "mistake",
    "stretch of time": "period",
    "whoever": "the person who, everybody who",
}
_DIALECT_WORD = re.compile(rf"\b(?:{'|'.join(_DIALECT)})s?\b", re.IGNORECASE)
#: Code and targets of links: their names are checked elsewhere.
_NO_PROSE = re.compile(r"``.*?``|`[^`]*`|\]\([^)]*\)", re.DOTALL)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@cache
def tracked() -> tuple[Path, ...]:
    """All files of the project that Git knows, or would."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return tuple(ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


@cache
def file_names() -> frozenset[str]:
    return frozenset(path.name for path in tracked())


def place_of(name: str, page: Path) -> Path | None:
    """Where a path of a page leads."""
    bases = (ROOT, ROOT / "vestnik", ROOT / "tests", page.parent)
    return next((base / name for base in bases if (base / name).exists()), None)


@cache
def defined_in(file: Path) -> frozenset[str]:
    """The classes, functions, constants and fields of a module."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return frozenset(found | names)


def rows_of(page: Path) -> list[list[str]]:
    """The cells of each row of a page's tables, without the heads."""
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in rows if row[0] not in {"term", "question"}]


def dialect_in(text: str) -> list[str]:
    """Words of a text that nobody outside the project would use, each with a better one."""
    prose = _NO_PROSE.sub("", _CODE.sub("", text))
    found = {word.lower() for word in _DIALECT_WORD.findall(prose)}
    return [f"{word}: {_DIALECT.get(word) or _DIALECT[word.removesuffix('s')]}" for word in sorted(found)]


def docstrings_of(file: Path) -> str:
    """All docstrings of a module, one after the other."""
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    nodes = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, kinds)]
    return "\n".join(ast.get_docstring(node) or "" for node in nodes)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and GitLab make them."""
    headings = re.findall(r"^#+ (.+)$", _CODE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_uses_the_fields_words(page: Path) -> None:
    assert dialect_in(page.read_text(encoding="utf-8")) == []


def test_docstrings_use_the_fields_words() -> None:
    found = {name_of(file): dialect_in(docstrings_of(file)) for file in ROOT.glob("vestnik/**/*.py")}
    assert {file: words for file, words in found.items() if words} == {}


def test_only_prose_is_searched_for_words_of_our_own() -> None:
    assert dialect_in("`books.py`, ``told``, [a page](judge.md), workbooks, a judgement") == []
    assert dialect_in("The books are summed Anew.") == ["anew: again", "books: totals"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    missing = []
    for target, anchor in re.findall(r"\]\((?!https?://|mailto:)([^)#\s]*)(?:#([^)]*))?\)", page.read_text()):
        file = page.parent / target if target else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            missing.append(f"{target}#{anchor}")
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_is_named_exists(page: Path) -> None:
    """A path counts from the project's root, from ``vestnik``, ``tests`` or the page; a bare name, from anywhere."""
    named = {word.partition("::")[0].rstrip("/") for word in re.findall(r"`([^`\s]+)`", page.read_text())} - _MADE
    missing = [name for name in sorted(named) if _FILE.fullmatch(name) and place_of(name, page) is None]
    assert [name for name in missing if "/" in name or name not in file_names()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_name_that_is_given_with_its_file_is_defined_there(page: Path) -> None:
    """``file.py::name`` is a class, function or constant of the file."""
    wrong = []
    for file, name in re.findall(r"`([\w./-]+\.py)::(\w+)`", page.read_text()):
        place = place_of(file, page)
        if place is None or name not in defined_in(place):
            wrong.append(f"{file}::{name}")
    assert not wrong


def test_every_term_of_the_glossary_has_one_sentence_and_a_place_in_the_code() -> None:
    rows = [row for row in rows_of(ROOT / "docs" / "reference" / "glossary.md") if row[0].startswith("**")]
    assert len(rows) > 50
    terms = [term for term, *_ in rows]
    assert len(terms) == len(set(terms))
    wrong = [
        term
        for term, meaning, place in rows
        if not (
            re.fullmatch(r"[^.]+\.", re.sub(r"`.*?`", "", meaning))
            and re.fullmatch(r"`vestnik/[\w./]+(::\w+)?`", place)
        )
    ]
    assert not wrong


def test_ten_questions_of_a_newcomer_and_more_have_a_place_each() -> None:
    rows = rows_of(ROOT / "docs" / "explanation" / "where-is-what.md")
    assert len(rows) >= 10
    assert all(question.endswith("?") and ("`vestnik/" in place or "](" in place) for question, place in rows)


def test_every_page_that_the_code_cites_exists_and_has_the_heading() -> None:
    """``docs/explanation/design.md, Outcomes`` names a page and one of its headings."""
    cited = re.compile(r"\b(docs/[\w./-]+\.(?:md|json|svg|png))(?:, ([A-Z][a-z]+(?: [a-z]+)*)[).,:])?")
    wrong, found = [], 0
    for path in tracked():
        if path.suffix in {".png", ".mo", ".po", ".svg", ".json", ".lock", ".xlsx"} or not path.stat().st_size:
            continue
        for target, heading in cited.findall(path.read_text(encoding="utf-8", errors="replace")):
            found += 1
            page = ROOT / target
            if not page.exists() or (heading and heading.lower().replace(" ", "-") not in anchors(page)):
                wrong.append(f"{name_of(path)}: {target}, {heading}")
    assert not wrong
    assert found > 50


def test_documentation_is_grouped_by_kind_and_its_table_of_contents_has_every_page() -> None:
    folder = ROOT / "docs"
    assert {path.name for path in folder.iterdir() if path.is_dir()} == KINDS
    assert {path.name for path in folder.iterdir() if path.is_file()} == {"README.md", "openapi.json"}
    contents = (folder / "README.md").read_text() + (folder / "decisions" / "README.md").read_text()
    listed = {Path(target).name for target in re.findall(r"\]\(([\w./-]+)\)", contents)}
    assert {path.name for path in folder.glob("*/*.md")} - {"README.md"} <= listed


def test_every_package_is_in_the_designs_layout_in_the_order_of_the_layers() -> None:
    page = (ROOT / "docs" / "explanation" / "design.md").read_text(encoding="utf-8")
    layout = page.partition("\n## Layout\n")[2].partition("\n## ")[0]
    shown = re.findall(r"\| `vestnik/(\w+)` \|", layout)
    assert set(shown) == {path.parent.name for path in ROOT.glob("vestnik/*/__init__.py")} - {"migrations"}
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = [each["layers"] for each in contracts if each["type"] == "layers"]
    depth = {name.strip().removeprefix("vestnik."): n for n, names in enumerate(layers) for name in names.split("|")}
    assert [depth[name] for name in shown] == sorted(depth[name] for name in shown)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_that_is_named_exists(page: Path) -> None:
    text = page.read_text()
    goals = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    assert named <= goals
    commands = set(re.findall(r"(?:`|bin/)vestnik ([a-z]+(?:-[a-z]+)?)", text))
    assert commands <= set(vestnik.commands)


@pytest.mark.parametrize("page", ["README.md", "README.ru.md"])
def test_the_first_screen_shows_the_two_commands_the_main_job_and_the_tests_and_then_make_up(page: str) -> None:
    text = (ROOT / page).read_text()
    screen = "\n".join(text.splitlines()[:24])
    first, *_ = _CODE.findall(screen)
    assert re.findall(r"^make (\w+)", first, re.MULTILINE) == ["demo", "test"]
    assert "`make up`" in screen.partition(first)[2]


def test_both_readmes_have_the_same_sections_and_the_same_commands() -> None:
    english, russian = (ROOT / "README.md").read_text(), (ROOT / "README.ru.md").read_text()
    assert _CODE.findall(english) == _CODE.findall(russian)
    headings = re.compile(r"^(#+) ", re.MULTILINE)
    assert headings.findall(_CODE.sub("", english)) == headings.findall(_CODE.sub("", russian))
    links = re.compile(r"\]\((docs/[^)]+)\)")
    # The pictures in the Russian one are of the Russian console.
    assert set(links.findall(english)) == {link.replace("-ru.png", ".png") for link in links.findall(russian)}


def test_every_promise_names_code_and_tests_that_exist() -> None:
    text = (ROOT / "docs" / "explanation" / "guarantees.md").read_text(encoding="utf-8").partition("\n## ")[2]
    code = re.findall(r"`(vestnik/[^`]+)`", text)
    tests = re.findall(r"`([a-z_]+/test_[a-z_]+\.py)::(test_\w+)`", text)
    assert len(tests) > 20
    assert [path for path in code if not (ROOT / path).exists()] == []
    read = {file: (ROOT / "tests" / file).read_text(encoding="utf-8") for file, _ in tests}
    assert [name for file, name in tests if f"def {name}(" not in read[file]] == []
