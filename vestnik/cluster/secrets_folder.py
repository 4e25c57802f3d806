"""Secrets of a cluster of containers: made once into a volume, read by every service from there.

``vestnik up`` keeps those of its home itself (:mod:`vestnik.cluster.home`); here each service is a container, and what
they share is a folder. Whatever the environment gives wins.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from vestnik.errors import SettingError

#: The environment's name of the folder.
FOLDER_NAME = "SECRETS_DIR"
#: Bytes of randomness in each.
_BYTES = 36
#: The official image of PostgreSQL reads its password as another user; the others are for our own user alone.
SECRET_FILES = {"secret_key": 0o600, "postgres_password": 0o644, "simulator_secret": 0o600}


def make_secrets(folder: Path, *, new_password: bool = False) -> list[str]:
    """Make the secrets that are missing, each a file. Returns the names of those made.

    Args:
        folder: where they are kept.
        new_password: make the database's password even where others were made before: a person said so.

    Raises:
        SettingError: the folder cannot be written, or the password of a database that has one already is lost.
    """
    if not new_password:
        _refuse_lost_password(folder)
    made = []
    for name, mode in SECRET_FILES.items():
        if not (folder / name).exists():
            _write(folder / name, secrets.token_urlsafe(_BYTES), mode)
            made.append(name)
    return made


def _refuse_lost_password(folder: Path) -> None:
    """Refuse if the folder was used: then the database has the lost password, and keeps it."""
    there = {name for name in SECRET_FILES if (folder / name).exists()}
    if there and "postgres_password" not in there:
        raise SettingError(
            FOLDER_NAME,
            f"is {folder}, where postgres_password is lost: the database keeps it. Put it back from a copy; without"
            f" one, run `vestnik secrets --new-password {folder}` and give it to the database"
            " (docs/how-to/operations.md, Lost secrets).",
        )


def _write(file: Path, text: str, mode: int) -> None:
    """Whole or not at all: a start that was interrupted leaves no half of a secret."""
    half = file.with_suffix(".new")
    try:
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
            output.write(text)
        half.chmod(mode)
        half.rename(file)
    except OSError as error:
        raise SettingError(FOLDER_NAME, f"is {file.parent}, which cannot be written: {error.strerror}.") from error


def with_secrets(env: Mapping[str, str]) -> dict[str, str]:
    """``env`` with what the folder named by ``SECRETS_DIR`` adds; without that name, ``env`` as it is.

    Where no outside gateway is named, ``SIMULATOR_URL`` says where the simulator is, and it gets a token.

    Raises:
        SettingError: a secret cannot be read.
    """
    filled = dict(env)
    if not env.get(FOLDER_NAME):
        return filled
    folder = Path(env[FOLDER_NAME])
    _default(filled, "SECRET_KEY", _read(folder, "secret_key"))
    # libpq takes it where DATABASE_URL has no password.
    _default(filled, "PGPASSWORD", _read(folder, "postgres_password"))
    _default(filled, "SIMULATOR_SECRET", _read(folder, "simulator_secret"))
    if not filled.get("GATEWAY_URL") and filled.get("SIMULATOR_URL"):
        # Only here: it loads cryptography, which no other command needs.
        from vestnik.simulator.token import make_token

        filled["GATEWAY_URL"] = filled["SIMULATOR_URL"]
        filled["GATEWAY_TOKEN"] = make_token(filled["SIMULATOR_SECRET"])
        filled["VESTNIK_SIMULATOR"] = "1"
    return filled


def _default(env: dict[str, str], name: str, value: str) -> None:
    if not env.get(name):
        env[name] = value


def _read(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="ascii").strip()
    except OSError as error:
        raise SettingError(
            FOLDER_NAME, f"is {folder}, where {name} cannot be read ({error.strerror}): run `vestnik secrets {folder}`."
        ) from error
