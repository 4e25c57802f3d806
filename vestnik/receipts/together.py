"""Receipts of calls that come at the same moment are committed together."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from django.db import DataError

from vestnik.db.group_commit import GroupCommit
from vestnik.gateways.adapter import Receipt

#: Writes receipts of one gateway down and commits them.
Write = Callable[[int, Sequence[Receipt]], None]
#: The receipts of one call, and their gateway.
_Call = tuple[int, Sequence[Receipt]]


class Together(GroupCommit[_Call, None]):
    """Commits the receipts of several calls at once.

    Args:
        write: runs in the thread of one of the calls.
    """

    def __init__(self, write: Write) -> None:
        super().__init__(self._commit_all)
        self._write = write

    def keep(self, receipts: Sequence[Receipt], *, gateway: int) -> None:
        """Have receipts written; they are committed when this returns. Raises what ``write`` raised."""
        self.run((gateway, receipts))

    def _commit_all(self, calls: Sequence[_Call]) -> list[BaseException | None]:
        by_gateway: dict[int, list[int]] = defaultdict(list)
        for place, (gateway, _) in enumerate(calls):
            by_gateway[gateway].append(place)
        errors: list[BaseException | None] = [None] * len(calls)
        for gateway, places in by_gateway.items():
            self._commit_of(gateway, places, calls, errors)
        return errors

    def _commit_of(
        self, gateway: int, places: Sequence[int], calls: Sequence[_Call], errors: list[BaseException | None]
    ) -> None:
        """Each gateway's calls have a commit of their own, so what is committed is never written again."""
        try:
            self._write(gateway, [receipt for place in places for receipt in calls[place][1]])
        except (DataError, UnicodeError) as error:
            if len(places) == 1:
                errors[places[0]] = error
            else:  # one of them cannot be written: the others can
                for place in places:
                    self._commit_of(gateway, [place], calls, errors)
        except BaseException as error:  # noqa: BLE001 - each thread raises it: nothing of its call is sure to be kept
            for place in places:
                errors[place] = error
