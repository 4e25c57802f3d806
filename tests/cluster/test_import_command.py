"""``vestnik import`` and ``vestnik export`` against a ledger."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.clients.test_import import AS_KEPT, ENGLISH, HEAD, directory
from vestnik.cli.main import vestnik
from vestnik.errors import ClusterError, InvalidInput


def call(*words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(vestnik, words, input=text)


def test_a_file_goes_in_and_comes_out_again(ledger: Any, tmp_path: Path):
    del ledger
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(ENGLISH, encoding="utf-8")
    done = call("import", str(source))
    assert (done.exit_code, done.stdout) == (0, "2 rows: 2 created, 0 updated, 0 unchanged, 0 refused\n"), done
    assert directory() == AS_KEPT
    assert call("export", str(target)).exit_code == 0
    assert call("export", "--tag", "вип").stdout.count("\n") == 2
    again = call("import", str(target), "--mode", "update")
    assert again.stdout == "2 rows: 0 created, 0 updated, 2 unchanged, 0 refused\n"


@pytest.mark.usefixtures("ledger")
def test_a_pipe_is_read_and_refused_rows_are_named_and_written(tmp_path: Path):
    refused = tmp_path / "refused.csv"
    done = call("import", "-", "--refused", str(refused), text=f"{HEAD}123,,a,Europe/Moscow\n")
    assert done.stdout == "1 rows: 0 created, 0 updated, 0 unchanged, 1 refused\n"
    row = "2,this is not a +7 phone number: write it like +7 911 123-45-67,123"
    assert row in refused.read_text(encoding="utf-8-sig")
    named = call("import", "-", text=f"{HEAD}123,,a,Europe/Moscow\n")
    assert "line 2: this is not a +7 phone number" in named.stderr


@pytest.mark.usefixtures("ledger")
def test_an_import_that_fails_says_why():
    aborted = call("import", "-", "--on-error", "abort", text=f"{HEAD}123,,a,Europe/Moscow\n")
    assert isinstance(aborted.exception, ClusterError)
    assert "nothing was imported" in str(aborted.exception)
    assert isinstance(call("import", "-", text="nonsense").exception, InvalidInput)


SHOP = (
    "Мобильный;Тег;Зона;Имя;Баланс;Дата\n79111234567;вип;Europe/Moscow;Анна;1,234;05/06/2026\n"
    "79111234568;вип;Europe/Moscow;;;\n"
)
#: What the file's header does not say by itself.
PLACES = ("--column", "phone=Мобильный", "--column", "tag=B", "--column", "timezone=Зона")


def kept() -> list[Any]:
    from vestnik.models import Client

    return list(Client.objects.order_by("phone_number").values_list("attributes", flat=True))


def types() -> dict[str, str]:
    from vestnik.clients.attributes.registry import known_types

    return {name: kind.value for name, kind in known_types().items()}


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), None),
        (("--attributes", "*"), {"first_name": "Анна", "balance": 1.234, "day": "2026-06-05"}),
        (("--attributes", "first_name=Имя"), {"first_name": "Анна"}),
        (("--attributes", "sum:text=E, name=D"), {"sum": "1,234", "name": "Анна"}),
        (("--attributes", "balance:number=Баланс,day:date=Дата"), {"balance": 1.234, "day": "2026-06-05"}),
    ],
)
def test_further_columns_become_attributes_as_the_options_say(options: tuple[str, ...], expected: Any):
    spelling = ("--decimal", "comma", "--date-order", "day")
    done = call("import", "-", *PLACES, *spelling, *options, text=SHOP)
    assert (done.exit_code, done.stdout) == (0, "2 rows: 2 created, 0 updated, 0 unchanged, 0 refused\n"), done
    assert kept() == [expected, None]
    assert set(types()) == set(expected or ())


@pytest.mark.usefixtures("ledger")
def test_the_options_of_spelling_say_what_a_number_and_a_date_mean():
    attributes = ("--attributes", "balance:number=Баланс,day:date=Дата")
    done = call("import", "-", *PLACES, *attributes, "--decimal", "point", "--date-order", "month", text=SHOP)
    assert done.exit_code == 0, done
    assert kept()[0] == {"balance": 1234, "day": "2026-05-06"}
    # Without them the row is refused, and its reason names the column.
    refused = call("import", "-", *PLACES, *attributes, text=SHOP)
    assert refused.stdout.endswith("1 refused\n"), refused
    assert "line 2: " in refused.stderr


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--attributes", "First=Имя"), "“First=Имя”: write name, name:type or name:type=column"),
        (("--attributes", "balance:money=Баланс"), "“balance:money=Баланс”: write name"),
        (("--attributes", "first_name=Nobody"), "Nobody"),
        (("--attributes", "phone=Имя"), "This name is taken"),
        (("--column", "name=Имя"), "write FIELD=COLUMN"),
        (("--column", "phone"), "write FIELD=COLUMN"),
        (("--decimal", "dot"), "dot"),
    ],
)
def test_wrong_options_are_refused_with_what_is_wrong_and_nothing_is_imported(options: tuple[str, ...], said: str):
    done = call("import", "-", *PLACES, *options, text=SHOP)
    assert done.exit_code != 0
    fields = getattr(done.exception, "fields", {})
    assert said in f"{done.stderr} {done.exception} {fields}"
    assert (kept(), types()) == ([], {})
