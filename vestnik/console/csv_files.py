"""The style of the console's CSV files, by the reader's language and time zone."""

from django.utils import timezone
from django.utils.translation import get_language

from vestnik.spreadsheets import CsvStyle

#: As a Russian spreadsheet reads them: a comma is the decimal point there, so cells are split at semicolons.
_RUSSIAN = {"separator": ";", "moment": "DD.MM.YYYY HH24:MI:SS"}
_ENGLISH = {"separator": ",", "moment": "YYYY-MM-DD HH24:MI:SS"}


def csv_style() -> CsvStyle:
    """Return the style: local times to the second, so that spreadsheets read them as times; semicolons in Russian."""
    chosen = _RUSSIAN if (get_language() or "en").startswith("ru") else _ENGLISH
    return CsvStyle(zone=timezone.get_current_timezone_name(), keeps_texts_whole=True, **chosen)
