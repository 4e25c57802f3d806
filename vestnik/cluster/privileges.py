"""PostgreSQL refuses to run as root. This runs it as another user, and changes nothing outside its data folder."""

import os
import pwd
import shutil
import subprocess
from functools import cache
from pathlib import Path

from vestnik.errors import ClusterError

#: In a user namespace root is somebody else, and the files stay root's.
_NAMESPACE = ("unshare", "-U", "--map-user=1", "--map-group=1")
#: ``nobody``: owns the data where namespaces are barred.
_NOBODY = 65_534
#: The one capability that lets ``nobody`` reach his data below folders that are root's alone.
_REACH = "-all,+dac_override"


def not_as_root(data: Path) -> tuple[str, ...]:
    """The words before a command that works on ``data`` and must not run as root; none if we are not root.

    Raises:
        ClusterError: this machine allows no way.
    """
    if os.geteuid() != 0:
        return ()
    owner = data.stat().st_uid if data.exists() else 0
    if owner == 0 and _works(_NAMESPACE):
        return _NAMESPACE
    user = owner or _NOBODY
    # A change of user clears the signal that the parent's death sends: it is set again.
    prefix = (
        "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
        f"--inh-caps={_REACH}", f"--ambient-caps={_REACH}", "--pdeathsig=keep",
    )  # fmt: skip
    if not _works(prefix):
        raise ClusterError(
            "PostgreSQL does not run as root, and this machine bars user namespaces and a change of user: "
            "start Vestnik as an ordinary user, or set DATABASE_URL."
        )
    if owner == 0 and data.exists():
        _give(data, user)
    return prefix


def with_name(data: Path) -> tuple[str, ...]:
    """The words before a command that works on ``data``, must not run as root and asks for its user, as initdb.

    A container may run under any number (``--user 12345``): in a user namespace it is a user that has a name, and the
    files stay its own.

    Raises:
        ClusterError: this machine allows no way.
    """
    if os.geteuid() == 0 or _has_name(os.geteuid()):
        return not_as_root(data)
    if _has_name(1) and _works(_NAMESPACE):
        return _NAMESPACE
    raise ClusterError(
        f"The user {os.geteuid()} has no name, and PostgreSQL needs one to make its data: add a line for it to "
        "/etc/passwd, start Vestnik as a user that has a name, or set DATABASE_URL."
    )


def _has_name(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


@cache
def _works(prefix: tuple[str, ...]) -> bool:
    if shutil.which(prefix[0]) is None:
        return False
    return subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0


def _give(data: Path, user: int) -> None:
    for folder, folders, files in os.walk(data):
        for name in (".", *folders, *files):
            os.chown(Path(folder, name), user, user, follow_symlinks=False)
