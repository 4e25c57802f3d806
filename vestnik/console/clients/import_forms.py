"""Forms of an import: the file, and the meaning of its columns."""

from string import ascii_uppercase
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.clients.choices import existing_tags
from vestnik.clients.imports.columns import Columns
from vestnik.clients.imports.drafts import sample_of
from vestnik.clients.imports.guessing import Guess
from vestnik.clients.imports.limits import MAX_BYTES, mebibytes
from vestnik.console.clients.fields import DatalistInput, QuickSelect
from vestnik.console.clients.forms import zone_choices
from vestnik.models import ImportJob, ImportMode, OnError

#: The number of characters shown of a column's name and of an example cell.
_SHOWN = 40

MODES = [
    (ImportMode.UPSERT, _lazy("Add new clients and update existing ones")),
    (ImportMode.CREATE, _lazy("Only add new clients; refuse existing ones")),
    (ImportMode.UPDATE, _lazy("Only update existing clients; refuse new ones")),
]
ON_ERROR = [
    (OnError.SKIP, _lazy("Import the other rows")),
    (OnError.ABORT, _lazy("Import nothing")),
]


class UploadForm(forms.Form):
    """A file to import."""

    file = forms.FileField(
        label=_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.gz", "data-most": MAX_BYTES}),
        error_messages={"required": _lazy("Choose a file."), "empty": _lazy("The file is empty.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        size = {"most": mebibytes(MAX_BYTES)}
        self.too_large = _("The file may have at most %(most)d MiB.") % size
        formats = _("CSV, XLSX, or CSV in gzip, up to %(most)d MiB.")
        self.fields["file"].help_text = formats % size


class MatchForm(forms.Form):
    """The meaning of each column, and what to do with existing clients and with wrong rows."""

    phone = forms.TypedChoiceField(label=_lazy("Phone number"), coerce=int, error_messages={
        "required": _lazy("Choose the column of the phone numbers."),
    })  # fmt: skip
    tag = forms.TypedChoiceField(label=_lazy("Tag"), coerce=int, empty_value=None, required=False)
    tag_for_all = forms.CharField(
        label=_lazy("Tag for rows without one"), max_length=64, required=False, help_text=_lazy("Empty: none.")
    )
    zone = forms.TypedChoiceField(label=_lazy("Time zone"), coerce=int, empty_value=None, required=False)
    zone_for_all = forms.ChoiceField(label=_lazy("Time zone for rows without one"), required=False, widget=QuickSelect)
    zone_from_phone = forms.BooleanField(
        label=_lazy("Take the time zone of new clients from the number where possible"), required=False,
        help_text=_lazy("Possible for landlines and numbers of Kazakhstan, not for Russian mobile numbers."),
    )  # fmt: skip
    code = forms.TypedChoiceField(
        label=_lazy("Operator code"), coerce=int, empty_value=None, required=False,
        help_text=_lazy("If there is none, it is taken from the phone number."),
    )  # fmt: skip
    header = forms.BooleanField(label=_lazy("The first row names the columns"), required=False)
    mode = forms.ChoiceField(label=_lazy("What to do"), choices=MODES, widget=forms.RadioSelect)
    on_error = forms.ChoiceField(label=_lazy("If rows are refused"), choices=ON_ERROR, widget=forms.RadioSelect)

    def __init__(self, *args: Any, job: ImportJob, **options: Any) -> None:
        options.setdefault("label_suffix", "")
        super().__init__(*args, **options)
        self._rows = [cells for _line, cells in sample_of(job)]
        choices = list(self._column_choices())
        for name in ("phone", "tag", "zone", "code"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields["tag_for_all"].widget = DatalistInput(
            existing_tags(), attrs={"maxlength": 64, "autocomplete": "off"}
        )
        zones = [("", _("none")), *zone_choices(settings.TIME_ZONE)]
        self.fields["zone_for_all"].choices = zones  # type: ignore[attr-defined]

    def columns(self) -> Columns:
        """Return the columns as the services take them. The form must be valid."""
        chosen = self.cleaned_data
        width = len(self._rows[0]) if chosen["header"] else max(map(len, self._rows))
        return Columns(
            phone=chosen["phone"], code=chosen["code"], tag=chosen["tag"], zone=chosen["zone"], count=width,
            header=chosen["header"], tag_for_all=chosen["tag_for_all"] or None,
            zone_for_all=chosen["zone_for_all"] or None, zone_from_phone=chosen["zone_from_phone"],
        )  # fmt: skip

    def options(self) -> tuple[ImportMode, OnError]:
        """Return what to do with existing clients, and with refused rows. The form must be valid."""
        return ImportMode(self.cleaned_data["mode"]), OnError(self.cleaned_data["on_error"])

    def _column_choices(self) -> Any:
        yield "", _("not in the file")
        for place in range(max(map(len, self._rows))):
            cells = [str(row[place]).strip() for row in self._rows if place < len(row) and row[place] is not None]
            shown = [cell[:_SHOWN] for cell in cells if cell][:2]
            yield place, ": ".join([_letter(place), ", ".join(shown)]) if shown else _letter(place)


def guessed(guess: Guess) -> dict[str, Any]:
    """Return the initial values of the form for a guess."""
    zone = "" if "zone" in guess.places else settings.TIME_ZONE
    options = {"mode": ImportMode.UPSERT, "on_error": OnError.SKIP}
    return {**guess.places, "header": guess.header, "zone_for_all": zone, **options}


def _letter(place: int) -> str:
    """Return the name of a column in a spreadsheet: A to Z, then AA and so on."""
    first, last = divmod(place, len(ascii_uppercase))
    return (ascii_uppercase[first - 1] if first else "") + ascii_uppercase[last]
