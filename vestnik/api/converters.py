"""Ids in paths: what cannot be an id of the ledger is a 404, whatever its length."""

#: Ids are PostgreSQL's bigint.
MOST_ID = 2**63 - 1


class IdConverter:
    """A bigint."""

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        """The id.

        Raises:
            ValueError: no row can have it, so the path leads nowhere.
        """
        number = int(value)
        if number > MOST_ID:
            raise ValueError("beyond bigint")
        return number

    def to_url(self, value: int) -> str:
        """In a path."""
        return str(value)
