"""Reads the settings of the kind ``http``: templates and rules, everything checked. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import Fate
from vestnik.gateways.adapters.http_answers import (
    AnswerRules,
    RuleFault,
    Where,
    read_codes,
    read_statuses,
    read_where,
    refuse_twice,
)  # fmt: skip
from vestnik.gateways.adapters.http_body import CONTENT_TYPES, check_body
from vestnik.gateways.adapters.http_receipts import ReceiptRules
from vestnik.gateways.adapters.http_template import Template, TemplateFault, read_template
from vestnik.gateways.outcome import Kind
from vestnik.gateways.words import gettext_noop, sentence
from vestnik.setting_values import names_a_host

#: Placeholders of the account; of it and the message; of everything but texts, which no header takes.
ACCOUNT = ("login", "secret", "basic")
_EXPIRY = ("expires_at", "expires_at_unix", "expires_in", "expires_in_minutes")
MESSAGE = ("id", "phone", "phone_plus", "text", "sender", *_EXPIRY, "login", "secret")
HEADER = ("id", "phone", "phone_plus", *_EXPIRY, *ACCOUNT)
#: Headers that the transport writes itself, or that would change how the request is read (RFC 9112).
_OURS = frozenset((
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
    "user-agent", "accept-encoding",
))  # fmt: skip
_URL = re.compile(r"(https?://[^/?#\s{}]+)([/?].*)?")
_BAD_URL = gettext_noop("Enter an address such as https://api.example.org/v1/messages: no placeholder in its host.")
_LOGIN_IN_URL = gettext_noop("Enter the address without a login and a password: they have their own fields.")
_BAD_SIGN = gettext_noop("“%(sign)s” is not allowed in an address: write it percent-encoded.")
_BAD_HEADER = gettext_noop("Write a header as Name: value.")
_OUR_HEADER = gettext_noop("“%(name)s” is written by Vestnik itself. Remove the line.")
_BAD_HEADER_SIGN = gettext_noop("A header takes letters, digits and signs of ASCII only.")
_TWO_HEADERS = gettext_noop("“%(name)s” occurs here twice.")
_NO_TEXT = gettext_noop("The text is missing: put {{text}} into the body or the address.")
_NO_PHONE = gettext_noop("The phone number is missing: put {{phone}} or {{phone_plus}} into the body or the address.")
_GET_BODY = gettext_noop("GET has no body: put the placeholders into the address, or choose POST.")
_EMPTY = gettext_noop("Enter it: {{%(name)s}} is used in a template.")
_ASCII_SECRET = gettext_noop("It is used in a header, which takes ASCII only.")
_WITHOUT_PLACE = gettext_noop("Enter the path to it as well.")
_OTHER_HOST = gettext_noop("The address of a check must have the scheme, host and port of the first address.")
_STATUSES_MISSING = gettext_noop("Name the statuses that mean delivered.")
_Read = TypeVar("_Read")
_NO_CODES: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """What was entered, read. ``base``: scheme, host and port; ``target``: what follows. ``receipts``: None: ours."""

    base: str
    method: str
    target: Template
    headers: Sequence[tuple[str, Template]]
    format: str
    body: Template | None
    answers: AnswerRules
    check_target: Template | None
    balance_at: Where | None
    receipts: ReceiptRules | None


class _Faults:
    """Collects what is wrong, by field."""

    def __init__(self) -> None:
        self.wrong: dict[str, list[str]] = {}

    def add(self, field: str, template: str, /, **values: object) -> None:
        """Note a fault; the first of a field counts."""
        self.wrong.setdefault(field, [sentence(template, **values)])

    def read(self, field: str, reader: Callable[[str], _Read], text: str, otherwise: _Read) -> _Read:
        """Read what a field holds, or note why it cannot be."""
        try:
            return reader(text)
        except (TemplateFault, RuleFault) as error:
            self.wrong.setdefault(field, [error.said])
            return otherwise

    def read_codes(self, texts: Mapping[str, str], fields: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Read lists of codes; none may stand in two of them."""
        lists = {field: self.read(field, read_codes, texts.get(field, ""), _NO_CODES) for field in fields}
        for field, said in refuse_twice(lists).items():
            self.wrong.setdefault(field, list(said))
        return lists


def read_settings(settings: Mapping[str, Any]) -> HttpSettings:
    """Read and check everything.

    Raises:
        InvalidInput: by field, what is wrong, with line and column, and what to write instead.
    """
    faults, empty = _Faults(), Template("", ("",), ())
    texts = {name: str(value) for name, value in settings.items() if value not in (None, "")}
    form, method = texts.get("format", "json"), texts.get("method", "POST")
    base, target = faults.read("url", lambda text: _read_url(text, MESSAGE), texts.get("url", ""), ("", empty))
    no_headers: list[tuple[str, Template]] = []
    headers = faults.read("headers", _read_headers, texts.get("headers", ""), no_headers)
    body = faults.read("body", lambda text: _read_body(text, form), texts.get("body", "").strip(), empty)
    if method == "GET" and body.source:
        faults.add("body", _GET_BODY)
    check_base, check_target = base, empty
    if "check_url" in texts:
        check_base, check_target = faults.read(
            "check_url", lambda text: _read_url(text, ACCOUNT), texts["check_url"], (base, empty)
        )
    if check_base != base and base:
        faults.add("check_url", _OTHER_HOST)
    if body.source and not any(name.lower() == "content-type" for name, _ in headers):
        headers = [*headers, ("Content-Type", Template(CONTENT_TYPES[form], (CONTENT_TYPES[form],), ()))]
    _check_use(faults, texts, target, body, headers, check_target)
    answers, receipts = _read_answers(faults, texts), _read_receipt_rules(faults, texts)
    balance_at = faults.read("balance_at", read_where, texts.get("balance_at", ""), None)
    if faults.wrong:
        raise InvalidInput(faults.wrong)
    return HttpSettings(
        base=base,
        method=method,
        target=target,
        headers=headers,
        format=form,
        body=body if body.source else None,
        answers=answers,
        check_target=check_target if check_target.source else None,
        balance_at=balance_at,
        receipts=receipts,
    )


def _read_url(source: str, known: Sequence[str]) -> tuple[str, Template]:
    found = _URL.fullmatch(source)
    if found is None or not names_a_host(found.group(1)):
        raise TemplateFault(source, 0, _BAD_URL)
    if "@" in found.group(1):
        raise TemplateFault(source, 0, _LOGIN_IN_URL)
    template = read_template(source, known)
    offset = 0
    for literal, place in zip(template.literals, (*template.places, None), strict=True):
        bad = re.search(r"[^!-~]|[#\"<>\\^`{|}]|%(?![0-9A-Fa-f]{2})", literal)
        if bad is not None:
            raise TemplateFault(source, offset + bad.start(), _BAD_SIGN, sign=bad.group())
        offset = source.index("}}", place.offset) + 2 if place else offset
    rest = template.literals[0][len(found.group(1)) :]
    first = rest if rest.startswith("/") else f"/{rest}"
    return found.group(1), Template(source, (first, *template.literals[1:]), template.places)


def _read_headers(source: str) -> list[tuple[str, Template]]:
    template = read_template(source, HEADER)  # finds what is wrong with its place in all lines
    bad = re.search(r"[^\t\r\n -~]", source)
    if bad is not None:
        raise TemplateFault(source, bad.start(), _BAD_HEADER_SIGN)
    headers: list[tuple[str, Template]] = []
    offset = 0
    for line in template.source.split("\n"):
        name, colon, value = line.partition(":")
        if line.strip():
            if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name.strip()):
                raise TemplateFault(source, offset, _BAD_HEADER)
            if name.strip().lower() in _OURS or name.lower().startswith("proxy-"):
                raise TemplateFault(source, offset, _OUR_HEADER, name=name.strip())
            if name.strip().lower() in {known.lower() for known, _ in headers}:
                raise TemplateFault(source, offset, _TWO_HEADERS, name=name.strip())
            headers.append((name.strip(), read_template(value.strip(), HEADER)))
        offset += len(line) + 1
    return headers


def _read_body(source: str, form: str) -> Template:
    template = read_template(source, MESSAGE)
    if source:
        check_body(template, form)
    return template


def _check_use(
    faults: _Faults,
    texts: Mapping[str, str],
    target: Template,
    body: Template,
    headers: Sequence[tuple[str, Template]],
    check_target: Template,
) -> None:
    """What templates use must be there, and what a message is made of must be used."""
    if faults.wrong:
        return
    in_headers = frozenset[str]().union(*(value.names for _, value in headers))
    in_message = target.names | body.names
    used = in_message | in_headers | check_target.names
    if "text" not in in_message:
        faults.add("body", _NO_TEXT)
    if not {"phone", "phone_plus"} & in_message:
        faults.add("body", _NO_PHONE)
    for name in ("login", "secret", "sender"):
        if (name in used or (name != "sender" and "basic" in used)) and name not in texts:
            faults.add(name, _EMPTY, name="basic" if name not in used else name)
        if name in in_headers and not texts.get(name, "").isascii():
            faults.add(name, _ASCII_SECRET)


def _read_answers(faults: _Faults, texts: Mapping[str, str]) -> AnswerRules:
    places = ("success_at", "id_at", "code_at", "words_at")
    where = {name: faults.read(name, read_where, texts.get(name, ""), None) for name in places}
    kinds = {
        "throttled_codes": Kind.THROTTLED, "account_codes": Kind.UNAUTHORIZED, "refused_codes": Kind.REFUSED,
    }  # fmt: skip
    lists = faults.read_codes(texts, kinds)
    values = faults.read("success_values", read_codes, texts.get("success_values", ""), _NO_CODES)
    statuses = faults.read("success_statuses", read_statuses, texts.get("success_statuses", ""), _NO_CODES)
    if values and where["success_at"] is None:
        faults.add("success_at", _WITHOUT_PLACE)
    return AnswerRules(
        success_statuses=statuses,
        success_values=values,
        codes={code: kinds[name] for name, codes in lists.items() for code in codes},
        **where,
    )


def _read_receipt_rules(faults: _Faults, texts: Mapping[str, str]) -> ReceiptRules | None:
    fates = {
        "receipt_delivered": Fate.DELIVERED, "receipt_undelivered": Fate.UNDELIVERED,
        "receipt_on_its_way": Fate.ON_ITS_WAY,
    }  # fmt: skip
    lists = faults.read_codes(texts, fates)
    places = ("receipt_id_at", "receipt_status_at", "receipt_code_at", "receipt_list_at")
    if not any(name in texts for name in (*places, *fates)):
        return None
    for name in ("receipt_id_at", "receipt_status_at"):
        if name not in texts:
            faults.add(name, _WITHOUT_PLACE)
    if not lists["receipt_delivered"]:
        faults.add("receipt_delivered", _STATUSES_MISSING)
    for name in places:
        if texts.get(name, "").startswith("/") or name == "receipt_list_at":
            faults.read(name, read_where, texts.get(name, ""), None)
    return ReceiptRules(
        list_at=texts.get("receipt_list_at", ""), id_at=texts.get("receipt_id_at", ""),
        status_at=texts.get("receipt_status_at", ""), code_at=texts.get("receipt_code_at", ""),
        is_ours=texts.get("receipt_id_is") == "ours", reply=texts.get("receipt_reply", "OK"),
        fates={status: fate for name, fate in fates.items() for status in lists[name]},
    )  # fmt: skip
