"""The keys of a body that make a text personal: ``personal``, ``on_missing`` and ``locale``."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from vestnik.errors import InvalidInput
from vestnik.mailings.fields import Personal
from vestnik.models import OnMissing
from vestnik.texts.formats import LOCALES

PERSONAL_KEYS = frozenset(("personal", "on_missing", "locale"))
PERSONAL_HELP = (
    "The text has placeholders, such as `{{first_name|friend}}`. Absent or false: it goes out to the letter, braces "
    "and all. Answers have the three keys only where it is true."
)
ON_MISSING_HELP = (
    "What happens to a client without a value: `default`: every placeholder must have a default; `skip`: the client "
    "gets nothing, and the message is `cancelled` with the code `field_missing`. Needed for a personal text only."
)
LOCALE_HELP = "How numbers, dates and plurals of a personal text are written; `ru` when absent."


class WordField(serializers.ChoiceField):
    """One of some words, or null. A column without one is empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_null=True, **options)

    def to_representation(self, value: Any) -> Any:
        """Return the word, or None."""
        return str(value) if value else None


def read_personal_keys(data: Mapping[str, Any], before: Personal | None = None) -> Personal | None:
    """Return what a validated body says of a personal text. Missing keys stay as they are in ``before``.

    Raises:
        InvalidInput: Keys are given that do not go together.
    """
    is_personal = data.get("personal", before is not None)
    on_missing = data.get("on_missing", before and before.on_missing)
    locale = data.get("locale", before and before.locale)
    if not is_personal:
        given = sorted(name for name in PERSONAL_KEYS if name != "personal" and data.get(name) is not None)
        if given:
            raise InvalidInput({name: [_("Only a personal text has this.")] for name in given})
        return None
    if on_missing is None:
        sentence = _("Set what happens to clients without a value: default or skip.")
        raise InvalidInput({"on_missing": [sentence]})
    return Personal(on_missing=OnMissing(on_missing), locale=locale or LOCALES[0])
