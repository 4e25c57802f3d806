"""The home of one embedded cluster: data, logs, secrets, the lock, and how to reach the running parts.

Everything in it belongs to its owner alone (0700, files 0600). Nothing outside is changed; only the sockets of a home
with a long path stand in a private run-time folder, which is removed at the stop.
"""

import fcntl
import json
import os
import shutil
import stat
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from vestnik.cluster.home_secrets import Secrets, completed, read_known, refuse_lost_password
from vestnik.errors import ClusterError

#: Bytes of a socket's path (sun_path, unix(7)), and the longest name that stands in the folder of sockets.
MAX_SOCKET_PATH = 107
LONGEST_SOCKET = "/.s.PGSQL.5432.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A running cluster: its supervisor, its URL and the environment of its parts."""

    pid: int
    url: str
    gateway_url: str
    simulated: bool
    ready: bool
    environment: dict[str, str]


class Home:
    """A folder on this machine that holds one cluster.

    Raises:
        ClusterError: the path begins with ``~``, and it has no meaning for this user.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self.folder = folder.expanduser().absolute()
        except RuntimeError as error:
            raise ClusterError(
                f"It is not known which folder {folder} is: this user has no home folder. Give a whole path."
            ) from error
        self.logs = self.folder / "logs"
        self.run = self.folder / "run"
        self.postgres = self.folder / "postgres"
        self.metrics = self.run / "metrics"
        self.secrets_file = self.folder / "secrets.json"
        #: Was SECRET_KEY lost, and replaced in a home that had been used?
        self.key_is_new = False
        self._lock: int | None = None

    def make(self) -> Self:
        """Make the folders that are missing, private to their owner.

        Raises:
            ClusterError: the folder cannot be made, or is another user's.
        """
        try:
            for folder in (self.folder, self.logs, self.run):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.folder.stat().st_uid != os.geteuid():
                raise ClusterError(f"The home {self.folder} belongs to another user: give one of your own with --home.")
            self.folder.chmod(0o700)
        except OSError as error:
            raise ClusterError(f"The home {self.folder} cannot be made: {error.strerror}.") from error
        return self

    def lock(self) -> None:
        """Lock the home for this process; the kernel unlocks it when the process ends, however it ends.

        Raises:
            ClusterError: another process has it.
        """
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise ClusterError(f"A cluster runs on {self.folder} already{self._whose()}: stop it first.") from error
        self._lock = descriptor

    def unlock(self) -> None:
        """Give the home back before the process ends."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def is_locked(self) -> bool:
        """Return whether a process holds the home."""
        try:
            descriptor = os.open(self.folder / "lock", os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    @property
    def has_ledger(self) -> bool:
        """Return whether it has the data of a PostgreSQL."""
        return (self.postgres / "PG_VERSION").exists()

    def secrets(self) -> Secrets:
        """The secrets of this home, made at the first call.

        Raises:
            ClusterError: the password of data that are there is lost; nothing is made then.
        """
        known = read_known(self.secrets_file)
        if self.has_ledger:
            refuse_lost_password(self.secrets_file, known)
        made = completed(known)
        if made != known:
            was_used = self.has_ledger or (self.logs.is_dir() and any(self.logs.iterdir()))
            self.key_is_new = was_used and "secret_key" not in known
            write_private(self.secrets_file, made)
        return Secrets(**made)

    def sockets(self) -> Path:
        """The folder of the sockets: ``run`` in the home, or a private run-time folder when that path is too long."""
        if fits(self.run):
            return self.run
        note = self.run / "sockets"
        known = Path(os.fsdecode(note.read_bytes())) if note.exists() else None
        if known is not None and _is_private(known):
            return known
        made = Path(tempfile.mkdtemp(prefix="vestnik-", dir=_runtime_folder()))
        note.write_bytes(os.fsencode(made))
        return made

    def drop_sockets(self) -> None:
        """Remove the run-time folder, if there is one."""
        note = self.run / "sockets"
        if note.exists():
            folder = Path(os.fsdecode(note.read_bytes()))
            if _is_private(folder):
                shutil.rmtree(folder, ignore_errors=True)
            note.unlink()

    def empty_metrics(self) -> None:
        """Delete the metrics of an earlier run: counters begin at 0 with each start of the cluster."""
        shutil.rmtree(self.metrics, ignore_errors=True)
        self.metrics.mkdir(mode=0o700)

    def announce(self, running: Running) -> None:
        """Store how to reach the cluster that starts or runs here."""
        write_private(self.folder / "cluster.json", asdict(running))

    def forget(self) -> None:
        """Note that the cluster ended."""
        (self.folder / "cluster.json").unlink(missing_ok=True)

    def running(self) -> Running | None:
        """The cluster that runs here, if one does and has said how to reach it."""
        if not self.is_locked():
            return None
        try:
            return Running(**_read(self.folder / "cluster.json"))
        except (FileNotFoundError, PermissionError):
            return None

    def log(self, part: str) -> Path:
        """The log file of a part."""
        return self.logs / f"{part}.log"

    def _whose(self) -> str:
        running = self.running()
        return f" (process {running.pid}, {running.url})" if running else ""


def write_private(file: Path, content: dict[str, Any]) -> None:
    """Write JSON that only its owner may read, completely or not at all."""
    half = file.with_name(file.name + ".new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as output:
        json.dump(content, output, indent=1)
        output.flush()
        os.fsync(output.fileno())
    half.replace(file)


def fits(folder: Path) -> bool:
    """Return whether the paths of sockets in this folder are short enough."""
    return len(os.fsencode(folder)) + len(LONGEST_SOCKET) <= MAX_SOCKET_PATH


def _read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content


def _runtime_folder() -> str | None:
    """The user's own run-time folder where the system has one and it is short enough, else the temporary folder."""
    folder = os.environ.get("XDG_RUNTIME_DIR")
    for candidate in (folder, tempfile.gettempdir()):
        if candidate and Path(candidate).is_dir() and os.access(candidate, os.W_OK) and fits(Path(candidate, "v" * 20)):
            return candidate
    return "/tmp"  # noqa: S108 - mkdtemp makes a private folder in it


def _is_private(folder: Path) -> bool:
    """Return whether this is our own real folder (no link) that nobody else may enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
