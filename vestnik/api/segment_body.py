"""The JSON of a segment, in requests and answers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from vestnik.api.fields import CleanTextField, TextField
from vestnik.clients.attributes.spelling import read_value
from vestnik.clients.attributes.values import MAX_TEXT, Value, number_text
from vestnik.clients.segments.checking import TypedTest, checked_tests
from vestnik.clients.segments.conditions import (
    MAX_AGE_DAYS,
    MAX_MESSAGE_DAYS,
    MAX_TESTS,
    Conditions,
    Days,
    Rule,
    Test,
    When,
)
from vestnik.clients.segments.store import MAX_NAME, SegmentFields
from vestnik.errors import InvalidInput
from vestnik.mailings.fields import LONGEST_TAG, MAX_VALUES
from vestnik.models import Segment

#: The words of the schema.
TESTS, WHENS = [each.value for each in Test], [each.value for each in When]


class _StrictSerializer(serializers.Serializer[Any]):
    """Refuses keys that it does not know: a condition with a mistake in its name would be lost.

    A PATCH may leave out keys of the segment, but a condition is always whole.
    """

    def to_internal_value(self, data: Any) -> Any:
        """Validate the object.

        Raises:
            ValidationError: A part of it is not valid, or a key is none of its keys.
        """
        unknown = sorted(str(key)[:64] for key in data if key not in self.fields) if isinstance(data, dict) else []
        if unknown:
            raise serializers.ValidationError({key: [_("There is no such condition.")] for key in unknown})
        if self.parent is not None and isinstance(data, dict):
            needed = [name for name, field in self.fields.items() if field.required and name not in data]
            if needed:
                raise serializers.ValidationError(
                    {name: [self.fields[name].error_messages["required"]] for name in needed}
                )
        return super().to_internal_value(data)


class AttributeTestSerializer(_StrictSerializer):
    """A test of one attribute. `not` and `is_not_set` also match clients who do not have it."""

    name = TextField(max_length=40, help_text="As in `/attributes`.")
    test = serializers.ChoiceField(
        choices=TESTS,
        help_text="A text: `equals`, `not`, `contains` (in any case). A number or a date: `equals`, `not`, `greater` "
        "(later), `less` (earlier). All: `is_set`, `is_not_set`.",
    )
    value = TextField(
        required=False, allow_null=True, max_length=MAX_TEXT,
        help_text="As a text: `120.5` for a number, `2026-12-05` for a date. Not for `is_set` and `is_not_set`.",
    )  # fmt: skip


class SegmentAgeSerializer(_StrictSerializer):
    """Whether a client was added in the last days, or not: earlier."""

    when = serializers.ChoiceField(choices=WHENS)
    days = serializers.IntegerField(min_value=1, max_value=MAX_AGE_DAYS, help_text="Days of 24 hours.")


class SegmentMessageSerializer(_StrictSerializer):
    """Whether a client was sent anything in the last days, or not: earlier, or never."""

    when = serializers.ChoiceField(choices=WHENS)
    days = serializers.IntegerField(min_value=1, max_value=MAX_MESSAGE_DAYS, help_text="Days of 24 hours.")


class SegmentConditionsSerializer(_StrictSerializer):
    """Conditions that must all match. Absent and null match everybody."""

    tag = serializers.ListField(
        child=CleanTextField(min_length=1, max_length=LONGEST_TAG), required=False, allow_null=True,
        min_length=1, max_length=MAX_VALUES, help_text="One of these tags.",
    )  # fmt: skip
    operator_code = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=999), required=False, allow_null=True,
        min_length=1, max_length=MAX_VALUES, help_text="One of these operator codes.",
    )  # fmt: skip
    attributes = serializers.ListField(
        child=AttributeTestSerializer(), required=False, max_length=MAX_TESTS, help_text="All of these tests."
    )
    created = SegmentAgeSerializer(
        required=False, allow_null=True,
        help_text="When the client was added. Clients of releases before this key are older than all others.",
    )  # fmt: skip
    last_message = SegmentMessageSerializer(
        required=False, allow_null=True,
        help_text="When a message was made for the client, of a mailing or a single one, that did not fail.",
    )  # fmt: skip


class SegmentSerializer(_StrictSerializer):
    """A filter over clients under a name."""

    id = serializers.IntegerField(read_only=True)
    name = CleanTextField(max_length=MAX_NAME, help_text="No two segments have the same name.")
    conditions = SegmentConditionsSerializer(help_text="Who is in it.")
    exclude = SegmentConditionsSerializer(
        required=False, allow_null=True, help_text="Who of them is left out. Null: nobody."
    )
    created_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: Segment) -> dict[str, Any]:
        """Return the segment with all keys of its conditions."""
        return {
            "id": instance.id,
            "name": instance.name,
            "conditions": _shown(instance.conditions),
            "exclude": None if instance.exclude is None else _shown(instance.exclude),
            "created_at": self.fields["created_at"].to_representation(instance.created_at),
        }


def segment_fields(said: Mapping[str, Any], before: SegmentFields | None = None) -> SegmentFields:
    """Return the fields of a validated body. Missing ones are taken from ``before``.

    Raises:
        InvalidInput: An attribute does not exist, or its test or value does not fit its type.
    """
    wrong: dict[str, list[str]] = {}
    include = before.rule.include if before else Conditions()
    exclude = before.rule.exclude if before else None
    if "conditions" in said:
        include, wrong["conditions"] = _conditions(said["conditions"])
    if "exclude" in said:
        exclude, wrong["exclude"] = (None, []) if said["exclude"] is None else _conditions(said["exclude"])
    problems = {name: texts for name, texts in wrong.items() if texts}
    if problems:
        raise InvalidInput(problems)
    name = said["name"] if before is None else said.get("name", before.name)
    return SegmentFields(name=name, rule=Rule(include=include, exclude=exclude))


def _conditions(said: Mapping[str, Any]) -> tuple[Conditions, list[str]]:
    typed = [
        TypedTest(name=each["name"], test=Test(each["test"]), value=each.get("value") or "")
        for each in said.get("attributes", ())
    ]
    tests, problems = checked_tests(typed, read_value)
    conditions = Conditions(
        tags=_unique(said.get("tag")), codes=_unique(said.get("operator_code")), attributes=tests,
        created=_days(said.get("created")), last_message=_days(said.get("last_message")),
    )  # fmt: skip
    return conditions, problems


def _unique(values: list[Any] | None) -> list[Any] | None:
    return None if values is None else list(dict.fromkeys(values))


def _days(said: Mapping[str, Any] | None) -> Days | None:
    return None if said is None else Days(when=When(said["when"]), days=said["days"])


def _shown(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {**kept, "attributes": [{**each, "value": value_text(each["value"])} for each in kept["attributes"]]}


def value_text(value: Value | None) -> str | None:
    """Return a value as a text that can be read again."""
    if value is None or isinstance(value, str):
        return value
    return number_text(format(Decimal(repr(value)), "f"))
