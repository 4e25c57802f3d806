"""Takes our own secrets out of what a provider says. An error page may repeat the request, with its key. Pure."""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import quote, quote_plus

from vestnik.gateways.outcome import DETAIL_LENGTH, Outcome
from vestnik.phones.display import mask_phones

#: What stands where a secret would. It is as long whatever the secret is.
MASK = "********"
#: Characters: what is shorter is no secret, and would be found in every word.
MIN_LENGTH = 4


class Masking:
    """Replaces secrets, in the forms in which a request holds them and a page shows them.

    Args:
        secrets: as they were entered.
        logins: which stand before a secret in HTTP's Basic (RFC 7617).
    """

    def __init__(self, secrets: Iterable[str], logins: Iterable[str] = ()) -> None:
        known = [secret for secret in secrets if len(secret) >= MIN_LENGTH]
        pairs = [f"{login}:{secret}" for login in logins for secret in known]
        basic = [base64.b64encode(pair.encode()).decode() for pair in pairs]
        forms = {form for text in (*known, *basic) for form in _forms(text) if len(form) >= MIN_LENGTH}
        self._forms = sorted(forms, key=lambda form: (-len(form), form))
        # The digits of a percent-encoding are written in either case.
        self._pattern = re.compile("|".join(map(re.escape, self._forms)), re.IGNORECASE) if forms else None

    def hide(self, text: str) -> str:
        """``text`` without secrets. A text that was cut to the length of a detail may end in the middle of one."""
        if self._pattern is None:
            return text
        hidden = self._pattern.sub(MASK, text)
        return self._without_beginning(hidden) if len(text) >= DETAIL_LENGTH else hidden

    def masked(self, outcome: Outcome) -> Outcome:
        """The outcome without secrets in the provider's words and code."""
        code, detail = self.hide(outcome.code), self.hide(outcome.detail)[:DETAIL_LENGTH]
        same = (code, detail) == (outcome.code, outcome.detail)
        return outcome if same else replace(outcome, code=code, detail=detail)

    def _without_beginning(self, text: str) -> str:
        for form in self._forms:
            for length in range(len(form) - 1, MIN_LENGTH - 1, -1):
                if text.lower().endswith(form[:length].lower()):
                    return text[:-length] + MASK
        return text


def _forms(secret: str) -> Iterator[str]:
    """A secret as it is, percent-encoded, in JSON and in HTML; and each with what looks like a phone in it masked."""
    for form in (
        secret, quote(secret), quote(secret, safe=""), quote_plus(secret), html.escape(secret),
        json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret)[1:-1].replace("/", r"\/"),
    ):  # fmt: skip
        # One line with single blanks, as the words of a provider are cleaned.
        line = " ".join(form.split())
        yield line
        yield mask_phones(line)
