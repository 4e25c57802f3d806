"""The secrets of a home, and what happens when some are lost while the data remain.

PostgreSQL keeps the password that its data were made with: a new one does not fit old data. So one is made only where
there are no data, or when a person asks for it (`vestnik new-secrets`).
"""

import json
import secrets
from dataclasses import dataclass, fields
from pathlib import Path

from vestnik.errors import ClusterError

#: What a start says when SECRET_KEY had to be replaced beside old data. Passwords and API keys do not depend on it.
NEW_KEY = (
    "SECRET_KEY was lost, and a new one was made: everybody has to log in again, over REST and in the console;"
    " passwords and API keys go on as they are; enter the secrets of gateways again"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Made at the first start, kept for the life of the home."""

    secret_key: str
    postgres_password: str
    valkey_password: str
    simulator_secret: str


#: Bytes of randomness in each.
_BYTES = {"secret_key": 48, "postgres_password": 24, "valkey_password": 24, "simulator_secret": 32}


def read_known(file: Path) -> dict[str, str]:
    """The secrets in the file; none if it is missing or is not JSON.

    Raises:
        ClusterError: it may not be read.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    except OSError as error:
        raise ClusterError(f"{file} cannot be read: {error.strerror}.") from error
    known = content if isinstance(content, dict) else {}
    return {field.name: known[field.name] for field in fields(Secrets) if _is_text(known.get(field.name))}


def completed(known: dict[str, str]) -> dict[str, str]:
    """The secrets, with those made that are missing."""
    return {name: known.get(name) or secrets.token_urlsafe(size) for name, size in _BYTES.items()}


def refuse_lost_password(file: Path, known: dict[str, str]) -> None:
    """Say what to do when the password of existing data is lost.

    Raises:
        ClusterError: it is.
    """
    if "postgres_password" not in known:
        raise ClusterError(
            f"The password of the database is lost ({file}), but its data are there. Put that file back from a copy; "
            f"without one, run `vestnik new-secrets --home {file.parent}`: it gives the database a new password and"
            " keeps the data."
        )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
