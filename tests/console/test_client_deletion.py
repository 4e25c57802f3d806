"""What a deletion does to queued messages is told before, with their number, and after."""

from typing import Any

from harness.cast import browser_of, person
from harness.rows import FIRST
from harness.stepping import begin
from vestnik.models import Client


def test_a_deletion_says_before_and_after_what_becomes_of_queued_messages(ledger: Any) -> None:
    begin(ledger)
    browser = browser_of(person("olga", "operator"))
    client = Client.objects.get(phone_number=FIRST)
    page = browser.get(f"/console/clients/{client.id}").text
    assert "1 message to this number is queued and will be cancelled." in page
    answer = browser.post(f"/console/clients/{client.id}/delete", follow=True)
    assert "was deleted. 1 queued message was cancelled." in answer.text
