"""DATABASE_URL has one reading: what Django connects with is what our own connections connect with."""

import importlib.util
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from vestnik.db.address import Address, read_address
from vestnik.db.away import why_away
from vestnik.db.connection import Connection, open_connection

#: What ends an URL, and what of it must come to each session.
OPTIONS: dict[str, dict[str, str]] = {
    "-c search_path=sms": {"search_path": "sms"},
    "-csearch_path=sms,public": {"search_path": "sms,public"},
    "--search_path=sms": {"search_path": "sms"},
    "--work-mem=8MB -c  jit=off": {"work_mem": "8MB", "jit": "off"},
    r"-c search_path=a\ b": {"search_path": "a b"},
    r"-c search_path=a\\b": {"search_path": r"a\b"},
    "-c timezone=Europe/Moscow": {"timezone": "Europe/Moscow"},
    "": {},
}


def read(more: str) -> Address:
    return read_address(f"postgresql://u:p%40ss@db.example.org:6432/sms{more}")


@pytest.mark.parametrize("options", OPTIONS)
def test_settings_in_options_are_set_in_the_session_and_not_at_its_start(options: str) -> None:
    address = read(f"?options={quote(options)}")
    assert address.session == OPTIONS[options]
    assert "options" not in address.libpq


def test_what_can_only_be_set_at_the_start_stays_there() -> None:
    address = read(f"?options={quote('-c log_connections=on -c jit=off -P')}")
    assert (address.session, address.libpq["options"]) == ({"jit": "off"}, "-c log_connections=on -P")


@given(st.dictionaries(st.from_regex(r"[a-z][a-z_]{0,9}", fullmatch=True), st.text(min_size=1, max_size=12)))
def test_every_value_comes_through_as_libpq_means_it(settings: dict[str, str]) -> None:
    settings = {name: value for name, value in settings.items() if "\x00" not in value}
    escaped = {
        name: "".join(f"\\{char}" if char in " \t\n\r\v\f\\" else char for char in value)
        for name, value in settings.items()
    }
    options = " ".join(f"-c {name}={value}" for name, value in escaped.items())
    assert read_address(make_conninfo(host="h", options=options)).session == settings


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgres://u:p%40ss%2F@h/d", {"password": "p@ss/", "dbname": "d", "host": "h"}),
        ("postgresql:///?host=/var/run/pg&user=u", {"host": "/var/run/pg", "dbname": "vestnik"}),
        ("postgresql://%2Fvar%2Frun%2Fpg/d", {"host": "/var/run/pg", "dbname": "d"}),
        ("postgresql://u@h1:1,h2:2/d", {"host": "h1,h2", "port": "1,2", "target_session_attrs": "read-write"}),
        ("postgresql://u@h1,h2/d?target_session_attrs=any", {"target_session_attrs": "any"}),
        ("postgresql://h/d?sslmode=verify-full&sslrootcert=/ca.pem", {"sslmode": "verify-full"}),
        ("postgresql://h/d?connect_timeout=20", {"connect_timeout": "20"}),
        ("postgresql://h/d", {"connect_timeout": "5", "tcp_user_timeout": "10000"}),
        ("postgresql://bob@h", {"dbname": "vestnik", "user": "bob"}),
        ("postgresql://[::1]:6432/d?client_encoding=latin1&application_name=x", {"client_encoding": "UTF8"}),
    ],
)
def test_what_a_url_says_holds_for_django_and_for_us(
    url: str, wanted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = read_address(url).libpq
    assert ours.items() >= wanted.items()
    assert "application_name" not in ours
    theirs = django_parameters(url, monkeypatch)
    assert {name: str(value) for name, value in theirs.items() if name in ours} == ours
    assert conninfo_to_dict(make_conninfo(**ours)) == ours


def django_parameters(url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What Django would connect with."""
    from vestnik import settings
    from vestnik.db.base import DatabaseWrapper

    with monkeypatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        fresh = importlib.util.module_from_spec(settings.__spec__)  # type: ignore[arg-type]
        settings.__spec__.loader.exec_module(fresh)  # type: ignore[union-attr]
    wrapper = DatabaseWrapper({**connections["default"].settings_dict, **fresh.DATABASES["default"]})
    return wrapper.get_connection_params()


@pytest.fixture
def odd_role(ledger: Connection) -> Iterator[None]:
    """Settings of the database that would spoil what we read and write."""
    ((name,),) = ledger.execute("SELECT quote_ident(current_database())").fetchall()
    for odd in ("datestyle = 'SQL, DMY'", "intervalstyle = 'iso_8601'", "timezone = 'Asia/Tokyo'",
                "default_transaction_isolation = 'serializable'"):  # fmt: skip
        ledger.execute(f"ALTER DATABASE {name} SET {odd}".encode())
    connections.close_all()
    yield
    for each in ("datestyle", "intervalstyle", "timezone", "default_transaction_isolation"):
        ledger.execute(f"ALTER DATABASE {name} RESET {each}".encode())
    connections.close_all()


def test_the_settings_of_a_database_do_not_change_what_we_count_on(odd_role: None) -> None:
    del odd_role
    statement = (
        "SELECT current_setting('datestyle'), current_setting('intervalstyle'), current_setting('timezone'),"
        " current_setting('transaction_isolation')"
    )
    with open_connection("test") as ours, connections["default"].cursor() as cursor:
        cursor.execute(statement)
        assert ours.execute(statement).fetchall() == cursor.fetchall()
        assert ours.execute(statement).fetchone() == ("ISO, MDY", "postgres", "UTC", "read committed")


def test_a_setting_that_does_not_exist_is_one_sentence(settings: Any) -> None:
    url = make_conninfo(settings.ENVIRONMENT.database_url, options="-c no_such_setting=1")
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, database_url=url)
    with pytest.raises(psycopg.OperationalError, match=r"options of DATABASE_URL is wrong.*no_such_setting") as raised:
        open_connection("test")
    assert why_away(raised.value) is not None
