"""The names of all settings that a person may set."""

from vestnik.environment import SETTINGS

#: Names that are no settings of the processes: how Compose shows the web, and what its files add.
OF_CONTAINERS = {"WEB_PORT", "SECRETS_DIR", "SIMULATOR_URL", "SIMULATOR_SECRET"}
#: Read by the migration alone.
OF_THE_START = {"ADMIN_EMAIL", "ADMIN_PASSWORD"}
#: Set by those who start the processes, never by a person.
_INTERNAL = {"VESTNIK_SIMULATOR", "VESTNIK_HOME"}


def settings() -> set[str]:
    """Every name that a person may set."""
    return {*SETTINGS} - _INTERNAL
