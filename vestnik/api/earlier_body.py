"""The optional part of a mailing's filter that names an earlier mailing, in requests and answers."""

from typing import Any

from django.utils.translation import gettext as _

from vestnik.mailings.fields import LONGEST_RESULT_CODE, MAX_RESULT_CODES, OUTCOMES, Earlier, is_storable

#: Its key in the filter. It is absent where a mailing is not filtered by an earlier one.
EARLIER_KEY = "earlier_mailing"
_KEYS = {"id", "state", "code"}
_MAX_ID = 2**63 - 1


def earlier_as_json(earlier: Earlier) -> dict[str, Any]:
    """Return the part as it is answered."""
    return {"id": earlier.mailing, "state": earlier.states, "code": earlier.codes}


def read_earlier(data: Any) -> tuple[Earlier | None, list[str]]:
    """Return the filter, and what is wrong with it. If anything is wrong, there is no filter."""
    if not isinstance(data, dict) or not data.keys() <= _KEYS or not {"id", "state"} <= data.keys():
        return None, [_("%(key)r must be {'id': …, 'state': […], 'code': […] or null}.") % {"key": EARLIER_KEY}]
    mailing, states, codes = data["id"], data["state"], data.get("code")
    problems = []
    if type(mailing) is not int or not 1 <= mailing <= _MAX_ID:
        problems.append(_("'id' must be the id of a mailing."))
    if not isinstance(states, list) or not states or not all(state in OUTCOMES for state in states):
        problems.append(_("'state' must be a list of these: %(states)s.") % {"states": ", ".join(OUTCOMES)})
    if codes is not None and not _are_codes(codes):
        problems.append(_("'code' must be null, or a list of 1 to %(most)d codes.") % {"most": MAX_RESULT_CODES})
    if problems:
        return None, problems
    unique = None if codes is None else list(dict.fromkeys(codes))
    return Earlier(mailing=mailing, states=list(dict.fromkeys(states)), codes=unique), []


def _are_codes(codes: Any) -> bool:
    return (
        isinstance(codes, list)
        and 1 <= len(codes) <= MAX_RESULT_CODES
        and all(isinstance(each, str) and 1 <= len(each) <= LONGEST_RESULT_CODE and is_storable(each) for each in codes)
    )
