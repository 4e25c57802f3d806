"""Examples of the documentation that can be run unchanged. Their dates are computed when they are shown."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from drf_spectacular.utils import OpenApiExample

#: Placeholders for times in the examples below. :func:`fresh_dates` replaces them.
NOW, TOMORROW, NEXT_WEEK = "@now", "@tomorrow", "@next week"

MAILING_EXAMPLES = [
    OpenApiExample(
        "To the tag vip, now",
        {
            "name": "New tariff",
            "start_time": NOW,
            "end_time": TOMORROW,
            "message_text": "Your new tariff is waiting for you.",
            "filter": {"tag": ["vip"], "operator_code": None},
            "send_window": None,
        },
        request_only=True,
    ),
    OpenApiExample(
        "To two tags of one operator code, tomorrow, by day where they live",
        {
            "name": "Tomorrow's news",
            "start_time": TOMORROW,
            "end_time": NEXT_WEEK,
            "message_text": "Good morning!",
            "filter": {"tag": ["vip", "new"], "operator_code": [911]},
            "send_window": {"from": "09:00", "to": "21:00"},
        },
        request_only=True,
    ),
]
MAILING_PATCH_EXAMPLES = [OpenApiExample("A later end", {"end_time": NEXT_WEEK}, request_only=True)]


def fresh_dates(result: dict[str, Any], *, generator: Any, **_: Any) -> dict[str, Any]:
    """Replace the placeholders by times relative to now, or to the generator's ``now``.

    A post-processing hook of the schema.
    """
    now: datetime = getattr(generator, "now", None) or datetime.now(tz=UTC).replace(microsecond=0)
    text = json.dumps(result, default=str)  # default=str renders lazy translations of validators
    for word, days in ((NOW, 0), (TOMORROW, 1), (NEXT_WEEK, 7)):
        text = text.replace(f'"{word}"', f'"{(now + timedelta(days=days)).isoformat()}"')
    fresh: dict[str, Any] = json.loads(text)
    return fresh
