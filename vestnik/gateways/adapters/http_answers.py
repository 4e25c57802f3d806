"""How the kind ``http`` reads an answer: where a value stands in it, and which statuses and codes mean what. Pure.

A *place* is a JSON pointer (RFC 6901: ``/sms/0/status``) or a regular expression, whose first group counts. Expressions
are RE2's: they take time in proportion to the answer, whatever they are (https://github.com/google/re2/wiki/Syntax).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import re2

from vestnik.gateways.outcome import SUCCESS, Kind, Outcome, clean_words, retry_seconds
from vestnik.gateways.request import HttpAnswer
from vestnik.gateways.words import Sentence, gettext_noop, sentence
from vestnik.gateways.wrapping import plain_text, unwrapped

#: Characters of a code or an id, at most.
MAX_CODE, MAX_ID = 40, 100
#: Statuses that mean the same of every provider, unless a list names them: a list of the provider's own codes does not
#: take that away.
ALWAYS: Mapping[str, Kind] = {
    "http_401": Kind.UNAUTHORIZED, "http_403": Kind.UNAUTHORIZED, "http_429": Kind.THROTTLED,
}  # fmt: skip
_BAD_POINTER = gettext_noop("In a JSON pointer “~” comes before 0 or 1 only: ~0 is “~”, ~1 is “/”.")
_BAD_PATTERN = gettext_noop("This regular expression cannot be read: %(detail)s.")
_BAD_CODE = gettext_noop("Separate codes by commas. A status is written http_429 or http_4xx.")
_BAD_STATUS = gettext_noop("Separate statuses by commas, such as 200, 201 or 2xx.")
_TWICE = gettext_noop("“%(code)s” is here and in %(other)s: it can mean one thing only.")


class RuleFault(Exception):
    """A rule cannot be read. ``said``: why."""

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template)
        self.said: Sentence = sentence(template, **values)


class Where:
    """A place in an answer or a callback.

    Raises:
        RuleFault: it is neither a JSON pointer nor a regular expression.
    """

    def __init__(self, text: str) -> None:
        self._steps: tuple[str, ...] | None = None
        if text.startswith("/"):
            if re.search("~(?![01])", text):
                raise RuleFault(_BAD_POINTER)
            self._steps = tuple(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])
            return
        options = re2.Options()
        options.log_errors = False
        try:
            self._pattern = re2.compile(text, options)
        except re2.error as error:
            detail = error.args[0]
            words = detail.decode(errors="replace") if isinstance(detail, bytes) else str(detail)
            raise RuleFault(_BAD_PATTERN, detail=words) from error

    def find(self, body: bytes) -> str | None:
        """The value that stands there, as text; None: there is none."""
        if self._steps is None:
            return self.find_text(plain_text(body))
        return self.find_in(json_value(body))

    def find_text(self, text: str) -> str | None:
        """The value in a text, of a regular expression."""
        found = self._pattern.search(text)
        if found is None:
            return None
        return found.group(1 if self._pattern.groups else 0) or None

    def find_in(self, value: Any) -> str | None:
        """The value in what was JSON."""
        return as_text(self.value_in(value))

    def value_in(self, value: Any) -> Any:
        """The value in what was JSON, as it is; None: there is none."""
        for step in self._steps or ():
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and re.fullmatch("0|[1-9][0-9]{0,5}", step) and int(step) < len(value):
                value = value[int(step)]
            else:
                return None
        return value


def as_text(value: Any) -> str | None:
    """A text as it is; a number, true and false as JSON has them; nothing else."""
    if isinstance(value, str):
        return value or None
    return orjson.dumps(value).decode() if isinstance(value, int | float) else None


def json_value(body: bytes) -> Any:
    """The JSON value that ``body`` is, below all wrappings; None when it is none."""
    for plain in unwrapped(body):
        try:
            return orjson.loads(plain)
        except orjson.JSONDecodeError:
            continue
    return None


def read_where(text: object) -> Where | None:
    """A place; None where none was entered."""
    return Where(text) if isinstance(text, str) and text else None


def read_codes(text: object) -> tuple[str, ...]:
    """Codes separated by commas; ``*``: all.

    Raises:
        RuleFault: one of them is empty or has signs that no code has.
    """
    codes = tuple(code.strip() for code in str(text or "").split(",")) if text else ()
    if any(not code or len(code) > MAX_CODE or not code.isprintable() for code in codes):
        raise RuleFault(_BAD_CODE)
    if any(re.match("http_", code) and not re.fullmatch("http_[1-5]([0-9]{2}|xx)", code) for code in codes):
        raise RuleFault(_BAD_CODE)
    return codes


def read_statuses(text: object) -> tuple[str, ...]:
    """Statuses separated by commas, ``2xx`` for all of a hundred.

    Raises:
        RuleFault: something else stands there.
    """
    statuses = tuple(status.strip().lower() for status in str(text or "2xx").split(","))
    if not all(re.fullmatch("[1-5]([0-9]{2}|xx)", status) for status in statuses):
        raise RuleFault(_BAD_STATUS)
    return statuses


def refuse_twice(lists: Mapping[str, tuple[str, ...]]) -> Mapping[str, list[Sentence]]:
    """What stands in two of these lists, by the name of the later one."""
    seen: dict[str, str] = {}
    wrong: dict[str, list[Sentence]] = {}
    for name, codes in lists.items():
        for code in dict.fromkeys(codes):
            if code in seen:
                wrong[name] = [sentence(_TWICE, code=code, other=seen[code])]
            seen.setdefault(code, name)
    return wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRules:
    """What an answer means.

    - ``success_statuses``: a success has one of them, and at ``success_at``, if there is such a place, one of
      ``success_values``; none of those: anything.
    - ``id_at``, ``code_at``, ``words_at``: where the provider's id, code and words stand.
    - ``codes``: what codes mean, a status being ``http_429`` or ``http_4xx``. A code that is named counts before
      everything: a sign of success and the status. ``*`` is every other code that stands at ``code_at``, but with no
      5xx, and beside a success's status and no place for its sign every one but 0. 401, 403 and 429 that no list names
      mean what they always do, also beside ``http_4xx`` and ``*``. What else is not named is ambiguous.
    """

    success_statuses: tuple[str, ...]
    success_at: Where | None
    success_values: tuple[str, ...]
    id_at: Where | None
    code_at: Where | None
    words_at: Where | None
    codes: Mapping[str, Kind]

    def outcome(self, answer: HttpAnswer) -> Outcome:
        """What an answer means."""
        code = self.code(answer)
        if not self._is_success(answer, code):
            return self._failure(answer, code)
        provider_id = self.id_at.find(answer.body) if self.id_at else None
        if not provider_id or len(provider_id) > MAX_ID or not provider_id.isprintable():
            return SUCCESS
        return Outcome(kind=Kind.SUCCESS, code="0", detail="OK", answered=True, provider_ids=(provider_id,))

    def objection(self, answer: HttpAnswer) -> Outcome | None:
        """Why the answer to a check is not good; None: it has a 2xx and no code that a list names.

        What a success looks like is said of messages, and a balance may come with any code: neither counts here.
        """
        code = self.code(answer)
        return None if 200 <= answer.status < 300 and code not in self.codes else self._failure(answer, code)

    def code(self, answer: HttpAnswer) -> str:
        """The provider's own code; empty: there is none."""
        return clean_words(self.code_at.find(answer.body) or "")[:MAX_CODE] if self.code_at else ""

    def _failure(self, answer: HttpAnswer, code: str) -> Outcome:
        words = self.words_at.find(answer.body) if self.words_at else None
        status = f"http_{answer.status}"
        kind = self._kind(code, status)
        return Outcome(
            kind=kind,
            code=code or ("garbage" if self._may_be_success(answer.status) else status),
            detail=clean_words(words or plain_text(answer.body)) or status,
            retry_after=retry_seconds(answer.headers.get("retry-after"), answer.now),
            answered=True,
            server_error=kind is Kind.AMBIGUOUS and answer.status >= 500,
        )

    def _is_success(self, answer: HttpAnswer, code: str) -> bool:
        if code in self.codes or not self._may_be_success(answer.status):
            return False
        if self.success_at is not None:
            found = self.success_at.find(answer.body)
            return found is not None and (not self.success_values or found in self.success_values)
        # Only the status speaks for a success, and what the lists name says more: a code but 0, which is no error, and
        # a status that is named while "2xx" stands for it here.
        refused = "*" in self.codes and code not in ("", "0")
        status_refused = f"http_{answer.status}" in self.codes and str(answer.status) not in self.success_statuses
        return not (refused or status_refused)

    def _may_be_success(self, status: int) -> bool:
        return str(status) in self.success_statuses or f"{status // 100}xx" in self.success_statuses

    def _kind(self, code: str, status: str) -> Kind:
        # A server that failed does not know what it did, whatever code it adds.
        any_code = "*" if code and not status.startswith("http_5") else ""
        for each in (code, status):
            if each in self.codes:
                return self.codes[each]
        if status in ALWAYS:
            return ALWAYS[status]
        for each in (f"{status[:6]}xx", any_code):
            if each in self.codes:
                return self.codes[each]
        return Kind.AMBIGUOUS
