"""Bodies of the kind ``http``: how values are escaped in JSON, forms, addresses and XML, and the check of a template.

A template is checked by doing: it is filled with values that hold everything that breaks such texts, read by a reader
of its format, and each value must come back to the letter. Pure.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote
from xml.parsers import expat

from vestnik.gateways.adapters.http_template import Escape, Piece, Template, TemplateFault, piece_at
from vestnik.gateways.words import gettext_noop

#: Placeholders whose values are whole numbers: they need no quotes in JSON.
NUMBERS = frozenset(("id", "phone", "expires_at_unix", "expires_in", "expires_in_minutes"))
#: What breaks texts of one format or another.
_NASTY = "<&>\"'\\/ +%41&amp;=;#{}\r\n\té👋"
_NOT_JSON = gettext_noop("This is not JSON: %(detail)s.")
_QUOTES = gettext_noop('A text in JSON needs quotes: write "{{%(name)s}}".')
_NOT_FORM = gettext_noop("This is not a form. Write name={{text}}&other={{phone}}, other signs percent-encoded.")
_NOT_XML = gettext_noop("This is not XML: %(detail)s.")
_DOCTYPE = gettext_noop("A document type is not allowed in this XML.")
_ENCODING = gettext_noop("The XML is sent as UTF-8. Take the other encoding out of its first line.")
_NOWHERE = gettext_noop("{{%(name)s}} is not allowed here: its value would not arrive. Put it into a value.")
_XML_ESCAPES = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;",
}  # fmt: skip
#: What XML 1.0 cannot hold in any spelling (section 2.2): it becomes U+FFFD.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML_SPECIAL = re.compile("[&<>\"'\t\n\r]")


def escape_json(text: str) -> str:
    """For the inside of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def escape_url(text: str) -> str:
    """For a form, a query, or one step of a path: everything but letters, digits and ``-._~`` (RFC 3986, 2.3)."""
    return quote(text, safe="")


def escape_xml(text: str) -> str:
    """For the text of an element, or an attribute's value in either quotes. Line breaks stay what they are (2.11)."""
    return _XML_SPECIAL.sub(lambda found: _XML_ESCAPES[found.group()], _NO_XML.sub("\ufffd", text))


def as_it_is(text: str) -> str:
    """For headers, whose values are checked when they are entered."""
    return text


#: By format: its escape, and its content type.
ESCAPES: Mapping[str, Escape] = {"json": escape_json, "form": escape_url, "xml": escape_xml}
CONTENT_TYPES: Mapping[str, str] = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "xml": "application/xml; charset=utf-8",
}


def check_body(template: Template, form: str) -> None:
    """Check a body of a format by filling it and reading it.

    Raises:
        TemplateFault: it cannot be read, or a value would not arrive where it stands.
    """
    values = [_sample(number, place.name) for number, place in enumerate(template.places)]
    text, pieces = template.render_each(values, ESCAPES[form])
    found = "\0".join(_READERS[form](template, text, pieces))
    for place, value in zip(template.places, values, strict=True):
        if value not in found:
            raise TemplateFault(template.source, place.offset, _NOWHERE, name=place.name)


def _sample(number: int, name: str) -> str:
    """A value that no other place has."""
    return str(8_000_000_000 + number) if name in NUMBERS else f"\ue000{number}{_NASTY}\ue001"


def _read_json(template: Template, text: str, pieces: Sequence[Piece]) -> Iterator[str]:
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        index = error.pos if isinstance(error, json.JSONDecodeError) else 0
        offset, place = piece_at(pieces, index)
        if place is not None and place.name not in NUMBERS:
            raise TemplateFault(template.source, offset, _QUOTES, name=place.name) from error
        detail = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise TemplateFault(template.source, offset, _NOT_JSON, detail=detail) from error
    return _leaves(found)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield str(value)


def _read_form(template: Template, text: str, pieces: Sequence[Piece]) -> Iterator[str]:
    bad = re.search(r"[^!$&-;=?-Z_a-z~%*]|%(?![0-9A-Fa-f]{2})|[{}|]", text)
    if bad is not None:
        raise TemplateFault(template.source, piece_at(pieces, bad.start())[0], _NOT_FORM)
    start = 0
    for pair in text.split("&"):
        if "=" not in pair:
            raise TemplateFault(template.source, piece_at(pieces, start)[0], _NOT_FORM)
        start += len(pair) + 1
    for name, value in parse_qsl(text, keep_blank_values=True):
        yield from (name, value)


def _read_xml(template: Template, text: str, pieces: Sequence[Piece]) -> Iterator[str]:
    reader = _Xml()
    try:
        reader.parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        index = len(text.encode()[: reader.parser.ErrorByteIndex].decode(errors="ignore"))
        detail = expat.ErrorString(error.code)
        raise TemplateFault(template.source, piece_at(pieces, index)[0], _NOT_XML, detail=detail) from error
    except _Refused as error:
        raise TemplateFault(template.source, 0, str(error)) from error
    return iter(reader.found)


class _Refused(Exception):
    """Something stands in the XML that may not."""


class _Xml:
    """Collects the texts of elements and the values of attributes."""

    def __init__(self) -> None:
        self.found = [""]
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = True
        self.parser.CharacterDataHandler = self._text
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = lambda _: self.found.append("")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.XmlDeclHandler = self._declaration

    def _text(self, text: str) -> None:
        self.found[-1] += text

    def _start(self, _: str, attributes: dict[str, str]) -> None:
        self.found += [*attributes.values(), ""]

    def _doctype(self, *_: object) -> None:
        raise _Refused(_DOCTYPE)

    def _declaration(self, _: str, encoding: str | None, __: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise _Refused(_ENCODING)


_READERS: Mapping[str, Callable[[Template, str, Sequence[Piece]], Iterator[str]]] = {
    "json": _read_json,
    "form": _read_form,
    "xml": _read_xml,
}
