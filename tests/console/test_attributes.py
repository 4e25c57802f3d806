"""Attributes in the console: in the form and the list of clients, and in the columns of an import."""

from typing import Any

import pytest

from harness.cast import browser_of, person
from tests.clients.test_import import never
from tests.console.test_clients import add, typed
from tests.console.test_imports import FORM, PATH, uploaded
from vestnik.clients.imports.runner import run_jobs
from vestnik.models import Attribute, Client

SHOP = "ФИО;Мобильный;Группа;Пояс;Баланс\nИванов;8 (911) 123-45-67;вип;Europe/Moscow;1 234,50\n"


@pytest.mark.django_db
def test_a_client_gets_an_attribute_keeps_it_and_loses_it(as_olga: Any) -> None:
    client = add()
    path = f"/console/clients/{client.id}"
    seen = {"seen": as_olga.get(path).context["form"]["seen"].value()}
    new = {"new_name": "balance", "new_type": "number", "new_value": "1 234,50"}
    for wrong, told in [
        ({"new_name": "Баланс"}, "lower-case Latin letters"), ({"new_name": "tag"}, "This name is taken"),
        ({"new_value": "much"}, "This is not a number"), ({"new_value": ""}, "Enter a value"),
        ({"new_name": ""}, "Enter a name for the attribute"),
    ]:  # fmt: skip
        answer = as_olga.post(path, typed(**seen, **{**new, **wrong}))
        assert (answer.status_code, told in answer.text) == (400, True), wrong
    assert as_olga.post(path, typed(**seen, **new)).status_code == 302
    client.refresh_from_db()
    assert (client.attributes, Attribute.objects.get().type) == ({"balance": 1234.5}, "number")
    page = as_olga.get(path)
    assert 'name="attributes.balance" value="1234.5"' in page.text
    assert "balance: 1234.5" in as_olga.get("/console/clients").text
    seen = {"seen": page.context["form"]["seen"].value()}
    assert "This is not a number" in as_olga.post(path, typed(**seen, **{"attributes.balance": "x"})).text
    assert as_olga.post(path, typed(**seen, **{"attributes.balance": ""})).status_code == 302
    client.refresh_from_db()
    assert client.attributes is None


@pytest.mark.usefixtures("ledger")
def test_a_column_becomes_an_attribute_when_it_is_ticked() -> None:
    olga = browser_of(person("olga", "operator"))
    job = uploaded(olga, SHOP)
    page = olga.get(f"{PATH}/{job}/columns")
    form = page.context["form"]
    guessed = [(row.keep.value(), row.name.value(), row.type.value()) for row in form.attribute_rows]
    assert guessed[0] == (False, "full_name", "text")
    assert guessed[4] == (False, "balance", "number")
    chosen = {**FORM, "keep_4": "on", "name_4": "balance", "type_4": "number", "name_0": "full_name", "type_0": "text"}
    assert "balance: 1234.5" in olga.post(f"{PATH}/{job}/preview", chosen).text
    wrong = olga.post(f"{PATH}/{job}/columns", {**chosen, "name_4": "tag"})
    assert (wrong.status_code, "This name is taken" in wrong.text) == (400, True)
    assert olga.post(f"{PATH}/{job}/columns", chosen).status_code == 302
    run_jobs(stopped=never)
    assert Client.objects.get().attributes == {"balance": 1234.5}
