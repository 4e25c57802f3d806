"""Buffers for waiting bytes: a little in memory, the rest in a temporary file, with a limit for all of them."""

import tempfile
from collections import Counter, deque
from pathlib import Path
from typing import IO


class Budget:
    """The bytes that all spools of a process may hold together.

    Args:
        memory: Bytes in memory.
        disk: Bytes in files.
        folder: Where the files are. None means the system's folder for temporary files.
    """

    def __init__(self, *, memory: int, disk: int, folder: Path | None = None) -> None:
        self.memory = memory
        self.disk = disk
        self.folder = folder
        self._on_disk: Counter[str] = Counter()

    def take_disk(self, size: int, holder: str) -> bool:
        """Reserve room on the disk. Return False if there is none.

        One holder never takes more than it leaves free, so there is always room for others. An empty name has no limit.
        """
        left, held = self.disk - size, self._on_disk[holder] + size
        if left < (held if holder else 0):
            return False
        self.disk, self._on_disk[holder] = left, held
        return True

    def give_disk_back(self, size: int, holder: str) -> None:
        """Release room on the disk."""
        self.disk += size
        self._on_disk[holder] -= size
        if not self._on_disk[holder]:
            del self._on_disk[holder]


class Spool:
    """A queue of bytes, first in, first out.

    Args:
        budget: The limit that all spools share.
        in_memory: The maximum of bytes in memory.
        most: The maximum of bytes in total.
        holder: The address whose share of the disk the spool uses.
    """

    __slots__ = ("_budget", "_file", "_holder", "_in_memory", "_memory", "_most", "_pieces", "_read", "_written")

    def __init__(self, budget: Budget, *, in_memory: int, most: int, holder: str = "") -> None:
        self._budget = budget
        self._holder = holder
        self._in_memory = in_memory
        self._most = most
        self._pieces: deque[bytes] = deque()
        self._memory = 0
        self._file: IO[bytes] | None = None
        self._read = self._written = 0

    def __len__(self) -> int:
        return self._memory + self._written - self._read

    def add(self, data: bytes) -> bool:
        """Append bytes. Return False if there is no room. Then nothing is stored."""
        size = len(data)
        if len(self) + size > self._most:
            return False
        if self._written == self._read and self._memory + size <= self._in_memory and size <= self._budget.memory:
            self._budget.memory -= size
            self._memory += size
            self._pieces.append(data)
            return True
        return self._add_to_file(data)

    def take(self, most: int) -> bytes:
        """Return the next bytes, about ``most`` of them, or nothing if the spool is empty."""
        if self._pieces:
            piece = self._pieces.popleft()
            self._memory -= len(piece)
            self._budget.memory += len(piece)
            return piece
        return self._take_from_file(most)

    def close(self) -> None:
        """Release the memory and the file."""
        self._budget.memory += self._memory
        self._pieces.clear()
        self._memory = 0
        if self._file is not None:
            self._file.close()
            self._file = None
            self._budget.give_disk_back(self._written, self._holder)
        self._read = self._written = 0

    def _add_to_file(self, data: bytes) -> bool:
        if not self._budget.take_disk(len(data), self._holder):
            return False
        if not self._write(data):
            self._budget.give_disk_back(len(data), self._holder)
            return False
        self._written += len(data)
        return True

    def _write(self, data: bytes) -> bool:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0, dir=self._budget.folder)  # noqa: SIM115 - see close()
            self._file.seek(self._written)
            return self._file.write(data) == len(data)
        except OSError:  # the disk is full
            return False

    def _take_from_file(self, most: int) -> bytes:
        if self._file is None or self._read == self._written:
            return b""
        self._file.seek(self._read)
        data = self._file.read(min(most, self._written - self._read))
        self._read += len(data)
        if self._read == self._written:
            self._file.truncate(0)
            self._budget.give_disk_back(self._written, self._holder)
            self._read = self._written = 0
        return data
