"""Reads ``DATABASE_URL``, for Django and for our own connections.

What libpq reads from it goes to libpq. Session settings in its ``options`` (``-c search_path=…``) are set after
connecting: PgBouncer refuses ``options`` at the start of a connection, or drops them silently
(``ignore_startup_parameters``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from psycopg.conninfo import conninfo_to_dict

#: The database when the URL names none.
DATABASE = "vestnik"
#: Unless the URL says otherwise: a server or a network that does not answer must cause an error, not an endless wait.
_DEFAULTS = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
#: Settings that PostgreSQL takes at the start of a connection only (``backend`` and ``superuser-backend`` contexts of
#: pg_settings, https://www.postgresql.org/docs/current/view-pg-settings.html).
_ONLY_AT_START = frozenset(
    {"ignore_system_indexes", "post_auth_delay", "log_connections", "log_disconnections", "jit_debugging_support",
     "jit_profiling_support"}
)  # fmt: skip
#: Names that are ours: workers are counted by the application's name, and texts are UTF-8.
_OURS = ("application_name", "fallback_application_name", "client_encoding")
#: One word of ``options``: a backslash makes the next character part of it (libpq's connection parameters).
_WORD = re.compile(r"(?:\\.|[^\s\\])+", re.DOTALL | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """How to connect.

    Args:
        libpq: parameters by libpq's names, without ``application_name``.
        session: what to set in each session, by PostgreSQL's names.
    """

    libpq: dict[str, str] = field(repr=False)
    session: dict[str, str]


def read_address(url: str) -> Address:
    """Read a URL that libpq understands.

    Of several hosts the one that accepts changes is used, unless the URL says otherwise: the others are replicas.

    Raises:
        psycopg.ProgrammingError: libpq does not understand it. The message may contain the password.
    """
    given = {name: str(value) for name, value in conninfo_to_dict(url).items() if name not in _OURS}
    session: dict[str, str] = {}
    left: list[str] = []
    for word, setting in _settings(given.pop("options", "")):
        if setting is None or setting[0] in _ONLY_AT_START:
            left.append(word)
        else:
            session[setting[0]] = setting[1]
    if left:
        given["options"] = " ".join(left)
    if "service" not in given:
        given.setdefault("dbname", DATABASE)
    if "," in given.get("host", "") + given.get("hostaddr", ""):
        given.setdefault("target_session_attrs", "read-write")
    return Address(libpq={**_DEFAULTS, **given, "client_encoding": "UTF8"}, session=session)


def _settings(options: str) -> Iterator[tuple[str, tuple[str, str] | None]]:
    """Each option as written, and its setting: ``-c name=value``, ``-cname=value``, ``--name=value``."""
    words = _WORD.findall(options)
    while words:
        word = words.pop(0)
        text = word
        if word == "-c" and words:
            word = f"-c {words[0]}"
            text = f"-c{words.pop(0)}"
        found = re.fullmatch(r"(?:-c|--)([\w.-]+)=(.*)", text, re.DOTALL)
        # As the server does with a long option's name: dashes are underscores.
        name = found.group(1).replace("-", "_").lower() if found else ""
        yield word, (name, re.sub(r"\\(.)", r"\1", found.group(2), flags=re.DOTALL)) if found else None
