"""The form of a segment: its name, who is in it, and who is left out. The services decide what is valid."""

from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.clients.attributes.registry import known_types
from vestnik.clients.attributes.spelling import PLAIN, Spelling, read_value
from vestnik.clients.attributes.values import Value, number_text
from vestnik.clients.segments.checking import TypedTest, checked_tests
from vestnik.clients.segments.conditions import (
    MAX_AGE_DAYS,
    MAX_MESSAGE_DAYS,
    MAX_TESTS,
    TESTS_OF_TYPE,
    AttributeTest,
    Conditions,
    Days,
    Rule,
    Test,
    When,
)
from vestnik.clients.segments.store import MAX_NAME, SegmentFields
from vestnik.console.composing.fields import PicksField, read_code, read_tag
from vestnik.console.composing.forms import ANY, CHOSEN
from vestnik.console.conflicts import SeenField
from vestnik.console.kept import NameField
from vestnik.models import AttributeType

INCLUDE, EXCLUDE = "include", "exclude"
#: Empty rows of attributes that a part shows below those that are filled in. A button adds more; without scripts, each
#: save does.
_EMPTY_ROWS = 2
#: As Russians write what may mean two things.
_RUSSIAN = Spelling(decimal="comma", first="day")
_TESTS = frozenset(each.value for each in Test)
TEST_WORDS = [
    (Test.EQUALS.value, pgettext_lazy("condition", "is")),
    (Test.NOT.value, _lazy("is not")),
    (Test.GREATER.value, _lazy("is greater or later than")),
    (Test.LESS.value, _lazy("is less or earlier than")),
    (Test.CONTAINS.value, pgettext_lazy("condition", "contains")),
    (Test.IS_SET.value, _lazy("is set")),
    (Test.IS_NOT_SET.value, _lazy("is not set")),
]


class Row(NamedTuple):
    """A row of the part's attributes, as texts."""

    name: str = ""
    test: str = Test.EQUALS.value
    value: str = ""


class PartForm(forms.Form):
    """One part of a segment. ``conditions`` holds its values once it is valid.

    Its prefix is the name of the part. Attributes are three lists of fields with one name each, a row at each place.
    """

    tag_choice = forms.ChoiceField(choices=[(ANY, ""), (CHOSEN, "")], required=False)
    tags = PicksField(read=read_tag)
    code_choice = forms.ChoiceField(choices=[(ANY, ""), (CHOSEN, "")], required=False)
    codes = PicksField(read=read_code)
    created_when = forms.ChoiceField(
        label=_lazy("Added"), required=False,
        choices=[("", _lazy("at any time")), (When.WITHIN.value, _lazy("in the last")),
                 (When.NOT_WITHIN.value, _lazy("before the last"))],
    )  # fmt: skip
    created_days = forms.IntegerField(
        label=_lazy("Added: days"), required=False, min_value=1, max_value=MAX_AGE_DAYS
    )  # fmt: skip
    message_when = forms.ChoiceField(
        label=_lazy("Last message"), required=False,
        choices=[("", _lazy("at any time or never")), (When.WITHIN.value, _lazy("in the last")),
                 (When.NOT_WITHIN.value, _lazy("none in the last"))],
    )  # fmt: skip
    message_days = forms.IntegerField(
        label=_lazy("Last message: days"), required=False, min_value=1, max_value=MAX_MESSAGE_DAYS
    )

    conditions: Conditions | None = None
    #: The greatest number of rows of attributes.
    max_rows = MAX_TESTS

    def __init__(self, data: QueryDict | None = None, *, part: str, initial: Conditions | None = None) -> None:
        super().__init__(data, prefix=part, initial=_initial(initial or Conditions()))
        self.part = part
        self._tests = (initial or Conditions()).attributes
        self.problems: list[str] = []
        self.types = known_types()

    @property
    def rows(self) -> list[Row]:
        """The rows of attributes: those that say something, and some empty ones."""
        filled = [row for row in self._typed_rows() if row.name] if self.is_bound else list(map(_row, self._tests))
        return [*filled, *(Row() for _number in range(min(_EMPTY_ROWS, self.max_rows - len(filled))))]

    def clean(self) -> dict[str, Any]:
        """Collect the conditions."""
        tags, codes = self._picked("tag_choice", "tags"), self._picked("code_choice", "codes")
        created, message = self._days("created"), self._days("message")
        typed = [
            TypedTest(name=row.name, test=Test(row.test), value=row.value)
            for row in self._typed_rows()
            if row.name and row.test in _TESTS
        ]
        tests, self.problems = checked_tests(typed[:MAX_TESTS], _read)
        if len(typed) > MAX_TESTS:
            self.problems.append(_("At most %(most)d conditions on attributes are possible.") % {"most": MAX_TESTS})
        if self.problems:
            self.add_error(None, self.problems)
        if not self.errors:
            self.conditions = Conditions(
                tags=tags, codes=codes, attributes=tests, created=created, last_message=message
            )
        return self.cleaned_data

    def _typed_rows(self) -> list[Row]:
        names, tests, values = (
            self.data.getlist(f"{self.part}-attribute_{each}") if isinstance(self.data, QueryDict) else []
            for each in ("name", "test", "value")
        )
        return [Row(*row) for row in zip(names, tests, values, strict=False)]

    def _picked(self, choice: str, picks: str) -> list[Any] | None:
        if self.cleaned_data.get(choice) != CHOSEN:
            self.errors.pop(picks, None)  # A field that is not shown must not have an error.
            return None
        picked: list[Any] = self.cleaned_data.get(picks, [])
        if not picked and picks not in self.errors:
            self.add_error(picks, _("Choose at least one."))
        return picked

    def _days(self, name: str) -> Days | None:
        when = self.cleaned_data.get(f"{name}_when")
        if not when:
            self.errors.pop(f"{name}_days", None)
            return None
        days = self.cleaned_data.get(f"{name}_days")
        if days is None:
            if f"{name}_days" not in self.errors:
                self.add_error(f"{name}_days", _("Enter a number of days."))
            return None
        return Days(when=When(when), days=days)


class SegmentForm(forms.Form):
    """A segment, new or changed. ``said`` holds its values once the form is valid."""

    name = NameField(label=_lazy("Name of the segment"), max_length=MAX_NAME)
    exclude_on = forms.BooleanField(required=False)
    seen = SeenField()

    said: SegmentFields | None = None

    def __init__(self, data: QueryDict | None = None, *, before: SegmentFields | None = None, version: int = 0) -> None:
        initial: dict[str, Any] = {"seen": str(version)}
        if before is not None:
            initial |= {"name": before.name, "exclude_on": before.rule.exclude is not None}
        super().__init__(data, initial=initial)
        self.include = PartForm(data, part=INCLUDE, initial=before.rule.include if before else None)
        self.exclude = PartForm(data, part=EXCLUDE, initial=before.rule.exclude if before else None)

    def clean(self) -> dict[str, Any]:
        """Collect the values."""
        rule = self.rule()
        if rule is None:
            self.add_error(None, _("Please fix the conditions marked below."))
        elif not self.errors:
            self.said = SegmentFields(name=self.cleaned_data["name"], rule=rule)
        return self.cleaned_data

    def rule(self) -> Rule | None:
        """Return the conditions, or None if they are not valid. The name does not matter."""
        is_on = bool(self.data.get("exclude_on"))
        if not self.include.is_valid() or (is_on and not self.exclude.is_valid()):
            return None
        if self.include.conditions is None:
            return None
        return Rule(include=self.include.conditions, exclude=self.exclude.conditions if is_on else None)


def tests_of(kind: AttributeType) -> list[str]:
    """Return the tests that an attribute of this type may have."""
    return [value for value, _word in TEST_WORDS if Test(value) in TESTS_OF_TYPE[kind]]


def _read(text: str, kind: AttributeType) -> Value | None:
    return read_value(text, kind, _RUSSIAN if (get_language() or "").startswith("ru") else PLAIN)


def _initial(conditions: Conditions) -> dict[str, Any]:
    created, message = conditions.created, conditions.last_message
    return {
        "tag_choice": ANY if conditions.tags is None else CHOSEN,
        "tags": conditions.tags or [],
        "code_choice": ANY if conditions.codes is None else CHOSEN,
        "codes": [f"{code:03d}" for code in conditions.codes or ()],
        "created_when": created.when.value if created else "",
        "created_days": created.days if created else 30,
        "message_when": message.when.value if message else "",
        "message_days": message.days if message else 30,
    }


def _row(test: AttributeTest) -> Row:
    value = test.value
    if value is None:
        text = ""
    elif isinstance(value, str):
        text = value
    else:
        text = number_text(f"{value:.6f}")
        text = text.replace(".", ",") if (get_language() or "").startswith("ru") else text
    return Row(test.name, test.test.value, text)
