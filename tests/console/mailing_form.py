"""The form of a mailing as a browser sends it, and what the answer says."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

NEW = "/console/mailings/new"
MOSCOW = ZoneInfo("Europe/Moscow")


def clock(**ahead: float) -> str:
    """What a clock in Moscow will show."""
    return f"{datetime.now(tz=UTC).astimezone(MOSCOW) + timedelta(**ahead):%Y-%m-%dT%H:%M}"


def typed(**changes: Any) -> dict[str, Any]:
    """A form that is right, but for ``changes``: to everybody who is vip, from now for an hour."""
    return {
        "name": "News",
        "message_text": "Good morning!",
        "tag_choice": "chosen",
        "tags": ["vip"],
        "code_choice": "any",
        "start_choice": "now",
        "end_at": clock(hours=1),
        "window_choice": "any",
        "zone": "Europe/Moscow",
        "token": "0123456789abcdef0123456789abcdef",
        **changes,
    }


def sheet_of(browser: Any, path: str = NEW, **changes: Any) -> str:
    answer = browser.post(path, typed(step="check", **changes), follow=True)
    assert answer.status_code == 200
    assert "until you press the button below" in answer.text, re.findall(
        r'class="v-error"[^>]*>(.*?)</div', answer.text
    )
    return str(answer.text)


def save(browser: Any, path: str = NEW, **changes: Any) -> Any:
    return browser.post(path, typed(step="save", **{"shown": "5", **changes}))


def problems(text: str) -> dict[str, str]:
    """What is said at the fields."""
    found = re.findall(r'class="v-error" id="id_(\w+)_error" role="alert">(.*?)</div>', text, re.DOTALL)
    return {name: re.sub(r"<[^>]+>", "", words).strip() for name, words in found}
