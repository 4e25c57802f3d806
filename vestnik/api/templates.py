"""REST of templates: texts that are kept under a name and used again."""

from functools import partial
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.account import actor_of
from vestnik.api.bodies import json_of, read_body, shown_as
from vestnik.api.fields import CleanTextField, FlagField, VisibleTextField
from vestnik.api.pages import ORDERED_PAGE_PARAMETERS, cut, fetch_page, page_request
from vestnik.api.personal_body import LOCALE_HELP, ON_MISSING_HELP, WordField, read_personal_keys
from vestnik.api.preconditions import IF_MATCH, as_it_was_read, tagged
from vestnik.mailings.fields import LONGEST_TEXT
from vestnik.mailings.templates import (
    MAX_NAME,
    TemplateFields,
    create_template,
    delete_template,
    edit_template,
    fields_of_template,
    find_templates,
    get_template,
    lock_template,
)
from vestnik.models import OnMissing, Template
from vestnik.texts.formats import LOCALES

_EXAMPLE = OpenApiExample(
    "A personal text",
    {
        "name": "Balance",
        "message_text": "Здравствуйте, {{tag}}! Ваш номер {{phone_number}}.",
        "personal": True,
        "on_missing": "skip",
        "locale": "ru",
    },
    request_only=True,
)


class TemplateSerializer(serializers.Serializer[Template]):
    """A text under a name. Its keys are those of a mailing, which can take them as they are."""

    id = serializers.IntegerField(read_only=True)
    name = CleanTextField(max_length=MAX_NAME, help_text="No two templates have the same name.")
    message_text = VisibleTextField(min_length=1, max_length=LONGEST_TEXT)
    personal = FlagField(
        required=False, help_text="The text has placeholders, such as `{{first_name|friend}}`. Absent: it has none."
    )
    on_missing = WordField(choices=OnMissing.choices, help_text=ON_MISSING_HELP)
    locale = WordField(choices=LOCALES, help_text=LOCALE_HELP)
    created_at = serializers.DateTimeField(read_only=True)


def _fields(said: dict[str, Any], before: TemplateFields | None = None) -> TemplateFields:
    """Return the fields of a body. Missing ones are taken from ``before``."""
    if before is None:
        return TemplateFields(
            name=said["name"], message_text=said["message_text"], personal=read_personal_keys(said)
        )  # fmt: skip
    return TemplateFields(
        name=said.get("name", before.name),
        message_text=said.get("message_text", before.message_text),
        personal=read_personal_keys(said, before.personal),
    )


def _shown(template: Template, *, status: int = 200) -> Response:
    return Response(json_of(TemplateSerializer, template), status=status, headers=tagged(template))


class TemplateListView(APIView):
    """All templates."""

    @extend_schema(
        operation_id="template_list", tags=["templates"], summary="List templates",
        parameters=ORDERED_PAGE_PARAMETERS, responses=TemplateSerializer(many=True),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Return one page of templates."""
        page = page_request(request, orderable=True)
        shown, headers = cut(request, page, fetch_page(find_templates(), page))
        return Response(shown_as(TemplateSerializer, shown), headers=headers)

    @extend_schema(
        operation_id="template_create", tags=["templates"], summary="Keep a text", request=TemplateSerializer,
        responses={201: TemplateSerializer}, examples=[_EXAMPLE],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Keep a text under a name. A personal text is checked as that of a mailing is."""
        said = read_body(TemplateSerializer, request.data)
        return _shown(create_template(fields=_fields(said), actor=actor_of(request)), status=201)


class TemplateView(APIView):
    """One template."""

    @extend_schema(
        operation_id="template_read", tags=["templates"], summary="One template", responses=TemplateSerializer
    )
    def get(self, _request: Request, pk: int) -> Response:
        """Return one template."""
        return _shown(get_template(template_id=pk))

    @extend_schema(
        operation_id="template_replace", tags=["templates"], summary="Replace a template", parameters=[IF_MATCH],
        request=TemplateSerializer, responses=TemplateSerializer, examples=[_EXAMPLE],
    )  # fmt: skip
    def put(self, request: Request, pk: int) -> Response:
        """Replace all fields. Mailings created from it do not change."""
        return self._edit(request, pk, some=False)

    @extend_schema(
        operation_id="template_update", tags=["templates"], summary="Change some fields of a template",
        parameters=[IF_MATCH], request=TemplateSerializer(partial=True), responses=TemplateSerializer,
        examples=[OpenApiExample("Another name", {"name": "Balance 2026"}, request_only=True)],
    )  # fmt: skip
    def patch(self, request: Request, pk: int) -> Response:
        """Change some fields. Mailings created from it do not change."""
        return self._edit(request, pk, some=True)

    @extend_schema(
        operation_id="template_delete", tags=["templates"], summary="Delete a template", parameters=[IF_MATCH],
        responses={204: None},
    )  # fmt: skip
    def delete(self, request: Request, pk: int) -> Response:
        """Delete a template. Mailings created from it do not change."""
        with as_it_was_read(request, partial(lock_template, template_id=pk)) as template:
            delete_template(template=template, actor=actor_of(request))
        return Response(status=204)

    def _edit(self, request: Request, pk: int, *, some: bool) -> Response:
        get_template(template_id=pk)
        said = read_body(TemplateSerializer, request.data, partial=some)
        with as_it_was_read(request, partial(lock_template, template_id=pk)) as template:
            fields = _fields(said, fields_of_template(template) if some else None)
            edit_template(template=template, fields=fields, actor=actor_of(request))
        return _shown(get_template(template_id=pk))
