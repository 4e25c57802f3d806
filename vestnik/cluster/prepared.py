"""What the preparation of the ledger hands to the start. It is a process of its own: the supervisor knows no Django."""

import json
from typing import NamedTuple, Self

_BEGIN = "prepared "


class Prepared(NamedTuple):
    """What the start says, each empty where there is nothing to say.

    ``password``: the first administrator's, if one was generated. ``attention``: that strangers may send. ``gateway``:
    which messages the test gateway does not deliver.
    """

    password: str
    attention: str
    gateway: str

    def as_line(self) -> str:
        """For the output of the process."""
        return f"{_BEGIN}{json.dumps(self._asdict())}\n"

    @classmethod
    def from_output(cls, output: str) -> Self:
        """Read what the process printed; the line is its last one."""
        return cls(**json.loads(output.splitlines()[-1].removeprefix(_BEGIN)))
