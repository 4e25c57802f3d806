"""Changes the schema so that client generators can use it: names, integers, enums, and inline parts.

docs/decisions/rest-api.md says which generator needs what. Requests and answers stay the same.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings

from vestnik.mailings.fields import OUTCOMES
from vestnik.models import MailingKind

Schema = dict[str, Any]

#: Components whose names clash with a class that generators create.
_RENAMED = {"Client": "DirectoryClient"}
#: Enums that are used only in parameters, and in a part that is written by hand.
_ENUMS = {"Ordering": ["id", "-id"], "MessageOutcome": list(OUTCOMES), "MailingKind": MailingKind.values}
#: An integer without this limit may not fit into the ``int`` of a generated client.
MAX_INT32 = 2**31 - 1
_REF = "#/components/schemas/"
#: What drf-spectacular makes of a choice that may be null.
_NULL = "NullEnum"
#: Keys that hold examples or values and not schemas.
_VALUES = frozenset({"default", "enum", "example", "examples", "value", "x-enum-varnames"})


def suit_generators(result: Schema, *, generator: Any, **_: Any) -> Schema:
    """Apply the changes.

    A post-processing hook of the schema, between the one for enums and the one for errors.
    """
    schemas: dict[str, Schema] = result["components"]["schemas"]
    schemas.update({name: {"type": "string", "enum": values} for name, values in _ENUMS.items()})
    _rename(result)
    _name_titled_parts(schemas)
    _refer_to_enums(result, schemas)
    for name, schema in schemas.items():
        if "enum" in schema:
            schema["x-enum-varnames"] = [_constant(name, value) for value in schema["enum"]]
    for schema in _all_schemas(result):
        _widen_integers(schema)
        _unite_texts(schema)
        _say_null(schema)
        # Requests and answers have components of their own, so these say nothing new. In Go they would make fields
        # optional.
        schema.pop("readOnly", None)
        schema.pop("writeOnly", None)
        _unwrap(schema)
    for operation in operations_of(result):
        operation.setdefault("security", [])
        _put_forms_first(operation)
    schemas.pop(_NULL, None)
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    result["servers"] = _servers(getattr(generator, "public_url", settings.ENVIRONMENT.public_url))
    return result


def operations_of(result: Schema) -> Iterator[Schema]:
    """Yield each operation of the schema."""
    for methods in result["paths"].values():
        yield from methods.values()


def _all_schemas(part: Any) -> Iterator[Schema]:
    """Yield each object of the document except examples. All schemas are among them."""
    if isinstance(part, list):
        for element in part:
            yield from _all_schemas(element)
    if isinstance(part, dict):
        yield part
        for key, value in part.items():
            if key not in _VALUES:
                yield from _all_schemas(value)


def _rename(result: Schema) -> None:
    schemas = result["components"]["schemas"]
    for old, new in _RENAMED.items():
        schemas[new] = schemas.pop(old)
    references = {_REF + old: _REF + new for old, new in _RENAMED.items()}
    for part in _all_schemas(result):
        if part.get("$ref") in references:
            part["$ref"] = references[part["$ref"]]


def _name_titled_parts(schemas: dict[str, Schema]) -> None:
    """Make a part with a title a component of this name.

    Otherwise generators invent a name for each place.
    """
    left = list(schemas.values())
    while left:
        properties = left.pop().get("properties", {})
        for name, part in properties.items():
            title = part.get("title")
            if title is None or "properties" not in part:
                continue
            left.append(part)
            is_nullable = "null" in part["type"]
            schemas[title] = {**part, "type": "object"} if is_nullable else part
            reference = {"$ref": _REF + title}
            properties[name] = {"oneOf": [reference, {"type": "null"}]} if is_nullable else reference


def _refer_to_enums(result: Schema, schemas: dict[str, Schema]) -> None:
    """Let parameters refer to the enums that bodies use."""
    names = {frozenset(schema["enum"]): name for name, schema in schemas.items() if "enum" in schema}

    def referring(schema: Schema) -> Schema:
        if "items" in schema:
            return {**schema, "items": referring(schema["items"])}
        name = names.get(frozenset(schema.get("enum", ())))
        if name is None:
            return schema
        more = {key: value for key, value in schema.items() if key not in ("type", "enum")}
        return {"allOf": [{"$ref": _REF + name}], **more} if more else {"$ref": _REF + name}

    _change_parameters(result, referring)


def _change_parameters(result: Schema, change: Callable[[Schema], Schema]) -> None:
    for operation in operations_of(result):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = change(parameter["schema"])


def _constant(name: str, value: str) -> str:
    """Return a name for a constant that no other enum has. In Go all of them share one namespace."""
    words = [*re.findall("[A-Z][a-z0-9]*", name), *re.findall("[A-Za-z0-9]+", value)]
    descending = ["DESCENDING"] if value.startswith("-") else []
    return "_".join([*words, *descending]).upper()


def _widen_integers(schema: Schema) -> None:
    is_integer = schema.get("type") in ("integer", ["integer", "null"])
    if is_integer and "format" not in schema and schema.get("maximum", MAX_INT32 + 1) > MAX_INT32:
        schema["format"] = "int64"


def _unwrap(schema: Schema) -> None:
    """Replace a list that holds only one reference by the reference."""
    if schema.keys() == {"allOf"} and len(schema["allOf"]) == 1:
        (part,) = schema.pop("allOf")
        schema.update(part)


def _unite_texts(schema: Schema) -> None:
    """Make a text that may be empty one type. Generators make an unusable type, or none, of two.

    The pattern must allow the empty text.
    """
    match schema.get("oneOf"):
        case [{"type": "string"} as text, {"type": "string", "maxLength": 0}]:
            del schema["oneOf"]
            schema.update(text)
        case _:
            pass


def _say_null(schema: Schema) -> None:
    """Say null as other parts do, and not as an enum that has no other value."""
    if {"$ref": _REF + _NULL} in schema.get("oneOf", ()):
        schema["oneOf"] = [{"type": "null"} if part == {"$ref": _REF + _NULL} else part for part in schema["oneOf"]]


def _put_forms_first(operation: Schema) -> None:
    """Put forms first among the kinds of a body. Generators use the first, and a form describes more than bytes."""
    content = operation.get("requestBody", {}).get("content", {})
    kinds = sorted(content, key=lambda kind: kind != "multipart/form-data")
    if kinds:
        operation["requestBody"]["content"] = {kind: content[kind] for kind in kinds}


def _servers(public_url: str) -> list[Schema]:
    """Return the host that the schema came from, and the public address if it is set."""
    here = {"url": "/", "description": "The host that this schema came from."}
    public = {"url": public_url, "description": "The address of this installation."}
    return [here, public] if public_url else [here]
