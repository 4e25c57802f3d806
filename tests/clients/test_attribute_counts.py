"""How many clients have each attribute is known without reading them, and is exact whatever happened to them."""

from random import Random
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from harness.rows import FIRST, add_clients
from tests.clients.test_import_attributes import run

NAMES = ("balance", "city", "day", "first_name")


def listed() -> dict[str, int]:
    from vestnik.clients.attributes.registry import known_attributes

    return {each.name: each.clients for each in known_attributes() if each.clients}


def counted(ledger: Any) -> dict[str, int]:
    """From the clients themselves."""
    rows = "SELECT name, count(*) FROM vestnik_client, jsonb_object_keys(attributes) AS name GROUP BY name"
    return dict(ledger.execute(rows).fetchall())


def name_all(ledger: Any) -> None:
    for name in NAMES:
        ledger.execute("INSERT INTO vestnik_attribute (name, type) VALUES (%s, 'text')", [name])


def some(draw: Random) -> Any:
    names = draw.sample(NAMES, draw.randint(0, len(NAMES)))
    return draw.choice([None, Jsonb(dict.fromkeys(names, str(draw.randint(1, 3))))])


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_written_the_numbers_are_those_of_the_clients(ledger: Any, seed: int) -> None:
    name_all(ledger)
    draw = Random(seed)
    phones = [FIRST + number for number in range(40)]
    for step in range(300):
        phone = draw.choice(phones)
        with ledger.transaction(force_rollback=draw.random() < 0.1):
            match draw.randrange(6):
                case 0 | 1:
                    ledger.execute(
                        "INSERT INTO vestnik_client (phone_number, mobile_operator_code, tag, timezone, attributes)"
                        " VALUES (%s, 911, 'vip', 'UTC', %s) ON CONFLICT (phone_number) DO UPDATE"
                        " SET attributes = excluded.attributes",
                        [phone, some(draw)],
                    )
                case 2:
                    ledger.execute(
                        "UPDATE vestnik_client SET attributes = %s WHERE phone_number BETWEEN %s AND %s",
                        [some(draw), phone, phone + 5],
                    )
                case 3:
                    ledger.execute("UPDATE vestnik_client SET tag = %s WHERE phone_number > %s", [str(step), phone])
                case 4:
                    some_phones = [phone, phone + 3]
                    ledger.execute("DELETE FROM vestnik_client WHERE phone_number BETWEEN %s AND %s", some_phones)
                case _:
                    if step % 40 == 0:
                        ledger.execute("TRUNCATE vestnik_client")
        assert listed() == counted(ledger)
    ((rows,),) = ledger.execute("SELECT count(*) FROM vestnik_attributecount").fetchall()
    assert rows <= len(NAMES) + 2 * 64  # they are put together as they come


def test_an_import_counts_what_it_adds_and_changes_and_nothing_else(ledger: Any) -> None:
    head = "phone_number,tag,timezone,city,balance\n"
    row = "7911123456{},vip,Europe/Moscow,{}\n"
    run(ledger, head + row.format(1, "Омск,") + row.format(2, ",5") + row.format(3, ","), "city,balance")
    assert listed() == counted(ledger) == {"city": 1, "balance": 1}
    # One that has the city already, one that has none, the same again, one that is refused, one unchanged, one new.
    again = (
        row.format(1, "Тула,7") + row.format(3, "Омск,") + row.format(3, ",9") + row.format(4, "Омск,much")
        + row.format(2, ",5") + row.format(5, "Омск,1")
    )  # fmt: skip
    job = run(ledger, head + again, "city,balance")
    assert (job.created, job.updated, job.unchanged, job.refused) == (1, 2, 1, 2)
    assert listed() == counted(ledger) == {"city": 3, "balance": 3}


def test_an_import_writes_a_row_for_each_name_not_for_each_client(ledger: Any) -> None:
    head = "phone_number,tag,timezone,city\n"
    run(ledger, head + "".join(f"{FIRST + n},vip,UTC,Омск\n" for n in range(200)), "city")
    assert ledger.execute("SELECT name, clients FROM vestnik_attributecount").fetchall() == [("city", 200)]


def test_clients_may_be_written_while_all_are_counted_again(ledger: Any) -> None:
    from vestnik.clients.attributes.counts import count_again
    from vestnik.db.connection import open_connection

    name_all(ledger)
    add_clients(ledger, 20)
    ledger.execute('UPDATE vestnik_client SET attributes = \'{"city": "Омск"}\'')
    with open_connection("test writer") as writer, writer.transaction():
        writer.execute("UPDATE vestnik_client SET attributes = NULL WHERE phone_number <= %s", [FIRST + 5])
        add_clients(writer, 7)
        given = 'UPDATE vestnik_client SET attributes = \'{"day": "x"}\' WHERE phone_number > %s'
        writer.execute(given, [FIRST + 19])
        assert count_again(ledger) == []
        assert listed() == {"city": 20}
    assert listed() == counted(ledger)
    assert listed()["day"] == 7


def test_two_who_write_at_once_do_not_wait_for_each_other(ledger: Any) -> None:
    from vestnik.db.connection import open_connection

    name_all(ledger)
    add_clients(ledger, 200)
    change = 'UPDATE vestnik_client SET attributes = \'{"city": "Омск"}\' WHERE phone_number %% 2 = %s'
    with open_connection("one") as one, open_connection("two") as two, one.transaction(), two.transaction():
        two.execute("SET LOCAL lock_timeout = '5s'")
        one.execute(change, [0])
        two.execute(change, [1])
    assert listed() == counted(ledger) == {"city": 200}


def test_attributes_from_before_are_exact_at_once_and_counted_once(ledger: Any) -> None:
    from vestnik.clients.attributes.counts import count_again, waits_for_count

    name_all(ledger)
    add_clients(ledger, 9)
    given = 'UPDATE vestnik_client SET attributes = \'{"city": "x"}\' WHERE phone_number >= %s'
    ledger.execute(given, [FIRST + 6])
    ledger.execute("DELETE FROM vestnik_attributecount")
    ledger.execute("UPDATE vestnik_attribute SET is_counted = false")
    assert waits_for_count()
    ledger.execute("DELETE FROM vestnik_client WHERE phone_number = %s", [FIRST + 8])
    assert listed() == counted(ledger) == {"city": 2}
    count_again(ledger)
    assert not waits_for_count()
    assert listed() == {"city": 2}
    ledger.execute("INSERT INTO vestnik_attribute (name, type) VALUES ('new', 'text')")
    assert not waits_for_count()


def test_wrong_numbers_are_named_and_mended_and_never_let_a_type_change_below_a_value(ledger: Any) -> None:
    from vestnik.clients.attributes.counts import count_again
    from vestnik.clients.attributes.registry import remove_name, set_type
    from vestnik.errors import StateForbids
    from vestnik.models import AttributeType

    name_all(ledger)
    add_clients(ledger, 2)
    ledger.execute('UPDATE vestnik_client SET attributes = \'{"city": "Омск"}\'')
    ledger.execute("DELETE FROM vestnik_attributecount")
    with pytest.raises(StateForbids):
        set_type(name="city", kind=AttributeType.NUMBER, actor=None)
    with pytest.raises(StateForbids):
        remove_name(name="city", actor=None)
    assert count_again(ledger) == ["city"]
    assert count_again(ledger) == []
    assert listed() == {"city": 2}


def test_a_name_that_is_removed_before_the_first_count_leaves_nothing_behind(ledger: Any) -> None:
    from vestnik.clients.attributes.registry import known_attributes, remove_name, set_type
    from vestnik.models import AttributeType

    name_all(ledger)
    add_clients(ledger, 1)
    ledger.execute('UPDATE vestnik_client SET attributes = \'{"city": "Омск"}\'')
    ledger.execute("DELETE FROM vestnik_attributecount")
    ledger.execute("UPDATE vestnik_attribute SET is_counted = false")
    ledger.execute("UPDATE vestnik_client SET attributes = NULL")
    remove_name(name="city", actor=None)
    assert set_type(name="city", kind=AttributeType.DATE, actor=None).clients == 0
    assert {each.name: each.clients for each in known_attributes()} == dict.fromkeys(NAMES, 0)


def test_the_general_worker_counts_what_was_not_counted(ledger: Any) -> None:
    from vestnik.clients.attributes.counts import waits_for_count
    from vestnik.workers import general

    name_all(ledger)
    ledger.execute("UPDATE vestnik_attribute SET is_counted = false")
    thread = general.Tidying()
    thread._count_attributes()
    assert not waits_for_count()
    # Not again on the same day.
    ledger.execute("UPDATE vestnik_attribute SET is_counted = false")
    thread._count_attributes()
    assert waits_for_count()
