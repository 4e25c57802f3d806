"""The JSON of a mailing, in requests and answers."""

import re
from datetime import time
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from vestnik.api.earlier_body import EARLIER_KEY, earlier_as_json, read_earlier
from vestnik.api.fields import NO_NUL, FlagField, InstantField, TextField, VisibleTextField
from vestnik.api.personal_body import LOCALE_HELP, ON_MISSING_HELP, PERSONAL_HELP, PERSONAL_KEYS, WordField
from vestnik.mailings.fields import (
    LONGEST_NAME,
    LONGEST_RESULT_CODE,
    LONGEST_TAG,
    LONGEST_TEXT,
    MAX_RESULT_CODES,
    MAX_VALUES,
    clean_tags,
    earlier_of,
    is_operator_code,
    is_tag,
    window_of,
)
from vestnik.mailings.windows import SendWindow
from vestnik.models import Mailing, MailingState, OnMissing
from vestnik.texts.formats import LOCALES

#: Its key in the filter. It is absent where a mailing is not filtered by a segment.
SEGMENT_KEY = "segment"
_MAX_ID = 2**63 - 1

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
        "earlier_mailing": {
            "title": "EarlierMailingFilter",
            "type": "object",
            "required": ["id", "state"],
            "additionalProperties": False,
            "description": "Optional. Only phones whose message in that mailing is in one of the states, and has one "
            "of the codes if there are any. States are read when the audience is built. `sent`, `delivered`, `unknown` "
            "mean people who have got that text, or may have.",
            "properties": {
                "id": {"type": "integer", "format": "int64", "minimum": 1},
                "state": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"$ref": "#/components/schemas/MessageOutcome"},
                },
                "code": {
                    "type": ["array", "null"],
                    "minItems": 1,
                    "maxItems": MAX_RESULT_CODES,
                    "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_RESULT_CODE, "pattern": NO_NUL},
                },
            },
        },
        SEGMENT_KEY: {
            "type": "integer",
            "format": "int64",
            "minimum": 1,
            "description": "Optional. Only clients in this segment. The mailing copies its conditions whenever "
            "a filter that names it is saved; later changes of the segment change no mailing.",
        },
    },
}


@extend_schema_field(_FILTER_SCHEMA)
class FilterField(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    """``{"tag": ["vip"] | null, "operator_code": [911] | null}``. Both keys are required.

    ``earlier_mailing`` (:mod:`vestnik.api.earlier_body`) and ``segment`` (an id) are optional; others are refused.
    """

    def get_attribute(self, instance: Mailing) -> dict[str, Any]:
        """Return the filter from its columns. It has the two keys of the contract, and others if they are said."""
        earlier = earlier_of(instance)
        more: dict[str, Any] = {} if earlier is None else {EARLIER_KEY: earlier_as_json(earlier)}
        if instance.segment is not None:
            more[SEGMENT_KEY] = instance.segment["id"]
        return {"tag": clean_tags(instance.filter_tags), "operator_code": instance.filter_codes, **more}

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
            _("%(key)r is missing. Use null to not filter by it.") % {"key": key}
            for key in _ELEMENTS
            if key not in data
        ]
        problems += [
            _("%(key)r is not a key of the filter.") % {"key": str(key)[:64]}
            for key in data
            if key not in (*_ELEMENTS, EARLIER_KEY, SEGMENT_KEY)
        ]
        problems += [text for key in _ELEMENTS if key in data and (text := _problem(key, data[key]))]
        earlier = None
        if EARLIER_KEY in data:
            earlier, wrong = read_earlier(data[EARLIER_KEY])
            problems += wrong
        segment = data.get(SEGMENT_KEY)
        if SEGMENT_KEY in data and not (type(segment) is int and 1 <= segment <= _MAX_ID):
            problems.append(_("%(key)r must be the id of a segment.") % {"key": SEGMENT_KEY})
        if problems:
            raise serializers.ValidationError(problems)
        codes = None if data["operator_code"] is None else list(dict.fromkeys(data["operator_code"]))
        return {"tag": clean_tags(data["tag"]), "operator_code": codes, EARLIER_KEY: earlier, SEGMENT_KEY: segment}


def _problem(key: str, values: Any) -> str | None:
    if values is None:
        return None
    if not isinstance(values, list):
        return _("%(key)r must be a list or null.") % {"key": key}
    if not values:
        return _("%(key)r is empty. Use null to not filter by it.") % {"key": key}
    if len(values) > MAX_VALUES:
        return _("%(key)r may have at most %(most)d values.") % {"key": key, "most": MAX_VALUES}
    fits, words = _ELEMENTS[key]
    return (
        None
        if all(fits(value) for value in values)
        else _("%(key)r must contain %(words)s.") % {"key": key, "words": words}
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
            problems = [_("'from' and 'to' are the same. Use null to send at any hour.")]
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
    personal = FlagField(required=False, help_text=PERSONAL_HELP)
    on_missing = WordField(choices=OnMissing.choices, help_text=ON_MISSING_HELP)
    locale = WordField(choices=LOCALES, help_text=LOCALE_HELP)
    state = serializers.ChoiceField(choices=MailingState.choices, read_only=True)

    def to_representation(self, instance: Mailing) -> dict[str, Any]:
        """Return the mailing. Only a personal text has the keys of one."""
        shown: dict[str, Any] = super().to_representation(instance)
        return shown if instance.personal else {name: shown[name] for name in shown if name not in PERSONAL_KEYS}
