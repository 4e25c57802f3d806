"""The quick start of the documentation: from a token to a mailing, with curl and in Python.

A test runs what is here as it stands on the page.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

#: What stands for the address of this installation, and for the end of the mailing, in the commands.
_URL, _END = "@URL@", "@END@"
#: The mailing of the quick start may be sent for so long.
_LASTS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a heading, what it does, and its commands. Later steps use what earlier ones have set."""

    title: "StrPromise"
    text: "StrPromise"
    curl: str
    python: str


def quick_start(*, url: str, now: datetime) -> list[Step]:
    """The steps, with commands for one installation.

    Args:
        url: its address, without a slash at the end.
        now: the mailing of the last steps ends a day later.
    """
    end = (now + _LASTS).replace(microsecond=0).isoformat()

    def filled(commands: str) -> str:
        return commands.strip().replace(_URL, url).replace(_END, end)

    return [Step(step.title, step.text, filled(step.curl), filled(step.python)) for step in _STEPS]


_STEPS = (
    Step(
        _("Get a token"),
        _(
            "Put in your username and your password. The token works for 30 minutes. A program that runs longer uses an"
            " API key in its place: create one in the console, under “API keys”."
        ),
        """
U=@URL@
USERNAME='anna'
PASSWORD='a-long-password-1'
TOKEN=$(curl -sSf $U/auth/login/ -H 'Content-Type: application/json' \\
  -d "{\\"username\\": \\"$USERNAME\\", \\"password\\": \\"$PASSWORD\\"}" |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["access"])')
""",
        """
import json
import time
import urllib.request
import uuid

URL = "@URL@"
USERNAME = "anna"
PASSWORD = "a-long-password-1"
token = ""


def call(method, path, body=None, headers=None):
    request = urllib.request.Request(URL + path, method=method)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    for name, value in (headers or {}).items():
        request.add_header(name, value)
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(request, data, timeout=30) as answer:
        return json.load(answer)


token = call("POST", "/auth/login/", {"username": USERNAME, "password": PASSWORD})["access"]
""",
    ),
    Step(
        _("Add a client"),
        _(
            "Put in your own number: a real gateway sends a message to it. A tag says whom a mailing goes to. If the"
            " number is there already, the answer is 400 and says so."
        ),
        """
PHONE='79161234567'
curl -sS $U/client/ -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d "{\\"phone_number\\": \\"$PHONE\\", \\"tag\\": \\"quick start\\", \\"timezone\\": \\"Europe/Moscow\\"}"
""",
        """
PHONE = "79161234567"
found = call("GET", f"/client/?phone_number={PHONE}")
if found:
    client = call("PATCH", f"/client/{found[0]['id']}", {"tag": "quick start"})
else:
    client = call("POST", "/client/", {"phone_number": PHONE, "tag": "quick start", "timezone": "Europe/Moscow"})
print(client)
""",
    ),
    Step(
        _("See whom a mailing would go to"),
        _("Nothing is saved and nothing is sent. The answer has the number of clients and the SMS parts of the text."),
        """
MAILING='{"name": "Quick start", "message_text": "Hello from Vestnik!", "end_time": "@END@",
  "filter": {"tag": ["quick start"], "operator_code": null}, "send_window": null}'
curl -sSf $U/sender/notifications/preview -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' -d "$MAILING"
""",
        """
mailing = {
    "name": "Quick start",
    "message_text": "Hello from Vestnik!",
    "end_time": "@END@",
    "filter": {"tag": ["quick start"], "operator_code": None},
    "send_window": None,
}
print(call("POST", "/sender/notifications/preview", mailing))
""",
    ),
    Step(
        _("Create the mailing"),
        _(
            "It starts at once; with “start_time” it starts then. “Idempotency-Key” is any text of yours: if you repeat"
            " the request with the same one, there is no second mailing."
        ),
        """
ID=$(curl -sSf $U/sender/notifications -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' -H "Idempotency-Key: quick-start-$(date +%s)-$$" -d "$MAILING" |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])')
echo "$ID"
""",
        """
key = {"Idempotency-Key": f"quick-start-{uuid.uuid4()}"}
mailing_id = call("POST", "/sender/notifications", mailing, key)["id"]
print(mailing_id)
""",
    ),
    Step(
        _("Follow it"),
        _("Ask until “state” is “completed”. Then see the result of each message."),
        """
for i in $(seq 60); do
  STATE=$(curl -sSf $U/sender/notifications/$ID -H "Authorization: Bearer $TOKEN" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["state"])')
  echo "$STATE"
  [ "$STATE" = completed ] && break
  sleep 1
done
curl -sSf $U/sender/notifications/$ID/messages -H "Authorization: Bearer $TOKEN"
""",
        """
for _ in range(60):
    state = call("GET", f"/sender/notifications/{mailing_id}")["state"]
    print(state)
    if state == "completed":
        break
    time.sleep(1)
print(call("GET", f"/sender/notifications/{mailing_id}/messages"))
""",
    ),
)
