"""The JSON of a mailing, in requests and answers."""

import re
from datetime import time
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from vestnik.api.fields import NO_NUL, InstantField, TextField, VisibleTextField
from vestnik.mailings.fields import (
    LONGEST_NAME,
    LONGEST_TAG,
    LONGEST_TEXT,
    MAX_VALUES,
    clean_tags,
    is_operator_code,
    is_tag,
    window_of,
)
from vestnik.mailings.windows import SendWindow
from vestnik.models import Mailing, MailingState

_FILTER_SCHEMA = {
    "title": "MailingFilter",
    "type": "object",
    "required": ["tag", "operator_code"],
    "additionalProperties": False,
    "description": "Both keys are ANDed, values within one ORed, null: not filtered by it.",
    "properties": {
        "tag": {
            "type": ["array", "null"],
            "minItems": 1,
            "maxItems": MAX_VALUES,
            "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_TAG, "pattern": NO_NUL},
        },
        "operator_code": {
            "type": ["array", "null"],
            "minItems": 1,
            "maxItems": MAX_VALUES,
            "items": {"type": "integer", "minimum": 0, "maximum": 999},
        },
    },
}


@extend_schema_field(_FILTER_SCHEMA)
class FilterField(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    """``{"tag": ["vip"] | null, "operator_code": [911] | null}``. Both keys are required, and no others are allowed."""

    def get_attribute(self, instance: Mailing) -> dict[str, Any]:
        """Return the filter from the two columns."""
        return {"tag": clean_tags(instance.filter_tags), "operator_code": instance.filter_codes}

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return the filter unchanged."""
        return value

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Validate the filter.

        Raises:
            ValidationError: A part of the filter is not valid.
        """
        if not isinstance(data, dict):
            raise serializers.ValidationError(_('Give {"tag": … or null, "operator_code": … or null}.'))
        problems = [
            _("%(key)r is missing: say null to not filter by it.") % {"key": key}
            for key in _ELEMENTS
            if key not in data
        ]
        problems += [
            _("%(key)r is not a key of the filter.") % {"key": str(key)[:64]} for key in data if key not in _ELEMENTS
        ]
        problems += [text for key in _ELEMENTS if key in data and (text := _problem(key, data[key]))]
        if problems:
            raise serializers.ValidationError(problems)
        codes = None if data["operator_code"] is None else list(dict.fromkeys(data["operator_code"]))
        return {"tag": clean_tags(data["tag"]), "operator_code": codes}


def _problem(key: str, values: Any) -> str | None:
    if values is None:
        return None
    if not isinstance(values, list):
        return _("%(key)r must be a list or null.") % {"key": key}
    if not values:
        return _("%(key)r is empty: say null to not filter by it.") % {"key": key}
    if len(values) > MAX_VALUES:
        return _("%(key)r may have at most %(most)d values.") % {"key": key, "most": MAX_VALUES}
    fits, words = _ELEMENTS[key]
    return (
        None
        if all(fits(value) for value in values)
        else _("%(key)r must hold %(words)s.") % {"key": key, "words": words}
    )


_ELEMENTS = {
    "tag": (is_tag, _lazy("strings of 1 to 64 characters")),
    "operator_code": (is_operator_code, _lazy("numbers of three digits, such as 911")),
}


_TIME_OF_DAY = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")
_TIME_SCHEMA = {"type": "string", "pattern": f"^({_TIME_OF_DAY.pattern})$"}
_WINDOW_SCHEMA = {
    "title": "SendWindow",
    "type": "object",
    "required": ["from", "to"],
    "additionalProperties": False,
    "description": "A client is sent the message only while its own clock shows a time from `from` (included) to `to` "
    "(not included); where `from` is the later one, the window crosses midnight. Null: at any hour.",
    "properties": {"from": _TIME_SCHEMA, "to": _TIME_SCHEMA},
    "example": {"from": "09:00", "to": "21:00"},
}


@extend_schema_field(_WINDOW_SCHEMA)
class SendWindowField(serializers.Field[SendWindow, Any, dict[str, str], Any]):
    """``{"from": "09:00", "to": "21:00"}``. Two different local times, both required, and no other keys."""

    def get_attribute(self, instance: Mailing) -> SendWindow | None:
        """Return the window from the two columns."""
        return window_of(instance)

    def to_representation(self, value: SendWindow) -> dict[str, str]:
        """Return hours and minutes."""
        return {"from": f"{value.opens:%H:%M}", "to": f"{value.closes:%H:%M}"}

    def to_internal_value(self, data: Any) -> SendWindow:
        """Return the window.

        Raises:
            ValidationError: A part of the window is not valid.
        """
        if not isinstance(data, dict):
            raise serializers.ValidationError(_('Give {"from": "09:00", "to": "21:00"} or null.'))
        problems = [_("%(key)r is missing.") % {"key": key} for key in _WINDOW_KEYS if key not in data]
        problems += [
            _("%(key)r is not a key of a send window.") % {"key": str(key)[:64]}
            for key in data
            if key not in _WINDOW_KEYS
        ]
        problems += [
            _("%(key)r must be a time of day from 00:00 to 23:59.") % {"key": key}
            for key in _WINDOW_KEYS
            if key in data and not (isinstance(data[key], str) and _TIME_OF_DAY.fullmatch(data[key]))
        ]
        if not problems and data["from"] == data["to"]:
            problems = [_("'from' and 'to' are the same: say null to send at any hour.")]
        if problems:
            raise serializers.ValidationError(problems)
        return SendWindow(time.fromisoformat(data["from"]), time.fromisoformat(data["to"]))


_WINDOW_KEYS = ("from", "to")


class MailingSerializer(serializers.Serializer[Mailing]):
    """A mailing."""

    id = serializers.IntegerField(read_only=True)
    name = TextField(required=False, allow_blank=True, max_length=LONGEST_NAME)
    start_time = InstantField(required=False, help_text="Now, when it is absent.")
    end_time = InstantField()
    message_text = VisibleTextField(min_length=1, max_length=LONGEST_TEXT)
    filter = FilterField()
    send_window = SendWindowField(required=False, allow_null=True)
    state = serializers.ChoiceField(choices=MailingState.choices, read_only=True)
