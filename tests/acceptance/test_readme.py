"""The README's commands do what the README says, as they stand there, also after the demo has used the first ids."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.cluster import Cluster, run

ROOT = Path(__file__).parents[2]


def commands() -> str:
    """The block of curl commands."""
    (block,) = re.findall(r"^```sh\n(U=http.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return str(block)


def answers(url: str) -> list[Any]:
    """What the commands of the block print, run by a shell as they stand, against another address."""
    block = commands()
    assert block.startswith("U=http://localhost:8000\n")
    script = block.replace("U=http://localhost:8000", f"U={url}", 1)
    done = subprocess.run(["sh", "-eu", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    decoder, text, found = json.JSONDecoder(), done.stdout.strip(), []
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found


@pytest.mark.usefixtures("strangers_may_register")
def test_the_curl_commands_show_the_mailing_that_they_made_also_after_a_demo(cluster: Cluster) -> None:
    shown = run("demo", "--exit", "--clients", "2000", "--home", str(cluster.home.folder))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    client, (statistics,), messages = answers(cluster.url)
    assert client["phone_number"] == "79111234567"
    assert statistics["message_text"] == "Hello!"
    assert statistics["total_count"] in {0, 1}
    assert [message["client"] for message in messages] in ([], [client["id"]])


@pytest.mark.parametrize("page", ["README.md", "README.ru.md"])
def test_a_page_names_no_id_that_only_an_empty_ledger_has(page: str) -> None:
    assert not re.search(r"/(notifications|client)/[0-9]+", commands() + (ROOT / page).read_text())
