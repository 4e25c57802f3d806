"""Forms of an import: the file, and the meaning of its columns."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext

from vestnik.clients.choices import existing_tags
from vestnik.clients.imports.attribute_guess import with_spellings
from vestnik.clients.imports.columns import Columns
from vestnik.clients.imports.drafts import sample_of
from vestnik.clients.imports.guessing import Guess
from vestnik.clients.imports.limits import MAX_BYTES, mebibytes
from vestnik.console.clients.fields import DatalistInput, QuickSelect
from vestnik.console.clients.forms import zone_choices
from vestnik.console.clients.import_attributes import (
    AttributeRow,
    Rows,
    attribute_fields,
    attribute_problems,
    chosen_attributes,
    examples,
    guessed_attributes,
)
from vestnik.models import ImportJob, ImportMode, OnError

MODES = [
    (ImportMode.UPSERT, _lazy("Add new clients and update existing ones")),
    (ImportMode.CREATE, _lazy("Only add new clients; refuse existing ones")),
    (ImportMode.UPDATE, _lazy("Only update existing clients; refuse new ones")),
]
ON_ERROR = [
    (OnError.SKIP, _lazy("Import the other rows")),
    (OnError.ABORT, _lazy("Import nothing")),
]
_AS_CELLS_TELL = _lazy("as in other cells of the column; otherwise the row is refused")


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
        help_text=_lazy("If it is empty, it is taken from the phone number."),
    )  # fmt: skip
    decimal = forms.ChoiceField(
        label=_lazy("1,234 in a number is"), required=False,
        choices=[("", _AS_CELLS_TELL), ("comma", "1.234"), ("point", "1234")],
    )  # fmt: skip
    first = forms.ChoiceField(
        label=_lazy("05/06/2026 is"), required=False,
        choices=[("", _AS_CELLS_TELL), ("day", _lazy("5 June")), ("month", _lazy("May 6"))],
    )  # fmt: skip
    header = forms.BooleanField(label=_lazy("The first row names the columns"), required=False)
    mode = forms.ChoiceField(label=_lazy("What to do"), choices=MODES, widget=forms.RadioSelect)
    on_error = forms.ChoiceField(label=_lazy("If rows are refused"), choices=ON_ERROR, widget=forms.RadioSelect)

    def __init__(self, *args: Any, job: ImportJob, **options: Any) -> None:
        options.setdefault("label_suffix", "")
        super().__init__(*args, **options)
        self._rows = [cells for _line, cells in sample_of(job)]
        self.fields |= attribute_fields(self._rows)
        choices = list(self._column_choices())
        for name in ("phone", "tag", "zone", "code"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields["tag_for_all"].widget = DatalistInput(
            existing_tags(), attrs={"maxlength": 64, "autocomplete": "off"}
        )
        zones = [("", pgettext("time zone", "none")), *zone_choices(settings.TIME_ZONE)]
        self.fields["zone_for_all"].choices = zones  # type: ignore[attr-defined]

    @property
    def keeps_any(self) -> bool:
        """Return whether a column is kept as an attribute."""
        return any(row.keep.value() for row in self.attribute_rows)

    @property
    def attribute_rows(self) -> list[AttributeRow]:
        """The fields of each column that may become an attribute."""
        places = range(max(map(len, self._rows)))
        return [AttributeRow(*(self[f"{part}_{place}"] for part in ("keep", "name", "type"))) for place in places]

    def clean(self) -> dict[str, Any]:
        """Check the columns of attributes, each at its name."""
        typed = self.cleaned_data
        matched = {typed[name] for name in ("phone", "tag", "zone", "code") if typed.get(name) is not None}
        chosen = chosen_attributes(typed, max(map(len, self._rows)))
        for place, problem in attribute_problems(chosen, matched).items():
            self.add_error(f"name_{place}", problem)
        return typed

    def columns(self) -> Columns:
        """Return the columns as the services take them. The form must be valid."""
        chosen = self.cleaned_data
        width = len(self._rows[0]) if chosen["header"] else max(map(len, self._rows))
        attributes = chosen_attributes(chosen, max(map(len, self._rows)))
        return Columns(
            phone=chosen["phone"], code=chosen["code"], tag=chosen["tag"], zone=chosen["zone"], count=width,
            header=chosen["header"], tag_for_all=chosen["tag_for_all"] or None,
            zone_for_all=chosen["zone_for_all"] or None, zone_from_phone=chosen["zone_from_phone"],
            attributes=with_spellings(attributes, self._rows[1 if chosen["header"] else 0 :]),
            decimal=chosen["decimal"], first=chosen["first"],
        )  # fmt: skip

    def options(self) -> tuple[ImportMode, OnError]:
        """Return what to do with existing clients, and with refused rows. The form must be valid."""
        return ImportMode(self.cleaned_data["mode"]), OnError(self.cleaned_data["on_error"])

    def _column_choices(self) -> Any:
        yield "", _("not in the file")
        for place in range(max(map(len, self._rows))):
            yield place, examples(self._rows, place)


def guessed(guess: Guess, rows: Rows) -> dict[str, Any]:
    """Return the initial values of the form for a guess, and the first rows of the file."""
    zone = "" if "zone" in guess.places else settings.TIME_ZONE
    options = {"mode": ImportMode.UPSERT, "on_error": OnError.SKIP}
    attributes = guessed_attributes(rows, header=guess.header, matched=guess.places.values())
    return {**guess.places, "header": guess.header, "zone_for_all": zone, **options, **attributes}
