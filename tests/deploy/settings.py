"""The names of all settings, as the code itself asks for them."""

from typing import Any

from vestnik.environment import read_environment

#: Names that are no settings of the processes: how Compose shows the web, and what its files add.
OF_CONTAINERS = {"WEB_PORT", "SECRETS_DIR", "SIMULATOR_URL", "SIMULATOR_SECRET"}
#: Read by the migration alone.
OF_THE_START = {"ADMIN_EMAIL", "ADMIN_PASSWORD"}
#: Set by those who start the processes, never by a person.
_INTERNAL = {"VESTNIK_SIMULATOR", "VESTNIK_HOME"}


class _Asked(dict[str, str]):
    def __init__(self) -> None:
        super().__init__(
            DATABASE_URL="postgresql://x/y", BROKER_URL="redis://x", GATEWAY_URL="http://x", SECRET_KEY="x" * 40
        )
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def settings() -> set[str]:
    """Every name that a person may set."""
    asked = _Asked()
    read_environment(asked)
    return asked.names - _INTERNAL
