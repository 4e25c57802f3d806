"""The directory by clicks: a client, an import with bad rows up to their file, the stop list; a phone, and Russian."""

import re
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Page, expect

from harness.cluster import Cluster
from tests.browser.console import PHONE, assert_fits, log_in, log_in_first_time, look_over
from tests.browser.kit import Watch, assert_accessible

PAGES = tuple(f"/console/{name}" for name in ("clients", "clients/new", "clients/import", "stop-list", "inbound"))


#: What a page says, without the names of its icons.
_WORDS = """() => {
  const page = document.getElementById("page-content").cloneNode(true);
  page.querySelectorAll("[aria-hidden=true], select").forEach((icon) => icon.remove());
  return page.textContent;
}"""


def a_phone() -> str:
    """A number that no other test uses."""
    return f"79{uuid4().int % 10**9:09d}"


def spelt(phone: str) -> str:
    return f"+7 {phone[1:4]} {phone[4:7]}-{phone[7:9]}-{phone[9:]}"


def test_a_client_is_added_found_changed_and_deleted(admin: Page, watch: Watch) -> None:
    watch.allow("status of 400")
    phone = a_phone()
    admin.get_by_role("link", name="Clients", exact=True).click()
    admin.get_by_role("link", name="Add client").click()
    admin.get_by_label("Phone number").fill("911")
    admin.get_by_label("Tag").fill("browser")
    admin.get_by_role("button", name="Add", exact=True).click()
    expect(admin.get_by_text("This is not a +7 phone number")).to_be_visible()
    assert_accessible(admin)
    expect(admin.get_by_label("Tag")).to_have_value("browser")
    admin.get_by_label("Phone number").fill(f"8 ({phone[1:4]}) {phone[4:]}")
    admin.get_by_role("button", name="Add", exact=True).click()
    expect(admin.get_by_text(f"{spelt(phone)} was added.")).to_be_visible()

    admin.get_by_label("Phone", exact=True).fill(f"+7 {phone[1:4]} {phone[4:]}")
    admin.get_by_role("button", name="Search").click()
    admin.get_by_role("link", name=spelt(phone)).click()
    admin.get_by_label("Operator code").fill("999")
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text(f"{spelt(phone)} was saved.")).to_be_visible()

    admin.goto(f"/console/clients?phone={phone}")
    expect(admin.get_by_role("cell", name="999")).to_be_visible()
    admin.get_by_role("link", name=spelt(phone)).click()
    assert_accessible(admin)
    admin.get_by_role("button", name="Delete", exact=True).click()
    dialog = admin.get_by_role("dialog")
    expect(dialog).to_contain_text("No message to this number is queued.")
    assert_accessible(admin)
    admin.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    admin.get_by_role("button", name="Delete", exact=True).click()
    dialog.get_by_role("button", name="Delete").click()
    expect(admin.get_by_text(f"{spelt(phone)} was deleted.")).to_be_visible()


def test_an_import_with_bad_rows_goes_by_clicks_to_the_file_of_refused_rows(admin: Page, tmp_path: Path) -> None:
    good, other = a_phone(), a_phone()
    rows = [f"Иванов;8{good[1:]};вип", f"Петрова;+7 {other[1:]};", "Ким;911;вип", f"Иванов;{good};вип", "Ли;;вип"]
    file = tmp_path / "магазин.csv"
    file.write_bytes("\n".join(["ФИО;Мобильный;Группа", *rows]).encode("cp1251"))

    admin.get_by_role("link", name="Clients", exact=True).click()
    admin.get_by_role("link", name="Import", exact=True).click()
    admin.get_by_label("File").set_input_files(file)
    admin.get_by_role("button", name="Upload and preview").click()
    expect(admin.get_by_role("heading", name="Match columns")).to_be_visible()
    expect(admin.get_by_text("Of the first 5 rows: 1 new, 0 changed, 0 unchanged, 4 refused")).to_be_visible()
    assert_accessible(admin)

    admin.get_by_label("Phone number").select_option("")
    expect(admin.get_by_text("Choose the column of the phone numbers.")).to_be_visible()
    admin.get_by_label("Phone number").select_option("1")
    admin.get_by_label("Tag for rows without one").fill("новый")
    admin.get_by_label("Tag for rows without one").press("Tab")
    expect(admin.get_by_text("Of the first 5 rows: 2 new, 0 changed, 0 unchanged, 3 refused")).to_be_visible()
    expect(admin.get_by_role("cell", name="duplicate of line 2")).to_be_visible()

    admin.get_by_role("button", name="Start the import").click()
    expect(admin.get_by_role("heading", name="Refused rows")).to_be_visible()
    assert_accessible(admin)
    stats = dict(zip(admin.locator("dt").all_inner_texts(), admin.locator("dd").all_inner_texts(), strict=True))
    assert stats == {"Rows read": "5", "New clients": "2", "Changed": "0", "Unchanged": "0", "Refused": "3"}
    with admin.expect_download() as download:
        admin.get_by_role("link", name="Download refused rows").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines] == ["line", "4", "5", "6"]

    admin.goto(f"/console/clients?phone={other}")
    expect(admin.get_by_role("cell", name="новый")).to_be_visible()
    admin.get_by_role("link", name="Import", exact=True).click()
    admin.get_by_role("link", name="магазин.csv").first.click()
    expect(admin.get_by_role("heading", name="Refused rows")).to_be_visible()


def test_a_file_that_is_no_table_is_told_and_a_large_one_is_not_sent(admin: Page, watch: Watch, tmp_path: Path) -> None:
    watch.allow("status of 400")
    picture = tmp_path / "photo.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    admin.goto("/console/clients/import")
    admin.get_by_label("File").set_input_files(picture)
    admin.get_by_role("button", name="Upload and preview").click()
    expect(admin.get_by_text("The file is a PNG picture, not a table.")).to_be_visible()
    admin.locator("input[type=file]").evaluate("input => input.dataset.most = 10")
    admin.get_by_label("File").set_input_files(picture)
    expect(admin.get_by_text("The file may have at most 256 MiB.")).to_be_visible()
    expect(admin.get_by_label("File")).to_have_value("")


def test_a_number_is_put_on_the_stop_list_from_its_client_and_taken_off(admin: Page, cluster: Cluster) -> None:
    phone = a_phone()
    cluster.logged_in().post("/client/", {"phone_number": phone, "tag": "browser", "timezone": "Europe/Moscow"})
    admin.goto(f"/console/clients?phone={phone}")
    admin.get_by_role("link", name=spelt(phone)).click()
    admin.get_by_role("button", name="Add to stop list").click()
    dialog = admin.get_by_role("dialog")
    expect(dialog).to_contain_text("No message to this number is queued.")
    assert_accessible(admin)
    dialog.get_by_label("Reason").fill("asked by phone")
    dialog.get_by_role("button", name="Add to stop list").click()
    expect(admin.get_by_text("1 number was added to the stop list.")).to_be_visible()
    expect(admin.get_by_text("asked by phone")).to_be_visible()
    admin.get_by_role("button", name="Remove from stop list").click()
    expect(dialog).to_contain_text("Cancelled messages stay cancelled.")
    dialog.get_by_role("button", name="Remove from stop list").click()
    expect(admin.get_by_text(f"{spelt(phone)} was removed from the stop list")).to_be_visible()

    cluster.logged_in().post("/client/stop-list", {"phone_number": phone})
    admin.goto(f"/console/stop-list?phone={phone}")
    assert_accessible(admin)
    admin.get_by_role("button", name=f"Remove {spelt(phone)}").click()
    admin.get_by_role("dialog").get_by_role("button", name="Remove from stop list").click()
    expect(admin.get_by_text(f"{spelt(phone)} was removed from the stop list")).to_be_visible()


def test_a_viewer_finds_clients_and_can_change_nothing(admin: Page, watch: Watch, cluster: Cluster) -> None:
    phone = a_phone()
    cluster.logged_in().post("/client/", {"phone_number": phone, "tag": "browser", "timezone": "Europe/Moscow"})
    name = f"vera{uuid4().hex[:6]}"
    admin.goto("/console/people")
    admin.get_by_label("Username").fill(name)
    admin.get_by_label("Role").select_option("viewer")
    password = admin.get_by_label("Temporary password").input_value()
    admin.get_by_role("button", name="Create account").click()
    expect(admin.get_by_text(f"{name} can log in now.")).to_be_visible()

    hers = log_in_first_time(watch, name=name, password=password)
    hers.goto(f"/console/clients?phone={phone}")
    for button in ("Add client", "Import"):
        expect(hers.get_by_role("link", name=button)).to_have_count(0)
    hers.get_by_role("link", name=spelt(phone)).click()
    expect(hers.get_by_text("Europe/Moscow")).to_be_visible()
    for path in (hers.url, "/console/stop-list", "/console/clients/import"):
        hers.goto(path)
        expect(hers.locator("#page-content form[method=post]")).to_have_count(0)
    watch.allow("status of 403")
    assert hers.goto("/console/clients/new").status == 403  # type: ignore[union-attr]
    assert_accessible(hers)


def test_all_pages_are_accessible_and_fit_a_phone_in_russian_and_the_dark(
    watch: Watch, cluster: Cluster, tmp_path: Path
) -> None:
    phone = a_phone()
    cluster.logged_in().post("/client/", {"phone_number": phone, "tag": "вип" * 20, "timezone": "Europe/Moscow"})
    cluster.logged_in().post("/client/stop-list", {"phone_number": a_phone(), "reason": "попросил по телефону"})
    page = log_in(watch, cluster, language="ru", viewport=PHONE, color_scheme="dark")
    look_over(page, *PAGES)
    page.goto(f"/console/clients?phone={phone}")
    assert_fits(page)
    page.get_by_role("link", name=spelt(phone)).click()
    expect(page.get_by_role("button", name="Сохранить")).to_be_visible()
    look_over(page, page.url)
    file = tmp_path / "clients.csv"
    # A number of a code that was given out: no other is read out of a wrong one.
    mended, omsk = f"7911{a_phone()[-7:]}", a_phone()
    rows = [f"{phone};Москва", "911;Москва", f"+8{mended[1:]};Москва", f"{omsk};Масква"]
    file.write_text("\n".join(["Телефон;Пояс", *rows]), encoding="utf-8")
    page.goto("/console/clients/import")
    page.get_by_label("Файл").set_input_files(file)
    page.get_by_role("button", name="Загрузить и проверить").click()
    page.get_by_label("Тег для строк, где его нет").fill("новый")
    page.get_by_label("Тег для строк, где его нет").press("Tab")
    expect(page.get_by_text("это не номер с кодом +7").first).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Запустить импорт").click()
    expect(page.get_by_text("готово, есть отклонённые")).to_be_visible()
    look_over(page, page.url)
    seen = page.evaluate(_WORDS)
    assert re.findall("[A-Za-z]{3,}", re.sub(r"\S*/\S*|clients\.csv|admin|UTC|IANA", "", seen)) == []

    # The rows of a reason are taken in by one click, and what is left is no longer offered there.
    refused = page.url
    page.get_by_role("button", name="Импортировать то, что прочитано").click()
    expect(page.get_by_role("link", name="Исправленные строки импорта")).to_be_visible()
    page.goto(refused)
    expect(page.get_by_text("Исправлена 1 строка:")).to_be_visible()
    expect(page.get_by_role("button", name="Импортировать то, что прочитано")).to_have_count(0)
    page.get_by_role("button", name="Применить и импортировать").press("Enter")
    expect(page.get_by_role("link", name="Исправленные строки импорта")).to_be_visible()
    expect(page.locator("#live .v-badge-good")).to_have_text("готово")
    page.goto(f"/console/clients?phone={omsk}")
    expect(page.get_by_role("link", name=spelt(omsk))).to_be_visible()
