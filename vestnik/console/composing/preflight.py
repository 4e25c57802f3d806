"""The part of the sheet that looks at all texts of a personal mailing, slice by slice."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vestnik.audience.preflight import Figures, look_further
from vestnik.audience.preflight_token import figures_of, token_of
from vestnik.console.composing.fields import own_zone
from vestnik.console.composing.forms import MailingForm
from vestnik.console.composing.words import number, too_long
from vestnik.console.pages import Page
from vestnik.db.clock import database_now
from vestnik.errors import InvalidInput
from vestnik.models import Role
from vestnik.routing.text_limits import limits_under
from vestnik.texts.render import LONGEST, Refusal

#: Seconds that a slice may take: the first figures are there within a second.
_SECONDS = 0.7
#: Rows of the table by operator code.
_CODES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the part shows.

    Args:
        figures: So far.
        token: To go on. Empty when all were looked at.
        percent: Of the audience. It is less than 100 until the end, because the audience may have grown.
        left_out: Sentences about clients who would get nothing.
        warnings: Sentences about gateways that do not take the longest text, and attributes that cost parts.
        codes: Operator codes with their messages and parts, the most parts first.
        others: Messages and parts of all other codes. None if there are none.
    """

    figures: Figures
    token: str
    percent: int
    left_out: list[str]
    warnings: list[str]
    codes: list[tuple[int, int, int]]
    others: tuple[int, int] | None


class PreflightPart(Page):
    """Renders the texts of the next clients, and shows the figures so far. It loads itself until it has them all."""

    sees: ClassVar[Role] = Role.OPERATOR

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show the figures. An error is said in the part, with a status of 200: htmx would leave it out otherwise."""
        form = MailingForm(request.POST, zone=own_zone(), now=database_now())
        context: dict[str, Any] = {"look": None, "problems": []}
        if form.is_valid() and form.said is not None:
            try:
                token = request.POST.get("preflight_next", "")
                before = figures_of(form.said, token) if token else None
                figures = look_further(form.said, before, seconds=_SECONDS)
                token = "" if figures.complete else token_of(form.said, figures)
                context["look"] = _look(figures, token, shown=request.POST.get("shown", ""))
            except InvalidInput as error:
                context["problems"] = [str(text) for texts in error.fields.values() for text in texts]
        else:
            context["problems"] = [str(text) for texts in form.errors.values() for text in texts]
        return self.fragment(request, "console/composing/preflight.html", **context)


def _look(figures: Figures, token: str, *, shown: str) -> Look:
    total = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 12 else 0
    percent = 100 if figures.complete else min(99, figures.looked_at * 100 // max(total, 1))
    codes = [(code, messages, parts) for code, (messages, parts) in figures.by_code.items()]
    codes.sort(key=lambda row: (-row[2], row[0]))
    rest = codes[_CODES:]
    return Look(
        figures=figures, token=token, percent=percent,
        left_out=[_left_out(code, count) for code, count in sorted(figures.left_out.items())],
        warnings=[*too_long_texts(figures), *(_warning(name, figures) for name in figures.warned_of)],
        codes=codes[:_CODES],
        others=(sum(row[1] for row in rest), sum(row[2] for row in rest)) if rest else None,
    )  # fmt: skip


def _left_out(code: str, count: int) -> str:
    if code == Refusal.TEXT_TOO_LONG:
        text = ngettext(
            "%(count)s client will get nothing: the text would be longer than %(most)s characters.",
            "%(count)s clients will get nothing: the text would be longer than %(most)s characters.",
            count,
        )
        return text % {"count": number(count), "most": number(LONGEST)}
    text = ngettext(
        "%(count)s client will get nothing: a value is missing.",
        "%(count)s clients will get nothing: a value is missing.",
        count,
    )
    return text % {"count": number(count)}


def too_long_texts(figures: Figures) -> list[str]:
    """Say which gateways do not take the longest text so far."""
    if figures.longest is None or figures.most_parts is None:
        return []
    characters, parts = figures.longest.characters, figures.most_parts.parts
    limits = limits_under(codes=figures.by_code, mailing=0, characters=characters, parts=parts)
    return [too_long(limit, characters, parts) for limit in limits]


def _warning(name: str, figures: Figures) -> str:
    texts = figures.a_part_longer[name]
    return _("%(name)s makes %(count)s of %(messages)s texts a part longer.") % {
        "name": f"{{{{{name}}}}}", "count": number(texts), "messages": number(figures.messages),
    }  # fmt: skip
