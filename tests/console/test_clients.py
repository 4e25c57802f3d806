"""The directory in the console: found, added, changed, deleted, erased, exported; and by whom."""

import re
from typing import Any

import pytest

from vestnik.clients.directory import ClientFields, create_client
from vestnik.console.clients import listing, stop_list
from vestnik.models import AuditEntry, Client, StoppedPhone

pytestmark = pytest.mark.django_db
MOSCOW = "Europe/Moscow"


def add(phone: int = 79111234567, *, tag: str = "vip", zone: str = MOSCOW, code: int | None = None) -> Client:
    return create_client(fields=ClientFields(phone=phone, operator_code=code, tag=tag, timezone=zone), actor=None)


def typed(**changes: str) -> dict[str, str]:
    return {
        "phone_number": "8 (911) 123-45-67",
        "mobile_operator_code": "",
        "tag": "vip",
        "timezone": MOSCOW,
        **changes,
    }


def shown(answer: Any) -> list[str]:
    """The phones in the table of a page."""
    return re.findall(r'/console/clients/[0-9]+(?:\?[^"]*)?">(\+7[^<]+)<', answer.text)


# -- the list


@pytest.mark.parametrize("spelling", ["+7 (911) 123", "8911123", "8-911", "911", "79111234567", "+7 911 123-45-67"])
def test_a_phone_is_found_by_its_beginning_in_any_spelling(as_olga: Any, spelling: str) -> None:
    add()
    add(79220000000)
    assert shown(as_olga.get("/console/clients", {"phone": spelling})) == ["+7 911 123-45-67"]


@pytest.mark.parametrize(
    ("query", "phones"),
    [
        ({}, ["+7 922 000-00-03", "+7 911 000-00-02", "+7 911 000-00-01"]),
        ({"tag": "vip"}, ["+7 911 000-00-01"]),
        ({"code": "999"}, ["+7 911 000-00-02"]),
        ({"zone": "Asia/Omsk"}, ["+7 922 000-00-03"]),
        ({"tag": "vip", "zone": "Asia/Omsk"}, []),
        ({"phone": "+7"}, ["+7 911 000-00-01", "+7 911 000-00-02", "+7 922 000-00-03"]),
    ],
)
def test_filters_leave_whom_they_name(as_olga: Any, query: dict[str, str], phones: list[str]) -> None:
    add(79110000001)
    add(79110000002, tag="new", code=999)
    add(79220000003, tag="old", zone="Asia/Omsk")
    assert shown(as_olga.get("/console/clients", query)) == phones


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"phone": "twelve"}, "Enter the first digits of a +7 number"),
        ({"phone": "+49 170"}, "Enter the first digits of a +7 number"),
        ({"code": "91"}, "Give three digits"),
        ({"zone": "Mars/Olympus"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_looked_for_is_said_at_its_field_and_stays_there(
    as_olga: Any, query: dict[str, str], sentence: str
) -> None:
    add()
    answer = as_olga.get("/console/clients", query)
    assert answer.status_code == 200
    assert sentence in answer.text
    assert shown(answer) == []
    assert as_olga.get("/console/clients/export", query).status_code == 400


def test_a_null_character_is_refused_before_any_page_looks_at_it(as_olga: Any) -> None:
    answer = as_olga.get("/console/clients", {"tag": "a\0b"})
    assert (answer.status_code, "Null characters are not allowed" in answer.text) == (400, True)


@pytest.mark.parametrize("query", ["tag=vip", "phone=8911"])
def test_pages_follow_each_other_without_a_count_of_them_all(
    as_olga: Any, django_assert_max_num_queries: Any, query: str
) -> None:
    for number in range(120):
        add(79110000000 + number)
    seen: list[str] = []
    address = f"?{query}"
    while address:
        with django_assert_max_num_queries(8) as queries:
            answer = as_olga.get(f"/console/clients{address}")
        asked = [query["sql"] for query in queries.captured_queries]
        assert not [sql for sql in asked if re.search("count|offset", sql, re.IGNORECASE) and "LIMIT 10001" not in sql]
        seen += shown(answer)
        found = re.search(r'rel="next" href="([^"]+)"', answer.text)
        address = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 120
    assert 'rel="prev"' in answer.text
    assert "cursor=after" not in as_olga.get("/console/clients?cursor=nonsense").text.split("rel=")[0]


def test_the_list_says_how_many_there_are_up_to_a_limit(as_olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def total(**query: str) -> str:
        return as_olga.get("/console/clients", query).text.split('id="total">')[1].split("<")[0]  # type: ignore[no-any-return]

    for number in range(4):
        add(79110000000 + number, tag="vip" if number else "other")
    assert (total(), total(tag="vip"), total(tag="other")) == ("4 clients", "3 clients", "1 client")
    monkeypatch.setattr(listing, "MAX_COUNTED", 3)
    assert (total(), total(tag="vip")) == ("More than 3 clients", "3 clients")


def test_an_empty_directory_says_what_to_do(as_olga: Any) -> None:
    assert "There are no clients yet" in as_olga.get("/console/clients").text
    assert "No clients found" in as_olga.get("/console/clients?tag=nobody").text


def test_the_list_offers_the_tags_codes_and_zones_that_there_are(as_olga: Any) -> None:
    add(tag='<b>&"vip')
    add(79220000000, tag="new", zone="Asia/Omsk")
    text = as_olga.get("/console/clients").text
    assert '<option value="&lt;b&gt;&amp;&quot;vip"></option><option value="new"></option>' in text
    assert '<option value="911"></option><option value="922"></option>' in text
    assert '<option value="Asia/Omsk">' in text


def test_an_export_holds_what_is_filtered(as_olga: Any) -> None:
    add()
    add(79220000000, tag="new")
    answer = as_olga.get("/console/clients/export?tag=new&phone=8922")
    assert answer["Content-Disposition"] == 'attachment; filename="clients.csv"'
    assert answer.getvalue().decode().splitlines()[1:] == [f'79220000000,922,"new",{MOSCOW}']


# -- one client


def test_an_operator_adds_a_client_in_any_spelling(as_olga: Any) -> None:
    answer = as_olga.post("/console/clients/new", typed(), follow=True)
    assert "+7 911 123-45-67 was added." in answer.text
    client = Client.objects.get()
    assert (client.phone_number, client.mobile_operator_code, client.tag) == (79111234567, 911, "vip")
    entry = AuditEntry.objects.get(action="client.create")
    assert (entry.actor_name, entry.object_id) == ("olga", client.id)
    assert "79111234567" not in str(entry.details)


def test_another_one_can_be_added_at_once(as_olga: Any) -> None:
    assert as_olga.post("/console/clients/new", typed(again="1"))["Location"] == "/console/clients/new"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"phone_number": "911"}, "This is not a +7 phone number"),
        ({"phone_number": "+49 170 1234567"}, "This is not a +7 phone number"),
        ({"phone_number": ""}, "This field is required"),
        ({"mobile_operator_code": "9x"}, "Give three digits"),
        ({"tag": " "}, "This field is required"),
        ({"tag": "t" * 65}, "at most 64"),
        ({"timezone": "Mars/Olympus"}, "Select a valid choice"),
        ({"phone_number": "+7 922 000-00-00"}, "A client with this phone number exists already."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_stays(
    as_olga: Any, changes: dict[str, str], sentence: str
) -> None:
    add(79220000000)
    answer = as_olga.post("/console/clients/new", typed(**{"tag": "kept", **changes}))
    assert answer.status_code == 400
    assert sentence in answer.text
    assert "tag" in changes or 'value="kept"' in answer.text
    assert Client.objects.count() == 1


def test_an_edit_keeps_what_it_does_not_touch(as_olga: Any) -> None:
    client = add(tag="odd", code=999)
    form = as_olga.get(f"/console/clients/{client.id}").context["form"]
    answer = as_olga.post(f"/console/clients/{client.id}", {**form.initial, "timezone": "Asia/Omsk"}, follow=True)
    assert "was saved" in answer.text
    client.refresh_from_db()
    assert (client.tag, client.mobile_operator_code, client.timezone) == ("odd", 999, "Asia/Omsk")
    assert AuditEntry.objects.get(action="client.update").details["changed"] == ["timezone"]


def test_two_people_who_edit_the_same_client_notice_each_other(as_olga: Any) -> None:
    client = add()
    form = as_olga.get(f"/console/clients/{client.id}").context["form"]
    Client.objects.update(tag="of another")
    answer = as_olga.post(f"/console/clients/{client.id}", {**form.initial, "tag": "mine"})
    assert answer.status_code == 409
    assert "This was changed after you opened it" in answer.text
    assert {'value="mine"' in answer.text, "<dd>of another</dd>" in answer.text} == {True}
    again = answer.context["form"].data.dict()
    assert as_olga.post(f"/console/clients/{client.id}", again).status_code == 302
    client.refresh_from_db()
    assert client.tag == "mine"


def test_a_client_is_deleted_and_a_second_delete_finds_nothing(as_olga: Any) -> None:
    client = add()
    page = as_olga.get(f"/console/clients/{client.id}").text
    assert "Delete +7 911 123-45-67?" in page
    assert "No message to this number is queued." in page
    assert "was deleted" in as_olga.post(f"/console/clients/{client.id}/delete", follow=True).text
    assert as_olga.post(f"/console/clients/{client.id}/delete").status_code == 404
    assert as_olga.get(f"/console/clients/{client.id}").status_code == 404
    assert AuditEntry.objects.get(action="client.delete").object_id == client.id


def test_an_administrator_erases_a_person_and_gets_the_number_of_the_certificate(as_olga: Any, as_anna: Any) -> None:
    client = add()
    StoppedPhone.objects.create(phone_number=client.phone_number, created_by_name="olga")
    path = f"/console/clients/{client.id}/erase"
    assert as_olga.post(path).status_code == 403
    assert "Erase personal data" not in as_olga.get(f"/console/clients/{client.id}").text
    assert "Erase personal data" in as_anna.get(f"/console/clients/{client.id}").text
    answer = as_anna.post(path, {"forget": "on"}, follow=True)
    line = AuditEntry.objects.get(action="client.erase")
    assert f"no. {line.id} of the audit log" in answer.text
    assert "removed from the stop list" in answer.text
    assert not StoppedPhone.objects.exists()


# -- the stop list


def test_numbers_are_put_on_the_list_and_taken_off_it(as_olga: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = "8 911 123-45-67\n+7 (922) 000-00-00; 79110000001\r\n\r\n"
    answer = as_olga.post("/console/stop-list", {"phones": numbers, "reason": "asked"}, follow=True)
    assert "3 numbers were added to the stop list." in answer.text
    assert set(StoppedPhone.objects.values_list("phone_number", "reason", "created_by_name")) == {
        (number, "asked", "olga") for number in (79111234567, 79220000000, 79110000001)
    }
    again = as_olga.post("/console/stop-list", {"phones": "79111234567"}, follow=True)
    assert "1 was already on it." in again.text
    found = as_olga.get("/console/stop-list?phone=8922").text
    assert ("+7 922 000-00-00" in found, "+7 911 123-45-67" in found) == (True, False)
    assert 'id="total">1 number<' in found
    assert 'id="total">3 numbers<' in as_olga.get("/console/stop-list").text
    monkeypatch.setattr(stop_list, "MAX_COUNTED", 2)
    assert 'id="total">More than 2 numbers<' in as_olga.get("/console/stop-list").text
    assert "was removed from the stop list" in as_olga.post("/console/stop-list/79220000000/remove", follow=True).text
    assert not StoppedPhone.objects.filter(phone_number=79220000000).exists()
    meanwhile = as_olga.post("/console/stop-list/79220000000/remove", follow=True)
    assert "+7 922 000-00-00 is no longer on the stop list." in meanwhile.text


def test_wrong_numbers_are_named_and_nothing_is_stopped(as_olga: Any) -> None:
    answer = as_olga.post("/console/stop-list", {"phones": "79111234567\n911\nnobody", "reason": "kept"})
    assert answer.status_code == 400
    assert "These are not +7 phone numbers: 911, nobody" in answer.text
    assert 'value="kept"' in answer.text
    assert not StoppedPhone.objects.exists()
    assert as_olga.post("/console/stop-list", {"phones": ";"}).status_code == 400


# -- roles


def test_a_viewer_sees_everything_and_changes_nothing(as_victor: Any) -> None:
    client = add()
    StoppedPhone.objects.create(phone_number=client.phone_number, created_by_name="olga")
    for path in ("clients", f"clients/{client.id}", "stop-list", "clients/export"):
        answer = as_victor.get(f"/console/{path}")
        assert answer.status_code == 200
        assert path == "clients/export" or 'method="post"' not in answer.text.split('id="page-content"')[1]
    for path in ("clients/new", f"clients/{client.id}", f"clients/{client.id}/delete", "stop-list"):
        assert as_victor.post(f"/console/{path}", typed()).status_code == 403
    assert as_victor.post(f"/console/stop-list/{client.phone_number}/remove").status_code == 403
    assert (Client.objects.count(), StoppedPhone.objects.count()) == (1, 1)
