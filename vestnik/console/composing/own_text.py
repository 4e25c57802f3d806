"""The preview of a personal text while it is typed: what some of its clients would get, one after the other."""

from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse

from vestnik.audience.preview import sample_recipients
from vestnik.console.composing.fields import own_zone
from vestnik.console.composing.forms import ChosenFilter, MailingForm, matched
from vestnik.console.pages import Page
from vestnik.db.clock import database_now
from vestnik.errors import InvalidInput
from vestnik.mailings.fields import Personal
from vestnik.mailings.personal import SampleText, known_names, texts_of_phones
from vestnik.mailings.sms import count_sms
from vestnik.models import OnMissing, Role
from vestnik.texts.formats import LOCALES

#: The number of clients that can be stepped through.
_SAMPLES = 10
#: How a value of a type is put into a text, between its name and its default.
_FORMATS = {"number": "|number", "date": "|date"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """What the preview shows.

    Args:
        shown: The text of one client.
        place: Of this client among the samples, from 1.
        count: The number of samples.
        shortest: The SMS parts of the shortest text of all samples. None if no text can be made.
        longest: The same of the longest text.
        left_out: The number of samples that would get nothing.
    """

    shown: SampleText
    place: int
    count: int
    shortest: int | None
    longest: int | None
    left_out: int

    @property
    def before(self) -> int:
        """The place of the previous sample. The last one comes before the first."""
        return self.place - 1 or self.count

    @property
    def after(self) -> int:
        """The place of the next sample."""
        return self.place % self.count + 1


def placeholders() -> list[tuple[str, str]]:
    """Return what a personal text may name, each with the format that is put in with it."""
    return [(name, _FORMATS.get(kind, "")) for name, kind in known_names().items()]


class OwnTextPart(Page):
    """The preview. It has nothing in it for a text that is not a personal one, or that is empty."""

    sees: ClassVar[Role] = Role.OPERATOR

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show the text of the client with the posted place. What is wrong with the text is said instead.

        Errors are said with a status of 200: htmx would leave out the answer otherwise.
        """
        form = MailingForm(request.POST, zone=own_zone(), now=database_now())
        form.is_valid()
        context: dict[str, Any] = {"is_personal": bool(form.cleaned_data.get("personal")), "samples": None}
        text = form.cleaned_data.get("message_text")
        if text is None:  # It is empty or too long, or it has faults.
            text = "" if not form["message_text"].value() else str(form["message_text"].value())
        if context["is_personal"] and text.strip():
            try:
                context["samples"] = _samples(text, _personal(form), form.filter, request.POST.get("sample", ""))
            except InvalidInput as error:
                context["faults"] = [str(fault) for faults in error.fields.values() for fault in faults]
        return self.fragment(request, "console/composing/own_text.html", **context)


def _personal(form: MailingForm) -> Personal:
    """Return what the form says of the text. Until somebody has chosen, a missing value needs no default."""
    on_missing = form.cleaned_data.get("on_missing") or OnMissing.SKIP
    return Personal(on_missing=OnMissing(on_missing), locale=form.cleaned_data.get("locale") or LOCALES[0])


def _samples(text: str, personal: Personal, chosen: ChosenFilter | None, asked: str) -> Samples | None:
    """Return the preview. None: no client matches. Until a filter is chosen, the samples are of all clients."""
    chosen = chosen or ChosenFilter(None, None)
    # Always the same clients: who steps through them must not meet others.
    found = sample_recipients(**matched(chosen), most=_SAMPLES, draw=Random(0))  # noqa: S311
    texts = texts_of_phones(text=text, personal=personal, phones=[each.phone for each in found])
    if not texts:
        return None
    place = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 3 else 1
    place = min(max(place, 1), len(texts))
    made = sorted((each.text for each in texts if each.text is not None), key=len)
    return Samples(
        shown=texts[place - 1], place=place, count=len(texts), left_out=len(texts) - len(made),
        shortest=count_sms(made[0]).parts if made else None, longest=count_sms(made[-1]).parts if made else None,
    )  # fmt: skip
