"""Calls that come at the same moment are committed together: each costs little besides its part of one commit."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

Call = TypeVar("Call")
Result = TypeVar("Result")

#: Commits calls. Gives what became of each, in their order: its result, or an error that it gets raised.
Commit = Callable[[Sequence[Call]], Sequence[Result | BaseException]]


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Call, Result]):
    """A call that waits for its commit. ``turn``: it has its result, or ``error`` came, or it ``leads`` the next."""

    call: Call
    turn: threading.Event = field(default_factory=threading.Event)
    leads: bool = False
    result: Result | None = None
    error: BaseException | None = None


class GroupCommit(Generic[Call, Result]):
    """Commits what waits while one commit is under way with the next one. There is no delay, and no thread of its own.

    The thread of a call that finds nobody at work commits what waits. When its commit is done it wakes those whose
    calls were in it; the first that came meanwhile commits next.

    Args:
        commit: runs in the thread of one of the calls. What it raises, each of its calls gets raised.
    """

    def __init__(self, commit: Commit[Call, Result]) -> None:
        self._commit = commit
        self._lock = threading.Lock()
        self._waiting: list[_Waiting[Call, Result]] = []
        self._is_led = False

    def run(self, call: Call) -> Result:
        """Have a call committed. Returns what became of it, once that is on disk; or raises its error."""
        mine: _Waiting[Call, Result] = _Waiting(call)
        with self._lock:
            self._waiting.append(mine)
            leads, self._is_led = not self._is_led, True
        if not leads:
            mine.turn.wait()
            leads = mine.leads
        if leads:
            self._lead()
        if mine.error is not None:
            raise mine.error
        return cast("Result", mine.result)

    def _lead(self) -> None:
        with self._lock:
            group, self._waiting = self._waiting, []
        self._settle(group)
        with self._lock:
            following = self._waiting[0] if self._waiting else None
            self._is_led = following is not None
        for each in group:
            each.turn.set()
        if following is not None:
            following.leads = True
            following.turn.set()

    def _settle(self, group: Sequence[_Waiting[Call, Result]]) -> None:
        try:
            found = self._commit([each.call for each in group])
            for each, result in zip(group, found, strict=True):
                if isinstance(result, BaseException):
                    each.error = result
                else:
                    each.result = result
        except BaseException as error:  # noqa: BLE001 - each thread raises it: nothing of its call is sure to be kept
            for each in group:
                each.error = error
