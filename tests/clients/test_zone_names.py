"""A time zone is read as people write it in tables; what may be several is refused; a default is for new clients."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.clients.test_import import add, counts, directory, imported, reasons, run
from vestnik.clients.zone_places import PLACES, RUSSIAN_OFFSETS

EKB, MSK = "Asia/Yekaterinburg", "Europe/Moscow"
READ: list[tuple[str, str]] = [
    ("Europe/Moscow", MSK), ("europe/moscow", MSK), ("Europe/Moscow (UTC+3)", MSK), ("Etc/GMT-5", "Etc/GMT-5"),
    ("Москва", MSK), ("г. Москва", MSK), ("МСК", MSK), ("мск", MSK), ("MSK", MSK), ("московское время", MSK),
    ("по Москве", MSK), ("Moscow", MSK), ("Москва и Московская область", MSK), ("Московская обл, г Химки", MSK),
    ("Россия, Москва", MSK), ("MSK+2", EKB), ("МСК +2 часа", EKB), ("МСК+2 (UTC+5)", EKB),
    ("мск-1", "Europe/Kaliningrad"),
    ("+1 МСК", "Europe/Samara"), ("UTC+5", EKB), ("UTC+05:00", EKB), ("GMT +5", EKB), ("+0500", EKB), ("+5", EKB),
    ("GMT+3", MSK), ("+3", MSK), ("UTC\u22123", "Etc/GMT+3"), ("UTC+13", "Etc/GMT-13"), ("UTC", "UTC"),
    ("UTC+0", "UTC"),
    ("Екатеринбург", EKB), ("ЕКАТЕРИНБУРГ", EKB), ("Yekaterinburg", EKB), ("UTC+5 Екатеринбург", EKB),
    ("(UTC+05:00) Екатеринбург", EKB), ("Ekaterinburg Standard Time", EKB), ("(UTC+05:00) Нигде", EKB),
    ("Свердловская область", EKB), ("Свердловская обл.", EKB), ("обл. Свердловская", EKB), ("Пермский край", EKB),
    ("Татарстан Респ", MSK), ("Ханты-Мансийский Автономный округ - Югра АО", EKB), ("ЯНАО", EKB), ("Орел", MSK),
    ("Чувашская Республика - Чувашия", MSK), ("Республика Саха (Якутия), МСК+6", "Asia/Yakutsk"),
    ("Казахстан", "Asia/Almaty"), ("(UTC+12:00) Анадырь, Петропавловск-Камчатский", "Asia/Anadyr"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "zone"), READ)
def test_a_zone_is_read_as_people_write_it(text: str, zone: str, db: None) -> None:
    from vestnik.clients.zone_names import read_zone

    del db
    assert read_zone(text) == (zone, None)


REFUSED: list[tuple[str, str]] = [
    ("Mars/Base", "zone_unknown"), ("Лондония", "zone_unknown"), ("UTC+25", "zone_unknown"), ("05:00", "zone_unknown"),
    ("UTC+03:60", "zone_unknown"), ("+03:00:75", "zone_unknown"), ("+79111234567", "zone_unknown"),
    ("2026-01-01", "zone_unknown"), ("5", "zone_number"), ("12", "zone_number"), ("Якутия", "zone_unclear"),
    ("Россия", "zone_unclear"), ("UTC+5:30", "zone_unclear"), ("(UTC+04:00) Волгоград", "zone_unclear"),
    ("Екатеринбург/Москва", "zone_unclear"), ("UTC+3, UTC+5", "zone_unclear"), ("+3 МСК", "zone_unclear"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), REFUSED)
def test_what_may_be_several_zones_or_none_is_refused(text: str, problem: str, db: None) -> None:
    from vestnik.clients.zone_names import read_zone

    del db
    assert read_zone(text) == (None, problem)


GUESSED: list[tuple[str, str | None]] = [
    ("Масква", MSK), ("Питр", MSK), ("Екатеринбурк", EKB), ("Хабаровкс", "Asia/Vladivostok"),
    ("г. Самора", "Europe/Samara"),
    # These may be several, or nobody can tell.
    ("Владик", None), ("Тамск", None), ("Луна", None), ("Нск", None), ("Екб", None), ("", None), ("2026-01-01", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "zone"), GUESSED)
def test_a_zone_is_guessed_only_from_a_name_that_is_nearly_that_of_one_place(
    text: str, zone: str | None, db: None
) -> None:
    from vestnik.clients.zone_names import guess_zone

    del db
    assert guess_zone(text) == zone


#: Hours from Moscow of one place of each zone, by article 5 of 107-FZ (Kazakhstan: by its own decree).
BY_LAW = {
    "Europe/Kaliningrad": -1, "Europe/Moscow": 0, "Europe/Simferopol": 0, "Europe/Kirov": 0, "Europe/Volgograd": 0,
    "Europe/Astrakhan": 1, "Europe/Saratov": 1, "Europe/Ulyanovsk": 1, "Europe/Samara": 1, "Asia/Yekaterinburg": 2,
    "Asia/Omsk": 3, "Asia/Krasnoyarsk": 4, "Asia/Novosibirsk": 4, "Asia/Barnaul": 4, "Asia/Tomsk": 4,
    "Asia/Novokuznetsk": 4, "Asia/Irkutsk": 5, "Asia/Chita": 6, "Asia/Yakutsk": 6, "Asia/Khandyga": 6,
    "Asia/Vladivostok": 7, "Asia/Ust-Nera": 7, "Asia/Magadan": 8, "Asia/Sakhalin": 8, "Asia/Srednekolymsk": 8,
    "Asia/Kamchatka": 9, "Asia/Anadyr": 9, "Asia/Almaty": 2, "Asia/Qyzylorda": 2, "Asia/Qostanay": 2,
}  # fmt: skip


@pytest.mark.parametrize(("zone", "hours"), BY_LAW.items())
def test_places_keep_the_time_that_the_law_gives_them(zone: str, hours: int) -> None:
    assert zone in PLACES
    assert datetime.now(UTC).astimezone(ZoneInfo(zone)).utcoffset() == timedelta(hours=3 + hours)


def test_an_offset_alone_is_a_zone_that_keeps_it_all_year(db: None) -> None:
    from vestnik.clients.zone_names import fixed_zone

    del db
    for hours in range(-12, 15):
        zone = fixed_zone(timedelta(hours=hours))
        assert zone is not None
        for month in (1, 7):
            moment = datetime(2026, month, 1, tzinfo=UTC).astimezone(ZoneInfo(zone))
            assert moment.utcoffset() == timedelta(hours=hours)
    assert fixed_zone(timedelta(hours=5, minutes=30)) is None
    assert set(RUSSIAN_OFFSETS.values()) <= PLACES.keys()


@pytest.mark.parametrize(
    ("phone", "zone"),
    [(79111234567, None), (73431234567, EKB), (74951234567, MSK), (77011234567, "Asia/Almaty"), (78001234567, None)],
)
def test_a_number_tells_its_zone_only_where_there_is_one(phone: int, zone: str | None) -> None:
    from vestnik.clients.zones import zone_of_phone

    assert zone_of_phone(phone) == zone


def with_default(ledger: Any, content: str, **options: Any) -> Any:
    from vestnik.clients.imports.jobs import add_job
    from vestnik.models import ImportMode, OnError

    file = io.BytesIO(content.encode())
    job = add_job(file=file, mode=ImportMode.UPSERT, on_error=OnError.SKIP, actor=None, **options)
    return run(ledger, job)


def test_a_default_is_for_new_clients_whose_row_names_no_zone(ledger: Any) -> None:
    imported(ledger, "phone,tag,timezone\n79110000001,a,Омск\n")
    content = "phone,tag,timezone\n79110000001,b,\n79110000002,a,\n79110000003,a,Самара\n79110000004,a,Нигде\n"
    job = with_default(ledger, content, timezone_default=EKB)
    assert (counts(job), reasons(job)) == ((4, 2, 1, 0, 1), [(5, "zone_unknown")])
    zones = ["Asia/Omsk", EKB, "Europe/Samara"]
    assert [zone for _phone, _code, _tag, zone in directory()] == zones


def test_with_a_default_the_file_needs_no_column_of_zones(ledger: Any) -> None:
    job = with_default(ledger, "phone,tag\n79110000001,a\n", timezone_default=MSK)
    assert (counts(job), directory()[0][3]) == ((1, 1, 0, 0, 0), MSK)


def test_the_number_goes_before_the_default(ledger: Any) -> None:
    content = "phone,tag\n77011234567,a\n79110000001,a\n"
    job = with_default(ledger, content, timezone_default=MSK, timezone_from_phone=True)
    assert (counts(job), [row[3] for row in directory()]) == ((2, 2, 0, 0, 0), ["Asia/Almaty", MSK])
    alone = with_default(ledger, "phone,tag\n79110000002,a\n", timezone_from_phone=True)
    assert reasons(alone) == [(2, "zone_missing")]


def test_refused_rows_keep_their_columns_and_can_be_mended_and_imported(ledger: Any) -> None:
    from vestnik.clients.imports.refused import reason_counts, refused_lines

    rows = [
        "Иванов;89110000001;a;Нигде;-x",
        "Ким;89110000002;;МСК;=y",
        "Ли;89110000003;a;МСК;z",
        "Ли;89110000003;a;МСК;z",
    ]
    job = imported(ledger, "ФИО;Телефон;Тег;Пояс;Заметка\n" + "\n".join(rows) + "\nКим;;a;МСК;\n")
    assert job.refused_by_reason == {"zone_unknown": 1, "tag_missing": 1, "duplicate": 1, "phone_missing": 1}
    assert sum(reason.rows for reason in reason_counts(job, "ru")) == job.refused == 4
    lines = b"".join(refused_lines(job=job, language="ru")).decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(lines)))
    assert table[0] == ["строка", "причина", "ФИО", "Телефон", "Тег", "Пояс", "Заметка"]
    assert [row[0] for row in table[1:]] == ["2", "3", "5", "6"]
    assert table[1][2:] == ["Иванов", "89110000001", "a", "Нигде", "'-x"]
    assert table[3][2:] == ["Ли", "89110000003", "a", "МСК", "z"]
    again = imported(ledger, lines.replace("Нигде", "Пермь"))
    assert counts(again) == (4, 1, 0, 1, 2)
    twice = list(csv.reader(io.StringIO(b"".join(refused_lines(job=again, language="en")).decode("utf-8-sig"))))
    assert twice[0] == ["line", "reason", "ФИО", "Телефон", "Тег", "Пояс", "Заметка"]
    assert twice[1][2:] == ["Ким", "89110000002", "", "МСК", "'=y"]


def test_more_refused_rows_than_are_written_at_once_keep_their_cells(ledger: Any, monkeypatch: Any) -> None:
    from vestnik.clients.imports import staging
    from vestnik.models import ImportRefusal

    monkeypatch.setattr(staging, "BATCH", 3)
    content = "phone,tag,timezone\n" + "".join(f"7911000{n:04d},{'' if n % 3 else 'a'},МСК\n" for n in range(20))
    job = run(ledger, add(content))
    kept = ImportRefusal.objects.filter(job=job).order_by("line").values_list("line", "cells")
    assert list(kept) == [(n + 2, [f"7911000{n:04d}", "", "МСК"]) for n in range(20) if n % 3]
