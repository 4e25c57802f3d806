"""A personal text in the console: a switch, its choices, faults at the text, and a test as one client gets it."""

import re
from typing import Any

import pytest

from harness.cast import seven_clients
from harness.simulator_client import SimulatorClient
from tests.console.mailing_form import NEW, problems, save, sheet_of, typed
from tests.console.test_people import with_gateway
from vestnik.audience import preflight
from vestnik.mailings import personal
from vestnik.models import Client, Mailing, User

pytestmark = pytest.mark.django_db
OWN = {"personal": "on", "on_missing": "skip", "locale": "en", "message_text": "Hello {{first_name}}"}


@pytest.fixture(autouse=True)
def _known(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del db
    seven_clients(most_in="Europe/Moscow", two_in="Asia/Kamchatka", other_tag="old")
    monkeypatch.setattr(personal, "known_types", lambda: {"first_name": "text"})


def of_mailing() -> tuple[Any, ...]:
    return tuple(Mailing.objects.values_list("message_text", "personal", "on_missing", "locale").get())


def test_it_is_saved_as_the_sheet_showed_it_copied_and_edited(as_olga: Any) -> None:
    sheet_of(as_olga, **OWN)
    assert save(as_olga, **OWN).status_code == 302
    assert of_mailing() == ("Hello {{first_name}}", True, "skip", "en")
    made = Mailing.objects.get()
    for page in (f"{NEW}?copy={made.id}", f"{NEW}?earlier={made.id}&state=failed"):
        shown = as_olga.get(page).text
        assert 'id="id_personal" data-opens checked' in shown
        assert 'value="skip" checked' in shown
        assert '<option value="en" selected>' in shown


def test_without_the_switch_the_choices_mean_nothing(as_olga: Any) -> None:
    said = {**OWN, "on_missing": "what", "locale": "xx", "message_text": "{{any}}"}
    del said["personal"]
    assert save(as_olga, **said).status_code == 302
    assert of_mailing() == ("{{any}}", False, "", "")


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"message_text": "Hello {{first_nmae}}"}, "message_text", "did you mean first_name?"),
        ({"on_missing": "default"}, "message_text", "a default is needed"),
        ({"on_missing": ""}, "on_missing", "Choose what happens to clients without a value."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(as_olga: Any, changes: dict[str, str], field: str, said: str) -> None:
    answer = as_olga.post(NEW, typed(step="check", **{**OWN, **changes}))
    assert said in problems(answer.text)[field]
    assert Mailing.objects.count() == 0


def test_a_test_message_is_what_the_chosen_client_would_get(
    as_olga: Any, olga: User, simulator: SimulatorClient, settings: Any
) -> None:
    with_gateway(settings, simulator)
    simulator.receipts(url="http://127.0.0.1:9", lost=1)
    User.objects.filter(id=olga.id).update(own_phone=79_220_000_000)
    first, other = Client.objects.order_by("id")[:2]
    Client.objects.filter(id=first.id).update(attributes={"first_name": "Anna"})
    part = f"{NEW}/own-test"
    assert "accepted" in as_olga.post(part, OWN).text
    assert (
        "There is no value for first_name." in as_olga.post(part, {**OWN, "test_client": str(other.phone_number)}).text
    )
    assert "There is no such client." in as_olga.post(part, {**OWN, "test_client": "79990009999"}).text
    assert "did you mean first_name?" in as_olga.post(part, {**OWN, "message_text": "{{first_nmae}}"}).text
    assert "Choose what happens" in as_olga.post(part, {**OWN, "on_missing": ""}).text
    assert [bill["text"] for bill in simulator.bills()] == ["Hello Anna"]


def test_the_sheet_counts_all_texts_slice_by_slice(as_olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "_CHUNK", 2)
    monkeypatch.setattr("vestnik.console.composing.preflight._SECONDS", 0)
    first = Client.objects.order_by("id").first()
    assert first is not None
    Client.objects.exclude(id=first.id).update(attributes={"first_name": "Anna"})
    assert 'hx-trigger="load"' in sheet_of(as_olga, **OWN)
    part = f"{NEW}/preflight"
    said = typed(**OWN, shown="5")
    answer = as_olga.post(part, said).text
    looks = 1
    while found := re.search('name="preflight_next" value="([^"]+)"', answer):
        assert "checked so far" in answer
        answer = as_olga.post(part, {**said, "preflight_next": found[1]}).text
        looks += 1
    assert looks > 2
    assert "hx-trigger" not in answer
    assert "1 client will get nothing: a value is missing." in answer
    assert f"№ {first.id}" in answer
    assert "Hello Anna" in answer
    wrong = as_olga.post(part, {**said, "preflight_next": "x"}).text
    assert "Count again" in wrong
    assert "hx-trigger" not in wrong


def previewed(browser: Any, **changes: Any) -> str:
    answer = browser.post(f"{NEW}/own-text", typed(**{**OWN, **changes}))
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)).strip()


def test_the_preview_shows_what_one_client_after_the_other_would_get(as_olga: Any) -> None:
    clients = list(Client.objects.filter(tag="vip").order_by("id"))
    for number, client in enumerate(clients[:3]):
        Client.objects.filter(id=client.id).update(attributes={"first_name": "Anna" * (1 + 50 * number)})
    pages = [previewed(as_olga, sample=str(place)) for place in range(1, 6)]
    shown = [re.search(r"of 5\): (.*?) chevron_left", page) for page in pages]
    texts = sorted(found[1] for found in shown if found)
    assert texts[:3] == [f"Hello {'Anna' * times}" for times in (1, 51, 101)]
    assert set(texts[3:]) == {"Nothing. There is no value for first_name."}
    assert "the shortest 1, the longest 3. 2 of 5 clients get nothing." in pages[0]
    # Each client is met once, whatever is typed meanwhile.
    phones = {page.partition(" would get")[0] for page in pages}
    assert len(phones) == 5
    assert previewed(as_olga, sample="99").partition(" would get")[0] in pages[4]
    assert previewed(as_olga, tags=["nobody"]) == "Enter a text and choose clients to see what they would get."


def test_the_preview_says_what_is_wrong_and_where(as_olga: Any) -> None:
    wrong = previewed(as_olga, message_text="Hello\r\n{{first_nmae}} {{")
    assert "Line 2, column 1: {{first_nmae}}" in wrong
    assert "Line 2, column 16" in wrong
    # Before somebody has chosen what happens without a value, a default is not asked for; then it is.
    assert "would get" in previewed(as_olga, on_missing="")
    assert "a default is needed" in previewed(as_olga, on_missing="default")
    # A plain text has no preview: it is what it is.
    assert previewed(as_olga, personal="") == ""
    assert "{{" not in previewed(as_olga, message_text="")


def test_values_are_offered_with_the_format_of_their_type(as_olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal, "known_types", lambda: {"balance": "number", "day": "date", "first_name": "text"})
    offered = re.findall(r'<option value="(\w+)" data-format="([^"]*)">', as_olga.get(NEW).text)
    assert offered == [("balance", "|number"), ("day", "|date"), ("first_name", ""), ("phone_number", ""), ("tag", "")]
