"""Why something is no attribute, in words: the one table for forms, REST, imports and the command line."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.clients.attributes.values import Fault
from vestnik.phones.sentences import as_sentence

#: English, and no sentence yet, as the reasons of an import are listed.
WORDS = {
    Fault.TEXT_LONG: _lazy("the text is longer than 500 characters"),
    Fault.TEXT_WRONG: _lazy("the text contains invalid characters"),
    Fault.TEXT_TYPE: _lazy("give a text, in quotation marks"),
    Fault.NUMBER_WRONG: _lazy("this is not a number: write it like 1234.50 or 1 234,50"),
    Fault.NUMBER_UNCLEAR: _lazy("this may be a fraction or thousands: choose the decimal sign"),
    Fault.NUMBER_LONG: _lazy("the number has more than 15 digits, or more than 6 after the point"),
    Fault.NUMBER_TYPE: _lazy("give a number, without quotation marks"),
    Fault.DATE_WRONG: _lazy("this is not a date: write it like 2026-12-05 or 05.12.2026"),
    Fault.DATE_UNCLEAR: _lazy("day and month may be swapped: choose which one is first"),
    Fault.DATE_FAR: _lazy("the year is not between 1900 and 2199"),
    Fault.DATE_TYPE: _lazy("give a date, such as 2026-12-05"),
}


def sentence_of(fault: Fault) -> str:
    """Why something is no value, in the reader's language, as a sentence."""
    return as_sentence(str(WORDS[fault]))


def no_such_name(name: str, meant: str | None) -> str:
    """That no client has an attribute of this name, in the reader's language.

    Args:
        name: as somebody wrote it.
        meant: what :func:`vestnik.clients.attributes.names.nearest_name` found.
    """
    if meant is None:
        return _("No client has an attribute %(name)s.") % {"name": name}
    return _("No client has an attribute %(name)s. Did you mean %(meant)s?") % {"name": name, "meant": meant}
