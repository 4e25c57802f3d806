"""The parts of the form that change as the user types: the counter and the estimate."""

from dataclasses import dataclass
from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from vestnik.audience.preview import count_audience
from vestnik.console.composing.fields import own_zone
from vestnik.console.composing.forms import ChosenFilter, MailingForm, matched
from vestnik.console.composing.letters import NAMED, replaced_words, visible
from vestnik.console.composing.mends import Mend, plain_letters
from vestnik.console.pages import Page
from vestnik.db.clock import database_now
from vestnik.mailings.fields import LONGEST_TEXT
from vestnik.mailings.plain_letters import Plainer, plainer
from vestnik.mailings.sms import SmsCount, count_sms, without
from vestnik.models import Role

#: Up to this many characters that force UCS-2 may be a mistake, such as a dash that an editor inserted.
_FEW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The result of counting a text.

    Args:
        sms: The count.
        forcing: The first characters that force UCS-2, in a visible form.
        more_forcing: The number of such characters that are not listed.
        parts_without: The SMS parts of the text without these characters. None if they are many, or nothing is saved.
        plain: The text with others instead that read the same. None if there are none, or nothing is saved.
    """

    sms: SmsCount
    forcing: list[str]
    more_forcing: int
    parts_without: int | None
    plain: Plainer | None

    @property
    def mend(self) -> Mend | None:
        """Replace the characters that make the text longer, if others read the same."""
        return None if self.plain is None else plain_letters(self.plain)

    @property
    def replaced(self) -> str:
        """Return which characters would be replaced by which ones."""
        return "" if self.plain is None else replaced_words(self.plain)

    @property
    def most(self) -> int:
        """The maximum number of characters of a text."""
        return LONGEST_TEXT

    @property
    def is_too_long(self) -> bool:
        """Whether the text has more characters than allowed."""
        return self.sms.characters > self.most


def count_typed(text: str) -> Counted:
    """Count a text from a browser, which sends a line break as two characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    sms = count_sms(text)
    less = without(text, sms.forcing).parts if 0 < len(sms.forcing) <= _FEW else sms.parts
    return Counted(
        sms=sms,
        forcing=[visible(char) for char in sms.forcing[:NAMED]],
        more_forcing=max(0, len(sms.forcing) - NAMED),
        parts_without=less if less < sms.parts else None,
        plain=plainer(text),
    )


class CounterPart(Page):
    """The counter of characters and SMS parts."""

    sees: ClassVar[Role] = Role.OPERATOR

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show the counter for the posted text."""
        counted = count_typed(request.POST.get("message_text", ""))
        return self.fragment(request, "console/composing/counter.html", counted=counted)


class EstimatePart(Page):
    """The number of clients that match the filter."""

    sees: ClassVar[Role] = Role.OPERATOR

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show the estimate for the posted form. Errors in other fields do not matter here."""
        form = MailingForm(request.POST, zone=own_zone(), now=database_now())
        form.is_valid()
        audience = None if form.filter is None else count_audience(**matched(form.filter))
        # Each text of a personal mailing has parts of its own. The sheet counts them.
        is_personal = form.cleaned_data.get("personal", False)
        parts = 0 if is_personal else count_sms(form.cleaned_data.get("message_text", "")).parts
        return self.fragment(
            request,
            "console/composing/estimate.html",
            audience=audience,
            parts=parts,
            total_parts=parts * audience.total if audience else 0,
            is_to_everybody=form.filter == ChosenFilter(None, None),
            nobody=nobody_matches(form.filter) if audience is not None and form.filter and not audience.total else "",
        )


def nobody_matches(chosen: ChosenFilter) -> str:
    """Why a filter matches nobody: one choice is named, several only match nobody together."""
    if sum(each is not None for each in chosen) > 1:
        return _("No client matches all of it. Choose more tags or operators, or leave something out.")
    if chosen.tags is not None:
        return _("No client has one of these tags.")
    if chosen.codes is not None:
        return _("No client has one of these operator codes.")
    if chosen.segment is not None:
        return _("No client is in this segment.")
    if chosen.earlier is not None:
        return _("The earlier mailing has no such messages.")
    return _("There are no clients yet.")
