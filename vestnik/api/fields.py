"""Serializer fields that are stricter than those of Django REST framework."""

import re
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from vestnik.accounts.phone_access import refuse_hidden_digits
from vestnik.characters import clean_text, is_blank, without_blanks
from vestnik.errors import InvalidInput
from vestnik.instants import read_instant
from vestnik.mailings.fields import FIRST_YEAR, LAST_YEAR
from vestnik.phones.reader import shown_digits, shown_text
from vestnik.phones.sentences import PHONE_WORDS, as_sentence
from vestnik.phones.spelling import NoPhone, read_contract_phone

#: ``InstantField`` in the schema: a date-time within the years that it accepts.
INSTANT_SCHEMA = {"type": "string", "format": "date-time", "pattern": "^(19[7-9][0-9]|[2-8][0-9]{3}|9000)-"}


#: A time of a query whose plus became a blank.
_LOST_PLUS = re.compile(r"^(.{10}[Tt ][0-9:.,]+) (?=[0-9:]+$)")
#: The pattern of a text. PostgreSQL cannot store NUL.
NO_NUL = r"^[^\x00]*$"


class TextField(serializers.CharField):
    """A JSON string without NUL and without half a surrogate pair. Nothing is trimmed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        """Validate the string.

        Raises:
            ValidationError: The value is not a string, or PostgreSQL or the gateway could not take it.
        """
        if not isinstance(data, str):
            raise serializers.ValidationError(_("Not a string."), code="invalid")
        if any("\ud800" <= char <= "\udfff" for char in data):
            raise serializers.ValidationError(_("Half of a surrogate pair is not a character."), code="invalid")
        if "\x00" in data:
            raise serializers.ValidationError(_("Null characters are not allowed."), code="invalid")
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """``true`` or ``false``, as the schema says. Django REST framework takes 0, 1 and some words as well."""

    def to_internal_value(self, data: Any) -> bool:
        """Validate the value.

        Raises:
            ValidationError: The value is neither.
        """
        if not isinstance(data, bool):
            raise serializers.ValidationError(_("Use true or false."), code="invalid")
        return data


class CleanTextField(TextField):
    """A short text, such as a tag or a reason. :func:`vestnik.characters.clean_text` cleans it."""

    def to_internal_value(self, data: Any) -> str:
        """Return the cleaned string.

        Raises:
            ValidationError: The value is not a valid string, or has no visible character.
        """
        text = clean_text(super().to_internal_value(data))
        if not text and not self.allow_blank:
            self.fail("blank")
        return text


class VisibleTextField(TextField):
    """A text with at least one visible character. It is kept as it is."""

    def to_internal_value(self, data: Any) -> str:
        """Validate the string.

        Raises:
            ValidationError: The value is not a valid string, or has no visible character.
        """
        text = super().to_internal_value(data)
        if is_blank(text):
            self.fail("blank")
        return text


@extend_schema_field(INSTANT_SCHEMA)
class InstantField(serializers.DateTimeField):
    """An ISO 8601 time with an offset. Without an offset, the time would be ambiguous, so it is refused."""

    def to_internal_value(self, value: Any) -> datetime:
        """Return the time.

        Raises:
            ValidationError: The value is not such a time.
        """
        instant = read_instant(value) if isinstance(value, str) else None
        if instant is None:
            raise serializers.ValidationError(
                _("Give a date and time with an offset, such as 2030-01-31T12:00:00+03:00."), code="invalid"
            )
        if instant.tzinfo is None:
            raise serializers.ValidationError(_("The offset is missing: add +03:00, for example, or Z."), code="naive")
        if not FIRST_YEAR <= instant.year <= LAST_YEAR:
            raise serializers.ValidationError(_("Give a year from 1970 to 9000."), code="invalid")
        # PostgreSQL refuses offsets of 16 hours and more, which ISO 8601 allows.
        return instant.astimezone(UTC)


class OperatorCodeField(serializers.Field[int, Any, str, Any]):
    """An operator code of three digits. It is read from a string or a number, and written as a string."""

    def to_internal_value(self, data: Any) -> int:
        """Return the code.

        Raises:
            ValidationError: The value is not three digits.
        """
        if isinstance(data, int) and not isinstance(data, bool) and 0 <= data <= 999:
            return data
        if isinstance(data, str) and len(data) == 3 and data.isascii() and data.isdigit():
            return int(data)
        raise serializers.ValidationError(_("Give three digits, such as 911."), code="invalid")

    def to_representation(self, value: int) -> str:
        """Return the code as three digits."""
        return f"{value:03d}"


class PhoneField(serializers.Field[int, Any, str, Any]):
    """A phone number: a string of eleven digits that begins with 7."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number.

        Raises:
            ValidationError: The value is not such a number.
        """
        if isinstance(data, int) and not isinstance(data, bool):
            data = str(data) if data < 10**12 else ""
        try:
            return read_contract_phone(data if isinstance(data, str) else "")
        except NoPhone as none:
            raise serializers.ValidationError(_phone_error(none), code="invalid") from none

    def to_representation(self, value: int) -> str:
        """Return the number as eleven digits, masked for readers who see it so."""
        return shown_digits(value)


class ShownPhoneField(serializers.CharField):
    """A phone number of an answer: eleven digits, masked for readers who see it so."""

    def to_representation(self, value: Any) -> str:
        """Return the digits."""
        return shown_digits(value)


class ShownTextField(serializers.CharField):
    """A text of an answer that may name phone numbers; these are masked for readers who see them so."""

    def to_representation(self, value: str) -> str:
        """Return the text."""
        return shown_text(value)


def _phone_error(none: NoPhone) -> str:
    return as_sentence(_(PHONE_WORDS[none.fault]))


def phone_asked_for(text: str) -> int:
    """Return a phone number of a query.

    Raises:
        InvalidInput: The text is not a phone number.
        Refused: The reader sees phones masked.
    """
    refuse_hidden_digits(text)
    try:
        return read_contract_phone(text)
    except NoPhone as none:
        raise InvalidInput({"phone_number": [_phone_error(none)]}) from none


def instant_asked_for(name: str, text: str | None) -> datetime | None:
    """Return a time of a query; None: it is not given.

    Args:
        name: of the parameter.
        text: its value.

    Raises:
        InvalidInput: The text is no time with an offset; as ``name``.
    """
    if text is None:
        return None
    try:
        # An unescaped plus in a query becomes a space. A space after the time is the plus of an offset, one before it
        # is a real space.
        return InstantField().to_internal_value(_LOST_PLUS.sub(r"\1+", text))
    except serializers.ValidationError as error:
        details = error.detail if isinstance(error.detail, list) else []
        raise InvalidInput({name: [str(each) for each in details]}) from error


def prefix_asked_for(text: str) -> str:
    """Return the first digits of phone numbers of a query.

    Raises:
        InvalidInput: The text is not digits, or too long.
        Refused: The reader sees phones masked, and these are more digits than that.
    """
    digits = without_blanks(text)
    refuse_hidden_digits(digits)
    if not re.fullmatch("[0-9]{0,11}", digits):
        raise InvalidInput({"phone_number": [_("Give the first digits of a phone number, at most 11.")]})
    return digits
