"""Receipts, inbound texts, single messages and webhooks by clicks: accessible, dark, and on a small phone."""

import re
from uuid import uuid4

from playwright.sync_api import Page, expect

from harness.cluster import Cluster
from harness.webhook_receiver import receiving
from tests.browser.console import PHONE, log_in, look_over
from tests.browser.kit import Watch, assert_accessible
from vestnik.cluster.processes import wait_for


def test_delivery_texts_and_counts_are_accessible_and_fit_a_phone(watch: Watch, cluster: Cluster) -> None:
    mailing = cluster.post_mailing("nobody-has-this-tag")
    long = "the subscriber's telephone has been switched off for a very long time"
    for kind, key, state, count, words in (
        (1, "1", 2, 970, None), (1, "1", 3, 30, None), (2, "MegaFon", 2, 970, None), (2, "#911", 3, 30, None),
        (3, "490000", 2, 970, None), (3, "490001", 3, 30, None), (4, "6", 3, 30, long), (5, "1:60", 2, 970, None),
    ):  # fmt: skip
        cluster.query(
            "INSERT INTO vestnik_deliverycount (mailing_id, kind, key, state, count, words)"
            " VALUES (%s, %s, %s, %s, %s, %s) RETURNING 1",
            mailing, kind, key, state, count, words,
        )  # fmt: skip
    cluster.query(
        "INSERT INTO vestnik_inbound (gateway_id, phone, sender, text, received_at)"
        " VALUES (1, 79110009999, '79110009999', %s, now()) RETURNING 1", long,
    )  # fmt: skip
    cluster.query("INSERT INTO vestnik_receiptcount VALUES (1, 'applied', 970, now()) RETURNING 1")
    paths = (
        f"/console/mailings/{mailing}", "/console/phones/79110009999", "/console/gateways/default", "/console/inbound",
        "/console/inbound?ends=0000", "/console/messages/new",
    )  # fmt: skip
    page = log_in(watch, cluster, color_scheme="dark")
    page.goto(paths[0])
    expect(page.locator("#delivery")).to_contain_text("97.0 % delivered")
    look_over(page, *paths)
    small = log_in(watch, cluster, language="ru", viewport=PHONE)
    small.goto(paths[0])
    expect(small.locator("#delivery")).to_contain_text("По отчётам провайдера: доставлено 970")
    look_over(small, *paths)


def test_one_message_is_sent_from_an_inbound_text_and_followed_to_its_end(admin: Page, cluster: Cluster) -> None:
    # A number to which no other test has sent anything.
    last = f"{uuid4().int % 10**7:07d}"
    shown = f"+7 911 {last[:3]}-{last[3:5]}-{last[5:]}"
    cluster.query(
        "INSERT INTO vestnik_inbound (gateway_id, phone, sender, text, received_at)"
        " VALUES (1, %s, %s, 'When is it ready?', now()) RETURNING 1",
        int(f"7911{last}"),
        f"7911{last}",
    )
    admin.get_by_role("link", name="Inbound").click()
    admin.get_by_label("Last digits").fill(last)
    admin.get_by_role("button", name="Search").click()
    expect(admin.locator("tbody tr")).to_have_count(1)
    admin.get_by_role("link", name=shown).click()
    admin.get_by_role("link", name="Send a message").click()
    admin.get_by_label("Text", exact=True).fill("Готово, ждём вас!")
    expect(admin.locator("#counter")).to_contain_text("1 SMS part")
    admin.get_by_role("button", name="Review").click()
    expect(admin.get_by_role("heading", name="Send this message?")).to_be_visible()
    assert_accessible(admin)
    admin.get_by_role("button", name="Send now").dblclick()
    # The page follows it by itself.
    expect(admin.locator("#message-state")).to_have_text(re.compile("sent|delivered"), timeout=20_000)
    assert_accessible(admin)
    admin.get_by_role("link", name=shown).click()
    expect(admin.locator("#history tbody tr")).to_have_count(1)
    expect(admin.locator("#history")).to_contain_text("Single message")


def test_a_webhook_is_made_tested_and_events_are_delivered_again(admin: Page, watch: Watch, cluster: Cluster) -> None:
    with receiving() as receiver:
        admin.get_by_role("link", name="Webhooks").click()
        admin.get_by_label("Address", exact=True).fill(receiver.url)
        admin.get_by_label("Description").fill("CRM")
        admin.get_by_label("a mailing started").check()
        admin.get_by_role("button", name="Add webhook").click()
        receiver.secrets.append(admin.locator("#new-secret").inner_text())
        assert_accessible(admin)
        admin.get_by_role("link", name=re.compile("127.0.0.1")).click()
        expect(admin.locator("#new-secret")).to_have_count(0)
        admin.get_by_role("button", name="Send a test event").click()
        expect(admin.get_by_text("The test event has arrived: status 204.")).to_be_visible()
        cluster.post_mailing("nobody-has-this-tag")
        assert wait_for(lambda: "mailing.started" in receiver.types(), seconds=20)
        came = len(receiver.events)
        admin.get_by_role("button", name="Deliver again").click()
        expect(admin.get_by_text("Events that are delivered again:")).to_be_visible()
        assert wait_for(lambda: len(receiver.events) > came, seconds=20)
        assert (receiver.wrong, len(set(map(str, receiver.events)))) == (0, came), "the same events, with their ids"
        admin.reload()
        expect(admin.locator("tbody").first).to_contain_text("a mailing started")
        path = admin.url
        small = log_in(watch, cluster, viewport=PHONE, color_scheme="dark")
        look_over(small, path, "/console/webhooks")
        admin.goto(path)
        admin.get_by_role("button", name="Remove").click()
        admin.get_by_role("dialog").get_by_role("button", name="Remove").click()
        expect(admin.get_by_text("The webhook was removed.")).to_be_visible()
