"""A mailing as the pages show it: its words, its totals as a bar, what may be done with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from vestnik.console.mailings.words import MAILING_WORDS, MESSAGE_MEANINGS, MESSAGE_WORDS
from vestnik.db.clock import database_now
from vestnik.mailings.pauses import is_held_back, why_held_back
from vestnik.models import LIVE_STATES, MESSAGE_STATES, Mailing, MailingState
from vestnik.statistics.totals import Totals, totals_of
from vestnik.statistics.waiting import count_undecided

_BADGES = {
    MailingState.SCHEDULED: "v-badge-scheduled",
    MailingState.RUNNING: "v-badge-running",
    MailingState.PAUSED: "v-badge-paused",
    MailingState.EXPIRED: "v-badge-warn",
}
#: Letters of a text that stand for a mailing without a name.
_START = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One state's part of the totals. ``percent`` of the total, for the bar."""

    state: str
    word: Any
    meaning: Any
    count: int
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalsView:
    """Totals, as a bar and its legend show them. ``done``: messages with a final state."""

    totals: Totals
    total: int
    done: int

    @property
    def slices(self) -> list[Slice]:
        """The nine states in their order."""
        return [
            Slice(
                state=state, word=MESSAGE_WORDS[state], meaning=MESSAGE_MEANINGS[state], count=self.totals[state],
                percent=100 * self.totals[state] / self.total if self.total else 0.0,
            )
            for state in MESSAGE_STATES
        ]  # fmt: skip

    @property
    def bar(self) -> list[Slice]:
        """The nine states as a bar fills up: what is done first, what waits last."""
        waiting, sending, *done = self.slices
        return [*done, sending, waiting]

    @property
    def percent(self) -> int:
        """How much is done, rounded down: 100 means all of it."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def left(self) -> int:
        """Messages that have no final state."""
        return self.total - self.done

    @property
    def good_count(self) -> int:
        """Messages that the gateway took and has said nothing bad of since."""
        return self.totals["sent"] + self.totals["delivered"]

    @property
    def bad_count(self) -> int:
        """Messages that ended in any other way."""
        return self.done - self.good_count

    @property
    def sent_word(self) -> Any:
        """The state of those that the gateway took, in words."""
        return MESSAGE_WORDS["sent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingView(TotalsView):
    """A mailing with its totals. ``undecided``: unknown messages to decide about.

    ``held_back``: it waits for somebody, because of the gateway or of a restored backup.
    ``is_over``: nothing of it will change by itself any more.
    """

    mailing: Mailing
    undecided: int
    held_back: bool

    @property
    def id(self) -> int:
        """The mailing's; lists page by it."""
        return self.mailing.id

    @property
    def title(self) -> str:
        """The name, or how the text begins."""
        return self.mailing.name or start_of(self.mailing.message_text)

    @property
    def word(self) -> Any:
        """The state in words."""
        return MAILING_WORDS[self.mailing.state]

    @property
    def badge(self) -> str:
        """The class of the state's badge."""
        return _BADGES.get(MailingState(self.mailing.state), "")

    @property
    def building(self) -> bool:
        """Is the audience still being built?"""
        return self.mailing.state in (MailingState.RUNNING, MailingState.PAUSED) and self.mailing.prepared_at is None

    @property
    def is_over(self) -> bool:
        """Are the totals frozen?"""
        return self.mailing.frozen_at is not None

    @property
    def moves(self) -> bool:
        """Is there something to watch? A paused one changes only by a hand, but others may have one."""
        return not self.is_over

    @property
    def looks(self) -> str:
        """What the page around the totals depends on: when it changes, more than the totals is shown anew."""
        return f"{self.mailing.state}-{int(self.is_over)}-{self.undecided}"

    @property
    def paused(self) -> tuple[str, str]:
        """Why it waits for somebody and what to do; empty: it does not."""
        return why_held_back(self.mailing) if self.held_back else ("", "")

    @property
    def can_pause(self) -> bool:
        """It runs."""
        return self.mailing.state == MailingState.RUNNING

    @property
    def can_resume(self) -> bool:
        """It is paused, or a restored backup holds it back."""
        return (self.mailing.state == MailingState.PAUSED or self.held_back) and not self.is_over

    @property
    def can_cancel(self) -> bool:
        """It is not over."""
        return self.mailing.state in LIVE_STATES and not self.is_over

    @property
    def can_edit(self) -> bool:
        """Before the start all of it, later its end."""
        return self.can_cancel


def views_of(mailings: Iterable[Mailing], *, summed: Mapping[int, Totals] | None = None) -> list[MailingView]:
    """The mailings with their totals: two statements for all of them. ``summed``: sums that are known already."""
    found = list(mailings)
    totals = totals_of(found, summed=summed)
    now = database_now()
    return [_view(mailing, totals[mailing.id], now) for mailing in found]


def view_of(mailing: Mailing) -> MailingView:
    """One mailing with its totals."""
    return views_of([mailing])[0]


def totals_view(totals: Totals) -> TotalsView:
    """Totals alone, such as those of a week."""
    total = sum(totals.values())
    return TotalsView(totals=totals, total=total, done=total - totals["queued"] - totals["sending"])


def _view(mailing: Mailing, totals: Totals, now: datetime) -> MailingView:
    total = sum(totals.values())
    return MailingView(
        mailing=mailing,
        totals=totals,
        total=total,
        done=total - totals["queued"] - totals["sending"],
        undecided=count_undecided(mailing, totals, now),
        held_back=is_held_back(mailing, now),
    )


def start_of(text: str) -> str:
    """One line of the text's start."""
    line = " ".join(text.split())
    return line if len(line) <= _START else _("%(start)s…") % {"start": line[: _START - 1].rstrip()}
