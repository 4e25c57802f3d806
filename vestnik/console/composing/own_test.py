"""*Test to me*: the text of a draft, sent to the user's own number before anything is saved."""

from typing import ClassVar, NamedTuple

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.accounts.own_phone import change_own_phone
from vestnik.characters import is_blank
from vestnik.console.clients.fields import OptionalPhoneField
from vestnik.console.composing.fields import TextField
from vestnik.console.composing.forms import personal_said
from vestnik.console.pages import Page, errors_at
from vestnik.console.roles import user_of
from vestnik.dispatch.trial import Trial, send_trial, verdict
from vestnik.errors import InvalidInput, StateForbids, TooManyTries, WrongKey
from vestnik.mailings.fields import LONGEST_TEXT
from vestnik.mailings.personal import text_for_client
from vestnik.models import OnMissing, Role, User
from vestnik.routing.find import Shown
from vestnik.routing.preview import gateway_for
from vestnik.texts.formats import LOCALES

#: The largest id that the database can hold.
_MAX_ID = 2**63 - 1


class OwnTestForm(forms.Form):
    """The text of a draft, and the user's own number if it is not known yet. ``mailing``: the one that is edited."""

    message_text = TextField(max_length=LONGEST_TEXT, required=False)
    own_phone = OptionalPhoneField(label=_lazy("Your phone number"))
    personal = forms.BooleanField(required=False)
    on_missing = forms.ChoiceField(required=False, choices=OnMissing.choices)
    locale = forms.ChoiceField(required=False, choices=[(locale, locale) for locale in LOCALES])
    test_client = OptionalPhoneField()
    mailing = forms.IntegerField(required=False, min_value=1, max_value=_MAX_ID)

    def clean_message_text(self) -> str:
        """Refuse a text without visible characters."""
        text: str = self.cleaned_data["message_text"]
        if is_blank(text):
            raise forms.ValidationError(_("Enter the text of the message."))
        return text


class _Sent(NamedTuple):
    """A test message, and the gateway over which it went."""

    trial: Trial
    gateway: Shown


class OwnTestPart(Page):
    """The card below the estimate, and beside the sheet's button."""

    sees: ClassVar[Role] = Role.OPERATOR

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send the text to the user's own number, and say what became of it. The number is asked for once.

        Errors are said in the part, with a status of 200: htmx would leave out the answer otherwise.
        """
        form, user, sent = OwnTestForm(request.POST), user_of(request), None
        if form.is_valid():
            with errors_at(form):
                sent = _sent(form, user)
        return self.fragment(
            request, "console/composing/own_test.html", own_phone=user.own_phone, sent=sent,
            verdict=None if sent is None else verdict(sent.trial.outcome.kind),
            mailing_id=form.cleaned_data.get("mailing"),
            typed=request.POST.get("own_phone", ""), as_client=request.POST.get("test_client", ""),
            problems=[str(text) for texts in form.errors.values() for text in texts],
        )  # fmt: skip


def _sent(form: OwnTestForm, user: User) -> _Sent | None:
    """Send the text over the gateway that the mailing would use for this number.

    A limit, or gateways that cannot be used, are errors of the form.
    """
    try:
        phone = form.cleaned_data["own_phone"]
        if user.own_phone is None and phone is not None:
            change_own_phone(user=user, phone=phone)
        if user.own_phone is None:
            form.add_error("own_phone", _("Enter your phone number."))
            return None
        text = _text_of(form)
        if text is None:
            return None
        gateway = gateway_for(phone=user.own_phone, mailing=form.cleaned_data["mailing"])
        trial = send_trial(gateway=gateway.row, phone=user.own_phone, text=text, actor=user)
        return _Sent(trial, gateway)
    except (StateForbids, TooManyTries, WrongKey) as error:
        form.add_error(None, str(error))
        return None


def _text_of(form: OwnTestForm) -> str | None:
    """Return the text, of a personal one as the chosen client would get it. None: the form has an error now."""
    text: str = form.cleaned_data["message_text"]
    personal = personal_said(form)
    if personal is None:
        return None if form.errors else text
    try:
        return text_for_client(text=text, personal=personal, phone=form.cleaned_data["test_client"])
    except InvalidInput as error:
        form.add_error(None, [str(text) for texts in error.fields.values() for text in texts])
        return None
