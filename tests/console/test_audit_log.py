"""The audit log: filters, pages, what decisions are about by name and link, and the file."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from harness.mailings import made_mailing
from vestnik.accounts.audit import OBJECTS
from vestnik.accounts.keys import create_key
from vestnik.audience.direct import SingleMessage, send_one
from vestnik.clients.attributes.registry import remove_name, set_type
from vestnik.clients.directory import ClientFields, create_client, delete_client
from vestnik.clients.segments.conditions import Conditions, Rule
from vestnik.clients.segments.store import SegmentFields, create_segment, delete_segment
from vestnik.clients.stop_list import allow_phones, stop_phones
from vestnik.mailings.drafts import Save, delete_draft, save_draft
from vestnik.mailings.templates import TemplateFields, create_template, delete_template
from vestnik.models import (
    ApiKey,
    AttributeType,
    AuditEntry,
    Gateway,
    ImportJob,
    Mailing,
    Role,
    Route,
    StoppedPhone,
    User,
    WebhookEndpoint,
)  # fmt: skip

PHONE, MASKED = 79111234567, "7911***4567"
PATH = "/console/audit"
NOON = datetime(2026, 11, 30, 9, tzinfo=UTC)


def decided(
    actor: User, *, thing: str, number: int | None = None, at: datetime = NOON, **details: object
) -> AuditEntry:
    entry = AuditEntry.objects.create(
        actor=actor, actor_name=actor.username, action=f"{thing}.seen", object_type=thing, object_id=number,
        details=details,
    )  # fmt: skip
    AuditEntry.objects.filter(id=entry.id).update(at=at)
    return entry


def test_it_is_filtered_and_pages_by_id(as_olga: Client, olga: User) -> None:
    AuditEntry.objects.bulk_create(
        AuditEntry(actor=olga, actor_name="olga", action="mailing.pause", object_type="mailing", object_id=n)
        for n in range(1, 121)
    )
    first = as_olga.get(f"{PATH}?type=mailing").text
    assert first.count("paused the mailing") == 50
    older = re.findall(r"type=mailing&amp;before=(\d+)", first)[0]
    second = as_olga.get(f"{PATH}?type=mailing&before={older}").text
    assert second.count("paused the mailing") == 50
    assert 'href="?type=mailing">Newest' in second
    assert as_olga.get(f"{PATH}?type=mailing&id=7").text.count("paused the mailing") == 1
    for odd in ("id=x", "id=99999999999999999999", "before=-1"):
        assert "No actions yet." in as_olga.get(f"{PATH}?type=mailing&{odd}").text


def test_a_day_begins_at_midnight_where_the_reader_is(as_olga: Client, olga: User) -> None:
    User.objects.filter(id=olga.id).update(timezone="Asia/Vladivostok")
    for number, hour in ((1, 13), (2, 14), (3, 37), (4, 38)):
        # Midnight of 30 November there is 14:00 of the 29th in UTC.
        decided(
            olga,
            thing="account",
            number=900_000 + number,
            at=datetime(2026, 11, 29, tzinfo=UTC) + timedelta(hours=hour),
        )
    found = {
        asked: re.findall(r"no\. 90000(\d)", as_olga.get(f"{PATH}?type=account&{asked}").text)
        for asked in ("since=2026-11-30", "until=2026-11-30", "since=2026-11-30&until=2026-11-30", "since=2027-01-01")
    }
    assert found == {
        "since=2026-11-30": ["4", "3", "2"],
        "until=2026-11-30": ["3", "2", "1"],
        "since=2026-11-30&until=2026-11-30": ["3", "2"],
        "since=2027-01-01": [],
    }
    wrong = as_olga.get(f"{PATH}?since=yesterday")
    assert "Enter a valid date." in wrong.text
    assert "No actions yet." in wrong.text
    assert as_olga.get(f"{PATH}.csv?since=yesterday").status_code == 400


class Kind(NamedTuple):
    """A thing that decisions are about: its number, its name in the list, and its page, as an administrator sees it."""

    number: int | None
    name: str
    page: str
    details: dict[str, object]
    delete: Callable[[], object]


def things(anna: User) -> dict[str, Kind]:
    """One of each kind of thing that decisions are about."""
    client = create_client(
        fields=ClientFields(phone=PHONE, operator_code=None, tag="vip", timezone="Europe/Moscow"), actor=anna
    )
    mailing = made_mailing(name="Spring sale")
    template = create_template(fields=TemplateFields(name="Greeting", message_text="Hello"), actor=anna)
    key, _secret = create_key(owner=anna, name="CRM", role=Role.VIEWER, expires_at=None)
    stop_phones(phones=[PHONE + 1], reason="", actor=anna)
    stopped = StoppedPhone.objects.get().id
    message = send_one(
        SingleMessage(phone=PHONE, text="Hello", reference=None, end=timezone.now() + timedelta(hours=1)), actor=anna,
        now=timezone.now(),
    ).id  # fmt: skip
    gateway = Gateway.objects.create(name="backup", kind="http")
    route = Route.objects.create(position=1, name="East", gateways=[1], weights=[1])
    webhook = WebhookEndpoint.objects.create(url="https://a.example/hook", event_types=["message.sent"], secrets="x")
    job = ImportJob.objects.create(state="done", file_name="clients.xlsx")
    set_type(name="city", kind=AttributeType.TEXT, actor=anna)
    segment = create_segment(
        fields=SegmentFields(name="Loyal", rule=Rule(include=Conditions(tags=["vip"]), exclude=None)), actor=anna
    )
    draft = save_draft(draft_id=None, save=Save(form=uuid4(), turn=1, seen=0, typed={"name": ["Autumn"]}), actor=anna)
    boris = User.objects.create(username="boris")

    def gone(row: Any) -> Callable[[], object]:
        return lambda: type(row).objects.filter(id=row.id).update(removed_at=timezone.now())

    return {
        "account": Kind(boris.id, "boris", f"people/{boris.id}", {}, boris.delete),
        "api_key": Kind(key.id, "CRM (anna)", "api-keys", {}, key.delete),
        "attribute": Kind(None, "city", "", {"name": "city"}, lambda: remove_name(name="city", actor=None)),
        "client": Kind(
            client.id, MASKED, f"clients/{client.id}", {}, lambda: delete_client(client=client, actor=None)
        ),
        "draft": Kind(
            draft.id, "Autumn", f"drafts/{draft.id}", {"name": "Autumn"},
            lambda: delete_draft(draft_id=draft.id, actor=anna),
        ),
        "gateway": Kind(gateway.id, "backup", "gateways/backup", {"name": "backup"}, gone(gateway)),
        "import": Kind(job.id, "clients.xlsx", f"clients/import/{job.id}", {}, job.delete),
        "ledger": Kind(None, "", "", {}, lambda: None),
        "mailing": Kind(
            mailing.id, "Spring sale", f"mailings/{mailing.id}", {},
            lambda: Mailing.objects.filter(id=mailing.id).update(hidden_at=timezone.now()),
        ),
        "message": Kind(message, MASKED, f"messages/{message}", {"phone": MASKED}, lambda: forget(message)),
        "route": Kind(route.id, "East", f"rules/{route.id}", {"name": "East"}, gone(route)),
        "segment": Kind(
            segment.id, "Loyal", f"segments/{segment.id}", {"name": "Loyal"},
            lambda: delete_segment(segment=segment, actor=None),
        ),
        "stop_list": Kind(
            stopped, "7911***4568 and 2 more", f"phones/{PHONE + 1}", {"phones": 3, "first": ["7911***4568"]},
            lambda: allow_phones(phones=[PHONE + 1], actor=None),
        ),
        "template": Kind(
            template.id, "Greeting", f"templates/{template.id}", {"name": "Greeting"},
            lambda: delete_template(template=template, actor=None),
        ),
        "webhook": Kind(webhook.id, "a.example", f"webhooks/{webhook.id}", {"name": "a.example"}, webhook.delete),
    }  # fmt: skip


def forget(message: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM vestnik_message WHERE id = %s", [message])


def rows_of(browser: Client) -> dict[str, str]:
    """The cell of what a decision is about, by the kind of thing."""
    page = browser.get(f"{PATH}?since=2026-11-30&until=2026-11-30").text
    cells = re.findall(r'<td>([a-z_]+)\.seen</td>\s*<td class="v-clip">(.*?)</td>', page, re.DOTALL)
    return {kind: " ".join(re.sub(r"\s+", " ", cell).split()) for kind, cell in cells}


#: What others than administrators must not open.
CLOSED = {"viewer": {"account", "api_key", "draft", "gateway", "route", "segment", "template", "webhook"}}
CLOSED["operator"] = CLOSED["viewer"] - {"draft", "segment", "template"}
#: What keeps no name when it is gone, or must not.
NAMELESS = {"account", "api_key", "client", "import", "mailing"}


def test_each_kind_of_thing_has_its_name_and_its_page_and_says_when_it_was_deleted(
    as_anna: Client, as_olga: Client, as_victor: Client, anna: User
) -> None:
    made = things(anna)
    assert set(made) == OBJECTS, "a new kind of thing needs a name and a page in the audit log"
    for kind, thing in made.items():
        decided(anna, thing=kind, number=thing.number, **thing.details)
    for role, browser in (("administrator", as_anna), ("operator", as_olga), ("viewer", as_victor)):
        shown = rows_of(browser)
        assert set(shown) == OBJECTS
        for kind, thing in made.items():
            page = "" if kind in CLOSED.get(role, ()) else thing.page
            name = f'<a href="/console/{page}">{thing.name}</a>' if page else thing.name
            assert shown[kind].endswith(f": {name}" if thing.name else "database"), (role, kind, shown[kind])
            if page and kind != "stop_list":
                assert browser.get(f"/console/{page}").status_code == 200, (role, page)
    for thing in made.values():
        thing.delete()
    AuditEntry.objects.exclude(action__endswith=".seen").delete()
    shown = rows_of(as_anna)
    for kind, thing in made.items():
        if kind == "ledger":
            assert shown[kind] == "database"
            continue
        name = f"no. {thing.number}" if kind in NAMELESS else thing.name
        link = f'<a href="/console/audit?type={kind}&amp;id={thing.number}">{name}</a>' if thing.number else name
        assert shown[kind].endswith(f': {link}, <span class="v-muted">deleted</span>'), shown[kind]


def test_a_revoked_key_says_so_and_leads_to_its_owner(as_anna: Client, olga: User) -> None:
    key, _secret = create_key(owner=olga, name="CRM", role=Role.VIEWER, expires_at=None)
    ApiKey.objects.filter(id=key.id).update(revoked_at=timezone.now())
    assert f'<a href="/console/people/{olga.id}">CRM (olga), revoked</a>' in as_anna.get(f"{PATH}?type=api_key").text


def test_a_test_message_leads_to_its_gateway(as_anna: Client, as_victor: Client, anna: User) -> None:
    AuditEntry.objects.create(
        actor=anna, actor_name="anna", action="gateway.trial", object_type="message", object_id=5,
        details={"phone": MASKED, "name": "default", "outcome": "success"},
    )  # fmt: skip
    assert f'message: <a href="/console/gateways/default">{MASKED}</a>' in as_anna.get(f"{PATH}?type=message").text
    assert f"message: {MASKED}</td>" in re.sub(r"\s+</td>", "</td>", as_victor.get(f"{PATH}?type=message").text)


def read_csv(browser: Client, query: str = "", *, separator: str = ",") -> list[dict[str, str]]:
    answer = browser.get(f"{PATH}.csv{query}")
    assert answer.status_code == 200
    assert re.fullmatch(r'attachment; filename="audit-[0-9-]{10}\.csv"', answer["Content-Disposition"])
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig")), delimiter=separator))  # type: ignore[attr-defined]  # it streams


def test_the_file_has_what_the_filter_finds_and_runs_nothing(as_olga: Client, olga: User) -> None:
    made_mailing(name="Spring sale")
    AuditEntry.objects.bulk_create(
        AuditEntry(actor=olga, actor_name="olga", action="mailing.pause", object_type="mailing", object_id=n)
        for n in range(1, 1_202)
    )
    decided(olga, thing="template", number=9, name='=HYPERLINK("https://evil.example")')
    decided(olga, thing="template", number=8, at=NOON - timedelta(days=1), name="Old")
    rows = read_csv(as_olga, "?type=mailing&who=OLGA")
    assert [int(row["object_id"]) for row in rows] == list(range(1_201, 0, -1)), "of all pages, the newest first"
    assert {row["action"] for row in rows} == {"mailing.pause"}
    (row,) = read_csv(as_olga, "?type=template&since=2026-11-30")
    assert row["name"] == '\'=HYPERLINK("https://evil.example")'
    assert (row["at"], row["who"], row["object"], row["deleted"]) == ("2026-11-30 12:00:00", "olga", "template", "yes")


def test_a_russian_gets_semicolons_russian_words_and_days_as_spreadsheets_there_read_them(
    as_olga: Client, olga: User
) -> None:
    User.objects.filter(id=olga.id).update(language="ru")
    decided(olga, thing="account", number=olga.id, role="viewer", is_active=False)
    AuditEntry.objects.update(action="account.edit")
    (row,) = read_csv(as_olga, "?type=account", separator=";")
    assert row["at"] == "30.11.2026 12:00:00"
    assert row["details"] == "роль: наблюдатель, может входить: нет"
    assert (row["what"], row["object"]) == ("изменена учётная запись", "учётная запись")
