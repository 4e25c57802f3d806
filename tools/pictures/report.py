"""Draws the daily report's e-mail as a mail program shows it: ``docs/images/report-en.png`` and ``-ru.png``.

The day is made up, but put into words by the code that writes the real letters. Run it through ``make report-picture``.
"""

import html
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import django
from playwright.sync_api import Browser, sync_playwright

if TYPE_CHECKING:
    from vestnik.reports.contents import Contents
    from vestnik.reports.letter import Letter

#: Debian's; another may be named in the environment.
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_WIDTH = 840
_DAY = datetime(2026, 11, 24, 20, 59, tzinfo=UTC)
_NAMES = {
    "en": ("Autumn sale", "Your order is waiting", "Tariff change on 1 December", "Maintenance tonight"),
    "ru": ("Осенняя распродажа", "Ваш заказ ждёт", "Изменение тарифа с 1 декабря", "Работы на сети ночью"),
}
_FRAME = """
<style>body {{ margin: 0 }}</style>
<div style="font:14px/1.5 'Segoe UI',Roboto,Arial,sans-serif;background:#eef1f4;padding:20px 24px;color:#1c2733">
<div style="background:#fff;border:1px solid #d8dde3;border-radius:8px;padding:14px 18px;margin-bottom:14px">
<div style="font-size:18px;margin-bottom:6px"><b>{subject}</b></div>
<div style="color:#555">{sender} → {recipient}</div>
<div style="margin-top:8px">
<span style="border:1px solid #d8dde3;border-radius:12px;padding:2px 10px">CSV&nbsp; {file}</span>
</div>
</div>
<div style="background:#fff;border:1px solid #d8dde3;border-radius:8px">{body}</div>
</div>
"""


def draw_reports(browser: Browser, folder: Path) -> list[Path]:
    """Draw the report in both languages into ``folder``; returns the files. Django must be set up."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for language in _NAMES:
        page = browser.new_page(viewport={"width": _WIDTH, "height": 600}, device_scale_factor=2)
        page.set_content(_page(language))
        files.append(folder / f"report-{language}.png")
        page.screenshot(path=files[-1], full_page=True)
        page.close()
    return files


def letter_html(language: str) -> str:
    """The HTML of the letter about the made-up day. Django must be set up."""
    return _letter(language).html


def _letter(language: str) -> "Letter":
    from django.utils import timezone

    from vestnik.reports.letter import write_letter

    with timezone.override(ZoneInfo("Europe/Moscow")):
        return write_letter(_day(_NAMES[language]), language=language, csv=b"")


def _page(language: str) -> str:
    letter = _letter(language)
    body = letter.html.partition("<body")[2].partition(">")[2].rpartition("</body>")[0]
    style = letter.html.partition('<body style="')[2].partition('"')[0]
    return _FRAME.format(
        subject=html.escape(letter.subject),
        sender=html.escape("Vestnik <vestnik@example.org>"),
        recipient="anna@example.org",
        file=letter.csv_name,
        body=f'<div style="{style}">{body}</div>',
    )


def _day(names: tuple[str, ...]) -> "Contents":
    from vestnik.models import MESSAGE_STATES, Mailing, MailingState
    from vestnik.reports.contents import Account, Contents, ErrorCount
    from vestnik.reports.due import Period
    from vestnik.reports.singles import Singles
    from vestnik.routing.reach import Extent, Reach
    from vestnik.statistics.delivery import Delay, Delivery, GatewayDelivery, Share
    from vestnik.statistics.totals import GatewayTotals, roll_up

    def account(
        place: int,
        state: MailingState,
        *errors: ErrorCount,
        hours: float,
        undecided: int = 0,
        delivery: Delivery | None = None,
        gateways: tuple[GatewayTotals, ...] = (),
        **counts: int,
    ) -> Account:
        totals = {word: counts.get(word, 0) for word in MESSAGE_STATES}
        start = _DAY - timedelta(hours=hours)
        over = state not in {MailingState.RUNNING, MailingState.PAUSED}
        mailing = Mailing(
            id=41 + place,
            name=names[place],
            state=state,
            start_time=start,
            end_time=_DAY + timedelta(hours=15),
            finished_at=start + timedelta(minutes=44) if over else None,
        )
        return Account(
            mailing=mailing,
            totals=totals,
            roll_up=roll_up(totals),
            errors=list(errors),
            undecided=undecided,
            held_back=False,
            delivery=delivery,
            gateways=gateways,
        )

    def received(delivered: int, undelivered: int, seconds: float) -> Delivery:
        return Delivery(
            whole=True,
            total=Share(delivered=delivered, undelivered=undelivered),
            delay=Delay(median=seconds, p95=14 * seconds, messages=delivered),
        )

    refused = ErrorCount(state="failed", code="17", count=213)
    no_answer = ErrorCount(state="unknown", code="timeout", count=9)
    stopped = ErrorCount(state="cancelled", code="stop_list", count=64)
    late = ErrorCount(state="expired", code="window", count=1_120)
    first = account(
        0, MailingState.COMPLETED, refused, stopped, no_answer,
        hours=12, undecided=9, sent=48_214, failed=213, cancelled=64, unknown=9,
    )  # fmt: skip
    off = ErrorCount(state="undelivered", code="6", count=33, words="the subscriber's phone is switched off")
    told = received(1_205, 33, 3.1)
    told.gateways.append(GatewayDelivery(name="default", delivered=905, undelivered=21, delay=told.delay))
    told.gateways.append(GatewayDelivery(name="reserve", delivered=300, undelivered=12, delay=told.delay))
    second = account(
        1, MailingState.COMPLETED, off, hours=9.5, sent=12, delivered=1_205, undelivered=33, delivery=told,
        gateways=(
            GatewayTotals(1, "default", {"sent": 9, "delivered": 905, "undelivered": 21}),
            GatewayTotals(2, "reserve", {"sent": 3, "delivered": 300, "undelivered": 12}),
        ),
    )  # fmt: skip
    third = account(2, MailingState.EXPIRED, late, hours=6, sent=7_310, expired=1_120)
    running = account(3, MailingState.RUNNING, hours=1, queued=15_660, sending=256, sent=4_084)
    ended = [first, second, third]
    counts = {**dict.fromkeys(MESSAGE_STATES, 0), "sent": 4, "delivered": 322, "undelivered": 5, "failed": 1}
    singles = Singles(
        first=_DAY.date(), last=_DAY.date(), mailings=[46], totals=counts, delivery=received(322, 5, 2.4)
    )  # fmt: skip
    return Contents(
        period=Period(day=_DAY.date(), covers_from=_DAY - timedelta(days=1), covers_until=_DAY),
        ended=ended,
        running=[running],
        held_back=[],
        messages=sum(each.roll_up["total_count"] for each in ended),
        reach=Reach(extent=Extent.EVERYBODY),
        public_url="https://vestnik.example.org",
        singles=singles,
    )


def main(folder: str) -> None:
    """Draw into the folder."""
    django.setup()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        for file in draw_reports(browser, Path(folder)):
            sys.stdout.write(f"{file}\n")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
