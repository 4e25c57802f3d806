"""What a deletion does to queued messages is told before, with their number, and after."""

from typing import Any

from harness.cast import browser_of, person
from harness.rows import FIRST
from harness.stepping import begin
from vestnik.clients.directory import ClientFields, create_client
from vestnik.models import AuditEntry, Client


def test_a_deletion_says_before_and_after_what_becomes_of_queued_messages(ledger: Any) -> None:
    begin(ledger)
    browser = browser_of(person("olga", "operator"))
    client = Client.objects.get(phone_number=FIRST)
    page = browser.get(f"/console/clients/{client.id}").text
    assert "1 message to this number is queued and will be cancelled." in page
    answer = browser.post(f"/console/clients/{client.id}/delete", follow=True)
    assert "was deleted. 1 queued message was cancelled." in answer.text


def test_a_deletion_of_several_has_an_entry_of_each_with_what_became_of_its_messages(ledger: Any) -> None:
    begin(ledger)
    browser = browser_of(person("olga", "operator"))
    first = Client.objects.get(phone_number=FIRST)
    fields = ClientFields(phone=79_999_999_999, operator_code=None, tag="late", timezone="Europe/Moscow")
    late = create_client(fields=fields, actor=None)
    named = {"ids": f"{first.id},{late.id}", "do": "delete", "sure": "yes"}
    answer = browser.post("/console/clients/bulk", named, follow=True)
    assert "2 clients were deleted. 1 queued message was cancelled." in answer.text
    entries = AuditEntry.objects.filter(action="client.delete", actor_name="olga")
    assert {entry.object_id: entry.details["recalled"]["cancelled"] for entry in entries} == {first.id: 1, late.id: 0}
    # Somebody who was gone before is not deleted once more.
    answer = browser.post("/console/clients/bulk", named, follow=True)
    assert "Select some clients first." in answer.text
    assert entries.count() == 2
