"""The pages of the documentation in a real browser: the whole main job by clicks, and nothing from elsewhere."""

import json
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from harness.cluster import Cluster
from tests.browser.kit import PATIENCE, Watch, assert_accessible
from vestnik.cluster.processes import wait_for

#: Seconds, on a machine that has other work.
pytestmark = pytest.mark.timeout(300)

PASSWORD = "a-long-Passphrase-7"


class Swagger:
    """The page, as somebody clicks through it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.goto("/docs/")
        expect(page.locator(".opblock").first).to_be_visible(timeout=PATIENCE)

    def execute(self, operation: str, body: Any = None, **parameters: Any) -> tuple[int, Any]:
        """Open an operation, fill it in, press Execute; the status that the page then shows, and the answer.

        Args:
            operation: its id in the schema.
            body: put in the place of the example; None: the example stays unchanged.
            parameters: of the path or the query.
        """
        block = self._opened(operation)
        for name, value in parameters.items():
            block.locator(f"tr[data-param-name='{name}'] input").fill(str(value))
        if body is not None:
            block.locator(".body-param textarea").fill(json.dumps(body))
        with self._page.expect_response(lambda answer: answer.request.resource_type == "fetch") as answered:
            block.get_by_role("button", name="Execute").click()
        answer = answered.value
        shown = block.locator(".live-responses-table .response-col_status").last
        expect(shown).to_contain_text(str(answer.status))
        return answer.status, answer.json()

    def authorize(self, token: str) -> None:
        """Paste a token into the dialog."""
        self._page.get_by_role("button", name="Authorize").first.click()
        dialog = self._page.locator(".dialog-ux")
        expect(dialog).to_contain_text("jwtHeaderAuth")
        dialog.locator("input").fill(token)
        dialog.locator("button[type=submit]").click()
        dialog.get_by_role("button", name="Close").last.click()

    def _opened(self, operation: str) -> Locator:
        block = self._page.locator(f"[id$='-{operation}'].opblock")
        if "is-open" not in (block.get_attribute("class") or ""):
            block.locator(".opblock-summary-control").click()
        expect(block.get_by_role("button", name="Execute")).to_be_visible()
        return block


def test_a_stranger_does_the_whole_main_job_in_swagger(page: Page, watch: Watch):
    watch.allow("status of 401")
    swagger = Swagger(page)
    name = f"swagger-{uuid4().hex[:8]}"
    registration = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
    assert swagger.execute("auth_register", registration)[0] == 201
    status, tokens = swagger.execute("auth_login", {"username": name, "password": PASSWORD})
    assert (status, bool(tokens["access"]), bool(tokens["refresh"])) == (200, True, True)

    assert swagger.execute("client_list")[0] == 401
    swagger.authorize(tokens["access"])
    assert swagger.execute("client_list")[0] == 200

    phone = f"7911{uuid4().int % 10**7:07d}"
    client = {"phone_number": phone, "tag": "vip", "timezone": "Europe/Moscow"}
    assert swagger.execute("client_create", client)[0] == 201
    status, mailing = swagger.execute("mailing_create")
    assert (status, mailing["filter"]) == (201, {"tag": ["vip"], "operator_code": None})

    def counts() -> dict[str, Any]:
        status, answer = swagger.execute("statistics_read", id=mailing["id"])
        assert status == 200
        return dict(answer[0])

    assert wait_for(lambda: counts()["state"] == "completed", seconds=30)
    found = counts()
    assert found["complete_count"] == found["total_count"] >= 1
    assert phone in {message["phone_number"] for message in found["messages"]}


def test_swagger_keeps_the_token_when_the_page_is_loaded_anew(page: Page, cluster: Cluster):
    token = cluster.logged_in().post("/auth/login/", {"username": "admin", "password": cluster.password})["access"]
    Swagger(page).authorize(token)
    assert Swagger(page).execute("client_list")[0] == 200


def test_the_quick_start_is_reached_from_the_menu_in_the_readers_language_and_is_copied(admin: Page):
    admin.get_by_role("link", name="REST API", exact=True).click()
    admin.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(admin.get_by_role("heading", name="Quick start")).to_be_visible()
    expect(admin.locator(".opblock").first).to_be_visible(timeout=PATIENCE)
    expect(admin.locator("#python-1")).to_be_hidden()
    admin.get_by_role("button", name="Python", exact=True).click()
    expect(admin.locator("#curl-1")).to_be_hidden()
    admin.get_by_role("button", name="Copy step 4, Python").click()
    admin.wait_for_function(
        "async () => await navigator.clipboard.readText() === document.getElementById('python-4').textContent"
    )
    assert_accessible(admin, context="#quick-start")
    admin.get_by_role("link", name="русский").click()
    expect(admin.get_by_role("heading", name="Быстрый старт")).to_be_visible()
    admin.set_viewport_size({"width": 390, "height": 844})
    right = admin.locator("#quick-start").evaluate("element => element.getBoundingClientRect().right")
    assert right <= 390


def test_redoc_shows_every_operation_and_finds_words(page: Page):
    page.goto("/redoc/")
    expect(page.get_by_role("heading", name="Create a mailing")).to_be_visible()
    page.get_by_placeholder("Search").fill("mailing")
    expect(page.locator("[data-role='search:results']")).to_contain_text("mailing")


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/redoc", "/redoc/"])
def test_both_forms_of_the_address_show_the_page(page: Page, path: str):
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200
    expect(page.get_by_text("Sends one text to every client of the directory").first).to_be_visible()
