"""A phone on a page leads to its page: in every template, and not for readers who see phones masked."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.template import engines

import vestnik.console
from vestnik.clients.directory import ClientFields, create_client
from vestnik.phones.reader import reading

pytestmark = pytest.mark.django_db
TEMPLATES = Path(vestnik.console.__file__).parent / "templates"
PHONE = 79_110_000_001
LINK = f'<a href="/console/phones/{PHONE}">+7 911 000-00-01</a>'
#: Phones that are not links of ``phone_link``: how many a template has, and why.
EXCUSES = {
    "clients/list.html": (2, "the box of a row names it aloud; the row leads to its client, and back to the list"),
    "clients/client.html": (3, "the page of the phone itself, and the titles of its dialogs"),
    "clients/stop_dialogs.html": (2, "titles of dialogs on the page of the phone itself"),
    "clients/stop_list.html": (2, "the button of a row is named aloud, and so is its dialog"),
}


def shown(source: str, **context: Any) -> str:
    """What a template shows."""
    return engines["django"].from_string("{% load console %}" + source).render(context)


def test_no_template_shows_a_phone_that_leads_nowhere() -> None:
    found = {}
    for path in sorted((TEMPLATES / "console").rglob("*.html")):
        plain = re.findall(r"\|phone\b", path.read_text())
        if plain:
            found[path.relative_to(TEMPLATES / "console").as_posix()] = len(plain)
    assert found == {name: count for name, (count, _why) in EXCUSES.items()}


@pytest.mark.parametrize(
    ("written", "expected"),
    [("89110000001", LINK), ("+7 911 000-00-01", LINK), ("12<b>", "12&lt;b&gt;"), ("", ""), (None, "")],
)
def test_a_cell_of_a_file_is_a_link_if_it_is_a_phone(written: str | None, expected: str) -> None:
    assert shown("{% phone_cell written %}", written=written) == expected


def test_it_knows_its_reader_without_any_context() -> None:
    assert shown("{% phone_link number %}", number=PHONE) == LINK
    with reading(masked=True):
        assert shown("{% phone_link number %}{% phone_cell '89110000001' %}", number=PHONE) == (
            "+7 911 ***-00-01" + "+7 911 ***-00-01"
        )


def test_the_question_before_a_change_of_several_clients_links_to_each(as_olga: Any) -> None:
    client = create_client(
        fields=ClientFields(phone=PHONE, operator_code=None, tag="vip", timezone="Europe/Moscow"), actor=None
    )
    assert LINK in as_olga.post("/console/clients/bulk", {"do": "delete", "ids": str(client.id)}).text
