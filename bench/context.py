"""What the pieces of one run share."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from bench.findings import Findings

Thing = TypeVar("Thing")


@dataclass(slots=True)
class Context:
    """One run.

    - ``repeat``: interleaved repetitions. ``quick``: a tenth of the size, to see that it works; its figures say little.
    - ``messages``: whose texts are looked at (personal), or of the mailing beside single ones (messages); None: as many
      as usual.
    - ``rows``: messages in the great ledger. ``folder``: for homes and logs, removed at the end.
    """

    folder: Path
    repeat: int
    quick: bool
    console: Console
    rows: int
    messages: int | None = None
    findings: Findings = field(default_factory=Findings)
    stack: ExitStack = field(default_factory=ExitStack)
    shared: dict[str, Any] = field(default_factory=dict)

    def size(self, whole: int) -> int:
        """How many of something to take: the whole, or in the quick form a tenth."""
        return max(1, whole // 10) if self.quick else whole

    def say(self, line: str) -> None:
        """Tell whoever waits how far it is."""
        self.console.print(line, markup=False, highlight=False)

    def open_shared(self, name: str, make: Callable[[], AbstractContextManager[Thing]]) -> Thing:
        """What several pieces use, made at the first call and closed by :meth:`close_shared`."""
        if name not in self.shared:
            self.shared[name] = self.stack.enter_context(make())
        thing: Thing = self.shared[name]
        return thing

    def close_shared(self) -> None:
        """Close what pieces shared: it would go on taking processor time."""
        self.shared.clear()
        self.stack.close()

    def folder_of(self, name: str) -> Path:
        """A new folder for a home or for logs."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder
