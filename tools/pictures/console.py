"""Draws the console as an operator sees it, for the docs: a cluster of its own, a sample directory, some mailings.

Run it through ``make screenshots``; it takes a minute and needs chromium. Each picture is drawn in light and dark, in
English; the first ones also in Russian.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from harness.cluster import Cluster, run, running_cluster
from tools.pictures.report import CHROMIUM
from vestnik.cluster.processes import wait_for
from vestnik.cluster.rest import Rest

#: People in the directory of the pictures.
CLIENTS = 60_000
_SIZE: ViewportSize = {"width": 1280, "height": 860}
_TEXTS = {
    "en": {
        "sale": ("Autumn sale", "Up to 40 % off everything warm until Sunday."),
        "order": ("Your order is waiting", "Your order is at the pick-up point until Sunday."),
        "tariff": ("Tariff change", "From 1 December your tariff is called Winter."),
        "winter": ("Winter collection", "The new winter collection is here: 20 % off for you until Sunday."),
        "new": ("Holiday hours", "We are open every day until 22:00, and on 31 December until 18:00."),
    },
    "ru": {
        "sale": ("Осенняя распродажа", "Скидки до 40 % на всё тёплое до воскресенья."),
        "order": ("Ваш заказ ждёт", "Ваш заказ ждёт в пункте выдачи до воскресенья."),
        "tariff": ("Изменение тарифа", "С 1 декабря ваш тариф называется «Зимний»."),
        "winter": ("Зимняя коллекция", "Зимняя коллекция уже здесь: вам скидка 20 % до воскресенья."),
        "new": ("Часы в праздники", "Работаем каждый день до 22:00, а 31 декабря — до 18:00."),
    },
}


class Studio:
    """One cluster whose console is drawn, in one language."""

    def __init__(self, cluster: Cluster, browser: Browser, language: str, folder: Path) -> None:
        self._cluster = cluster
        self._browser = browser
        self._language = language
        self._folder = folder
        self._rest: Rest = cluster.logged_in()

    def prepare(self) -> int:
        """Send some mailings, the last one slowly; returns its id."""
        gateway = self._cluster.gateway
        gateway.faults(shares={"code": 0.01, "reset": 0.002})
        over = [self._mailing("sale", ["vip", "wholesale"]), self._mailing("order", ["new"])]
        wait_for(lambda: all(self._state(mailing) == "completed" for mailing in over), seconds=120)
        self._mailing("tariff", ["loyal"], starts_in=timedelta(hours=20))
        gateway.faults(shares={"code": 0.01}, latency={"kind": "uniform", "low_ms": 60, "high_ms": 120})
        running = self._mailing("winter", None)
        wait_for(lambda: self._sent(running) > CLIENTS // 4, seconds=120)
        return running

    def draw(self, running: int, themes: tuple[str, ...]) -> Iterator[Path]:
        """Draw the pages; gives the files."""
        for theme in themes:
            with self._logged_in(theme) as page:
                yield self._draw(page, "/console/", "home", theme)
                yield self._draw(page, f"/console/mailings/{running}", "mailing", theme)
                yield self._draw(page, "/console/clients", "clients", theme)
                self._compose(page)
                yield self._save(page, "new-mailing", theme)
                page.click("button[name=step][value=check]")
                page.wait_for_selector(".v-bubble")
                yield self._save(page, "pre-flight", theme)

    def _compose(self, page: Page) -> None:
        name, text = _TEXTS[self._language]["new"]
        page.goto("/console/mailings/new")
        page.fill("#id_name", name)
        page.fill("#id_message_text", text)
        page.check("input[name=code_choice][value=any]")
        page.check("input[name=tag_choice][value=chosen]")
        for tag in ("vip", "loyal"):
            page.check(f"input[name=tags][value={tag}]")
        page.locator("input[name=window_choice][value=hours]").check()
        page.wait_for_selector(".v-estimate strong")
        page.wait_for_selector("[data-saved]")
        page.evaluate("window.scrollTo(0, 0)")

    def _draw(self, page: Page, path: str, name: str, theme: str) -> Path:
        page.goto(path)
        # Live parts have been fetched twice, and charts have drawn their lines.
        page.wait_for_timeout(3_500)
        return self._save(page, name, theme)

    def _save(self, page: Page, name: str, theme: str) -> Path:
        ending = theme if self._language == "en" else f"{theme}-{self._language}"
        file = self._folder / f"console-{name}-{ending}.png"
        page.screenshot(path=file)
        return file

    @contextmanager
    def _logged_in(self, theme: str) -> Iterator[Page]:
        context = self._browser.new_context(
            base_url=self._cluster.url, viewport=_SIZE, color_scheme="dark" if theme == "dark" else "light"
        )
        page = context.new_page()
        page.goto(f"/console/login/?language={self._language}")
        page.fill("input[name=username]", "admin")
        page.fill("input[name=password]", self._cluster.password)
        page.click("#login-form button")
        page.wait_for_url("**/console/")
        yield page
        context.close()

    def _mailing(self, key: str, tags: list[str] | None, *, starts_in: timedelta = timedelta()) -> int:
        name, text = _TEXTS[self._language][key]
        start = datetime.now(UTC) + starts_in
        body = {
            "name": name,
            "message_text": text,
            "filter": {"tag": tags, "operator_code": None},
            "end_time": (start + timedelta(hours=3)).isoformat(),
        }
        if starts_in:
            body["start_time"] = start.isoformat()
        return int(self._rest.post("/sender/notifications", body)["id"])

    def _state(self, mailing: int) -> str:
        return str(self._rest.get(f"/sender/notifications/{mailing}")["state"])

    def _sent(self, mailing: int) -> int:
        return int(self._rest.get(f"/sender/notifications/{mailing}/statistics?page_size=1")[0]["complete_count"])


def main(folder: str) -> None:
    """Draw into the folder."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        for language, themes in {"en": ("light", "dark"), "ru": ("light",)}.items():
            home = Path(tempfile.mkdtemp(prefix="vestnik-pictures-"))
            settings = {"GATEWAY_IDEMPOTENT": "false"}
            with running_cluster(home / "home", "--concurrency", "40", env=settings) as cluster:
                run("sample", "--clients", str(CLIENTS), "--home", str(home / "home"))
                studio = Studio(cluster, browser, language, Path(folder))
                for file in studio.draw(studio.prepare(), themes):
                    sys.stdout.write(f"{file}\n")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
