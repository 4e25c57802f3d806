"""The quick start at ``/docs/``: its commands, run as they stand on the page, send a mailing."""

import re
import subprocess
import sys
from html import unescape

import httpx
import pytest

from harness.cluster import Cluster

#: Whom the page's commands log in as.
ANNA = {"username": "anna", "password1": "a-long-password-1", "password2": "a-long-password-1"}
INTERPRETERS = {"curl": ["sh", "-eu", "-c"], "python": [sys.executable, "-c"]}


def commands(page: str, kind: str) -> str:
    """All that the page has of a kind, in its order, as the buttons copy it."""
    blocks = re.findall(rf'<pre tabindex="0" id="{kind}-(\d)">(.*?)</pre>', page, re.DOTALL)
    assert [int(number) for number, _ in blocks] == [1, 2, 3, 4, 5]
    return "\n".join(unescape(block) for _, block in blocks)


@pytest.mark.usefixtures("strangers_may_register")
@pytest.mark.parametrize("kind", INTERPRETERS)
def test_the_commands_of_the_page_send_a_mailing_as_they_stand(cluster: Cluster, kind: str) -> None:
    with httpx.Client(base_url=cluster.url, trust_env=False, timeout=10) as http:
        # Somebody else may have made the account: another test, or this one with the other commands.
        assert http.post("/auth/registration/", json=ANNA).status_code in {201, 400}
        page = http.get("/docs/").text
    script = [*INTERPRETERS[kind], commands(page, kind)]
    done = subprocess.run(script, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"[\"']total[\"']: ?1\b", done.stdout), done.stdout
    assert "completed" in done.stdout
    said = done.stdout.replace("'", '"').replace('": "', '":"')
    assert '"phone_number":"79161234567"' in said
    assert re.search('"state":"(sent|delivered)"', said), said
