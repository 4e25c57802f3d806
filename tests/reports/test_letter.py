"""What stands in a report: in both languages, with totals, errors, decisions, and a CSV."""

import csv
import io
from typing import Any

import pytest

from harness.cast import administrator
from harness.fake_transport import REFUSED, TIMEOUT
from harness.rows import FIRST
from harness.stepping import Stepped, answered, begin, mailing, tick
from tests.reports.days import until_now
from tests.reports.mail import Mailbox, text_of
from vestnik.db.clock import database_now
from vestnik.db.connection import Connection
from vestnik.gateways.adapters.probe import classify_answer
from vestnik.gateways.outcome import SUCCESS
from vestnik.mailings.actions import delete, pause
from vestnik.mailings.unknown import leave_unknown
from vestnik.models import MESSAGE_STATES, Mailing, PauseCode, ReportSent
from vestnik.reports import letter
from vestnik.reports.contents import Account, contents_of
from vestnik.reports.delivery import send_reports_of
from vestnik.statistics.totals import roll_up
from vestnik.upkeep.restored import hold

NAME = "Скидки <b>&'\" до 50%"


def sent(mailbox: Mailbox) -> Any:
    """Send the report of today, and give the letter back."""
    send_reports_of(until_now(), now=database_now())
    return mailbox.letters[-1]


@pytest.fixture
def over(ledger: Connection) -> Mailing:
    """A mailing that is over: three sent, two refused, one without an answer."""
    made = answered(ledger, {SUCCESS: 3, REFUSED: 2, TIMEOUT: 1})
    Mailing.objects.update(name=NAME)
    tick(ledger)
    made.refresh_from_db()
    assert made.state == "completed"
    return made


def test_an_english_report_says_it_all(posting: Any, mailbox: Mailbox, over: Mailing) -> None:
    posting(gateway_is_simulator=True, public_url="https://vestnik.example.org")
    administrator("anna")
    mail = sent(mailbox)
    text = text_of(mail)
    assert "1 ended, 0 running, needs attention: 1" in mail["Subject"]
    assert "TEST GATEWAY: nothing is delivered." in text
    assert f"#{over.id} {NAME}\n" in text
    assert "total 6 = created 0 + processing 0 + complete 3 + error 3\n" in text
    assert "sent 3, failed 2, expired 0, cancelled 0, unknown 1\n" in text
    assert "error 17 (failed): 2\n" in text
    assert "error timeout (unknown): 1\n" in text
    assert f": vestnik mailing unknown {over.id} resend (or leave)" in text
    assert f"https://vestnik.example.org/console/mailings/{over.id}\n" in text


def test_a_russian_report_says_it_in_russian(posting: Any, mailbox: Mailbox, over: Mailing) -> None:
    posting(gateway_is_simulator=True)
    administrator("anna", language="ru")
    mail = sent(mailbox)
    text = text_of(mail)
    assert mail["Subject"].strip().startswith("[ТЕСТОВЫЙ ШЛЮЗ] Вестник, ")
    assert "завершено 1, идёт 0, требует внимания 1" in mail["Subject"]
    assert f"№ {over.id} {NAME}\n  завершена; " in text
    assert "всего 6 = создано 0 + в работе 0 + выполнено 3 + с ошибкой 3\n" in text
    assert "ошибка 17 (отклонено): 2\n" in text
    assert f": vestnik mailing unknown {over.id} resend (или leave)" in text
    assert "sent" not in text
    assert "в приложенном файле CSV" in text_of(mail, "html")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_html_shows_names_as_they_are(posting: Any, mailbox: Mailbox, over: Mailing, language: str) -> None:
    posting(gateway_is_simulator=False)
    administrator("anna", language=language)
    mail = sent(mailbox)
    html = text_of(mail, "html")
    assert "Скидки &lt;b&gt;&amp;&#x27;&quot; до 50%" in html
    assert f'<html lang="{language}">' in html
    assert "GATEWAY" not in html
    assert "ШЛЮЗ" not in html
    assert html.count(f'/console/mailings/{over.id}"') == 1


@pytest.mark.parametrize(
    ("language", "line"),
    [("en", "No mailing ended, and none is running."), ("ru", "Рассылки не завершались, и ни одна не идёт.")],
)
@pytest.mark.usefixtures("ledger")
def test_a_day_without_mailings_sends_one_line(posting: Any, mailbox: Mailbox, language: str, line: str) -> None:
    posting(gateway_is_simulator=False)
    administrator("anna", language=language)
    mail = sent(mailbox)
    assert text_of(mail).splitlines()[2:] == ["", line]
    assert line in text_of(mail, "html")
    assert list(mail.iter_attachments()) == []


def test_a_deleted_mailing_stays_in_the_accounts_and_needs_no_decision(
    posting: Any, mailbox: Mailbox, over: Mailing
) -> None:
    del posting
    administrator("anna")
    delete(mailing_id=over.id, actor=None)
    mail = sent(mailbox)
    assert "completed, deleted; " in text_of(mail)
    assert "vestnik mailing unknown" not in text_of(mail)


def test_what_was_left_by_decision_is_not_asked_again(posting: Any, mailbox: Mailbox, over: Mailing) -> None:
    del posting
    administrator("anna")
    leave_unknown(mailing_id=over.id, actor=None)
    assert "decide" not in sent(mailbox)["Subject"]


def test_a_running_mailing_is_shown_and_one_that_the_gateway_refused_needs_a_decision(
    posting: Any, mailbox: Mailbox, ledger: Connection
) -> None:
    del posting
    administrator("anna")
    made = begin(ledger, 3)
    assert "0 ended, 1 running\n" in str(sent(mailbox)["Subject"]) + "\n"
    pause(mailing_id=made.id, actor=None)
    assert contents_of(until_now()).to_decide == []
    Mailing.objects.update(pause_code=PauseCode.REFUSED, pause_answer="http_401")
    (account,) = contents_of(until_now()).to_decide
    assert account.why_held_back[0].startswith("The gateway refuses our token (401).")
    assert account.roll_up["created_count"] == account.roll_up["total_count"] == 3


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "{} % of the messages failed or are unknown"), ("ru", "{} % сообщений отклонено или неизвестно")],
)
def test_a_mailing_of_which_a_fifth_failed_or_is_unknown_is_pointed_out(
    posting: Any, mailbox: Mailbox, over: Mailing, language: str, words: str
) -> None:
    """Two refused and one unknown of six; two of five when the unknown one is left as it is; one of six is few."""
    del posting
    administrator("anna", language=language)
    first = sent(mailbox)
    assert words.format(50) in text_of(first)
    assert words.format(50) in text_of(first, "html")
    ReportSent.objects.all().delete()
    leave_unknown(mailing_id=over.id, actor=None)
    assert words.format(40) in text_of(sent(mailbox))
    ReportSent.objects.all().delete()
    Mailing.objects.update(totals={**(over.totals or {}), "sent": 17, "failed": 2, "unknown": 1})
    last = sent(mailbox)
    assert words.format("").strip() not in text_of(last)
    assert words.format("").strip() not in text_of(last, "html")


@pytest.mark.parametrize(
    ("language", "told", "advice"),
    [
        (
            "en",
            "The gateway answers 404 to everything.",
            "address and send a test message under Gateways.",
        ),
        ("ru", "Шлюз на всё отвечает 404", "Проверьте адрес шлюза и отправьте тестовое сообщение"),
    ],
)
def test_a_mailing_that_the_brake_paused_needs_a_decision_and_the_reason_is_told(
    posting: Any, mailbox: Mailbox, ledger: Connection, language: str, told: str, advice: str
) -> None:
    del posting
    administrator("anna", language=language)
    made = begin(ledger, 300)
    stepped = Stepped(100, idempotent=False)
    stepped.step()
    stepped.gateway.answer(classify_answer(404, b"", None, 0.0))
    stepped.step(6)
    stepped.dispatcher.close()
    (account,) = contents_of(until_now()).to_decide
    assert (account.held_back, account.mailing.pause_code) == (True, PauseCode.GATEWAY_BRAKE)
    assert account.trouble == 100
    mail = sent(mailbox)
    for form in ("plain", "html"):
        text = " ".join(text_of(mail, form).split())
        assert told in text
        assert advice in text
        assert "GATEWAY_TOKEN" not in text
        assert f"vestnik mailing resume {made.id}" in text


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            (
                "needs attention: 1",
                "HELD BACK BEFORE THEIR START: 1",
                "Needs attention (held back): Restored from a backup",
            ),
        ),
        (
            "ru",
            (
                "требует внимания 1",
                "ЗАДЕРЖАНЫ ДО НАЧАЛА: 1",
                "Требует внимания (задержана): Рассылка восстановлена",
            ),
        ),
    ],
)
def test_a_scheduled_mailing_that_a_restored_backup_holds_back_needs_a_decision(
    posting: Any, mailbox: Mailbox, ledger: Connection, language: str, told: tuple[str, ...]
) -> None:
    del posting
    administrator("anna", language=language)
    made = mailing()
    assert hold(ledger).mailings == 1
    mail = sent(mailbox)
    text = f"{mail['Subject']}\n{text_of(mail)}"
    for words in (*told, f"vestnik mailing resume {made.id}"):
        assert words in text
    html = " ".join(text_of(mail, "html").split())
    assert told[1].split(":")[0].lower() in html.lower()
    assert f"vestnik mailing resume {made.id}" in html


def test_the_csv_has_a_line_for_each_message_with_a_masked_phone(
    posting: Any, mailbox: Mailbox, over: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    posting(time_zone="Europe/Moscow")
    monkeypatch.setattr(letter, "_PAGE", 2)
    administrator("anna")
    (attached,) = sent(mailbox).iter_attachments()
    assert attached.get_content_type() == "text/csv"
    assert attached.get_filename().startswith("vestnik-20")
    lines = list(csv.DictReader(io.StringIO(attached.get_content())))
    assert sorted(line["state"] for line in lines) == ["failed", "failed", "sent", "sent", "sent", "unknown"]
    assert {line["mailing"] for line in lines} == {str(over.id)}
    assert [line["phone"] for line in lines] == [f"7911***{FIRST % 10_000 + n:04d}" for n in range(6)]
    assert all(line["client"] and line["id"] for line in lines)
    assert {line["sent_at"][-6:] for line in lines if line["state"] == "sent"} == {"+03:00"}
    assert {(line["delivered_at"], line["gateway"]) for line in lines} == {("", "default")}


def test_more_messages_than_an_email_carries_are_a_link(
    posting: Any, mailbox: Mailbox, over: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    del over
    posting(public_url="https://vestnik.example.org")
    monkeypatch.setattr(letter, "MAX_LINES", 5)
    administrator("anna")
    mail = sent(mailbox)
    assert list(mail.iter_attachments()) == []
    link = "https://vestnik.example.org/console/mailings"
    assert f"6 messages are more than an e-mail carries (5): {link}" in text_of(mail)


def test_delivered_is_told_once_a_gateway_has_sent_a_receipt() -> None:
    def shown(**totals: int) -> list[str]:
        found = {**dict.fromkeys(MESSAGE_STATES, 0), **totals}
        account = Account(
            mailing=Mailing(), totals=found, roll_up=roll_up(found), errors=[], undecided=0, held_back=False
        )
        return [state for state in account.shown_totals if "delivered" in state]

    assert shown(sent=5) == []
    assert shown(sent=4, undelivered=1) == ["delivered", "undelivered"]
