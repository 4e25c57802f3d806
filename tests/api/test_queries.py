"""The query of a list: other words for pages are refused with the right one; repeated ones mean the same."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import client_body, mailing_body

MAILINGS, STATISTICS, CLIENTS = "/sender/notifications", "/sender/notifications/statistics", "/client/"
LISTS = [CLIENTS, MAILINGS, STATISTICS, "/client/stop-list", "/auth/keys/"]


@pytest.fixture
def mailing(operator: APIClient) -> dict[str, Any]:
    return operator.post(MAILINGS, mailing_body()).json()


def lists_of(mailing: dict[str, Any]) -> list[str]:
    return [*LISTS, f"{MAILINGS}/{mailing['id']}/messages", f"{MAILINGS}/{mailing['id']}/statistics"]


FOREIGN = (
    "limit offset page perPage per_page $top $skip Limit OFFSET take skip size count start after page_token pageToken"
)


@pytest.mark.parametrize("name", [*FOREIGN.split(), "page[number]", "starting_after", "max_results"])
def test_pages_in_the_words_of_other_apis_are_refused_on_every_list(
    operator: APIClient, mailing: dict[str, Any], name: str
):
    for path in lists_of(mailing):
        answer = operator.get(path, {name: "10"})
        assert (answer.status_code, list(answer.json())) == (400, [name]), path
        assert "page_size and cursor" in answer.json()[name][0]


@pytest.mark.parametrize(
    ("path", "name", "right"),
    [
        (CLIENTS, "pageSize", "page_size"),
        (CLIENTS, "page-size", "page_size"),
        (CLIENTS, "page[size]", "page_size"),
        (CLIENTS, "Cursor", "cursor"),
        (CLIENTS, "tag[]", "tag"),
        (CLIENTS, "tag__in", "tag"),
        (CLIENTS, "phoneNumber", "phone_number"),
        (CLIENTS, "Timezone", "timezone"),
        (CLIENTS, "sort", "ordering=-id"),
        (CLIENTS, "order_by", "ordering=-id"),
        (MAILINGS, "state[]", "state"),
        (MAILINGS, "startsFrom", "starts_from"),
        (STATISTICS, "STATE", "state"),
        ("/client/stop-list", "ordering", "ascending by id"),
        ("/auth/keys/", "ordering", "ascending by id"),
        ("/client/export", "limit", "has everything"),
        ("/client/export", "page_size", "has everything"),
        ("/client/export", "tag[]", "tag"),
    ],
)
def test_another_spelling_of_a_name_is_refused_and_not_ignored(operator: APIClient, path: str, name: str, right: str):
    answer = operator.get(path, {name: "1"})
    assert (answer.status_code, list(answer.json())) == (400, [name])
    assert right in answer.json()[name][0]


def test_messages_know_the_other_spellings_too(operator: APIClient, mailing: dict[str, Any]):
    for path in lists_of(mailing)[-2:]:
        for name in ("state[]", "Status", "phoneNumber", "ordering"):
            assert list(operator.get(path, {name: "sent"}).json()) == [name]


def test_what_means_nothing_here_is_ignored_as_it_was_by_the_first_version(
    operator: APIClient, mailing: dict[str, Any]
):
    for path in lists_of(mailing):
        assert operator.get(path, {"_": "1", "format": "json", "utm_source": "x"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "name", "values"),
    [
        (CLIENTS, "page_size", ("1", "2")),
        (CLIENTS, "ordering", ("id", "-id")),
        (CLIENTS, "cursor", ("after-1", "after-2")),
        (CLIENTS, "tag", ("vip", "new")),
        (CLIENTS, "timezone", ("UTC", "Europe/Moscow")),
        (CLIENTS, "mobile_operator_code", ("911", "912")),
        (CLIENTS, "phone_number", ("7911", "7912")),
        ("/client/stop-list", "phone_number", ("7911", "7912")),
        ("/client/export", "tag", ("vip", "new")),
        (MAILINGS, "starts_from", ("2030-01-01T00:00Z", "2031-01-01T00:00Z")),
        (STATISTICS, "starts_before", ("2030-01-01T00:00Z", "2031-01-01T00:00Z")),
    ],
)
def test_what_can_be_said_once_is_not_overheard_when_it_is_said_twice(
    operator: APIClient, path: str, name: str, values: tuple[str, str]
):
    assert operator.get(path, {name: [values[0], values[0]]}).status_code == 200
    answer = operator.get(path, {name: list(values)})
    assert (answer.status_code, answer.json()) == (400, {name: ["Use it only once."]})


# -- totals


def total(answer: Any) -> int | None:
    assert answer.status_code == 200
    return int(answer["X-Total-Count"]) if "X-Total-Count" in answer else None


def test_a_list_that_ends_on_its_first_page_says_how_long_it_is(operator: APIClient):
    assert total(operator.get(CLIENTS)) == 0
    for n in range(3):
        assert operator.post(CLIENTS, client_body(phone_number=f"7911000000{n}")).status_code == 201
    assert total(operator.get(CLIENTS)) == 3
    assert total(operator.get(CLIENTS, {"page_size": 3, "ordering": "-id"})) == 3
    assert total(operator.get(CLIENTS, {"page_size": 2})) is None
