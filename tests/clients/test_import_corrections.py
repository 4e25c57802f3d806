"""Refused rows are grouped by reason, and taken in with a fix: all that it helps, once, and nothing else."""

from typing import Any

import pytest

from harness.cast import person
from tests.clients.test_import import MOSCOW, counts, directory, imported, reasons, run, workbook

HEAD = "phone,code,tag,timezone,балл\n"


@pytest.fixture
def olga(ledger: Any) -> Any:
    del ledger
    return person("olga", "operator")


def attributes_imported(ledger: Any, content: str | bytes, attributes: str = "points:number=балл", **said: str) -> Any:
    """An import with the column of points as an attribute, or with others. ``said``: of all numbers and dates."""
    import io

    from vestnik.clients.attributes.spelling import Spelling
    from vestnik.clients.imports.jobs import add_job
    from vestnik.clients.imports.matching import Wanted
    from vestnik.models import ImportMode, OnError

    wanted = Wanted(attributes=attributes, spelling=Spelling(**said))  # type: ignore[arg-type]  # words of a table
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    job = add_job(file=file, mode=ImportMode.UPSERT, on_error=OnError.SKIP, actor=None, wanted=wanted)
    return run(ledger, job)


def take_in(job: Any, reason: str, fix: str, actor: Any, value: str = "", *, cell: str | None = "Масква") -> Any:
    from vestnik.clients.imports.corrections import take_in as service
    from vestnik.clients.imports.fixes import Fix

    return service(job_id=job.id, reason=reason, fix=Fix(fix), value=value, actor=actor, cell=cell)


def groups(job: Any) -> dict[str, tuple[int, list[int], list[str]]]:
    """Each reason with its open rows, the lines of the examples, and the fixes."""
    from vestnik.clients.imports.corrections import refused_groups

    return {
        each.reason: (each.rows, [row.line for row in each.examples], [fix.value for fix in each.fixes])
        for each in refused_groups(job, "en")
    }


def test_rows_are_grouped_by_reason_with_examples_and_what_can_be_done(ledger: Any) -> None:
    rows = [f"7911000000{n},,vip,Масква,1" for n in range(5)]
    rows += [f"79110000010,,,{MOSCOW},1", f"79110000011,11,vip,{MOSCOW},1", f"12,,vip,{MOSCOW},1"]
    rows += [f"79110000012,,vip,{MOSCOW},1", f"79110000012,,vip,{MOSCOW},1"]
    job = imported(ledger, HEAD + "\n".join(rows))
    assert groups(job) == {
        "zone_unknown": (5, [2, 3, 4], ["zone"]),
        "tag_missing": (1, [7], ["tag"]),
        "code_wrong": (1, [8], ["code"]),
        # There is no number to be read in it.
        "phone_wrong": (1, [9], []),
        "duplicate": (1, [11], []),
    }


def by_value(job: Any) -> list[tuple[str | None, bool, int, list[int], int]]:
    """Each group of values: the value, whether it is the rest, its open rows, their first lines, the imports."""
    from vestnik.clients.imports.corrections import refused_groups

    return [
        (each.value, each.is_rest, each.rows, [row.line for row in each.examples], len(each.taken_in_by))
        for each in refused_groups(job, "en")
    ]


def test_each_unknown_time_zone_is_a_group_whose_fix_takes_in_its_rows_alone(ledger: Any, olga: Any) -> None:
    from vestnik.errors import StateForbids

    cells = ["Масква", "Владик", "Масква ", "Масква", "Владик"]
    job = imported(ledger, HEAD + "\n".join(f"7911000000{n},,vip,{cell},1" for n, cell in enumerate(cells)))
    assert by_value(job) == [("Масква", False, 3, [2, 4, 5], 0), ("Владик", False, 2, [3, 6], 0)]
    assert counts(run(ledger, take_in(job, "zone_unknown", "zone", olga, MOSCOW))) == (3, 3, 0, 0, 0)
    assert by_value(job) == [("Масква", False, 0, [], 1), ("Владик", False, 2, [3, 6], 0)]
    for taken in ("Масква", "Владивосток", None):
        with pytest.raises(StateForbids):
            take_in(job, "zone_unknown", "zone", olga, MOSCOW, cell=taken)
    run(ledger, take_in(job, "zone_unknown", "zone", olga, "Asia/Vladivostok", cell="Владик"))
    assert by_value(job) == [("Масква", False, 0, [], 1), ("Владик", False, 0, [], 1)]
    assert [zone for *_client, zone in directory()] == [
        MOSCOW, "Asia/Vladivostok", MOSCOW, MOSCOW, "Asia/Vladivostok",
    ]  # fmt: skip


def test_the_ten_most_frequent_values_have_groups_and_the_others_are_one(ledger: Any, olga: Any) -> None:
    cells = [f"Город{n:02d}" for n in range(10) for _twice in range(2)] + ["Где-то", "Там"]
    job = imported(ledger, HEAD + "\n".join(f"791100000{n:02d},,vip,{cell},1" for n, cell in enumerate(cells)))
    found = by_value(job)
    assert [each[:3] for each in found[:10]] == [(f"Город{n:02d}", False, 2) for n in range(10)]
    assert found[10:] == [(None, True, 2, [22, 23], 0)]
    # A group stays as it is when others are taken in.
    run(ledger, take_in(job, "zone_unknown", "zone", olga, MOSCOW, cell="Город00"))
    assert [each[:3] for each in by_value(job)] == [("Город00", False, 0), *(each[:3] for each in found[1:])]
    run(ledger, take_in(job, "zone_unknown", "zone", olga, "Asia/Omsk", cell=None))
    assert [zone for *_client, zone in directory()] == [MOSCOW] * 2 + ["Asia/Omsk"] * 2
    assert by_value(job)[10:] == [(None, True, 0, [], 1)]


def test_a_time_zone_is_used_for_all_rows_of_a_value_and_for_no_other(ledger: Any, olga: Any) -> None:
    rows = ["79110000001,999,вип,Масква,1", "79110000002,,=a;b,Масква,1", f"79110000003,,,{MOSCOW},1"]
    job = imported(ledger, HEAD + "\n".join(rows))
    corrected = run(ledger, take_in(job, "zone_unknown", "zone", olga, "Asia/Omsk"))
    assert (counts(corrected), corrected.corrects, corrected.created_by) == ((2, 2, 0, 0, 0), job.id, olga)
    assert directory() == [(79110000001, 999, "вип", "Asia/Omsk"), (79110000002, 911, "=a;b", "Asia/Omsk")]
    assert groups(job) == {"tag_missing": (1, [4], ["tag"]), "zone_unknown": (0, [], [])}
    job.refresh_from_db()
    assert job.refused == 3


URALS = "Asia/Yekaterinburg"
#: A row that is refused, its reason, a fix with its value, and the client that it becomes.
ROWS = {
    "no zone": ("79110000001,,vip,", "zone_missing", ("zone", "Asia/Omsk"), (79110000001, 911, "vip", "Asia/Omsk")),
    "two zones": ("79110000001,,vip,Омск / Москва", "zone_unclear", ("zone", URALS), (79110000001, 911, "vip", URALS)),
    "from UTC": ("79110000001,,vip,5", "zone_number", ("from_utc", ""), (79110000001, 911, "vip", URALS)),
    "from Moscow": ("79110000001,,vip,2", "zone_number", ("from_moscow", ""), (79110000001, 911, "vip", URALS)),
    "+8": (f"+8 911 000-00-01,,vip,{MOSCOW}", "phone_wrong", ("phone", ""), (79110000001, 911, "vip", MOSCOW)),
    "an extension": (
        f"8 495 123-45-67 доб. 12,,vip,{MOSCOW}", "phone_letters", ("phone", ""), (74951234567, 495, "vip", MOSCOW),
    ),
    "a code": (f"79110000001,МТС,vip,{MOSCOW}", "code_wrong", ("code", ""), (79110000001, 911, "vip", MOSCOW)),
    "no tag": (f"79110000001,,,{MOSCOW}", "tag_missing", ("tag", " new "), (79110000001, 911, "new", MOSCOW)),
    "a long tag": (f"79110000001,,{'a' * 65},{MOSCOW}", "tag_long", ("tag", "new"), (79110000001, 911, "new", MOSCOW)),
}  # fmt: skip


@pytest.mark.parametrize(("row", "reason", "fix", "client"), ROWS.values(), ids=list(ROWS))
def test_a_row_is_taken_in_with_the_fix_of_its_reason(
    ledger: Any, olga: Any, row: str, reason: str, fix: tuple[str, str], client: tuple[int, int, str, str]
) -> None:
    job = imported(ledger, f"{HEAD}{row},1\n")
    assert reasons(job) == [(2, reason)]
    corrected = run(ledger, take_in(job, reason, fix[0], olga, fix[1], cell="Омск / Москва"))
    assert (counts(corrected), directory()) == ((1, 1, 0, 0, 0), [client])


@pytest.mark.parametrize(
    ("points", "fix", "value"),
    [("много", "leave_out", None), ('"1,234"', "comma", 1.234), ('"1,234"', "point", 1234)],
)
def test_an_attribute_is_left_out_or_read_as_somebody_says(
    ledger: Any, olga: Any, points: str, fix: str, value: float | None
) -> None:
    from vestnik.models import Client

    job = attributes_imported(ledger, f"{HEAD}79110000001,,vip,{MOSCOW},{points}\n")
    ((_line, why),) = reasons(job)
    assert counts(run(ledger, take_in(job, why, fix, olga))) == (1, 1, 0, 0, 0)
    assert (Client.objects.get().attributes or {}).get("points") == value


#: Two columns of a kind, and the fix of those that are unclear in the last row; what that row becomes.
ANSWERS = {
    "weight has decimal commas": (
        ['"0,5",5', '"1,234","1,234"'], "number", "point", {"a": 1.234, "b": 1234}, ["b"],
    ),
    "other numbers have points": (
        ['5,"1,234.5"', '"1,234","1,234"'], "number", "comma", {"a": 1.234, "b": 1234}, ["a"],
    ),
    "dates with points": (["5.12.2026,5.12.2026", "05/06/2026,05.06.2026"], "date", "month",
        {"a": "2026-05-06", "b": "2026-06-05"}, ["a"],
    ),
    "the other dates have the day first": (["1.1.2026,31/12/2026", "05/06/2026,05/06/2026"], "date", "month",
        {"a": "2026-05-06", "b": "2026-06-05"}, ["a"],
    ),
    "points are thousands": (['"5,5",1', '1.234,1.234'], "number", "comma", {"a": 1234, "b": 1.234}, ["a"]),
    "points are decimal": (['"5,5",1', '1.234,1.234'], "number", "point", {"a": 1.234, "b": 1.234}, ["a"]),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "kind", "fix", "became", "asked"), ANSWERS.values(), ids=list(ANSWERS))
def test_an_answer_for_an_unclear_column_leaves_the_others_as_they_were_read(
    ledger: Any, olga: Any, rows: list[str], kind: str, fix: str, became: dict[str, Any], asked: list[str]
) -> None:
    from vestnik.clients.imports.corrections import unclear_attributes
    from vestnik.models import Client

    lines = "".join(f"7911000000{n},vip,{MOSCOW},{cells}\n" for n, cells in enumerate(rows))
    job = attributes_imported(ledger, f"phone,tag,timezone,a,b\n{lines}", f"a:{kind},b:{kind}")
    ((_line, why),) = reasons(job)
    assert (why, unclear_attributes(job, why)) == (f"{kind}_unclear", asked)
    assert counts(run(ledger, take_in(job, why, fix, olga))) == (1, 1, 0, 0, 0)
    assert Client.objects.get(phone_number=79110000001).attributes == became


@pytest.mark.parametrize(("fix", "value"), [("comma", 1234), ("point", 1.234)])
def test_what_was_said_of_the_whole_file_does_not_hinder_an_answer(
    ledger: Any, olga: Any, fix: str, value: float
) -> None:
    from vestnik.models import Client

    file = f"{HEAD}79110000001,,vip,{MOSCOW},1.234\n"
    job = attributes_imported(ledger, file, decimal="comma")
    assert reasons(job) == [(2, "number_unclear")]
    assert counts(run(ledger, take_in(job, "number_unclear", fix, olga))) == (1, 1, 0, 0, 0)
    assert Client.objects.get().attributes == {"points": value}


def test_a_number_of_a_workbook_stays_the_same_number(ledger: Any, olga: Any) -> None:
    """Its point is the decimal one, also where the texts of the column have points of thousands."""
    from vestnik.clients.imports.refused import refused_lines
    from vestnik.models import Client

    job = attributes_imported(ledger, workbook([
        ["phone", "tag", "timezone", "a", "b"], [79110000001, "vip", MOSCOW, "1.234,5", "text"],
        [79110000002, "vip", "Масква", 12.345, 12.345], [79110000003, "vip", "Масква", -0.125, "12.345"],
        [79110000004, "vip", "Масква", 1234.567, 7.25],
    ]), "a:number,b:text")  # fmt: skip
    assert ",12.3450,12.345\r\n" in b"".join(refused_lines(job=job, language="en")).decode()
    assert counts(run(ledger, take_in(job, "zone_unknown", "zone", olga, MOSCOW))) == (3, 3, 0, 0, 0)
    became = Client.objects.order_by("phone_number").values_list("attributes", flat=True)
    assert list(became[1:]) == [
        {"a": 12.345, "b": "12.345"}, {"a": -0.125, "b": "12.345"}, {"a": 1234.567, "b": "7.25"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fix", "became"),
    [
        ("zone", ["79110000001", "", "", MOSCOW]), ("code", ["79110000001", "", MOSCOW]), ("from_utc", None),
        ("leave_out", ["79110000001", "", "", "", MOSCOW]),
    ],
)  # fmt: skip
def test_a_row_whose_last_cells_are_missing_gets_them(fix: str, became: list[str] | None) -> None:
    from vestnik.clients.imports.attribute_columns import AttributeColumn
    from vestnik.clients.imports.columns import Columns
    from vestnik.clients.imports.fixes import Fix, fixed_cells

    attributes = (AttributeColumn(place=4, name="a", type="number"),)
    columns = Columns(phone=0, code=2, tag=1, zone=3, count=5, attributes=attributes)
    cells = fixed_cells(["79110000001"], columns, Fix(fix), MOSCOW, reason="zone_unknown", attribute="a")
    assert cells == became


def test_clients_that_are_there_are_updated_and_those_that_are_not_are_added(ledger: Any, olga: Any) -> None:
    file = f"{HEAD}79110000001,,vip,{MOSCOW},1\n"
    absent = imported(ledger, file, mode="update")
    assert counts(run(ledger, take_in(absent, "absent", "add", olga))) == (1, 1, 0, 0, 0)
    there = imported(ledger, file.replace("vip", "new"), mode="create")
    assert counts(run(ledger, take_in(there, "exists", "update", olga))) == (1, 0, 1, 0, 0)
    assert directory() == [(79110000001, 911, "new", MOSCOW)]
    # Without a tag and a time zone, clients cannot be added.
    without = imported(ledger, "phone\n79110000002\n", mode="update")
    assert groups(without) == {"absent": (1, [2], [])}


def test_an_empty_zone_is_filled_for_new_clients_alone(ledger: Any, olga: Any) -> None:
    imported(ledger, f"{HEAD}79110000001,,vip,Asia/Omsk,1\n")
    job = imported(ledger, f"{HEAD}79110000001,,new,,1\n79110000002,,new,,1\n")
    assert counts(run(ledger, take_in(job, "zone_missing", "zone", olga, MOSCOW))) == (2, 1, 1, 0, 0)
    assert directory() == [(79110000001, 911, "new", "Asia/Omsk"), (79110000002, 911, "new", MOSCOW)]


def test_only_the_rows_that_a_fix_helps_are_taken_in_and_the_file_keeps_the_others(ledger: Any, olga: Any) -> None:
    from vestnik.clients.imports.corrections import open_refusals, open_rows

    job = imported(ledger, f"{HEAD}+8 911 000-00-01,,vip,{MOSCOW},1\n12,,vip,{MOSCOW},1\n")
    run(ledger, take_in(job, "phone_wrong", "phone", olga))
    assert groups(job) == {"phone_wrong": (1, [3], [])}
    assert [row.line for row in open_refusals(job)] == [3]
    assert open_rows(job) == 1


def test_rows_are_taken_in_once_and_again_only_if_their_import_failed(ledger: Any, olga: Any) -> None:
    from vestnik.clients.imports.jobs import cancel_job
    from vestnik.errors import StateForbids

    job = imported(ledger, f"{HEAD}79110000001,,vip,Масква,1\n")
    first = take_in(job, "zone_unknown", "zone", olga, MOSCOW)
    with pytest.raises(StateForbids):
        take_in(job, "zone_unknown", "zone", olga, MOSCOW)
    cancel_job(job_id=first.id, actor=olga)
    assert groups(job) == {"zone_unknown": (1, [2], ["zone"])}
    assert counts(run(ledger, take_in(job, "zone_unknown", "zone", olga, MOSCOW))) == (1, 1, 0, 0, 0)
    with pytest.raises(StateForbids):
        take_in(job, "zone_unknown", "zone", olga, MOSCOW)


def test_a_fix_that_a_reason_has_not_and_a_value_that_is_none_change_nothing(ledger: Any, olga: Any) -> None:
    from vestnik.errors import InvalidInput, StateForbids
    from vestnik.models import ImportJob

    job = imported(ledger, f"{HEAD}79110000001,,vip,Масква,1\n79110000002,,,{MOSCOW},1\n")
    for reason, fix in (("zone_unknown", "code"), ("duplicate", "zone"), ("no such reason", "zone")):
        with pytest.raises(StateForbids):
            take_in(job, reason, fix, olga, MOSCOW)
    for reason, fix, value in (
        ("zone_unknown", "zone", "Масква"),
        ("tag_missing", "tag", " "),
        ("tag_missing", "tag", "a" * 65),
    ):
        with pytest.raises(InvalidInput):
            take_in(job, reason, fix, olga, value)
    assert (ImportJob.objects.count(), directory()) == (1, [])


def test_an_import_that_imported_nothing_offers_no_fix(ledger: Any, olga: Any) -> None:
    from vestnik.errors import StateForbids

    job = imported(ledger, f"{HEAD}79110000001,,vip,Масква,1\n", on_error="abort")
    assert groups(job) == {"zone_unknown": (1, [2], [])}
    with pytest.raises(StateForbids):
        take_in(job, "zone_unknown", "zone", olga, MOSCOW)


def test_a_file_of_any_kind_and_without_names_is_corrected_with_all_its_columns(ledger: Any, olga: Any) -> None:
    import io

    from vestnik.clients.imports.jobs import add_job
    from vestnik.clients.imports.matching import Wanted
    from vestnik.models import ImportMode, OnError

    file = io.BytesIO("Иванов;79110000001;вип;Масква\nПетров;79110000002;вип;Омск\n".encode("cp1251"))
    wanted = Wanted(places={"phone": "B", "tag": "C", "timezone": "D"}, header=False)
    job = run(ledger, add_job(file=file, mode=ImportMode.UPSERT, on_error=OnError.SKIP, actor=None, wanted=wanted))
    assert counts(job) == (2, 1, 0, 0, 1)
    assert counts(run(ledger, take_in(job, "zone_unknown", "zone", olga, MOSCOW))) == (1, 1, 0, 0, 0)
    assert directory()[0] == (79110000001, 911, "вип", MOSCOW)
