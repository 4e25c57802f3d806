"""Hand-written SQL stands in ``.sql`` files beside the code that runs it; this reads them, once."""

from functools import cache
from importlib.resources import files


@cache
def sql(package: str, name: str) -> str:
    """The text of ``<package>/sql/<name>.sql``.

    Raises:
        FileNotFoundError: there is no such file.
    """
    return (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
