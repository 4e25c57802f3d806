"""A mailing with the values that pages show: labels, totals, and possible actions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from vestnik.console.mailings.words import MAILING_WORDS, MESSAGE_MEANINGS, MESSAGE_WORDS
from vestnik.db.clock import database_now
from vestnik.mailings.pauses import is_held_back, why_held_back
from vestnik.models import LIVE_STATES, MESSAGE_STATES, Mailing, MailingState
from vestnik.receipts.counts import gateways_with_receipts
from vestnik.statistics.totals import Totals, totals_by_gateway, totals_of
from vestnik.statistics.waiting import count_undecided

_BADGES = {
    MailingState.SCHEDULED: "v-badge-scheduled",
    MailingState.RUNNING: "v-badge-running",
    MailingState.PAUSED: "v-badge-paused",
    MailingState.EXPIRED: "v-badge-warn",
}
#: States of messages that surely reached nobody, and were not stopped by anybody.
NOT_REACHED = ("undelivered", "failed", "expired")
#: What charts show over time, each in the colour of its state. ``sent`` includes what was delivered, or was not.
CHARTED = ("sent", "failed", "unknown")
#: The number of characters of the text that serve as a title for a mailing without a name.
_START = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One state of the totals. ``percent`` is its share of the total, for the bar."""

    state: str
    word: Any
    meaning: Any
    count: int
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalsView:
    """Totals for the bar and its legend. ``done`` is the number of messages in a final state."""

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
        """The nine states in the order of the bar. Final states come first, queued messages last."""
        waiting, sending, *done = self.slices
        return [*done, sending, waiting]

    @property
    def percent(self) -> int:
        """The share of finished messages in percent, rounded down. 100 means all of them."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def left(self) -> int:
        """The number of messages without a final state."""
        return self.total - self.done

    @property
    def good_count(self) -> int:
        """The number of messages that the gateway accepted and has not reported as undelivered."""
        return self.totals["sent"] + self.totals["delivered"]

    @property
    def bad_count(self) -> int:
        """The number of messages with any other final state."""
        return self.done - self.good_count

    @property
    def not_reached(self) -> int:
        """The number of messages that surely reached nobody, though somebody was to have them."""
        return sum(self.totals[state] for state in NOT_REACHED)

    @property
    def sent_word(self) -> Any:
        """The label of the state ``sent``."""
        return MESSAGE_WORDS["sent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingView(TotalsView):
    """A mailing with its totals.

    ``undecided`` is the number of unknown messages that need a decision.

    ``held_back`` means that the mailing waits for a person, because of the gateway or a restored backup.
    ``is_over`` means that nothing changes any more without a person.
    """

    mailing: Mailing
    undecided: int
    held_back: bool

    @property
    def id(self) -> int:
        """The id of the mailing. Lists use it to page."""
        return self.mailing.id

    @property
    def title(self) -> str:
        """The name, or the beginning of the text."""
        return title_of(self.mailing)

    @property
    def word(self) -> Any:
        """The label of the state."""
        return MAILING_WORDS[self.mailing.state]

    @property
    def badge(self) -> str:
        """The CSS class of the state's badge."""
        return _BADGES.get(MailingState(self.mailing.state), "")

    @property
    def building(self) -> bool:
        """Whether the audience is still being built."""
        return self.mailing.state in (MailingState.RUNNING, MailingState.PAUSED) and self.mailing.prepared_at is None

    @property
    def is_ahead(self) -> bool:
        """Whether the mailing has not started, and will."""
        return self.mailing.state == MailingState.SCHEDULED

    @property
    def is_over(self) -> bool:
        """Whether the totals are frozen."""
        return self.mailing.frozen_at is not None

    @property
    def began_at(self) -> datetime:
        """The time it started, or will start."""
        return self.mailing.started_at or self.mailing.start_time

    @property
    def ended_at(self) -> datetime | None:
        """The time it ended. None if it is not over."""
        return (self.mailing.finished_at or self.mailing.frozen_at) if self.is_over else None

    @property
    def moves(self) -> bool:
        """Whether the page must be refreshed. This includes paused mailings, because other people may act on them."""
        return not self.is_over

    @property
    def looks(self) -> str:
        """A key for the parts of the page that depend on more than the totals. They are replaced when it changes."""
        return f"{self.mailing.state}-{int(self.is_over)}-{self.undecided}-{int(self.total > 0)}"

    @property
    def left_unknown(self) -> tuple[int, str]:
        """The number of unknown messages that nobody can decide about, and the reason."""
        count = self.totals["unknown"]
        if not count or self.undecided:
            return 0, ""
        if self.mailing.state == MailingState.CANCELLED:
            return count, _("The mailing was cancelled, so nothing more may be sent.")
        if self.mailing.unknown_left >= count:
            return count, _("Somebody decided to leave them as they are.")
        return count, _("The mailing's end has passed, so nothing more may be sent.")

    @property
    def why_held_back(self) -> str:
        """Why the mailing waits for a person, or an empty string."""
        return why_held_back(self.mailing) if self.held_back else ""

    @property
    def can_pause(self) -> bool:
        """Whether the mailing can be paused."""
        return self.mailing.state == MailingState.RUNNING

    @property
    def can_resume(self) -> bool:
        """Whether the mailing can be resumed. This includes one that is held back by a restored backup."""
        return (self.mailing.state == MailingState.PAUSED or self.held_back) and not self.is_over

    @property
    def can_cancel(self) -> bool:
        """Whether the mailing can be cancelled."""
        return self.mailing.state in LIVE_STATES and not self.is_over

    @property
    def can_edit(self) -> bool:
        """Whether the mailing, or at least its end, can be edited."""
        return self.can_cancel


def views_of(mailings: Iterable[Mailing], *, summed: Mapping[int, Totals] | None = None) -> list[MailingView]:
    """Return the mailings with their totals, with two statements for all of them.

    ``summed`` holds sums that are already known.
    """
    found = list(mailings)
    totals = totals_of(found, summed=summed)
    now = database_now()
    return [_view(mailing, totals[mailing.id], now) for mailing in found]


def view_of(mailing: Mailing) -> MailingView:
    """Return one mailing with its totals."""
    return views_of([mailing])[0]


def totals_view(totals: Totals) -> TotalsView:
    """Return a view of totals without a mailing, such as those of a week."""
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


def title_of(mailing: Mailing) -> str:
    """Return the name, or the beginning of the text."""
    return mailing.name or start_of(mailing.message_text)


def start_of(text: str) -> str:
    """Return the beginning of a text in one line."""
    line = " ".join(text.split())
    return line if len(line) <= _START else _("%(start)s…") % {"start": line[: _START - 1].rstrip()}


def slices_told_of(view: MailingView) -> list[Slice]:
    """Return the states to name: what only receipts say is left out while no gateway of the mailing sends any."""
    told = ("delivered", "undelivered")
    if any(view.totals[state] for state in told):
        return view.slices
    senders = gateways_with_receipts()
    if senders and any(each.gateway in senders for each in totals_by_gateway(view.id)):
        return view.slices
    return [each for each in view.slices if each.state not in told]
