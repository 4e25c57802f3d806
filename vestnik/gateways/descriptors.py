"""Open files that the connections to the gateway need."""

import resource

from vestnik.errors import SettingError

#: Descriptors that a process needs beside one for each request.
_OTHER_DESCRIPTORS = 256


def allow_descriptors(concurrency: int) -> None:
    """Let this process open a connection for each request.

    Raises:
        SettingError: the machine does not let it.
    """
    needed = concurrency + _OTHER_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise SettingError(
            "GATEWAY_CONCURRENCY",
            f"is {concurrency}, but this process may open only {hard} files: set it lower or `ulimit -Hn` to {needed}.",
        )
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
