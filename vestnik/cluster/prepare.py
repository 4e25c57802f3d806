"""What a start does to the ledger before anything serves: migrations, and the first administrator.

``vestnik up`` runs it as a process of its own, so that the supervisor stays small and knows no Django.
"""

import os
import sys

import django
from django.core.management import call_command

from vestnik.cluster.reported import reported

#: What the line with the generated password begins with.
ANNOUNCED = "password "


def prepare() -> str | None:
    """Migrate, and make the first administrator; his password if it was generated.

    Raises:
        InvalidInput: ADMIN_EMAIL or ADMIN_PASSWORD is not good enough.
    """
    django.setup()
    # Models can be imported only now.
    from vestnik.accounts.administrators import ensure_first_administrator  # noqa: PLC0415
    from vestnik.mailings.restored import hold_if_restored  # noqa: PLC0415
    from vestnik.models.connection import open_connection  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    with open_connection("prepare") as connection:
        hold_if_restored(connection)
    return ensure_first_administrator(
        email=os.environ.get("ADMIN_EMAIL", ""), password=os.environ.get("ADMIN_PASSWORD", "")
    )


def main() -> None:
    """Prepare, and print the generated password to whoever started this."""
    password = prepare()
    if password:
        sys.stdout.write(f"{ANNOUNCED}{password}\n")


if __name__ == "__main__":
    reported(main)
