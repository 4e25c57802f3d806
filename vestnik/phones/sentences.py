"""Why a text is no phone number, in words: the one table for forms, REST, imports and the command line.

The words are English and no sentence yet, as the reasons of an import are listed. The Russian ones are in
``vestnik/locale``. Django is not needed: the command line reads phones before it knows a ledger.
"""

from enum import StrEnum


class PhoneFault(StrEnum):
    """Why a text is no phone number of +7. Refused rows of imports keep these words, all but ``CONTRACT``."""

    MISSING = "phone_missing"
    LETTERS = "phone_letters"
    ROUNDED = "phone_rounded"
    WRONG = "phone_wrong"
    #: REST takes one spelling only.
    CONTRACT = "phone_contract"


PHONE_WORDS = {
    PhoneFault.MISSING: "the phone number is missing",
    PhoneFault.LETTERS: "the phone number has letters: use digits only",
    PhoneFault.ROUNDED: "the spreadsheet has rounded the phone number (7,9E+10): format the column as text",
    PhoneFault.WRONG: "this is not a +7 phone number: write it like +7 911 123-45-67",
    PhoneFault.CONTRACT: "give 11 digits that begin with 7, such as 79111234567",
}


def as_sentence(words: str) -> str:
    """Words of the table, in any language, as a sentence that stands alone."""
    return f"{words[0].upper()}{words[1:]}."
