"""The time zone of a phone number, as far as the number determines it.

Numbers of Kazakhstan and Russian landlines determine a zone (libphonenumber's timezone data). **A Russian mobile number
(+7 9…) does not**: its code names an operator that works in several zones, libphonenumber gives all of them, and the
number may have been ported. So it has no zone here, and a default or a refusal decides.
"""

from functools import cache
from zoneinfo import available_timezones

import phonenumbers
from phonenumbers import timezone

#: +7 6 and +7 7 are Kazakhstan's, which keeps one time since 1 March 2024.
_KAZAKHSTAN, _KAZAKH_ZONE = (6, 7), "Asia/Almaty"
_MOBILE = 9


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_of_phone(phone: int) -> str | None:
    """The only zone that a number can be in; None: there are several, or none is known.

    Args:
        phone: eleven digits, the first a 7.
    """
    first = phone // 10**9 % 10
    if first in _KAZAKHSTAN:
        return _KAZAKH_ZONE
    if first == _MOBILE:
        return None
    zones = timezone.time_zones_for_number(phonenumbers.PhoneNumber(country_code=7, national_number=phone % 10**10))
    return zones[0] if len(zones) == 1 and zones[0] in _known() else None
