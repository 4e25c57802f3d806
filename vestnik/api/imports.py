"""REST of the import and export of clients."""

import tempfile
from collections.abc import Mapping
from typing import IO, Any

from django.http import StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.account import MayWrite, SeesPhones, actor_of
from vestnik.api.bodies import json_of
from vestnik.api.clients import CLIENT_FILTER_NAMES, CLIENT_FILTERS, client_filters
from vestnik.api.query import refuse_mistaken_names
from vestnik.clients.attributes.spelling import Spelling
from vestnik.clients.directory import find_clients
from vestnik.clients.export import export_lines
from vestnik.clients.imports.checking import REASONS
from vestnik.clients.imports.jobs import add_job, error_of, get_job
from vestnik.clients.imports.matching import Wanted, letter_of
from vestnik.clients.imports.refused import reason_counts, reason_in, refused_lines
from vestnik.clients.imports.warned import warned_lines
from vestnik.clients.zone_names import read_zone
from vestnik.errors import InvalidInput
from vestnik.models import AttributeType, ImportJob, ImportMode, ImportState, OnError
from vestnik.web.downloads import csv_download

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Parameters of an import, in the query or in the form.
OPTIONS = (
    "mode", "on_error", "timezone_default", "timezone_from_phone", "attributes", "phone_column", "code_column",
    "tag_column", "timezone_column", "header", "decimal", "date_order",
)  # fmt: skip
#: Bytes of a body that are kept in memory before the rest goes to disk, and bytes that are read at once.
_IN_MEMORY, _PIECE = 2**20, 2**16


_COLUMN = "The column of the %s: its name in the first row, or its letter (B). By itself it is found by its name."
_COLUMNS = [
    OpenApiParameter(
        "attributes",
        description="Other columns to keep as attributes of the clients: `name`, `name:type`, `name=column` or "
        "`name:type=column`, with commas between; `*`: all other columns. Without a type, it is the one that the "
        "name has, or is guessed from the first rows; the answer says which.",
    ),
    OpenApiParameter("phone_column", description=_COLUMN % "phone numbers"),
    OpenApiParameter("code_column", description=_COLUMN % "operator codes"),
    OpenApiParameter("tag_column", description=_COLUMN % "tags"),
    OpenApiParameter("timezone_column", description=_COLUMN % "time zones"),
    OpenApiParameter(
        "header", OpenApiTypes.BOOL, default=True,
        description="Whether the first row names the columns. If not, they have letters.",
    ),
    OpenApiParameter(
        "decimal", enum=["comma", "point"],
        description="What `1,234` is in a column of numbers: with `comma` 1.234, with `point` 1234. Without it, such "
        "rows are refused unless other cells show it.",
    ),
    OpenApiParameter(
        "date_order", enum=["day", "month"],
        description="What is first in `05/06/2026`. Without it, such rows are refused unless other cells show it.",
    ),
]  # fmt: skip


class _FileParser(BaseParser):
    """Streams a body to a file."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Write the body to a temporary file.

        Raises:
            ParseError: The body is incomplete.
            UnsupportedMediaType: The body is compressed with something other than gzip.
        """
        request = (parser_context or {})["request"]
        packing = request.headers.get("Content-Encoding", "identity").strip().lower()
        if packing not in ("identity", "gzip", "x-gzip", ""):
            raise UnsupportedMediaType(media_type or "", detail=_("Content-Encoding may be gzip, or none."))
        file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the view closes it
        while piece := stream.read(_PIECE):
            file.write(piece)
        if file.tell() != int(request.META.get("CONTENT_LENGTH") or 0):
            raise ParseError(_("The body is shorter than Content-Length says."))
        return {"file": file}


class CsvParser(_FileParser):
    """CSV."""

    media_type = "text/csv"


class WorkbookParser(_FileParser):
    """XLSX."""

    media_type = XLSX_TYPE


class GzipParser(_FileParser):
    """CSV in gzip."""

    media_type = "application/gzip"


class ImportOptionsSerializer(serializers.Serializer[Any]):
    """What an import does with existing and with new phones, and with wrong rows."""

    mode = serializers.ChoiceField(choices=ImportMode.choices, default=ImportMode.UPSERT)
    on_error = serializers.ChoiceField(choices=OnError.choices, default=OnError.SKIP)

    timezone_default = serializers.CharField(required=False, allow_blank=True, max_length=100)
    timezone_from_phone = serializers.BooleanField(default=False)
    attributes = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    phone_column = serializers.CharField(required=False, max_length=500)
    code_column = serializers.CharField(required=False, max_length=500)
    tag_column = serializers.CharField(required=False, max_length=500)
    timezone_column = serializers.CharField(required=False, max_length=500)
    header = serializers.BooleanField(default=True)
    decimal = serializers.ChoiceField(choices=["comma", "point"], required=False)
    date_order = serializers.ChoiceField(choices=["day", "month"], required=False)

    def validate_timezone_default(self, value: str) -> str:
        """Return the IANA name of a zone in any spelling that files may use, or an empty string."""
        zone, problem = read_zone(value) if value else ("", None)
        if problem is not None:
            raise serializers.ValidationError(reason_in(get_language() or "en", problem, None))
        return zone or ""


class ImportFormSerializer(ImportOptionsSerializer):
    """The same fields as a form, with the file."""

    file = serializers.FileField()


def _wanted(options: Mapping[str, Any]) -> Wanted:
    fields = {"phone": "phone_column", "code": "code_column", "tag": "tag_column", "timezone": "timezone_column"}
    return Wanted(
        places={field: options[name] for field, name in fields.items() if name in options},
        attributes=options.get("attributes", ""),
        spelling=Spelling(decimal=options.get("decimal", ""), first=options.get("date_order", "")),
        header=options["header"],
    )


class ImportReasonSerializer(serializers.Serializer[Any]):
    """Why rows were refused: a stable code, a message, and the number of rows."""

    reason = serializers.ChoiceField(choices=sorted(REASONS))
    text = serializers.CharField()
    rows = serializers.IntegerField()


class ImportedAttributeSerializer(serializers.Serializer[Any]):
    """A column that becomes an attribute: its letter, and the attribute's name and type."""

    column = serializers.CharField()
    name = serializers.CharField()
    type = serializers.ChoiceField(choices=AttributeType.choices)


class ImportJobSerializer(serializers.Serializer[ImportJob]):
    """An import and its progress. If it failed, ``error`` says why, and nothing was imported."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=ImportState.choices)
    mode = serializers.ChoiceField(choices=ImportMode.choices)
    on_error = serializers.ChoiceField(choices=OnError.choices)
    rows = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    warnings = serializers.IntegerField(help_text="Rows that were taken and look wrong.")
    refused_by_reason = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    created_by = serializers.CharField(source="created_by_name")
    attributes = ImportedAttributeSerializer(
        many=True, required=False, help_text="Columns that become attributes, each with its type, known or guessed."
    )

    def to_representation(self, instance: ImportJob) -> dict[str, Any]:
        """Return the job as JSON, as earlier releases did if it has no attributes."""
        shown = super().to_representation(instance)
        attributes = (instance.columns or {}).get("attributes", ())
        if attributes:
            shown["attributes"] = [
                {"column": letter_of(each["place"]), "name": each["name"], "type": each["type"]} for each in attributes
            ]
        return shown

    @extend_schema_field(ImportReasonSerializer(many=True))
    def get_refused_by_reason(self, job: ImportJob) -> list[dict[str, Any]]:
        """Return the reasons in the language of the request."""
        return [reason._asdict() for reason in reason_counts(job, get_language() or "en")]

    def get_error(self, job: ImportJob) -> str:
        """Why the import failed, in the language of the request. Empty if it did not."""
        return error_of(job)


class ImportView(APIView):
    """Imports of clients."""

    parser_classes = (CsvParser, WorkbookParser, GzipParser, MultiPartParser)

    @extend_schema(
        operation_id="client_import",
        tags=["clients"],
        summary="Import clients from CSV or XLSX",
        parameters=[
            OpenApiParameter("mode", enum=ImportMode.values, default="upsert", description="What to do with clients."),
            OpenApiParameter(
                "on_error", enum=OnError.values, default="skip", description="What to do when rows are refused."
            ),
            OpenApiParameter(
                "timezone_default",
                description="The time zone of new clients whose row names none, as a file may name it (Europe/Moscow, "
                "Москва, UTC+3). A client that is there keeps its own.",
                examples=[OpenApiExample("Moscow", value="Europe/Moscow")],
            ),
            OpenApiParameter(
                "timezone_from_phone",
                OpenApiTypes.BOOL,
                default=False,
                description="Take the time zone of such clients from the phone number first, where that tells it: "
                "Russian landlines and Kazakhstan do, Russian mobile numbers do not.",
            ),
            *_COLUMNS,
        ],
        request={
            "text/csv": OpenApiTypes.BINARY,
            XLSX_TYPE: OpenApiTypes.BINARY,
            "application/gzip": OpenApiTypes.BINARY,
            "multipart/form-data": ImportFormSerializer,
        },
        responses={202: ImportJobSerializer},
    )
    def post(self, request: Request) -> Response:
        """Store the file, and answer at once. Workers import it. `GET /client/import/{id}` returns the progress."""
        data: Mapping[str, Any] = request.data  # type: ignore[assignment]  # these parsers give no lists
        file = data.get("file")
        if file is None or isinstance(file, str):
            raise InvalidInput({"file": [_("Send a CSV or XLSX file as the body, or in the field file of a form.")]})
        given = {name: data.get(name, request.query_params.get(name)) for name in OPTIONS}
        options = ImportOptionsSerializer(data={name: value for name, value in given.items() if value is not None})
        options.is_valid(raise_exception=True)
        with file:
            source = getattr(file, "file", file)
            job = add_job(
                file=source,
                mode=ImportMode(options.validated_data["mode"]),
                on_error=OnError(options.validated_data["on_error"]),
                actor=actor_of(request),
                timezone_default=options.validated_data.get("timezone_default") or None,
                timezone_from_phone=options.validated_data["timezone_from_phone"],
                wanted=_wanted(options.validated_data),
            )
        return Response(
            json_of(ImportJobSerializer, job), status=202, headers={"Location": f"{request.path.rstrip('/')}/{job.id}"}
        )


class ImportJobView(APIView):
    """One import."""

    @extend_schema(
        operation_id="client_import_read", tags=["clients"], summary="One import", responses=ImportJobSerializer
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return the progress and the results of an import."""
        return Response(json_of(ImportJobSerializer, get_job(job_id=pk, viewer=actor_of(request))))


class _CsvView(APIView):
    """A view that answers with CSV, and with JSON for errors, whatever the ``Accept`` header says."""

    permission_classes = (IsAuthenticated, MayWrite, SeesPhones)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Return the JSON renderer, which is used for errors."""
        del request, force
        return JSONRenderer(), "application/json"


class RefusedView(_CsvView):
    """The refused rows of an import."""

    @extend_schema(
        operation_id="client_import_refused",
        tags=["clients"],
        summary="The refused rows of an import",
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, pk: int) -> StreamingHttpResponse:
        """Return CSV with the line, the reason, and all columns of the file.

        The reason is in English, or in Russian by Accept-Language. After corrections, the file can be imported again.
        """
        job = get_job(job_id=pk, viewer=actor_of(request))
        return csv_download(refused_lines(job=job, language=get_language() or "en"), f"refused-{job.id}.csv")


class WarningsView(_CsvView):
    """The rows of an import that look wrong but were imported."""

    @extend_schema(
        operation_id="client_import_warnings",
        tags=["clients"],
        summary="The rows of an import that look wrong",
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, pk: int) -> StreamingHttpResponse:
        """Return CSV with the line, the warning, and the client as it was read.

        The warning is in English, or in Russian by Accept-Language.
        """
        job = get_job(job_id=pk, viewer=actor_of(request))
        return csv_download(warned_lines(job=job, language=get_language() or "en"), f"warnings-{job.id}.csv")


class ExportView(_CsvView):
    """The directory as a file."""

    @extend_schema(
        operation_id="client_export",
        tags=["clients"],
        summary="Export clients as CSV",
        parameters=CLIENT_FILTERS,
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Stream all matching clients. The file can be imported again unchanged."""
        refuse_mistaken_names(request, CLIENT_FILTER_NAMES)
        return csv_download(export_lines(find_clients(**client_filters(request))), "clients.csv")
