"""The JSON of a mailing, in and out."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from vestnik.api.fields import InstantField, TextField
from vestnik.models import Mailing, MailingState

#: Values in one key of a filter.
MOST_VALUES = 1_000

_FILTER_SCHEMA = {
    "type": "object",
    "required": ["tag", "operator_code"],
    "additionalProperties": False,
    "description": "Both keys are ANDed, values within one ORed, null: not filtered by it.",
    "properties": {
        "tag": {
            "type": "array",
            "nullable": True,
            "minItems": 1,
            "maxItems": MOST_VALUES,
            "items": {"type": "string", "minLength": 1, "maxLength": 64},
        },
        "operator_code": {
            "type": "array",
            "nullable": True,
            "minItems": 1,
            "maxItems": MOST_VALUES,
            "items": {"type": "integer", "minimum": 0, "maximum": 999},
        },
    },
}


@extend_schema_field(_FILTER_SCHEMA)
class FilterField(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    """``{"tag": ["vip"] | null, "operator_code": [911] | null}``: both keys must be there, and nothing else."""

    def get_attribute(self, instance: Mailing) -> dict[str, Any]:
        """The two columns of the ledger."""
        return {"tag": instance.filter_tags, "operator_code": instance.filter_codes}

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        """As it is."""
        return value

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Check the filter.

        Raises:
            ValidationError: naming what is wrong in it.
        """
        if not isinstance(data, dict):
            raise serializers.ValidationError('Give {"tag": … or null, "operator_code": … or null}.')
        problems = [f"{key!r} is missing: say null to not filter by it." for key in _ELEMENTS if key not in data]
        problems += [f"{str(key)[:64]!r} is not a key of the filter." for key in data if key not in _ELEMENTS]
        problems += [text for key in _ELEMENTS if key in data and (text := _problem(key, data[key]))]
        if problems:
            raise serializers.ValidationError(problems)
        return {key: None if data[key] is None else list(dict.fromkeys(data[key])) for key in _ELEMENTS}


def _problem(key: str, values: Any) -> str | None:
    if values is None:
        return None
    if not isinstance(values, list):
        return f"{key!r} must be a list or null."
    if not values:
        return f"{key!r} is empty: say null to not filter by it."
    if len(values) > MOST_VALUES:
        return f"{key!r} may have at most {MOST_VALUES} values."
    fits, words = _ELEMENTS[key]
    return None if all(fits(value) for value in values) else f"{key!r} must hold {words}."


def _is_tag(value: object) -> bool:
    return (
        isinstance(value, str)
        and 1 <= len(value) <= 64
        and "\x00" not in value
        and not any("\ud800" <= char <= "\udfff" for char in value)
    )


def _is_code(value: object) -> bool:
    return type(value) is int and 0 <= value <= 999


_ELEMENTS = {
    "tag": (_is_tag, "strings of 1 to 64 characters"),
    "operator_code": (_is_code, "numbers of three digits, such as 911"),
}


class MailingSerializer(serializers.Serializer[Mailing]):
    """A mailing of the contract."""

    id = serializers.IntegerField(read_only=True)
    name = TextField(required=False, allow_blank=True, max_length=200)
    start_time = InstantField(required=False, help_text="Now, when it is absent.")
    end_time = InstantField()
    message_text = TextField(min_length=1, max_length=2_000)
    filter = FilterField()
    send_window = serializers.SerializerMethodField(help_text="Not built yet: only null is accepted.")
    state = serializers.ChoiceField(choices=MailingState.choices, read_only=True)

    @extend_schema_field({"type": "object", "nullable": True})
    def get_send_window(self, mailing: Mailing) -> dict[str, str] | None:
        """The local hours in which messages may leave."""
        if mailing.send_window_from is None or mailing.send_window_to is None:
            return None
        return {"from": f"{mailing.send_window_from:%H:%M}", "to": f"{mailing.send_window_to:%H:%M}"}

    def to_internal_value(self, data: Any) -> Any:
        """Read the body.

        Raises:
            ValidationError: naming the fields that are wrong.
        """
        if isinstance(data, dict) and data.get("send_window") is not None:
            raise serializers.ValidationError({"send_window": ["Send windows are not supported yet: say null."]})
        return super().to_internal_value(data)
