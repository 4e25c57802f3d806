"""Forms of a mailing. They validate the input, and make :class:`vestnik.mailings.fields.MailingFields` of it."""

import json
import re
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.characters import is_blank
from vestnik.clients.segments.conditions import SegmentCopy
from vestnik.clients.segments.store import copied_segment
from vestnik.console.composing.fields import (
    ClockField,
    PicksField,
    TextField,
    TimeOfDayField,
    as_instant,
    as_shown,
    read_code,
    read_tag,
)
from vestnik.console.mailings.earlier import earlier_said
from vestnik.errors import InvalidInput
from vestnik.mailings.fields import (
    LONGEST_NAME,
    LONGEST_TEXT,
    OUTCOMES,
    Earlier,
    MailingFields,
    Personal,
    check_times,
    columns,
)
from vestnik.mailings.personal import read_personal
from vestnik.mailings.windows import SendWindow, zone_of
from vestnik.models import OnMissing
from vestnik.texts.formats import LOCALES
from vestnik.web.ids import id_of

ANY, CHOSEN = "any", "chosen"
NOW, AT = "now", "at"
HOURS = "hours"
#: A start that is this far in the past is still accepted, because clocks show whole minutes.
_JUST_NOW = timedelta(minutes=1)
#: The languages of a personal text, each with what it looks like.
LOCALE_CHOICES = [
    (LOCALES[0], _lazy("Russian: 1 234,50, 31.12.2026")),
    (LOCALES[1], _lazy("English: 1,234.50")),
]
_TOKEN = re.compile("[0-9a-f]{32}")


class ChosenFilter(NamedTuple):
    """The chosen tags, operator codes, earlier mailing and segment. None means that there is no such filter."""

    tags: list[str] | None
    codes: list[int] | None
    earlier: Earlier | None = None
    segment: SegmentCopy | None = None


def matched(chosen: ChosenFilter) -> dict[str, Any]:
    """Return the filter as the functions of :mod:`vestnik.audience.preview` take it."""
    return {**chosen._asdict(), "segment": None if chosen.segment is None else chosen.segment.rule}


class TimesForm(forms.Form):
    """Times of a mailing, as a clock in ``zone`` shows them.

    - ``zone``: the time zone in which the times were typed, even if the user's zone has changed since.
    - ``seen``: for an edit, a digest of the mailing that the form was made from.
    """

    end_at = ClockField(label=_lazy("End"))
    zone = forms.CharField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        zone: ZoneInfo,
        now: datetime,
        before: MailingFields | None = None,
        initial: Any = None,
    ) -> None:
        """Create the form.

        Args:
            data: The posted values.
            zone: The user's time zone.
            now: The database's time.
            before: The mailing that is edited.
            initial: The initial values of a new form.
        """
        super().__init__(data, initial=initial)
        self.typed = data or QueryDict()
        self.in_zone = (data is not None and zone_of(str(data.get("zone", "")))) or zone
        self.now = now
        self.before = before
        self.initial.setdefault("zone", self.in_zone.key)

    def instant(self, name: str, unchanged: datetime | None) -> datetime | None:
        """Return the instant of a field.

        If the field still shows the minute of ``unchanged``, this returns ``unchanged`` with its seconds.
        """
        shown = self.cleaned_data.get(name)
        if shown is None:
            return None
        if unchanged is not None and as_shown(unchanged, self.in_zone) == shown:
            return unchanged
        try:
            return as_instant(shown, self.in_zone)
        except ValidationError as error:
            self.add_error(name, error)
            return None

    def end(self, start: datetime | None) -> datetime | None:
        """Return the end if it is valid."""
        end = self.instant("end_at", self.before.end_time if self.before else None)
        if end is None or start is None:
            return None
        try:
            check_times(start, end)
        except InvalidInput as error:
            self.refuse_end(error)
            return None
        return end

    def refuse_end(self, error: InvalidInput) -> None:
        """Say at the end what a service has said of the times: the end is not after the start, or has passed."""
        texts = [str(text) for texts in error.fields.values() for text in texts]
        self.add_error("end_at", [ValidationError(text, code="early") for text in texts])


class EndForm(TimesForm):
    """The end of a mailing that has started. ``said`` is the end once the form is valid."""

    def clean(self) -> dict[str, Any]:
        """Validate the end."""
        self.said = self.end(self.before.start_time if self.before else None)
        return self.cleaned_data


class MailingForm(TimesForm):
    """All fields of a mailing.

    ``said`` holds the values once the form is valid. ``filter`` is set as soon as the filter is valid.

    ``token`` is created with the form, so that one form creates one mailing, even if it is sent several times.
    """

    name = forms.CharField(
        label=_lazy("Name of the mailing"),
        required=False,
        max_length=LONGEST_NAME,
        help_text=_lazy("For you and your colleagues; clients do not see it."),
    )
    message_text = TextField(label=_lazy("Text"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5}))
    personal = forms.BooleanField(required=False)
    on_missing = forms.ChoiceField(required=False, choices=OnMissing.choices)
    locale = forms.ChoiceField(
        label=_lazy("Language of numbers and dates"),
        required=False,
        choices=LOCALE_CHOICES,
    )
    tag_choice = forms.ChoiceField(choices=[(ANY, ""), (CHOSEN, "")])
    tags = PicksField(read=read_tag)
    code_choice = forms.ChoiceField(choices=[(ANY, ""), (CHOSEN, "")])
    codes = PicksField(read=read_code)
    segment = forms.CharField(required=False)
    earlier_mailing = forms.CharField(required=False, widget=forms.HiddenInput)
    earlier_states = forms.MultipleChoiceField(
        required=False, choices=[(state, state) for state in OUTCOMES], widget=forms.MultipleHiddenInput
    )
    earlier_codes = PicksField(read=str)
    earlier_on = forms.BooleanField(required=False)
    earlier_sure = forms.BooleanField(required=False)
    start_choice = forms.ChoiceField(choices=[(NOW, ""), (AT, "")])
    start_at = ClockField(label=_lazy("Start"), required=False)
    window_choice = forms.ChoiceField(choices=[(ANY, ""), (HOURS, "")])
    window_from = TimeOfDayField(label=_lazy("From"))
    window_to = TimeOfDayField(label=_lazy("Until"))
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    said: MailingFields | None = None
    filter: ChosenFilter | None = None

    def __init__(self, data: QueryDict | None = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.initial.setdefault("token", uuid.uuid4().hex)
        missing = _("Choose one, so that nobody mails everyone by accident.")
        self.fields["tag_choice"].error_messages["required"] = missing
        self.fields["code_choice"].error_messages["required"] = missing
        self.fields["message_text"].error_messages["required"] = _("Enter the text of the message.")

    def clean_message_text(self) -> str:
        """Refuse a text without visible characters."""
        text: str = self.cleaned_data["message_text"]
        if is_blank(text):
            raise ValidationError(_("Enter the text of the message."))
        return text

    def clean_token(self) -> str:
        """Return the token of the form, or a new one if the posted token is not valid."""
        token: str = self.cleaned_data["token"]
        return token if _TOKEN.fullmatch(token) else uuid.uuid4().hex

    def clean(self) -> dict[str, Any]:
        """Validate the mailing."""
        self.filter = self._filter()
        start = self._start()
        end = self.end(start)
        window = self._window()
        personal = self._personal()
        if not self.errors and self.filter is not None and start is not None and end is not None:
            self.said = MailingFields(
                name=self.cleaned_data["name"],
                message_text=self.cleaned_data["message_text"],
                filter_tags=self.filter.tags,
                filter_codes=self.filter.codes,
                start_time=start,
                end_time=end,
                send_window=window,
                earlier=self.filter.earlier,
                personal=personal,
                segment=self.filter.segment,
            )
        return self.cleaned_data

    @property
    def earlier(self) -> Earlier | None:
        """The earlier mailing that the form names, whether its box is ticked or not."""
        return earlier_said(
            self["earlier_mailing"].value(), self["earlier_states"].value(), self["earlier_codes"].value()
        )

    @property
    def starts_now(self) -> bool:
        """Return whether the mailing starts as soon as it is saved."""
        return bool(self.cleaned_data.get("start_choice") == NOW)

    def as_json(self) -> dict[str, Any]:
        """Return the values of a valid form.

        The same choices always give the same result: a start of "now" is kept as that word, not as a time.
        """
        said = {} if self.said is None else columns(self.said)
        return {**_plain(said), "start_time": NOW if self.starts_now else str(said.get("start_time"))}

    def _filter(self) -> ChosenFilter | None:
        segment = self._segment()
        tags = self._picked("tag_choice", "tags", _("Choose at least one tag, or “Clients with any tag”."))
        codes = self._picked(
            "code_choice", "codes", _("Choose at least one operator code, or “Clients of any operator”.")
        )
        earlier = self._earlier()
        wrong = {"tag_choice", "tags", "code_choice", "codes", "earlier_sure", "segment"} & self.errors.keys()
        return None if wrong else ChosenFilter(tags, codes, earlier, segment)

    def _segment(self) -> SegmentCopy | None:
        """Return a copy of the chosen segment as it is now. With one, tags and operators need not be chosen."""
        text = self.cleaned_data.get("segment", "")
        if not text:
            return None
        for choice in ("tag_choice", "code_choice"):
            if not self[choice].value():
                self.errors.pop(choice, None)
        try:
            return copied_segment(id_of(text) or 0, before=self.before.segment if self.before else None)
        except InvalidInput as error:
            self.add_error("segment", [str(text) for texts in error.fields.values() for text in texts])
            return None

    def _earlier(self) -> Earlier | None:
        """Return the earlier mailing. Who may have got its text is written to only if that is confirmed."""
        for name in ("earlier_mailing", "earlier_states", "earlier_codes"):
            self.errors.pop(name, None)  # Nobody types into these.
        earlier = self.earlier if self.cleaned_data.get("earlier_on") else None
        kept = self.before is not None and self.before.earlier == earlier
        if earlier is not None and earlier.may_have_it and not kept and not self.cleaned_data.get("earlier_sure"):
            self.add_error("earlier_sure", _("Confirm that they may get this text, too."))
        return earlier

    def _picked(self, choice: str, picks: str, problem: str) -> list[Any] | None:
        if self.cleaned_data.get(choice) != CHOSEN:
            self.errors.pop(picks, None)  # A field that is not shown must not have an error.
            return None
        picked: list[Any] = self.cleaned_data.get(picks, [])
        if not picked and picks not in self.errors:
            self.add_error(picks, problem)
        return picked

    def _start(self) -> datetime | None:
        if self.starts_now:
            self.errors.pop("start_at", None)
            return self.now
        unchanged = self.before.start_time if self.before else None
        start = self.instant("start_at", unchanged)
        if "start_choice" in self.errors or "start_at" in self.errors:
            return None
        if start is None:
            self.add_error("start_at", _("Enter the start time, or choose “Now”."))
        elif start != unchanged and start < self.now - _JUST_NOW:
            passed = _("This time has passed. Choose a later one, or “Now”.")
            self.add_error("start_at", ValidationError(passed, code="past"))
        return start

    def _personal(self) -> Personal | None:
        """Return what is said of a personal text. What is wrong with the text is an error of the text."""
        personal = personal_said(self)
        text = self.cleaned_data.get("message_text")
        if personal is not None and text is not None:
            try:
                read_personal(text, personal)
            except InvalidInput as error:
                self.add_error("message_text", [str(text) for texts in error.fields.values() for text in texts])
        return personal

    def _window(self) -> SendWindow | None:
        if self.cleaned_data.get("window_choice") != HOURS:
            self.errors.pop("window_from", None)
            self.errors.pop("window_to", None)
            return None
        opens, closes = self.cleaned_data.get("window_from"), self.cleaned_data.get("window_to")
        for name, clock in (("window_from", opens), ("window_to", closes)):
            if clock is None and name not in self.errors:
                self.add_error(name, _("Enter a time, for example 09:00."))
        if opens is not None and opens == closes:
            same = _("Both times are the same. Choose other times, or “At any hour”.")
            self.add_error("window_to", ValidationError(same, code="same"))
        return None if opens is None or closes is None or opens == closes else SendWindow(opens, closes)


def personal_said(form: forms.Form) -> Personal | None:
    """Return what a form says of a personal text. None: it has none, or its choices are not complete."""
    if not form.cleaned_data.get("personal"):
        form.errors.pop("on_missing", None)
        form.errors.pop("locale", None)
        return None
    on_missing = form.cleaned_data.get("on_missing")
    if not on_missing:
        if "on_missing" not in form.errors:
            form.add_error("on_missing", _("Choose what happens to clients without a value."))
        return None
    return Personal(on_missing=OnMissing(on_missing), locale=form.cleaned_data.get("locale") or LOCALES[0])


def digest_of(fields: MailingFields) -> str:
    """Return a digest of a mailing's fields. Mailings with the same content have the same digest."""
    return digest(_plain(columns(fields)))


def digest(said: dict[str, Any]) -> str:
    """Return a digest of 32 characters. It is not a secret."""
    return uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(said, sort_keys=True)).hex


def _plain(said: Mapping[str, object]) -> dict[str, Any]:
    """Return the columns as values of JSON."""
    return {name: value if isinstance(value, list | None) else str(value) for name, value in said.items()}
