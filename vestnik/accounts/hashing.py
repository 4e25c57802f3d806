"""Password hashes: Argon2id with little memory, and few of them at a time.

Django's own parameters take 100 MB a hash: twelve logins at once needed more than the 512 MB that a container may have.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from threading import Lock
from typing import TypeVar

from argon2 import extract_parameters
from django.contrib.auth.hashers import Argon2PasswordHasher

from vestnik.errors import TooManyTries

#: Hashes that a process computes at once: as many as small machines have processors.
AT_ONCE = 2
#: Seconds that a request waits for its turn. A hash takes some 20 ms.
MAX_WAIT = 5.0
#: Threads of their own, because glibc keeps freed memory for each thread: hashed in the threads that serve requests,
#: each of those would keep its 19 MiB. They start with the first hash, so a process that forks before has none.
_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password-hash")
#: Hashes of an earlier release take 100 MiB: one of them at a time.
_large = Lock()
_Result = TypeVar("_Result")


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id as OWASP's Password Storage Cheat Sheet has it: 19 MiB, two passes, one lane.

    A hash with other parameters is replaced at the next login.
    """

    time_cost, memory_cost, parallelism = 2, 19_456, 1

    def encode(self, password: str, salt: str) -> str:
        """The hash of a new password.

        Raises:
            TooManyTries: too many others are hashed before this one.
        """
        return _in_turn(lambda: super(Argon2Hasher, self).encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Return whether this is the password of the hash.

        Raises:
            TooManyTries: too many others are hashed before this one.
        """
        is_large = _memory_of(encoded) > self.memory_cost
        return _in_turn(lambda: self._verify_alone(password, encoded) if is_large else self._verify(password, encoded))

    def _verify(self, password: str, encoded: str) -> bool:
        return bool(super().verify(password, encoded))

    def _verify_alone(self, password: str, encoded: str) -> bool:
        with _large:
            return self._verify(password, encoded)


def _memory_of(encoded: str) -> int:
    """KiB that a hash takes; ``encoded`` is as Django keeps it, with the algorithm's name before."""
    return extract_parameters("$" + encoded.partition("$")[2]).memory_cost


def _in_turn(hash_it: Callable[[], _Result]) -> _Result:
    waiting: Future[_Result] = _threads.submit(hash_it)
    try:
        return waiting.result(timeout=MAX_WAIT)
    except NotInTime as error:
        if waiting.cancel():
            raise TooManyTries(wait=1) from error
        return waiting.result()  # its turn has come: on a busy machine a hash itself takes longer
