"""Cleans tags that earlier releases stored: ``" vip"`` and ``"vip"`` become one, in small steps.

Earlier releases kept tags as they were typed, so a mailing to ``vip`` left out clients with ``" vip"``. A migration
must not change rows of a large table, and the earlier release may still run and add some: so the general worker looks
for them now and then. Filters come first: a mailing that names the old spelling must find its clients before and after.
"""

from collections.abc import Callable, Iterator

import structlog
from django.db import connection

from vestnik.accounts.audit import record
from vestnik.characters import clean_text
from vestnik.db.locks import Lock, session_lock
from vestnik.db.statements import Statements
from vestnik.mailings.fields import LONGEST_TAG

SQL = Statements("vestnik.upkeep")
#: Clients that are changed in one transaction (some 20 ms), and tags that are read at once.
PIECE, TAGS_AT_ONCE = 1_000, 500

log = structlog.get_logger(__name__)


def clean_stored_tags(*, stopped: Callable[[], bool]) -> int:
    """Clean the tags of clients and of filters that are still to be used, until ``stopped``. Returns clients changed.

    Interrupted anywhere it goes on the next time; a second process does nothing meanwhile. A tag of which nothing can
    be seen stays as it is, for there is nothing to make of it.
    """
    with session_lock(connection, Lock.CLEAN_TAGS) as alone:
        if not alone:
            return 0
        changed = sum(_clean(old, new, stopped) for old, new in _spellings(stopped))
    if changed:
        record(actor=None, action="client.clean_tags", object_type="ledger", object_id=None, details={"rows": changed})
        log.info("tags were cleaned", clients=changed)
    return changed


def _spellings(stopped: Callable[[], bool]) -> Iterator[tuple[str, str]]:
    """Each tag that is not clean, and how it is kept now."""
    for tag in _tags(stopped):
        clean = clean_text(tag)
        if clean != tag and 1 <= len(clean) <= LONGEST_TAG:
            yield tag, clean


def _tags(stopped: Callable[[], bool]) -> Iterator[str]:
    yield from [tag for (tag,) in SQL.run(connection, "waiting_tags")]
    after = ""
    while not stopped():
        tags = [tag for (tag,) in SQL.run(connection, "tags_after", after=after, most=TAGS_AT_ONCE)]
        yield from tags
        if len(tags) < TAGS_AT_ONCE:
            break
        after = tags[-1]


def _clean(old: str, new: str, stopped: Callable[[], bool]) -> int:
    """Change one tag everywhere; each statement is a transaction of its own."""
    changed = 0
    SQL.run(connection, "add_clean_tag", old=old, new=new)
    while not stopped():
        count = SQL.change(connection, "clean_clients", old=old, new=new, most=PIECE)
        changed += count
        if count < PIECE:
            break
    return changed
