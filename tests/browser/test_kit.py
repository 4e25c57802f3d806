"""The watch over the browser sees what it is there to see: a kit that cannot fail would prove nothing."""

import time

import pytest
from playwright.sync_api import Browser, Route, expect

from harness.cluster import Cluster
from tests.browser.kit import Watch, assert_accessible

BAD_PAGE = "<html lang='en'><title>t</title><main><h1>h</h1><input><img src='data:,'></main></html>"
GOOD_PAGE = "<html lang='en'><title>t</title><main><h1>h</h1><label>name <input></label></main></html>"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("<img src='http://elsewhere.invalid/x.png'>", "other hosts.*elsewhere.invalid"),
        ("<script>console.error('broken'); console.log('fine')</script>", "complained.*broken"),
        ("<script>throw new Error('thrown')</script>", "complained.*thrown"),
    ],
)
def test_a_page_that_asks_elsewhere_or_complains_is_told(
    browser: Browser, cluster: Cluster, content: str, complaint: str
):
    watch = Watch(browser, cluster.url)
    page = watch.open_page()
    page.set_content(content)
    page.wait_for_timeout(200)  # what the browser does of itself tells nobody when it is over
    with pytest.raises(AssertionError, match=complaint):
        watch.close()


def test_what_is_not_there_is_a_complaint_unless_it_is_allowed(browser: Browser, cluster: Cluster):
    for allowed in (False, True):
        watch = Watch(browser, cluster.url)
        if allowed:
            watch.allow("status of 404")
        watch.open_page().goto("/no-such-page")
        if allowed:
            watch.close()
        else:
            with pytest.raises(AssertionError, match="404"):
                watch.close()


def test_what_keeps_people_out_is_told_with_its_place(watch: Watch):
    page = watch.open_page()
    page.set_content(GOOD_PAGE)
    assert_accessible(page)
    page.set_content(BAD_PAGE)
    with pytest.raises(AssertionError, match=r"label: .*\n?image-alt|image-alt: [\s\S]*label: "):
        assert_accessible(page)
    assert_accessible(page, context="h1")


def test_a_click_waits_for_the_scripts_of_its_page(watch: Watch):
    page = watch.open_page()
    html = "<html lang='en'><title>t</title><button>Go</button><script defer src='/late.js'></script></html>"
    script = "document.querySelector('button').onclick = () => { document.title = 'pressed'; };"

    def late(route: Route) -> None:
        time.sleep(0.5)  # the browser would click meanwhile
        route.fulfill(content_type="text/javascript", body=script)

    page.route("**/late.js", late)
    page.route("**/late", lambda route: route.fulfill(content_type="text/html", body=html))
    page.goto("/late", wait_until="commit")
    page.get_by_role("button", name="Go").click()
    expect(page).to_have_title("pressed")
