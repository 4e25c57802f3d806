"""The forms of a mailing: they check what was typed, and give :class:`vestnik.mailings.fields.MailingFields`."""

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
from vestnik.errors import InvalidInput
from vestnik.mailings.fields import LONGEST_NAME, LONGEST_TEXT, MailingFields, check_times, columns
from vestnik.mailings.windows import SendWindow, zone_of

ANY, CHOSEN = "any", "chosen"
NOW, AT = "now", "at"
HOURS = "hours"
#: A start that lies so far back is still meant as now: a clock shows whole minutes.
_JUST_NOW = timedelta(minutes=1)
_TOKEN = re.compile("[0-9a-f]{32}")


class ChosenFilter(NamedTuple):
    """Tags and operator codes; None: not filtered by it."""

    tags: list[str] | None
    codes: list[int] | None


class TimesForm(forms.Form):
    """Times of a mailing, as the clock of ``zone`` shows them.

    - ``zone``: what the times were typed in, whatever the person's zone has become meanwhile.
    - ``seen``: what was in the ledger when the form was made: for an edit.
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
        """Make the form.

        Args:
            data: what was posted.
            zone: the person's.
            now: the database's time.
            before: the mailing that is edited.
            initial: what a new form begins with.
        """
        super().__init__(data, initial=initial)
        self.typed = data or QueryDict()
        self.in_zone = (data is not None and zone_of(str(data.get("zone", "")))) or zone
        self.now = now
        self.before = before
        self.initial.setdefault("zone", self.in_zone.key)

    def instant(self, name: str, unchanged: datetime | None) -> datetime | None:
        """The instant that a field says; ``unchanged``, with its seconds, when it shows what that shows."""
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
        """The end, if it is one."""
        end = self.instant("end_at", self.before.end_time if self.before else None)
        if end is None or start is None:
            return None
        try:
            check_times(start, end)
        except InvalidInput as error:
            self.add_error("end_at", [str(text) for texts in error.fields.values() for text in texts])
            return None
        return end


class EndForm(TimesForm):
    """The end of a mailing that has started. ``said``: it, once the form is valid."""

    def clean(self) -> dict[str, Any]:
        """Read the end."""
        self.said = self.end(self.before.start_time if self.before else None)
        return self.cleaned_data


class MailingForm(TimesForm):
    """A whole mailing. ``said``: what it says, once the form is valid; ``filter``: as soon as that part is.

    ``token``: made with the form, so that one form makes one mailing, however often it is sent.
    """

    name = forms.CharField(
        label=_lazy("Name of the mailing"),
        required=False,
        max_length=LONGEST_NAME,
        help_text=_lazy("For you and your colleagues; clients do not see it."),
    )
    message_text = TextField(label=_lazy("Text"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5}))
    tag_choice = forms.ChoiceField(choices=[(ANY, ""), (CHOSEN, "")])
    tags = PicksField(read=read_tag)
    code_choice = forms.ChoiceField(choices=[(ANY, ""), (CHOSEN, "")])
    codes = PicksField(read=read_code)
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
        missing = _("Choose one of the two: a mailing to everybody should be nobody's slip.")
        self.fields["tag_choice"].error_messages["required"] = missing
        self.fields["code_choice"].error_messages["required"] = missing
        self.fields["message_text"].error_messages["required"] = _("Write what clients are to read.")

    def clean_message_text(self) -> str:
        """A text without visible characters is a mistake."""
        text: str = self.cleaned_data["message_text"]
        if is_blank(text):
            raise ValidationError(_("Write what clients are to read."))
        return text

    def clean_token(self) -> str:
        """The form's token; another one for what is none."""
        token: str = self.cleaned_data["token"]
        return token if _TOKEN.fullmatch(token) else uuid.uuid4().hex

    def clean(self) -> dict[str, Any]:
        """Read the mailing."""
        self.filter = self._filter()
        start = self._start()
        end = self.end(start)
        window = self._window()
        if not self.errors and self.filter is not None and start is not None and end is not None:
            self.said = MailingFields(
                name=self.cleaned_data["name"],
                message_text=self.cleaned_data["message_text"],
                filter_tags=self.filter.tags,
                filter_codes=self.filter.codes,
                start_time=start,
                end_time=end,
                send_window=window,
            )
        return self.cleaned_data

    @property
    def starts_now(self) -> bool:
        """Is it to start as soon as it is saved?"""
        return bool(self.cleaned_data.get("start_choice") == NOW)

    def as_json(self) -> dict[str, Any]:
        """What a valid form says, the same for the same choices: a start of now is no time."""
        said = {} if self.said is None else columns(self.said)
        return {**_plain(said), "start_time": NOW if self.starts_now else str(said.get("start_time"))}

    def _filter(self) -> ChosenFilter | None:
        tags = self._picked("tag_choice", "tags", _("Pick at least one tag, or choose clients with any tag."))
        codes = self._picked(
            "code_choice", "codes", _("Pick at least one operator code, or choose clients of any operator.")
        )
        wrong = {"tag_choice", "tags", "code_choice", "codes"} & self.errors.keys()
        return None if wrong else ChosenFilter(tags, codes)

    def _picked(self, choice: str, picks: str, problem: str) -> list[Any] | None:
        if self.cleaned_data.get(choice) != CHOSEN:
            self.errors.pop(picks, None)  # what is not shown can be no fault
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
            self.add_error("start_at", _("Say when it starts, or choose now."))
        elif start != unchanged and start < self.now - _JUST_NOW:
            self.add_error("start_at", _("This time is past: choose a later one, or now."))
        return start

    def _window(self) -> SendWindow | None:
        if self.cleaned_data.get("window_choice") != HOURS:
            self.errors.pop("window_from", None)
            self.errors.pop("window_to", None)
            return None
        opens, closes = self.cleaned_data.get("window_from"), self.cleaned_data.get("window_to")
        for name, clock in (("window_from", opens), ("window_to", closes)):
            if clock is None and name not in self.errors:
                self.add_error(name, _("Give a time of day, such as 09:00."))
        if opens is not None and opens == closes:
            self.add_error("window_to", _("Both are the same: choose any hour, or other times."))
        return None if opens is None or closes is None or opens == closes else SendWindow(opens, closes)


def digest_of(fields: MailingFields) -> str:
    """A fingerprint: two mailings with the same content have the same one."""
    return digest(_plain(columns(fields)))


def digest(said: dict[str, Any]) -> str:
    """Thirty-two characters for what somebody said. No secret."""
    return uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(said, sort_keys=True)).hex


def _plain(said: Mapping[str, object]) -> dict[str, Any]:
    """Columns as JSON."""
    return {name: value if isinstance(value, list | None) else str(value) for name, value in said.items()}
