"""The place where a look at an audience goes on, as a signed text that the one who asks keeps and sends back."""

import hashlib
from typing import Any

import orjson
from django.core import signing
from django.utils.translation import gettext as _

from vestnik.audience.preflight import Figures
from vestnik.errors import InvalidInput
from vestnik.mailings.fields import MailingFields, columns

_SALT = "vestnik.audience.preflight"
#: Seconds for which a look may go on.
_GOOD_FOR = 3_600
#: What a look depends on: a text, and who gets it.
_DEPENDS_ON = (
    "message_text", "filter_tags", "filter_codes", "earlier_mailing", "earlier_states", "earlier_codes", "segment",
    "on_missing", "locale",
)  # fmt: skip


def token_of(fields: MailingFields, figures: Figures) -> str:
    """The token with which a look at this mailing's audience goes on."""
    return signing.dumps({"of": _digest(fields), "figures": figures.as_plain()}, salt=_SALT, compress=True)


def figures_of(fields: MailingFields, token: str) -> Figures:
    """The figures in a token.

    Raises:
        InvalidInput: ``next``: it is none of ours, too old, or was given for another text or filter.
    """
    said = _("The token is invalid or has expired. Leave it out to start over.")
    try:
        plain: dict[str, Any] = signing.loads(token, salt=_SALT, max_age=_GOOD_FOR)
    except signing.BadSignature:
        raise InvalidInput({"next": [said]}) from None
    if plain["of"] != _digest(fields):
        raise InvalidInput({"next": [_("The text or the filter has changed. Leave the token out to start over.")]})
    try:
        return Figures.of_plain(plain["figures"])
    except (LookupError, TypeError, ValueError, AttributeError):
        # It was given by another release.
        raise InvalidInput({"next": [said]}) from None


def _digest(fields: MailingFields) -> str:
    said = columns(fields)
    return hashlib.sha256(orjson.dumps([said[name] for name in _DEPENDS_ON], default=str)).hexdigest()[:32]
