"""A newcomer's first hour, by clicks only: from a spreadsheet to a mailing that is over, and its results as a file."""

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from django.utils.translation import override
from playwright.sync_api import Page, expect

from harness.cluster import Cluster
from tests.browser.console import assert_fits, log_in
from tests.browser.kit import PATIENCE, Watch, assert_accessible
from vestnik.cluster.processes import wait_for
from vestnik.console.csv_files import csv_style
from vestnik.spreadsheets import csv_blocks

_URN = "{{urn:oasis:names:tc:opendocument:xmlns:{}:1.0}}"
_OFFICE, _TABLE, _TEXT = _URN.format("office"), _URN.format("table"), _URN.format("text")
#: The settings of LibreOffice on a computer of a language.
_LOCALE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{}</value></prop></item>
</oor:items>
"""
#: As people's spreadsheets have them: semicolons, Russian headers, cities, numbers in any spelling, one that is none.
_FILE = (
    "Телефон;Тег;Часовой пояс;Имя\n"
    "+7 (911) 200-00-01;newcomer;Москва;Анна\n"
    "89112000002;newcomer;Екатеринбург;Олег\n"
    "+7 911 200 00 03;newcomer;Омск;Ольга\n"
    "+7 911 200 00 04;newcomer;Масква;\n"
    "нет;newcomer;Москва;Иван\n"
)


def test_a_newcomer_imports_clients_sends_to_them_and_gets_the_results(
    watch: Watch, cluster: Cluster, tmp_path: Path
) -> None:
    """One chain: each step stands on the one before, as in somebody's first hour."""
    page = log_in(watch, cluster)
    _imports(page, tmp_path)
    _mends_the_refused_rows(page)
    _saves_a_segment(page)
    _writes_a_personal_text(page)
    _tests_it_on_the_own_number(page)
    _reviews_mends_and_schedules(page)
    _edits(page)
    # The gateway refuses the first message that it gets: no other may come before.
    running = "SELECT count(*) FROM vestnik_mailing WHERE state = 'running' AND kind = 'bulk'"
    assert wait_for(lambda: cluster.figure(running) == 0, seconds=PATIENCE / 1_000)
    cluster.gateway.faults(shares={"400": 1.0}, first=1)
    try:
        _sends_now(page)
    finally:
        cluster.gateway.faults()
    phone = _sends_again_to_those_who_failed(page)
    _reads_the_history_of(page, phone)
    _gets_the_results(page, tmp_path)


def _imports(page: Page, folder: Path) -> None:
    """Zones are Russian cities, and a further column becomes an attribute."""
    file = folder / "clients.csv"
    file.write_text(_FILE, encoding="cp1251")
    page.get_by_role("link", name="Clients", exact=True).click()
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Upload and preview").click()
    others = page.get_by_text("Other columns")
    expect(others).to_be_visible()
    if not page.get_by_label("D: Имя").is_visible():  # open where an attribute of another test has that name
        others.click()
    page.get_by_label("D: Имя").check()
    page.get_by_label("Attribute name (D)").fill("first_name")
    page.get_by_label("Attribute name (D)").press("Tab")
    expect(page.locator("#preview")).to_contain_text("first_name: Анна")
    expect(page.locator("#preview")).to_contain_text("Asia/Yekaterinburg")
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_text("done, rows refused").first).to_be_visible()


def _mends_the_refused_rows(page: Page) -> None:
    """One click takes the rows in whose city nobody knows."""
    page.get_by_role("button", name="Use it and import").click()
    expect(page.get_by_role("link", name="Corrected rows of import")).to_be_visible()
    expect(page.locator("#live .v-badge-good")).to_have_text("done")
    page.get_by_role("link", name="Clients", exact=True).first.click()
    page.get_by_label("Tag", exact=True).fill("newcomer")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(4)


def _saves_a_segment(page: Page) -> None:
    """All with the tag of the file."""
    page.get_by_role("link", name="Segments").click()
    page.get_by_role("link", name="New segment").click()
    page.locator("#id_name").fill("Newcomers")
    page.get_by_label("Only clients with these tags").first.check()
    with page.expect_response("**/segments/tags"):
        page.get_by_role("searchbox", name="Search tags").first.fill("newcomer")
    page.get_by_role("checkbox", name=re.compile(r"^newcomer \d")).first.check()
    page.get_by_label("Clients of any operator").first.check()
    expect(page.locator("#estimate")).to_contain_text("4 clients")
    page.get_by_role("button", name="Save segment").click()
    expect(page.get_by_role("row", name="Newcomers").get_by_role("cell", name="4", exact=True)).to_be_visible()


def _writes_a_personal_text(page: Page) -> None:
    """To the segment."""
    page.get_by_role("row", name="Newcomers").get_by_role("link", name="New mailing").click()
    expect(page.get_by_label("Segment", exact=True)).to_contain_text("Newcomers")
    page.get_by_label("Name").fill("Hello")
    text = page.get_by_label("Text", exact=True)
    text.fill("Здравствуйте, !")
    text.evaluate("field => field.setSelectionRange(14, 14)")
    page.get_by_label("Fill in each client's own values").check()
    page.get_by_label("get the default, which every placeholder must have").check()
    page.get_by_label("Client's value").select_option("first_name")
    page.get_by_role("button", name="Put into the text").click()
    expect(text).to_be_focused()
    page.keyboard.type("друг")
    expect(text).to_have_value("Здравствуйте, {{first_name|друг}}!")
    expect(page.locator("#estimate")).to_contain_text("4 clients")


def _tests_it_on_the_own_number(page: Page) -> None:
    """An account that has a number of its own already is not asked for it."""
    own = page.get_by_label("Your phone number")
    if own.is_visible():
        own.fill(_a_phone())
    page.get_by_label("As which client").fill("+7 911 200-00-02")
    page.get_by_role("button", name="Test to me").click()
    expect(page.get_by_text("The gateway accepted the message.")).to_be_visible()


def _reviews_mends_and_schedules(page: Page) -> None:
    """The sheet says that somebody would be woken, and a click mends it."""
    page.get_by_label("At a date and time").check()
    page.get_by_label("Start: date and time").fill("2031-01-31T23:00")
    page.get_by_label("End", exact=True).fill("2031-02-02T12:00")
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_role("heading", name="Review and send")).to_be_visible()
    expect(page.locator("#preflight")).to_contain_text("The texts of 4 clients were counted.")
    expect(page.locator("#preflight")).to_contain_text("Здравствуйте, Ольга!")
    page.get_by_role("button", name="Send only from 09:00 to 21:00").click()
    expect(page.locator("#mended")).to_contain_text("09:00–21:00")
    expect(page.locator("#preflight")).to_contain_text("The texts of 4 clients were counted.")
    page.get_by_role("button", name="Schedule for 4 clients").click()
    expect(page.locator("#starts-in")).to_contain_text("starts in")
    expect(page.locator("#ahead")).to_contain_text("4")


def _edits(page: Page) -> None:
    """The sheet marks what changes."""
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Text", exact=True).fill("Здравствуйте, {{first_name|гость}}!")
    page.get_by_role("button", name="Review").click()
    expect(page.locator("#changes ins")).to_contain_text("гость")
    expect(page.locator("#changes del")).to_contain_text("друг")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("The changes are saved.")).to_be_visible()


def _sends_now(page: Page) -> None:
    """At any hour: what a test sends must not wait for the morning."""
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Now, as soon as you confirm").check()
    page.get_by_label("At any hour").check()
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send now to 4 clients").click()
    expect(page.locator("[data-totals=sent]")).to_have_text("3")
    expect(page.locator("[data-totals=failed]")).to_have_text("1")
    expect(page.locator("#mailing-state")).to_have_text("completed")
    assert_accessible(page)
    assert_fits(page)


def _sends_again_to_those_who_failed(page: Page) -> str:
    """A new mailing to them, which reaches them; whose phone it was, as the page spells it."""
    page.locator("#live").get_by_role("link", name="failed").click()
    rows = page.locator("#messages tbody tr")
    expect(rows).to_have_count(1)
    phone = rows.get_by_role("link").inner_text()
    page.get_by_role("link", name="New mailing to these").click()
    expect(page.locator("#estimate")).to_contain_text("1 client")
    page.get_by_label("Name").fill("Hello again")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Send now to 1 client").click()
    expect(page.locator("[data-totals=sent]")).to_have_text("1")
    expect(page.locator("#mailing-state")).to_have_text("completed")
    return phone


def _reads_the_history_of(page: Page, phone: str) -> None:
    """The client's page has both messages, and leads back to the first mailing."""
    page.locator("#messages").get_by_role("link", name=phone).click()
    expect(page.get_by_role("heading", name=phone)).to_be_visible()
    rows = page.locator("#history tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("sent")
    expect(rows.nth(1)).to_contain_text("failed")
    expect(rows.nth(1)).to_contain_text("http_400")
    rows.nth(1).get_by_role("link", name="Hello", exact=True).click()
    expect(page.locator("[data-totals=total]")).to_have_text("4")


def _gets_the_results(page: Page, folder: Path) -> None:
    file, office = _downloaded(page), _office()
    rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    states = rows[0].index("state")
    assert sorted(row[states] for row in rows[1:]) == ["failed", "sent", "sent", "sent"]
    if office is not None:
        _assert_opens_in_office(office, file, folder, "en-US", rows=4)


def _downloaded(page: Page) -> Path:
    """The results of the mailing on the page, as a file."""
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    return Path(download.value.path())


#: A language of the console, and the locale of LibreOffice on a computer of that language.
_OFFICES = [("en", "en-US"), ("ru", "ru-RU")]


@pytest.mark.parametrize(("language", "locale"), _OFFICES)
def test_libreoffice_opens_the_results_in_columns_with_times(
    watch: Watch, cluster: Cluster, tmp_path: Path, language: str, locale: str
) -> None:
    office = _office()
    if office is None:
        pytest.skip("LibreOffice is not installed (apt-get install libreoffice-calc)")
    tag = f"columns{uuid4().hex[:6]}"
    for phone in (_a_phone(), _a_phone()):
        cluster.rest.post("/client/", {"phone_number": phone, "tag": tag, "timezone": "Europe/Moscow"})
    cluster.gateway.faults(shares={"400": 1.0}, first=1)
    try:
        mailing = cluster.post_mailing(tag)
        assert wait_for(lambda: cluster.is_over(mailing), seconds=PATIENCE / 1_000)
    finally:
        cluster.gateway.faults()
    page = log_in(watch, cluster, language=language)
    page.goto(f"/console/mailings/{mailing}")
    _assert_opens_in_office(office, _downloaded(page), tmp_path, locale, rows=2)
    log_in(watch, cluster)  # the account speaks English for the tests that follow


@pytest.mark.parametrize(("language", "locale"), _OFFICES)
def test_texts_and_numbers_of_a_file_stay_in_their_columns(tmp_path: Path, language: str, locale: str) -> None:
    """Opened with a double click, LibreOffice splits a file at commas, semicolons and tabs alike."""
    office = _office()
    if office is None:
        pytest.skip("LibreOffice is not installed (apt-get install libreoffice-calc)")
    with override(language):
        style = csv_style()
    number = "1,5" if language == "ru" else "1.5"
    rows = [("id", "text", "number"), (1, "a, b", number), (2, "a; b", number), (3, "a", number)]
    file = tmp_path / "clients.csv"
    file.write_bytes(b"".join(csv_blocks(rows, style=style)))
    assert [[text for _type, text in row] for row in _in_office(office, file, locale)] == [
        [str(cell) for cell in row] for row in rows
    ]


def _office() -> str | None:
    return shutil.which("soffice")


def _assert_opens_in_office(office: str, download: Path, folder: Path, locale: str, *, rows: int) -> None:
    """Each row of the results has a column for each name, and a time is one that can be computed with."""
    file = folder / "results.csv"
    shutil.copy(download, file)
    head, *found = _in_office(office, file, locale)
    names = [text for _type, text in head]
    assert names[:3] == ["message_id", "phone_number", "client_id"]
    assert {len(row) for row in found} == {len(names)}
    assert len(found) == rows
    cells = [dict(zip(names, row, strict=True)) for row in found]
    times = [cell["sent_at"] for cell in cells if cell["state"][1] in {"sent", "delivered"}]
    assert times
    assert {kind for kind, _text in times} == {"date"}
    assert {cell["phone_number"][0] for cell in cells} == {"float"}


def _in_office(office: str, file: Path, locale: str) -> list[list[tuple[str, str]]]:
    """The cells of the table that LibreOffice makes of a file, each with its type, as people open it.

    The dialog of a double click has comma, semicolon and tab ticked (``Separators`` of ``CSVImport``, LibreOffice 7.4),
    and the language of the computer. *Detect special numbers* is ticked here: without it, no file has times.
    """
    profile = file.parent / f"office-{locale}"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_LOCALE.format(locale), encoding="utf-8")
    as_opened = "--infilter=Text - txt - csv (StarCalc):44/59/9,34,76,1,,0,false,true"
    command = [
        office, f"-env:UserInstallation={profile.as_uri()}", "--headless", as_opened, "--convert-to", "fods",
        "--outdir", str(file.parent), str(file),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    read = ElementTree.parse(file.with_suffix(".fods"))  # noqa: S314 - written by the LibreOffice of this machine
    table = read.find(f".//{_TABLE}table")
    assert table is not None
    return [list(_cells(row)) for row in table.iter(f"{_TABLE}table-row") if row.find(f".//{_TEXT}p") is not None]


def _cells(row: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Type and text of each cell of a row; empty ones are written once for several."""
    for cell in row:
        times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        yield from [(cell.get(f"{_OFFICE}value-type", ""), "".join(cell.itertext()).strip())] * times


def _a_phone() -> str:
    """A number that no other test uses."""
    return f"79{uuid4().int % 10**9:09d}"
