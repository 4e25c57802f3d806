"""A segment by clicks: its clients are counted while it is changed, and a mailing goes to them."""

from uuid import uuid4

from playwright.sync_api import Page, expect

from harness.cluster import Cluster
from tests.browser.console import PHONE, assert_fits, log_in
from tests.browser.kit import Watch, assert_accessible


def test_a_segment_is_counted_while_it_is_changed_and_a_mailing_goes_to_it(admin: Page, cluster: Cluster) -> None:
    tag, name, rest = f"segment-{uuid4().hex[:8]}", f"Segment {uuid4().hex[:8]}", cluster.logged_in()
    for code in (903, 903, 904):
        phone = f"79{uuid4().int % 10**9:09d}"
        rest.post(
            "/client/", {"phone_number": phone, "mobile_operator_code": code, "tag": tag, "timezone": "Asia/Tomsk"}
        )
    # What is picked is always among the choices, whose sizes are remembered for a while.
    body = {"name": name, "conditions": {"tag": [tag]}, "exclude": {"operator_code": [904]}}
    segment = rest.post("/segments", body)["id"]

    admin.goto("/console/clients")
    admin.get_by_role("link", name="Segments").click()
    row = admin.get_by_role("row", name=name)
    expect(row.get_by_role("cell", name="2", exact=True)).to_be_visible()
    assert_accessible(admin)
    row.get_by_role("link", name=name, exact=True).click()
    counted = admin.locator("#estimate")
    expect(counted).to_contain_text("2 clients")
    expect(admin.get_by_label("Only clients of these operators").nth(1)).to_be_checked()
    assert_accessible(admin)
    admin.get_by_label("Leave out clients who match all of these").uncheck()
    expect(counted).to_contain_text("3 clients")
    admin.get_by_label("Added", exact=True).first.select_option("before the last")
    expect(counted).to_contain_text("0 clients")
    admin.get_by_label("Added", exact=True).first.select_option("in the last")
    expect(counted).to_contain_text("3 clients")
    admin.set_viewport_size({"width": 390, "height": 844})
    assert_fits(admin)
    admin.set_viewport_size({"width": 1280, "height": 900})
    admin.get_by_role("button", name="Save segment").click()
    expect(admin.get_by_text("The segment was saved.")).to_be_visible()
    expect(row.get_by_role("cell", name="3", exact=True)).to_be_visible()

    row.get_by_role("link", name="New mailing").click()
    expect(admin.get_by_label("Segment", exact=True)).to_have_value(str(segment))
    admin.get_by_label("Text", exact=True).fill("To a segment")
    expect(counted).to_contain_text("3 clients")
    admin.get_by_role("button", name="Review").click()
    expect(admin.get_by_text(f"tags: {tag}; added in the last 30 days")).to_be_visible()
    expect(admin.get_by_role("button", name="Send now to 3 clients")).to_be_visible()
    assert_accessible(admin)


def test_conditions_are_added_by_keys_as_many_as_are_possible(admin: Page, watch: Watch, cluster: Cluster) -> None:
    tag, name, attribute = f"rows{uuid4().hex[:6]}", f"Rows {uuid4().hex[:6]}", "rows_balance"
    rest = cluster.logged_in()
    for balance in (1, 5, 9):
        phone = f"79{uuid4().int % 10**9:09d}"
        body = {"phone_number": phone, "tag": tag, "timezone": "Asia/Tomsk", "attributes": {attribute: balance}}
        rest.post("/client/", body)
    conditions = {"attributes": [{"name": attribute, "test": "greater", "value": "0"}]}
    segment = rest.post("/segments", {"name": name, "conditions": {"tag": [tag], **conditions}})["id"]
    admin.goto(f"/console/segments/{segment}")
    rows = admin.locator("#include-rows > *")
    expect(rows).to_have_count(3)
    add = admin.locator("[data-adds=include-rows]")
    for number, (test, value) in enumerate((("is greater or later than", "2"), ("is less or earlier than", "7"))):
        add.press("Enter")
        expect(rows).to_have_count(4 + number)
        new = rows.nth(3 + number)
        expect(new.get_by_label("Attribute")).to_be_focused()
        new.get_by_label("Attribute").select_option(attribute)
        new.get_by_label("Condition").select_option(test)
        new.get_by_label("Value").fill(value)
        new.get_by_label("Value").press("Tab")
    expect(admin.locator("#estimate")).to_contain_text("1 client")
    assert_accessible(admin)
    admin.get_by_role("button", name="Save segment").press("Enter")
    expect(admin.get_by_text("The segment was saved.")).to_be_visible()
    kept = rest.get(f"/segments/{segment}")["conditions"]["attributes"]
    assert [(each["test"], float(each["value"])) for each in kept] == [("greater", 0), ("greater", 2), ("less", 7)]

    small = log_in(watch, cluster, language="ru", viewport=PHONE, color_scheme="dark")
    small.goto(f"/console/segments/{segment}")
    rows = small.locator("#include-rows > *")
    add = small.get_by_role("button", name="Добавить условие").first
    for number in range(5, 20):
        expect(rows).to_have_count(number)
        add.press("Enter")
    expect(rows).to_have_count(20)
    expect(add).to_be_hidden()
    expect(rows.nth(19).get_by_label("Поле клиента")).to_be_focused()
    assert_accessible(small)
    assert_fits(small)
