"""Dates have one form on every page, in both languages: 29 November 2026, 17:33. The letter has it, too."""

import html
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils.dates import MONTHS_ALT
from django.utils.translation import override

import vestnik
from harness.mailings import made_mailing
from tests.console.test_audit_log import things
from vestnik.clients.attributes.registry import set_type
from vestnik.clients.segments.conditions import AttributeTest, Conditions, Rule, Test
from vestnik.clients.segments.store import SegmentFields, create_segment
from vestnik.console.tags import value_words
from vestnik.console.urls import ROUTES
from vestnik.gateways.words import sentence, translated
from vestnik.models import AttributeType, Client, GatewayState, Inbound, MailingState, Segment, User

pytestmark = pytest.mark.django_db
DAY = "1990-05-31"
#: What no page may show: 2026-11-29, 29.11.2026, 11/29/2026, 29-11-26, Nov. 29, 2026.
WRONG = re.compile(
    r"\b[12][09]\d\d-\d\d-\d\d|\b\d{1,2}[./-]\d{1,2}[./-](?:[12][09])?\d\d\b(?![.\d])"
    r"|\b[A-Z][a-z]{2,8}\.? \d{1,2}, 20\d\d"
)
#: How a date is typed, how an SMS has it in each language, and what a program at the other end gets.
EXCUSED = ("Dates: 2026-12-31.", "Даты: 31.12.2026.", ": 1 234,50, 31.12.2026", "(2030-01-31T12:00:00Z)")
#: What a page must be asked.
ASKED = {"gateway-new": "?kind=http"}
#: What answers to GET with a file, or is asked for with more than an id.
FILES = re.compile(r"\.csv$|/export$|/refused$|/warnings$|^mailings/new/text$|/columns$")


def words_of(page: str) -> str:
    """What a page shows: without tags, scripts and what fields hold."""
    shown = re.sub(r"<(script|style|textarea)\b.*?</\1>|<!--.*?-->", " ", page, flags=re.DOTALL)
    text = html.unescape(re.sub(r"<[^>]+>", " ", shown))
    for sentence_ in EXCUSED:
        text = text.replace(sentence_, "")
    return " ".join(text.split())


def one_of_each(anna: User) -> dict[str, str]:
    """Makes one thing for each page, most with dates; returns what stands for ``<…>`` by what is before it."""
    made = things(anna)
    paths = {kind.page.rpartition("/")[0]: kind.page.rpartition("/")[2] for kind in made.values() if kind.page}
    set_type(name="born", kind=AttributeType.DATE, actor=anna)
    Client.objects.update(attributes={"born": DAY})
    born = AttributeTest(name="born", test=Test.GREATER, value=DAY)
    rule = Rule(include=Conditions(attributes=[born]), exclude=None)
    create_segment(fields=SegmentFields(name="Young", rule=rule), actor=anna)
    for state in MailingState:
        made_mailing(name=state, state=state, created_by_id=anna.id)
    Inbound.objects.create(gateway_id=1, phone=79_110_000_009, sender="9", text="Yes.", received_at=datetime.now(UTC))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    GatewayState.objects.update_or_create(id=1, defaults={"breaker": "open", "breaker_changed_at": yesterday})
    return paths


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_page_shows_dates_in_the_one_form(as_anna: Any, anna: User, language: str) -> None:
    paths = one_of_each(anna)
    User.objects.filter(id=anna.id).update(language=language)
    as_anna.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    found, dated = {}, 0
    with override(language):
        right = re.compile(rf"\b\d{{1,2}} (?:{'|'.join(map(str, MONTHS_ALT.values()))}) [12][09]\d\d")
    for route, page, _name in ROUTES:
        if not hasattr(page, "get") or FILES.search(route):
            continue
        path = re.sub(r"^(.*)/<[a-z]+:[a-z]+>", lambda each: f"{each[1]}/{paths[each[1]]}", route)
        answer = as_anna.get(f"/console/{path}{ASKED.get(path, '')}", follow=True)
        assert answer.status_code in {200, 286, 409}, path
        text = words_of(answer.text)
        wrong = WRONG.findall(text)
        if wrong:
            found[path] = wrong
        dated += bool(right.search(text))
    assert found == {}
    assert dated > 15


@pytest.mark.parametrize(("language", "expected"), [("en", "31 May 1990"), ("ru", "31 мая 1990")])
def test_a_date_of_a_client_a_segment_and_a_certificate_is_written_so(
    as_anna: Any, anna: User, language: str, expected: str
) -> None:
    one_of_each(anna)
    User.objects.filter(id=anna.id).update(language=language)
    client, segment = Client.objects.get(), Segment.objects.get(name="Young")
    for path in ("clients", "segments"):
        assert expected in words_of(as_anna.get(f"/console/{path}").text), path
    assert f'value="{DAY}"' in as_anna.get(f"/console/clients/{client.id}").text
    assert DAY in as_anna.get(f"/console/segments/{segment.id}").text
    with override(language):
        assert value_words(DAY) == expected
        assert value_words("1990-13-31") == "1990-13-31"
    ends = sentence("until %(day)s", day=date(1990, 5, 31))
    assert (ends, translated(ends, str, day=lambda _: "then")) == ("until 1990-05-31", "until then")


#: The filter ``date`` of Django with the forms of ``day`` and ``moment``, and the name of a time zone.
LETTER = re.compile(r"\|(?:date|time):(?!\"(?:j E Y(?:, H:i)?|e)\")")


def test_the_letter_writes_dates_as_pages_do() -> None:
    files = sorted((Path(vestnik.__file__).parent / "templates" / "vestnik" / "report").iterdir())
    assert len(files) > 10
    assert [file.name for file in files if LETTER.search(file.read_text(encoding="utf-8"))] == []


def test_an_outage_of_yesterday_says_its_day(as_anna: Any, anna: User) -> None:
    one_of_each(anna)
    assert re.search(r"since \d{1,2} [A-Z][a-z]+ 20\d\d, \d\d:\d\d, messages wait", as_anna.get("/console/now").text)
