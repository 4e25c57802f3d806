"""Reads JSON strictly. Everything that is not plain JSON is a 400 with a reason."""

import json
import math
from collections.abc import Mapping
from decimal import Decimal, DecimalException
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request


class StrictJSONParser(JSONParser):
    """JSON in UTF-8 (RFC 8259) without NaN, repeated keys, integers of thousands of digits, or very deep nesting."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Parse the body. The middleware has already limited its size.

        Raises:
            ParseError: The body is not such JSON.
        """
        del media_type, parser_context
        try:
            text = stream.read().decode("utf-8-sig")
            return _decoder.decode(text)
        except UnicodeDecodeError as error:
            raise ParseError(_("The body is not valid UTF-8.")) from error
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply.")) from error
        except json.JSONDecodeError as error:
            raise ParseError(_("JSON parse error: %(error)s.") % {"error": error}) from error
        except ValueError as error:  # Python refuses integers of more than 4,300 digits
            raise ParseError(_("The JSON contains a number with too many digits.")) from error


def refuse_other_bodies(request: Request) -> None:
    """Check a body that this view does not need.

    Raises:
        UnsupportedMediaType: The body is of a kind that the view does not accept.
        ParseError: The body is not valid.
    """
    _ = request.data  # reading it raises the errors


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ParseError(_("A key occurs twice in one object of the JSON."))
    return found


def _refuse_constant(_word: str) -> Any:
    raise ParseError(_("NaN and Infinity are not JSON."))


def _number(text: str) -> int | float:
    """Parse a number with a point or an exponent. ``1.0`` and ``1e3`` are integers in JSON Schema (2020-12, 4.2.3)."""
    value = float(text)
    if math.isinf(value):
        raise ParseError(_("The JSON contains a number that is too large."))
    if not value.is_integer() or abs(value) > _MAX_INTEGRAL:
        return value
    try:
        exact = Decimal(text)
        return int(exact) if exact == exact.to_integral_value() else value
    except DecimalException:  # an exponent of twenty digits
        return value


#: Larger numbers with a point stay floats, because no integer of the API is this large.
_MAX_INTEGRAL = 2.0**63
#: ``json.loads`` creates a decoder for each text.
_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_number)
