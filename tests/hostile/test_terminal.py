"""Nothing that others typed is obeyed by the operator's terminal."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from vestnik.cli.printing import say, say_row, say_text
from vestnik.printable import lines, one_line

EVIL = "\x1b[2J\x1b]0;owned\x07\r\x9b31m\u202eevil\u2028\x7f\x00"
PACKAGE = Path(__file__).parents[2] / "vestnik"
#: Those that write by themselves: errors, lines of the supervisor and the demo, and a password of our own making.
OWN_WRITERS = {"prepare.py", "printing.py", "reported.py", "up.py", "screen.py", "demo.py"}


@given(some.text())
def test_what_is_printed_on_one_line_is_printable(text: str) -> None:
    shown = one_line(text)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]", shown)
    assert one_line(shown) == shown


def test_usual_text_stays_as_it_is() -> None:
    assert one_line("Привет, мир! 🙂 «x»") == "Привет, мир! 🙂 «x»"
    assert lines("a\n\tb") == "a\n\tb"


@pytest.mark.parametrize("how", [say, say_row, say_text])
def test_every_way_to_print_cleans(capsys: pytest.CaptureFixture[str], how: object) -> None:
    how(EVIL)  # type: ignore[operator]
    printed = capsys.readouterr().out
    assert "evil" in printed
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]", printed)


def test_a_name_forges_no_line_and_no_column(capsys: pytest.CaptureFixture[str]) -> None:
    say("mailing 1 a\nmailing 2 is completed")
    say_row("79111234567", "why\tnot\nme")
    assert capsys.readouterr().out.count("\n") == 2


def test_no_command_prints_by_another_way() -> None:
    wrong = [
        file.name
        for file in (*PACKAGE.glob("cli/*.py"), *PACKAGE.glob("cluster/*.py"))
        if file.name not in OWN_WRITERS
        and re.search(r"click\.s?echo\(|(?<!\w)print\(|std(out|err)\.write\(", file.read_text(encoding="utf-8"))
    ]
    assert wrong == []
