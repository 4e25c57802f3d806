"""Lists are bare arrays, paged by cursor in the Link header, stable while others write."""

import re
from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

_LINK = re.compile(r'<([^>]+)>; rel="(next|prev)"')


def links(answer: Any) -> dict[str, str]:
    return {rel: url for url, rel in _LINK.findall(answer.get("Link", ""))}


def tags(answer: Any) -> list[str]:
    assert answer.status_code == 200
    return [row["tag"] for row in answer.json()]


@pytest.fixture
def ten(operator: APIClient) -> APIClient:
    from vestnik.models import Client

    Client.objects.bulk_create(
        Client(phone_number=79110000000 + n, mobile_operator_code=911, tag=f"t{n}", timezone="UTC") for n in range(10)
    )
    return operator


def walk(client: APIClient, path: str, rel: str = "next") -> list[list[str]]:
    pages = []
    url: str | None = path
    while url:
        answer = client.get(url)
        pages.append(tags(answer))
        url = links(answer).get(rel)
    return pages


def test_next_walks_through_everything_once(ten: APIClient):
    pages = walk(ten, "/client/?page_size=3")
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert [tag for page in pages for tag in page] == [f"t{n}" for n in range(10)]


def test_a_page_that_holds_all_has_no_links(ten: APIClient):
    for size in ("10", "11", "10000"):
        assert "Link" not in ten.get(f"/client/?page_size={size}")
    assert "Link" not in ten.get("/client/")


def test_prev_leads_back_to_the_same_rows(ten: APIClient):
    second = ten.get(links(ten.get("/client/?page_size=3"))["next"])
    assert tags(second) == ["t3", "t4", "t5"]
    first = ten.get(links(second)["prev"])
    assert tags(first) == ["t0", "t1", "t2"]
    assert "prev" not in links(first)
    assert tags(ten.get(links(first)["next"])) == ["t3", "t4", "t5"]


def test_links_keep_the_filter_and_the_page_size(ten: APIClient):
    url = links(ten.get("/client?mobile_operator_code=911&page_size=4"))["next"]
    assert "mobile_operator_code=911" in url
    assert "page_size=4" in url
    assert url.startswith(f"{settings.ENVIRONMENT.public_url}/client?")  # never the Host of the request


def test_rows_that_are_deleted_or_added_meanwhile_shift_no_page(ten: APIClient):
    from vestnik.models import Client

    url = links(ten.get("/client/?page_size=3"))["next"]
    Client.objects.filter(tag__in=("t0", "t1", "t2", "t4")).delete()
    Client.objects.create(phone_number=79120000000, mobile_operator_code=912, tag="new", timezone="UTC")
    assert [tag for page in walk(ten, url) for tag in page] == ["t3", "t5", "t6", "t7", "t8", "t9", "new"]


def test_a_cursor_beyond_the_end_is_an_empty_page_and_leads_nowhere(ten: APIClient):
    answer = ten.get("/client/?cursor=after-999999999999999999")
    assert (answer.json(), "next" in links(answer)) == ([], False)


def test_an_empty_directory_is_an_empty_array(operator: APIClient):
    for path in ("/client/", "/sender/notifications", "/sender/notifications/statistics"):
        assert operator.get(path).json() == []


def test_the_newest_come_first_where_it_is_asked_for(ten: APIClient):
    pages = walk(ten, "/client/?page_size=4&ordering=-id")
    assert pages == [["t9", "t8", "t7", "t6"], ["t5", "t4", "t3", "t2"], ["t1", "t0"]]
    second = ten.get(links(ten.get("/client/?page_size=4&ordering=-id"))["next"])
    first = ten.get(links(second)["prev"])
    assert tags(first) == pages[0]
    assert "prev" not in links(first)
    assert tags(ten.get(links(first)["next"])) == pages[1]


def test_rows_added_while_somebody_reads_the_newest_shift_no_page(ten: APIClient):
    from vestnik.models import Client

    url = links(ten.get("/client/?page_size=3&ordering=-id"))["next"]
    Client.objects.create(phone_number=79120000000, mobile_operator_code=912, tag="new", timezone="UTC")
    assert tags(ten.get(url)) == ["t6", "t5", "t4"]


def test_an_order_that_there_is_not_is_a_400(ten: APIClient):
    for path in ("/client/", "/sender/notifications", "/sender/notifications/statistics"):
        answer = ten.get(path, {"ordering": "phone_number"})
        assert (answer.status_code, list(answer.json())) == (400, ["ordering"])
