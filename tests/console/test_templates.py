"""Templates in the console: a text is kept, taken into a new mailing, changed and deleted; what is wrong is said."""

import re
from typing import Any

import pytest

from harness.cast import seven_clients
from tests.console.mailing_form import NEW, problems, save, sheet_of
from vestnik.mailings import personal
from vestnik.models import Mailing, Template

pytestmark = pytest.mark.django_db
LIST = "/console/templates"
OWN = {"message_text": "Hello {{first_name}}", "personal": "on", "on_missing": "skip", "locale": "en"}


@pytest.fixture(autouse=True)
def _known(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del db
    monkeypatch.setattr(personal, "known_types", lambda: {"first_name": "text"})


@pytest.fixture
def kept(as_olga: Any) -> Template:
    assert as_olga.post(LIST, {"name": "Greeting", **OWN}).status_code == 302
    return Template.objects.get()


def columns(template: Template) -> tuple[Any, ...]:
    template.refresh_from_db()
    return (
        template.name, template.message_text, template.personal, template.on_missing, template.locale
    )  # fmt: skip


def is_filled_in(page: str) -> bool:
    text = re.search(r'<textarea name="message_text".*?>\s*(.*?)</textarea>', page, re.DOTALL)
    choices = ('id="id_personal" data-opens checked', 'value="skip" checked', '<option value="en" selected>')
    return bool(text and text[1] == "Hello {{first_name}}" and all(choice in page for choice in choices))


def test_a_text_is_listed_changed_and_deleted(as_olga: Any, kept: Template) -> None:
    assert columns(kept) == ("Greeting", "Hello {{first_name}}", True, "skip", "en")
    page = f"{LIST}/{kept.id}"
    assert f'href="{page}">Greeting</a>' in as_olga.get(LIST).text
    assert is_filled_in(as_olga.get(page).text)
    assert as_olga.post(page, {"name": "Plain", "message_text": "Hello"}).status_code == 302
    assert columns(kept) == ("Plain", "Hello", False, "", "")
    assert "Delete the template?" in as_olga.get(page).text
    as_olga.post(page, {"act": "delete"})
    assert Template.objects.count() == 0
    assert "There are no templates." in as_olga.get(LIST).text


def test_a_new_mailing_begins_with_it_and_is_a_copy(as_olga: Any, kept: Template) -> None:
    assert is_filled_in(as_olga.get(f"{NEW}?template={kept.id}").text)
    for missing in ("999", "x"):
        assert as_olga.get(f"{NEW}?template={missing}").status_code == 404
    # The choice of a template is no field of a mailing, and does not reach the sheet.
    seven_clients(most_in="Europe/Moscow", two_in="Asia/Kamchatka", other_tag="old")
    chosen = {"template": str(kept.id), "template_name": "unused", "sample": "2", "attribute": "tag"}
    sheet = sheet_of(as_olga, **OWN, **chosen)
    assert [name for name in chosen if f'name="{name}"' in sheet] == []
    assert save(as_olga, **OWN, **chosen).status_code == 302
    as_olga.post(f"{LIST}/{kept.id}", {"act": "delete"})
    assert Mailing.objects.get().message_text == "Hello {{first_name}}"


def test_the_form_of_a_mailing_takes_a_template_in(as_olga: Any, kept: Template) -> None:
    assert f'<option value="{kept.id}">Greeting</option>' in as_olga.get(NEW).text
    part = as_olga.get(f"{NEW}/text", {"template": str(kept.id)})
    assert is_filled_in(part.text)
    assert "20 characters" in part.text
    assert part.headers["HX-Trigger-After-Swap"] == "compose:restored"
    assert as_olga.get(f"{NEW}/text", {"template": "999"}).status_code == 404


def test_the_form_of_a_mailing_keeps_its_text(as_olga: Any, kept: Template) -> None:
    part = as_olga.post(f"{NEW}/templates", {**OWN, "name": "A mailing", "template_name": "Another"}).text
    made = Template.objects.exclude(id=kept.id).get()
    assert columns(made) == ("Another", "Hello {{first_name}}", True, "skip", "en")
    assert "The text was saved as the template “Another”." in part
    assert f'<option value="{made.id}" selected>Another</option>' in part


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"name": ""}, "name", "This field is required."),
        ({"name": "\u200b"}, "name", "Enter a name."),
        ({"name": "Greeting"}, "name", "There is a template with this name already."),
        ({"message_text": " "}, "message_text", "Enter the text of the message."),
        ({"message_text": "{{first_nmae}}"}, "message_text", "did you mean first_name?"),
        ({"on_missing": "default"}, "message_text", "a default is needed"),
        ({"on_missing": ""}, "on_missing", "Choose what happens to clients without a value."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    as_olga: Any, kept: Template, changes: dict[str, str], field: str, said: str
) -> None:
    typed = {"name": "New", **OWN, **changes}
    answer = as_olga.post(LIST, typed)
    assert answer.status_code == 400
    assert said in problems(answer.text)[field]
    part = as_olga.post(f"{NEW}/templates", {**typed, "template_name": typed["name"]})
    assert said in part.text
    other = Template.objects.create(name="Other", message_text="x")
    assert said in problems(as_olga.post(f"{LIST}/{other.id}", typed).text)[field]
    assert [columns(each)[:2] for each in Template.objects.order_by("id")] == [
        (kept.name, kept.message_text), ("Other", "x"),
    ]  # fmt: skip


def test_a_viewer_sees_no_templates(as_victor: Any) -> None:
    for path in (LIST, f"{LIST}/1", f"{NEW}/text"):
        assert as_victor.get(path).status_code == 403
    assert "/console/templates" not in as_victor.get("/console/mailings").text
