"""The views of the tutorials' project."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from bench.baselines.tutorial.models import Client, Mailing, Message
from bench.baselines.tutorial.serializers import (
    ClientSerializer,
    MailingSerializer,
    MessageSerializer,
    StatisticsSerializer,
)


class ClientViewSet(viewsets.ModelViewSet[Client]):
    """Clients."""

    queryset = Client.objects.all().order_by("id")
    serializer_class = ClientSerializer


class MailingViewSet(viewsets.ModelViewSet[Mailing]):
    """Mailings, and the statistics of one."""

    queryset = Mailing.objects.all().order_by("id")
    serializer_class = MailingSerializer

    @action(detail=True)
    def statistics(self, _request: Request, pk: str) -> Response:
        """The counts of one mailing, and a page of its messages."""
        mailing = get_object_or_404(_with_counts(), pk=pk)
        rows: Any = Message.objects.filter(dispatch=mailing).order_by("id")
        page: Any = self.paginate_queryset(rows)
        messages = MessageSerializer(page, many=True).data
        return Response([{**StatisticsSerializer(mailing).data, "messages": messages}])


def _with_counts() -> QuerySet[Any]:
    def count(status: Message.Status) -> Count:
        return Count("messages", filter=Q(messages__status=status))

    return Mailing.objects.annotate(
        total_count=Count("messages"),
        created_count=count(Message.Status.CREATED),
        processing_count=count(Message.Status.PROCESSING),
        complete_count=count(Message.Status.COMPLETE),
        error_count=count(Message.Status.ERROR),
    )
