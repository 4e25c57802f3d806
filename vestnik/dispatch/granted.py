"""What the ledger grants a dispatcher of a provider's places (:mod:`vestnik.dispatch.places`)."""

from typing import NamedTuple


class Granted(NamedTuple):
    """``places``: that a dispatcher may use now. ``share``: that it may keep, since the others need the rest."""

    places: int
    share: int
