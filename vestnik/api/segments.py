"""REST of segments: filters over clients that are kept under a name and used again."""

from functools import partial

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from vestnik.api.account import actor_of
from vestnik.api.bodies import json_of, read_body, shown_as
from vestnik.api.pages import ORDERED_PAGE_PARAMETERS, cut, fetch_page, page_request
from vestnik.api.preconditions import IF_MATCH, as_it_was_read, tagged
from vestnik.api.segment_body import SegmentSerializer, segment_fields
from vestnik.clients.segments.store import (
    create_segment,
    delete_segment,
    edit_segment,
    fields_of_segment,
    find_segments,
    get_segment,
    lock_segment,
)
from vestnik.models import Segment

_EXAMPLE = OpenApiExample(
    "New clients with a tag, but not those of one operator",
    {
        "name": "New and important",
        "conditions": {"tag": ["vip"], "created": {"when": "within", "days": 30}},
        "exclude": {"operator_code": [911]},
    },
    request_only=True,
)


def _shown(segment: Segment, *, status: int = 200) -> Response:
    return Response(json_of(SegmentSerializer, segment), status=status, headers=tagged(segment))


class SegmentListView(APIView):
    """All segments."""

    @extend_schema(
        operation_id="segment_list", tags=["segments"], summary="List segments",
        parameters=ORDERED_PAGE_PARAMETERS, responses=SegmentSerializer(many=True),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Return one page of segments."""
        page = page_request(request, orderable=True)
        shown, headers = cut(request, page, fetch_page(find_segments(), page))
        return Response(shown_as(SegmentSerializer, shown), headers=headers)

    @extend_schema(
        operation_id="segment_create", tags=["segments"], summary="Keep a filter", request=SegmentSerializer,
        responses={201: SegmentSerializer}, examples=[_EXAMPLE],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Keep a filter under a name. A mailing's filter can name its id."""
        said = read_body(SegmentSerializer, request.data)
        return _shown(create_segment(fields=segment_fields(said), actor=actor_of(request)), status=201)


class SegmentView(APIView):
    """One segment."""

    @extend_schema(operation_id="segment_read", tags=["segments"], summary="One segment", responses=SegmentSerializer)
    def get(self, _request: Request, pk: int) -> Response:
        """Return one segment."""
        return _shown(get_segment(segment_id=pk))

    @extend_schema(
        operation_id="segment_replace", tags=["segments"], summary="Replace a segment", parameters=[IF_MATCH],
        request=SegmentSerializer, responses=SegmentSerializer, examples=[_EXAMPLE],
    )  # fmt: skip
    def put(self, request: Request, pk: int) -> Response:
        """Replace all fields. Mailings that have a copy of it stay as they are."""
        return self._edit(request, pk, some=False)

    @extend_schema(
        operation_id="segment_update", tags=["segments"], summary="Change some fields of a segment",
        parameters=[IF_MATCH], request=SegmentSerializer(partial=True), responses=SegmentSerializer,
        examples=[OpenApiExample("Leave nobody out", {"exclude": None}, request_only=True)],
    )  # fmt: skip
    def patch(self, request: Request, pk: int) -> Response:
        """Change some fields. Mailings that have a copy of it stay as they are."""
        return self._edit(request, pk, some=True)

    @extend_schema(
        operation_id="segment_delete", tags=["segments"], summary="Delete a segment", parameters=[IF_MATCH],
        responses={204: None},
    )  # fmt: skip
    def delete(self, request: Request, pk: int) -> Response:
        """Delete a segment. Mailings that have a copy of it stay as they are."""
        with as_it_was_read(request, partial(lock_segment, segment_id=pk)) as segment:
            delete_segment(segment=segment, actor=actor_of(request))
        return Response(status=204)

    def _edit(self, request: Request, pk: int, *, some: bool) -> Response:
        get_segment(segment_id=pk)
        said = read_body(SegmentSerializer, request.data, partial=some)
        with as_it_was_read(request, partial(lock_segment, segment_id=pk)) as segment:
            fields = segment_fields(said, fields_of_segment(segment) if some else None)
            edit_segment(segment=segment, fields=fields, actor=actor_of(request))
        return _shown(get_segment(segment_id=pk))
