"""The OpenAPI schema: its security scheme, and the error answers of all operations."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object

from vestnik.api.fields import NO_NUL


class HeaderScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # drf-spectacular has none
    """The security scheme: an access token or an API key as a Bearer token."""

    target_class = "vestnik.api.authentication.HeaderAuthentication"
    name = "jwtHeaderAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the definition of the scheme."""
        del auto_schema
        scheme = build_bearer_security_scheme_object("Authorization", "Bearer", bearer_format="JWT")
        return {**scheme, "description": "The `access` token of a login, or an API key (`vk_…`) for machines."}


class OperatorCodeScheme(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # it has no types
    """An operator code in the schema. It is read from a string or a number, and written as a string."""

    target_class = "vestnik.api.fields.OperatorCodeField"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return a string of three digits."""
        del auto_schema
        digits: dict[str, Any] = {"type": "string", "pattern": "^[0-9]{3}$"}
        if direction == "response":
            return digits
        # The number is only in the description. Generators make an unusable type, or none, of a choice of two types.
        return {**digits, "description": "Three digits; a JSON number is taken, too."}


class PhoneScheme(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # it has no types
    """A phone number in the schema. Answers to readers who see phones masked have three stars in it."""

    target_class = "vestnik.api.fields.PhoneField"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return a string of eleven digits, of which three may be masked in an answer."""
        del auto_schema
        if direction == "request":
            return {"type": "string", "pattern": "^7[0-9]{10}$"}
        return {"type": "string", "pattern": "^7[0-9]{3}([0-9]{3}|[*]{3})[0-9]{4}$"}


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["detail", "code"],
    "properties": {
        "detail": {"type": "string", "description": "What is wrong, for people."},
        "code": {"type": "string", "description": "The same for machines."},
    },
}
_FIELD_PROBLEMS = {
    "type": "object",
    "description": "The fields that are wrong: for each name an array of sentences that say what is right; for a list "
    "of values an object of such arrays, by the number of the element. Or `detail` and `code`, for the whole body.",
    "properties": _PROBLEM["properties"],
    # Any type. Generators for Java and Go make code that does not compile of a choice of types.
    "additionalProperties": True,
}
_ANSWERS = {
    "400": ("What was sent is wrong.", "FieldProblems"),
    "401": ("No good token came with the request.", "Problem"),
    "403": ("The role of the account, or the installation, does not allow this.", "Problem"),
    "404": ("There is no such thing, or it was deleted.", "Problem"),
    "409": ("The state of the mailing, of the gateway, of the webhook or of the attribute forbids this.", "Problem"),
    "412": ("Somebody else changed it meanwhile.", "Problem"),
    "413": ("The body is too large.", "Problem"),
    "415": ("The body is of another kind than this takes.", "Problem"),
    "422": ("The idempotency key was used with another body.", "Problem"),
    "429": ("Too many tries: wait as many seconds as Retry-After says.", "Problem"),
    "503": ("The database cannot be reached at the moment.", "Problem"),
}
#: Examples of these answers.
_EXAMPLES = {
    "400": {"phone_number": ["Give 11 digits that begin with 7, such as 79111234567."]},
    "401": {"detail": "Log in first.", "code": "not_authenticated"},
    "403": {"detail": "Your account may only read.", "code": "permission_denied"},
    "404": {"detail": "There is nothing here.", "code": "not_found"},
    "409": {"detail": "The mailing is cancelled.", "code": "state_forbids"},
    "412": {
        "detail": "Somebody else has changed it since it was read: read it again.",
        "code": "edited_meanwhile",
    },
    "413": {"detail": "The body may have at most 1,000,000 bytes.", "code": "too_large"},
    "415": {"detail": 'Unsupported media type "text/plain" in request.', "code": "unsupported_media_type"},
    "422": {
        "detail": "This Idempotency-Key was used with another body: take a new one.",
        "code": "idempotency_key_reused",
    },
    "429": {"detail": "Too many tries: wait 30 seconds.", "code": "throttled"},
    "503": {"detail": "The database cannot be reached at the moment: try again.", "code": "ledger_unavailable"},
}
#: Operations with more errors than the rules below give, by their ids.
_MORE_ANSWERS: dict[str, tuple[str, ...]] = {
    "attribute_remove": ("409",),
    "attribute_set": ("409",),
    "auth_register": ("403", "429"),
    "auth_login": ("429",),
    "auth_keys_list": ("403",),
    "auth_token_refresh": ("401", "429"),
    "auth_token_verify": ("401", "429"),
    "mailing_replace": ("409",),
    "mailing_update": ("409",),
    "mailing_delete": ("409",),
    "mailing_pause": ("409",),
    "mailing_resume": ("409",),
    "mailing_cancel": ("409",),
    "mailing_unknown": ("409",),
    "message_create": ("409", "429"),
    "stop_list_remove": ("404",),
    "client_import": ("429",),
    "gateway_kinds": ("403",),
    "gateway_list": ("403",),
    "gateway_read": ("403",),
    "gateway_update": ("409",),
    "gateway_delete": ("409",),
    "gateway_check": ("409",),
    "gateway_test": ("409", "429"),
    "gateway_dry_run": ("409",),
    "gateway_enable": ("409",),
    "gateway_disable": ("409",),
    "gateway_put_back": ("409",),
    "route_list": ("403",),
    "route_read": ("403",),
    "route_preview": ("403",),
    "segment_create": ("409",),
    "template_create": ("409",),
    "webhook_list": ("403",),
    "webhook_create": ("409",),
    "webhook_read": ("403",),
    "webhook_attempts": ("403",),
    "webhook_test": ("429",),
    "webhook_replay": ("409",),
}
#: Operations that answer with an ETag, besides those that take If-Match.
_TAGGED = frozenset(
    f"{thing}_{action}"
    for thing in ("client", "gateway", "mailing", "route", "segment", "template", "webhook")
    for action in ("create", "read")
)
_HEADERS = {
    "Link": {
        "description": 'The neighbouring pages (RFC 8288): `<…>; rel="next"`, `<…>; rel="prev"`.',
        "schema": {"type": "string"},
    },
    "TotalCount": {
        "description": "How many the whole list has, where that is known without counting: on a first page that is the "
        "last one, and for the messages of a mailing.",
        "schema": {"type": "integer", "format": "int64", "minimum": 0},
    },
    "Location": {"description": "The path of what was made.", "schema": {"type": "string"}},
    "FileName": {"description": "The name to save the file under.", "schema": {"type": "string"}},
    "Replayed": {
        "description": "`true`: the answer is that of an earlier request with the same `Idempotency-Key`.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Authenticate": {"description": "`Bearer`.", "schema": {"type": "string"}},
    "ETag": {"description": "What was read, for `If-Match`.", "schema": {"type": "string"}},
    "RequestId": {"description": "Names this request in the log.", "schema": {"type": "string"}},
    "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer", "format": "int64", "minimum": 1}},
}


#: Fields that are not always there: of parts that requests and answers share, and of answers, where they were given.
#: ``Facts`` and ``Field``: always there since they were added; answers of releases before that lack them.
_OPTIONAL = {
    "MailingFilter": {"earlier_mailing", "segment"}, "EarlierMailingFilter": {"code"},
    "DirectoryClient": {"attributes"},
    "Client": {"attributes"}, "ImportJob": {"attributes"},
    "Mailing": {"personal", "on_missing", "locale"}, "Message": {"text"},
    "Facts": {"max_parts"}, "Field": {"needs"},
}  # fmt: skip


def document_errors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the error answers and headers of every operation.

    A post-processing hook of the schema.
    """
    components = result.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name, schema in schemas.items():
        if "properties" in schema and not name.endswith("Request"):
            # Answers always have all fields, but for these.
            schema["required"] = sorted(schema["properties"].keys() - _OPTIONAL.get(name, set()))
            _let_names_be_of_any_alphabet(schema["properties"])
        if name.endswith("Request"):
            _tell_of_nul(schema["properties"])
    schemas.update(Problem=_PROBLEM, FieldProblems=_FIELD_PROBLEMS)
    components["headers"] = _HEADERS
    components["responses"] = {_name(status): _documented(status) for status in _ANSWERS}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for status, response in operation["responses"].items():
                response["description"] = response["description"] or HTTPStatus(int(status)).phrase
                response["headers"] = {**response.get("headers", {}), **_headers(status, operation)}
            for status in _statuses(path, method, operation):
                reference = {"$ref": f"#/components/responses/{_name(status)}"}
                operation["responses"].setdefault(status, reference)
            operation["responses"] = dict(sorted(operation["responses"].items()))
    return result


def _tell_of_nul(properties: dict[str, dict[str, Any]]) -> None:
    """Add the pattern without NUL to texts in requests, unless they have a pattern or format already."""
    for field in properties.values():
        is_text = field.get("type") in ("string", ["string", "null"])
        if is_text and not field.keys() & {"pattern", "format", "enum"}:
            field["pattern"] = NO_NUL


def _let_names_be_of_any_alphabet(properties: dict[str, dict[str, Any]]) -> None:
    r"""Remove Django's pattern for user names. Its ``\w`` is any letter in Python, but only ASCII in JSON Schema."""
    for field in properties.values():
        if "\\w" in field.get("pattern", ""):
            del field["pattern"]


def _headers(status: str, operation: dict[str, Any]) -> dict[str, Any]:
    headers = {"X-Request-ID": "RequestId"}
    if status == "200" and _takes(operation, "cursor"):
        headers.update({"Link": "Link", "X-Total-Count": "TotalCount"})
    if status in ("200", "201") and (_takes(operation, "If-Match") or operation["operationId"] in _TAGGED):
        headers["ETag"] = "ETag"
    if status == "202":
        headers["Location"] = "Location"
    if status == "201" and _takes(operation, "Idempotency-Key"):
        headers["Idempotency-Replayed"] = "Replayed"
    if "text/csv" in operation["responses"][status].get("content", {}):
        headers["Content-Disposition"] = "FileName"
    return {name: {"$ref": f"#/components/headers/{component}"} for name, component in headers.items()}


def _statuses(path: str, method: str, operation: dict[str, Any]) -> set[str]:
    # 400: every request may have a Host header that is not served.
    statuses = {"400", "503", *_MORE_ANSWERS.get(operation["operationId"], ())}
    if any(operation.get("security", ())):
        statuses.add("401")
        if method != "get":
            statuses.add("403")
    if method != "get":  # an unneeded body is checked, too
        statuses |= {"413", "415"}
    if "{" in path:
        statuses.add("404")
    if _takes(operation, "If-Match"):
        statuses.add("412")
    if _takes(operation, "Idempotency-Key"):
        statuses.add("422")
    return statuses


def _name(status: str) -> str:
    return f"Problem{status}"


def _documented(status: str) -> dict[str, Any]:
    description, schema = _ANSWERS[status]
    headers = {"X-Request-ID": {"$ref": "#/components/headers/RequestId"}}
    if status == "401":
        headers["WWW-Authenticate"] = {"$ref": "#/components/headers/Authenticate"}
    if status in ("429", "503"):
        headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": _EXAMPLES[status]}}
    return {"description": description, "headers": headers, "content": content}


def _takes(operation: dict[str, Any], name: str) -> bool:
    return any(parameter["name"] == name for parameter in operation.get("parameters", ()))
