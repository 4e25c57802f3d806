"""The daily report, as beat itself sends it from a cluster that somebody just started."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from tests.acceptance.test_main_job import User
from tests.clusters import running_cluster
from tests.reports.mail import running_mailbox, text_of
from vestnik.cluster.processes import wait_for


def next_minute(least: float) -> str:
    """The first whole minute in Moscow that is at least so many seconds ahead."""
    ahead = datetime.now(ZoneInfo("Europe/Moscow")) + timedelta(seconds=least + 60)
    return ahead.strftime("%H:%M")


def test_beat_sends_each_administrator_one_email_with_the_days_mailings(tmp_path: Path) -> None:
    tag = f"tag-{uuid4().hex[:8]}"
    with running_mailbox() as mailbox:
        env = {"EMAIL_URL": mailbox.url, "ADMIN_EMAIL": "boss@example.org", "REPORT_TIME": next_minute(10)}
        with running_cluster(tmp_path / "home", "--workers", "1", env=env) as cluster:
            user = User(cluster.url)
            for _ in range(5):
                user.client(code=911, tag=tag)
            mailing = user.mailing(tags=[tag], codes=None, name="Осенняя распродажа")
            user.over(mailing)
            assert wait_for(lambda: bool(mailbox.letters), seconds=100)
            assert not wait_for(lambda: len(mailbox.letters) > 1, seconds=11)  # beat's next tick sends nothing more
            user.http.close()
    (letter,) = mailbox.letters
    assert letter["To"] == "boss@example.org"
    assert f"#{mailing['id']} Осенняя распродажа" in text_of(letter)
    assert "TEST GATEWAY" in str(letter["Subject"])
    (attached,) = letter.iter_attachments()
    assert len(str(attached.get_content()).splitlines()) == 1 + 5
