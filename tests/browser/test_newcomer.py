"""A newcomer's whole way, by clicks only: from the login to a mailing that is over, and its results as a file."""

import csv
import io
from pathlib import Path

from playwright.sync_api import Page, expect

from harness.cluster import Cluster
from tests.browser.console import assert_fits, log_in
from tests.browser.kit import Watch, assert_accessible

#: As people's spreadsheets have them: semicolons, Russian headers, numbers in any spelling, one that is none.
_FILE = (
    "Телефон;Тег;Часовой пояс\n"
    "+7 (911) 200-00-01;newcomer;Europe/Moscow\n"
    "89112000002;newcomer;Europe/Samara\n"
    "+7 911 200 00 03;newcomer;Asia/Omsk\n"
    "нет;newcomer;Europe/Moscow\n"
)


def test_a_newcomer_imports_clients_sends_to_them_and_gets_the_results(
    watch: Watch, cluster: Cluster, tmp_path: Path
) -> None:
    page = log_in(watch, cluster)
    _import(page, tmp_path)
    _send(page)
    expect(page.locator("[data-state=sent]").locator("..").get_by_text("3", exact=True).first).to_be_visible()
    expect(page.get_by_text("completed").first).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").first.click()
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert len(rows) == 1 + 3
    assert all("sent" in row for row in rows[1:])


def _import(page: Page, folder: Path) -> None:
    file = folder / "clients.csv"
    file.write_text(_FILE, encoding="cp1251")
    page.get_by_role("link", name="Clients", exact=True).click()
    page.get_by_role("link", name="Import", exact=True).click()
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="Upload and preview").click()
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_text("done, rows refused").first).to_be_visible()


def _send(page: Page) -> None:
    page.get_by_role("link", name="Mailings", exact=True).click()
    page.get_by_role("link", name="New mailing").first.click()
    page.get_by_label("Name").fill("Hello")
    page.get_by_label("Text", exact=True).fill("Здравствуйте!")
    page.get_by_label("Only clients with these tags").check()
    page.get_by_label("newcomer").check()
    page.get_by_label("Clients of any operator").check()
    expect(page.locator(".v-estimate")).to_contain_text("3")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send now to 3 clients").click()
    expect(page.get_by_role("heading", name="Hello")).to_be_visible()
