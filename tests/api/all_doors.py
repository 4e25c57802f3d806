"""Every way in that a viewer has, and something to be seen behind each: for tests of what viewers are shown."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from harness.cast import person
from tests.api.test_access import calls
from vestnik.accounts.keys import create_key
from vestnik.audience.direct import SingleMessage, send_one
from vestnik.clients.directory import ClientFields, create_client
from vestnik.clients.segments.conditions import Conditions, Rule
from vestnik.clients.segments.store import SegmentFields, create_segment
from vestnik.clients.stop_list import stop_phones
from vestnik.mailings.templates import TemplateFields, create_template
from vestnik.models import (
    ImportJob,
    ImportRefusal,
    ImportState,
    ImportWarnedRow,
    Inbound,
    Role,
    User,
)
from vestnik.statistics.single import single_message

PHONE = 79_115_820_461
SPELLED = "+7 (911) 582-04-61"
#: The text of a single message that was sent to it.
SENT_TEXT = f"You are {PHONE}."


def make_everything(viewer: User) -> dict[str, int]:
    """A phone wherever one can be; the ids that paths take, by what stands before them."""
    olga = person("olga")
    client = create_client(
        fields=ClientFields(
            phone=PHONE, operator_code=None, tag="vip", timezone="Europe/Moscow",
            attributes={"second": f"call {SPELLED}", "third": PHONE},
        ),
        actor=olga,
    )  # fmt: skip
    end = timezone.now() + timedelta(hours=1)
    message = send_one(SingleMessage(phone=PHONE, text=SENT_TEXT, reference=f"r {PHONE}", end=end),
                       actor=olga, now=timezone.now())  # fmt: skip
    Inbound.objects.create(
        gateway_id=1, phone=PHONE, sender=f"+{PHONE}", text=f"Write to {SPELLED}", received_at=timezone.now()
    )
    stop_phones(phones=[PHONE], reason=f"asked from {PHONE}", actor=olga)
    job = ImportJob.objects.create(
        state=ImportState.DONE, file_name="clients.csv", rows=3, refused=2, warnings=1, created_by=viewer,
        refused_by_reason={"tag_missing": 2},
    )  # fmt: skip
    for line, cells in ((2, [SPELLED, "", "", ""]), (3, ["x", str(PHONE), SPELLED, f"8{str(PHONE)[1:]}"])):
        ImportRefusal.objects.create(job=job, line=line, reason="tag_missing", cells=cells)
    ImportWarnedRow.objects.create(
        job=job, line=4, warning="phone_not_mobile", phone=PHONE, cells=[str(PHONE), "911", "vip", None]
    )
    template = create_template(fields=TemplateFields(name="Greeting", message_text="Hello"), actor=olga)
    segment = create_segment(
        fields=SegmentFields(name="Loyal", rule=Rule(include=Conditions(tags=["vip"]), exclude=None)), actor=olga
    )
    create_key(owner=viewer, name="CRM", role=Role.VIEWER, expires_at=None)
    mailing = single_message(message_id=message.id).mailing
    return {
        "client": client.id, "clients": client.id, "client/import": job.id, "clients/import": job.id, "phones": PHONE,
        "sender/notifications": mailing, "mailings": mailing, "messages": message.id, "templates": template.id,
        "segments": segment.id,
    }  # fmt: skip


def path_of(route: str, ids: dict[str, int]) -> str:
    """The path of a route, with an id of ``ids`` in it."""
    before, _, after = route.partition("/<id:pk>")
    return f"{before}/{ids[before]}{after}" if "<id:pk>" in route else route


def open_doors() -> Iterator[tuple[str, str]]:
    """What a viewer may read, by the tables that access.md is made of."""
    from vestnik.api.account import Administers
    from vestnik.console.urls import ROUTES
    from vestnik.urls import ROUTES as PATHS

    closed = {path for path, view, _ in PATHS if Administers in view.permission_classes}
    yield from (("rest", path[1:]) for path, method in calls() if method == "GET" and path[1:] not in closed)
    yield from (
        ("page", route)
        for route, page, _ in ROUTES
        if hasattr(page, "get") and page.sees == Role.VIEWER  # type: ignore[attr-defined]  # pages
    )
