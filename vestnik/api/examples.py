"""Examples of the documentation that can be run unchanged. Their dates are computed when they are shown."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from drf_spectacular.utils import OpenApiExample

#: Placeholders for times in the examples below. :func:`fresh_dates` replaces them.
NOW, TOMORROW, NEXT_WEEK = "@now", "@tomorrow", "@next week"

PERSONAL_MAILING_EXAMPLES = [
    OpenApiExample(
        "A text of each client's own",
        {
            "name": "Your number",
            "end_time": NEXT_WEEK,
            "message_text": "Your number {{phone_number}} takes part in the draw. Your group: {{tag}}.",
            "filter": {"tag": None, "operator_code": None},
            "personal": True,
            "on_missing": "default",
            "locale": "en",
        },
        request_only=True,
    ),
]
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
    *PERSONAL_MAILING_EXAMPLES,
]
MESSAGE_EXAMPLES = [
    OpenApiExample(
        "A code, worthless after a day",
        {
            "phone_number": "79111234567",
            "text": "Your code is 4711.",
            "end_time": TOMORROW,
            "reference": "login 20417",
        },
        request_only=True,
    ),
    OpenApiExample(
        "A text that is made of values",
        {
            "phone_number": "79111234567",
            "text": "{{first_name|Hello}}, your order of {{day|date}} is {{amount|number:2}}.",
            "personal": True,
            "values": {"first_name": "Anna", "day": "2026-12-31", "amount": 1500.5},
            "locale": "en",
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
