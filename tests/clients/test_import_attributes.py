"""Further columns of a file become attributes: by choice, typed, set-based, and as they were exported."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clients.test_import import MOSCOW, imported, never, reasons, workbook
from tests.clients.test_import_columns import draft, started
from vestnik.clients.attributes.spelling import Spelling, read_value
from vestnik.clients.attributes.values import NoValue, plain_text
from vestnik.clients.imports.attribute_columns import AttributeColumn, BadCell, attributes_reader
from vestnik.clients.imports.attribute_guess import guess_type
from vestnik.clients.imports.encodings import CONVERTED_TWICE
from vestnik.errors import InvalidInput

HEAD = "phone_number,tag,timezone"
SHOP = (
    "Телефон;Тег;Часовой пояс;Имя;Баланс;Дата рождения;Договор\n"
    "79111234567;вип;Europe/Moscow;Анна;1 234,50;05.12.1990;0012\n"
    '79111234568;вип;Europe/Moscow;"Bob ""{{x}}"" \\n";-5;1990-12-06;17\n'
    "79111234569;вип;Europe/Moscow;;;;\n"
)


def wanted(attributes: str, **said: Any) -> Any:
    from vestnik.clients.imports.matching import Wanted

    return Wanted(attributes=attributes, **said)


def add(content: str | bytes, attributes: str, mode: str = "upsert", **said: Any) -> Any:
    import io

    from vestnik.clients.imports.jobs import add_job
    from vestnik.models import ImportMode, OnError

    data = content.encode() if isinstance(content, str) else content
    return add_job(
        file=io.BytesIO(data),
        mode=ImportMode(mode),
        on_error=OnError.SKIP,
        actor=None,
        wanted=wanted(attributes, **said),
    )


def run(ledger: Any, content: str | bytes, attributes: str, mode: str = "upsert", **said: Any) -> Any:
    from vestnik.clients.imports.runner import run_job

    job = add(content, attributes, mode, **said)
    assert run_job(ledger, job.id, stopped=never)
    job.refresh_from_db()
    assert job.state == "done", job.error
    return job


def kept() -> list[Any]:
    from vestnik.models import Client

    return list(Client.objects.order_by("phone_number").values_list("attributes", flat=True))


def types() -> dict[str, str]:
    from vestnik.clients.attributes.registry import known_types

    return {name: kind.value for name, kind in known_types().items()}


def refused() -> list[tuple[int, str, str | None]]:
    from vestnik.models import ImportRefusal

    return list(ImportRefusal.objects.order_by("line").values_list("line", "reason", "attribute"))


# -- what is chosen


def test_columns_are_kept_by_name_and_their_types_are_guessed(ledger: Any) -> None:
    job = run(ledger, SHOP, "first_name,balance,birthday,contract=Договор")
    assert kept() == [
        {"first_name": "Анна", "balance": 1234.5, "birthday": "1990-12-05", "contract": "0012"},
        {"first_name": 'Bob "{{x}}" \\n', "balance": -5, "birthday": "1990-12-06", "contract": "17"},
        None,
    ]
    assert types() == {"balance": "number", "birthday": "date", "contract": "text", "first_name": "text"}
    assert (job.created, job.refused) == (3, 0)


def test_nothing_is_kept_that_nobody_chose_and_a_star_chooses_all(ledger: Any) -> None:
    imported(ledger, SHOP)
    assert kept() == [None, None, None]
    assert types() == {}
    job = run(ledger, SHOP, "*")
    assert (job.updated, job.unchanged) == (2, 1)
    assert kept()[0] == {"first_name": "Анна", "balance": 1234.5, "birthday": "1990-12-05", "contract": "0012"}
    again = run(ledger, SHOP, "*")
    assert (again.updated, again.unchanged) == (0, 3)


def test_a_type_that_was_said_or_is_known_counts_more_than_a_guess(ledger: Any) -> None:
    run(ledger, SHOP, "first_name,balance:text")
    assert [each and each["balance"] for each in kept()] == ["1 234,50", "-5", None]
    run(ledger, SHOP, "balance")
    assert types()["balance"] == "text"
    with pytest.raises(InvalidInput, match=r"attributes\.balance: .*text"):
        add(SHOP, "balance:number")


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ("nothing", "no column nothing"), ("first_name=Имени", "no column Имени"),
        ("balance:money", "types are text"),
        ("Имя", "types are text"), ("tag=Имя", "taken"), ("x=Тег", "matched already"),
        ("a=Имя,a=Баланс", "this name already"),
        ("a=Имя,b=D", "matched already"), ("a b", "types are text"), ("a=Z", "no column Z"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("ledger")
def test_what_cannot_be_chosen_is_told_before_the_file_is_kept(attributes: str, why: str) -> None:
    from vestnik.models import ImportJob

    with pytest.raises(InvalidInput, match=why) as told:
        add(SHOP, attributes)
    assert list(told.value.fields) == ["attributes"]
    assert (ImportJob.objects.count(), types()) == (0, {})


@pytest.mark.usefixtures("ledger")
def test_columns_of_the_phone_and_others_can_be_named_too() -> None:
    strange = "A;Связь;Куда;Имя\n1;79111234567;вип;Анна\n"
    from vestnik.clients.imports.matching import Wanted, matched_columns

    rows: list[list[object]] = [line.split(";") for line in strange.splitlines()]
    said = Wanted(places={"phone": "связь", "tag": "C"}, attributes="first_name=D,note=A")
    found = matched_columns(rows, said, needs_all=True, zone_default=MOSCOW, zone_from_phone=False)
    assert (found.phone, found.tag, found.zone, found.header) == (1, 2, None, True)
    assert [(each.place, each.name, each.type) for each in found.attributes] == [
        (3, "first_name", "text"),
        (0, "note", "number"),
    ]
    bare = Wanted(places={"phone": "B", "tag": "C"}, attributes="first_name=D", header=False)
    no_header = matched_columns(rows[1:], bare, needs_all=True, zone_default=MOSCOW, zone_from_phone=False)
    assert (no_header.phone, no_header.header, no_header.count) == (1, False, 4)
    with pytest.raises(InvalidInput, match="phone_column"):
        matched_columns(
            rows, Wanted(places={"phone": "nope"}), needs_all=True, zone_default=MOSCOW, zone_from_phone=False
        )


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1234", "0451", "9000"], "text"), (["0451"], "text"), (["1", "+07"], "text"), (["12", "007"], "text"),
        (["0", "10"], "number"), (["0.5", "0,25"], "number"), (["-5", "10"], "number"), ([451.0, 9000.0], "number"),
        (["1234567890", "1234567891"], "text"), (["1234567890", "5"], "number"),
    ],
)  # fmt: skip
def test_zeros_before_a_number_are_not_lost_by_a_guess(cells: list[object], kind: str) -> None:
    assert guess_type("code", cells) == kind


# -- what becomes of rows


def test_a_bad_value_refuses_its_row_with_column_and_reason(ledger: Any) -> None:
    from vestnik.clients.imports.refused import reason_counts, refused_lines

    rows = [f"7911123456{number},vip,{MOSCOW},{cells}" for number, cells in enumerate([
        "Анна,5,2026-12-05", "Анна,much,2026-12-05", "Анна,5,soon", f"{'y' * 501},5,2026-12-05",
        'Анна,"1,234",2026-12-05', "Анна,5,05/06/2026", "Анна,0.1234567,2026-12-05", "Анна,5,05.12.1812",
    ])]  # fmt: skip
    job = run(ledger, "\n".join([f"{HEAD},first_name,balance,day", *rows]), "first_name:text,balance:number,day:date")
    assert job.created == 1
    assert refused() == [
        (3, "number_wrong", "balance"), (4, "date_wrong", "day"), (5, "text_long", "first_name"),
        (6, "number_unclear", "balance"), (7, "date_unclear", "day"), (8, "number_long", "balance"),
        (9, "date_far", "day"),
    ]  # fmt: skip
    lines = b"".join(refused_lines(job=job, language="en")).decode("utf-8-sig").splitlines()
    assert lines[0] == f"line,reason,{HEAD},first_name,balance,day"
    assert lines[1].replace('"', "").startswith("3,balance: this is not a number"), lines[1]
    assert {each.reason for each in reason_counts(job, "ru")} == {reason for _, reason, _ in refused()}


def test_somebody_may_say_what_unclear_values_mean(ledger: Any) -> None:
    file = f'{HEAD},balance,day\n79111234567,vip,{MOSCOW},"1,234",05/06/2026\n'
    run(ledger, file, "balance:number,day:date", spelling=Spelling(decimal="point", first="month"))
    assert kept() == [{"balance": 1234, "day": "2026-05-06"}]
    run(ledger, file, "balance:number,day:date", spelling=Spelling(decimal="comma", first="day"))
    assert kept() == [{"balance": 1.234, "day": "2026-06-05"}]


def test_other_cells_of_the_file_tell_what_unclear_ones_mean(ledger: Any) -> None:
    other = f'79111234568,vip,{MOSCOW},"1,5",13/06/2026\n'
    run(ledger, f'{HEAD},balance,day\n79111234567,vip,{MOSCOW},"1,234",05/06/2026\n{other}', "*")
    assert kept()[0] == {"balance": 1.234, "day": "2026-06-05"}


def test_other_columns_tell_nothing_of_a_column(ledger: Any) -> None:
    """A file may be put together from several programs."""
    rows = [
        '06/13/2026,05.12.1990,05/06/2026,"1,5","1,234"', '06/14/2026,06.12.1990,05/06/2026,"2,5","5,678"',
    ]  # fmt: skip
    file = "\n".join([
        f"{HEAD},created,birthday,paid,sum,price",
        *(f"7911123456{number},vip,{MOSCOW},{cells}" for number, cells in enumerate(rows)),
    ])  # fmt: skip
    run(ledger, file, "created:date,birthday:date,sum:number")
    assert kept()[0] == {"created": "2026-06-13", "birthday": "1990-12-05", "sum": 1.5}
    job = run(ledger, file, "created:date,paid:date")
    assert (job.refused, refused()[0]) == (2, (2, "date_unclear", "paid"))
    job = run(ledger, file, "sum:number,price:number")
    assert job.refused == 2
    assert {reason for _, reason, _ in refused()} == {"date_unclear", "number_unclear"}


def test_what_other_dates_of_a_column_show_does_not_turn_those_with_points(ledger: Any) -> None:
    file = f"{HEAD},day\n79111234567,vip,{MOSCOW},06/13/2026\n79111234568,vip,{MOSCOW},05.12.1990\n"
    run(ledger, file, "day:date")
    assert kept() == [{"day": "2026-06-13"}, {"day": "1990-12-05"}]
    run(ledger, file, "day:date", spelling=Spelling(first="month"))
    assert kept()[1] == {"day": "1990-05-12"}, "somebody said it of all dates"


def test_where_a_column_has_decimal_commas_its_points_are_thousands_or_unclear(ledger: Any) -> None:
    from vestnik.clients.imports.columns import Columns
    from vestnik.clients.imports.drafts import preview
    from vestnik.models import ImportMode

    rows = ['"1,5","1.234,50","1,5"', "1.234,1.234,2"]
    lines = [f"7911123456{number},vip,{MOSCOW},{cells}" for number, cells in enumerate(rows)]
    file = "\n".join([f"{HEAD},a,b,c", *lines])
    run(ledger, file, "b:number,c:number")
    assert kept() == [{"b": 1234.5, "c": 1.5}, {"b": 1234, "c": 2}]
    job = run(ledger, file, "a:number")
    assert (job.refused, refused()) == (1, [(3, "number_unclear", "a")])
    # A number of a workbook has no spelling.
    cells: list[list[object]] = [
        ["Телефон", "тег", "таймзона", "a"], [79111234560, "vip", MOSCOW, "1,5"], [79111234561, "vip", MOSCOW, 1.234],
    ]  # fmt: skip
    run(ledger, workbook(cells), "a:number", spelling=Spelling(decimal="comma"))
    assert [each["a"] for each in kept()] == [1.5, 1.234]
    # The same digits, once as a number and once as a text.
    cells += [[79111234562, "vip", MOSCOW, "1.234"]]
    job = run(ledger, workbook(cells), "a:number", spelling=Spelling(decimal="comma"))
    assert (job.unchanged, [line for line, _, _ in refused()][-1]) == (2, 4)
    columns = Columns(
        phone=0, code=None, tag=1, zone=2, count=4, decimal="comma",
        attributes=(AttributeColumn(place=3, name="a", type="number"),),
    )  # fmt: skip
    shown = preview(job=draft(workbook(cells)), columns=columns, mode=ImportMode.UPSERT)
    assert [row.outcome for row in shown] == ["unchanged", "unchanged", "refused"]


def test_an_empty_cell_changes_nothing_and_other_attributes_stay(ledger: Any) -> None:
    run(ledger, f"{HEAD},a,b\n79111234567,vip,{MOSCOW},one,two\n", "a,b")
    job = run(ledger, f"{HEAD},b,c\n79111234567,,,,three\n", "b,c", mode="update")
    assert (job.updated, kept()) == (1, [{"a": "one", "b": "two", "c": "three"}])
    job = run(ledger, f"{HEAD},b\n79111234567,,,changed\n", "b", mode="update")
    assert (job.updated, kept()) == (1, [{"a": "one", "b": "changed", "c": "three"}])
    job = run(ledger, f"{HEAD},b\n79111234567,,,changed\n", "b", mode="update")
    assert (job.updated, job.unchanged) == (0, 1)


def test_a_client_never_has_more_than_fifty(ledger: Any) -> None:
    first = [f"a{number}" for number in range(40)]
    run(ledger, f"{HEAD},{','.join(first)}\n79111234567,vip,{MOSCOW}{',1' * 40}\n", ",".join(first))
    second = [f"b{number}" for number in range(11)]
    file = f"{HEAD},{','.join(second)}\n79111234567,vip,{MOSCOW}{',1' * 11}\n79111234568,vip,{MOSCOW}{',1' * 11}\n"
    job = run(ledger, file, ",".join(second))
    assert (job.created, reasons(job)) == (1, [(2, "attributes_many")])
    assert [len(each) for each in kept()] == [40, 11]


def test_a_type_that_changed_meanwhile_fails_the_import(ledger: Any) -> None:
    from vestnik.clients.attributes.registry import set_type
    from vestnik.clients.imports.runner import run_job
    from vestnik.models import AttributeType

    job = add(SHOP, "balance")
    set_type(name="balance", kind=AttributeType.TEXT, actor=None)
    assert run_job(ledger, job.id, stopped=never)
    job.refresh_from_db()
    assert (job.state, kept()) == ("failed", [])
    assert "balance" in json.dumps(job.error_details)


def test_a_workbook_has_numbers_and_days_as_numbers(ledger: Any) -> None:
    rows: list[list[object]] = [
        ["Телефон", "тег", "таймзона", "Сумма", "Дата"],
        [79111234567, "vip", MOSCOW, 1234.5, 46361],
        [79111234568, "vip", MOSCOW, 0.1 + 0.2, 46362],
    ]
    run(ledger, workbook(rows), "*")
    assert kept() == [{"amount": 1234.5, "day": "2026-12-05"}, {"amount": 0.3, "day": "2026-12-06"}]


@pytest.mark.usefixtures("ledger")
def test_the_preview_shows_values_as_they_will_be_read() -> None:
    from vestnik.clients.imports.columns import Columns
    from vestnik.clients.imports.drafts import preview
    from vestnik.models import ImportMode

    job = draft(SHOP)
    columns = Columns(
        phone=0, code=None, tag=1, zone=2, count=7,
        attributes=tuple(
            AttributeColumn(place=place, name=name, type="number") for place, name in [(3, "first_name"), (4, "sum")]
        ),
    )  # fmt: skip
    rows = preview(job=job, columns=columns, mode=ImportMode.UPSERT)
    assert [(row.outcome, row.attributes, row.attribute) for row in rows] == [
        ("refused", {}, "first_name"), ("refused", {}, "first_name"), ("created", {}, None),
    ]  # fmt: skip
    assert types() == {}, "a look keeps no names"
    columns = Columns.of_json(json.loads(json.dumps(columns.as_json())) | {
        "attributes": [{"place": 4, "name": "balance", "type": "number"}]
    })  # fmt: skip
    assert started(job, columns).state == "done"
    assert kept() == [{"balance": 1234.5}, {"balance": -5}, None]


# -- the quick way and the slow one


def value_or_fault(cell: str, kind: str) -> tuple[Any, str | None]:
    try:
        return read_value(cell, kind), None
    except NoValue as none:
        return None, none.fault


@given(
    st.text(max_size=40) | st.from_regex(r"-?[0-9]{1,12}([.,][0-9]{1,7})?", fullmatch=True),
    st.sampled_from(["text", "number", "date"]),
)
@settings(max_examples=1_000)
def test_a_row_is_read_as_each_value_by_itself(cell: str, kind: str) -> None:
    read = attributes_reader([AttributeColumn(place=0, name="a", type=kind)])
    expected, fault = value_or_fault(cell, kind)
    if fault is not None:
        with pytest.raises(BadCell) as bad:
            read([cell])
        assert (bad.value.attribute, bad.value.fault) == ("a", fault)
    else:
        found = read([cell])
        shown = None if found is None else json.loads(found.replace("\\\\", "\\"))
        assert shown == (None if expected is None else {"a": expected})


# -- there and back


TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60).filter(
    lambda text: CONVERTED_TWICE.search(text) is None  # refused, wherever the file comes from
)
SMALL = st.decimals(-1000, 1000, places=3).map(float)
NUMBERS = st.integers(-(10**15) + 1, 10**15 - 1) | st.decimals(-(10**8), 10**8, places=6).map(float) | SMALL
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(date.isoformat)


@given(st.lists(st.tuples(TEXTS, NUMBERS, DAYS), min_size=1, max_size=5), st.sampled_from([",", ";"]))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_is_exported_is_imported_again_as_it_was(
    ledger: Any, clients: list[tuple[str, Any, str]], separator: str
) -> None:
    from django.db import transaction

    from vestnik.clients.attributes.registry import checked_attributes, merged
    from vestnik.clients.export import export_lines
    from vestnik.models import Attribute, Client
    from vestnik.spreadsheets import CsvStyle

    Client.objects.all().delete()
    Attribute.objects.all().delete()
    with transaction.atomic():
        for number, (text, amount, day) in enumerate(clients):
            # A text is not a date, whatever it looks like.
            given_ = checked_attributes({"amount": amount, "day": day, "name": text}, new_types={"name": "text"})
            Client.objects.create(
                phone_number=79111234560 + number, mobile_operator_code=911, tag="vip", timezone=MOSCOW,
                attributes=merged(None, given_),
            )  # fmt: skip
    before = kept()
    file = b"".join(export_lines(Client.objects.all(), style=CsvStyle(separator=separator)))
    assert file.decode("utf-8-sig").splitlines()[0].split(separator)[4:] == sorted(types())
    same = run(ledger, file, "*")
    assert (same.unchanged, same.refused) == (len(clients), 0)
    Client.objects.all().delete()
    run(ledger, file, "*")
    assert kept() == before
    assert all(plain_text(each.get("name", "")) == each.get("name", "") for each in before)
