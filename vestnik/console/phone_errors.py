"""Why a text is not a phone number, in the user's language."""

from django.utils.translation import gettext as _

from vestnik.phones.sentences import PHONE_WORDS, as_sentence
from vestnik.phones.spelling import NoPhone


def phone_error(none: NoPhone) -> str:
    """Return why a text is not a phone number, in the user's language."""
    return as_sentence(_(PHONE_WORDS[none.fault]))
