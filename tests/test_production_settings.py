"""What the web says about itself in production: Django's own check, HTTPS, headers, other origins."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.test_environment import read
from vestnik.errors import SettingError

HTTPS = {"PUBLIC_URL": "https://vestnik.example.org", "ALLOWED_HOSTS": "vestnik.example.org", "NUM_PROXIES": "1"}
SHOP = "https://shop.example.org"
#: Asks pages of a process that has these settings from its start, and prints what came back.
ASK = """
import json, sys, django
django.setup()
from django.test import Client
asked = json.loads(sys.argv[1])
answers = []
for method, path, headers in asked:
    answer = Client(headers=headers).generic(method, path, SERVER_NAME="vestnik.example.org")
    cookies = {name: bool(cookie["secure"]) for name, cookie in answer.cookies.items()}
    answers.append({"status": answer.status_code, "headers": dict(answer.headers), "cookies": cookies})
print(json.dumps(answers))
"""


def in_production(*command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "vestnik.settings", **settings}
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def ask(*requests: tuple[str, str, dict[str, str]], **settings: str) -> list[dict[str, Any]]:
    done = in_production("-c", ASK, json.dumps(requests), **settings)
    assert done.returncode == 0, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return answers


def test_djangos_check_for_deployment_finds_nothing() -> None:
    done = in_production("-m", "django", "check", "--deploy", "--fail-level", "WARNING", **HTTPS)
    assert done.returncode == 0, done.stderr
    assert "no issues (2 silenced)" in done.stdout


PAGES = ("/docs/", "/console/login/", "/client/", "/health/live", "/nowhere")
PREFLIGHT = {"Origin": SHOP, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


@pytest.fixture(scope="module")
def by_https() -> dict[str, Any]:
    """What is answered behind a proxy: each page by HTTPS, and two by plain HTTP."""
    secure = {"X-Forwarded-Proto": "https"}
    plain = {"X-Forwarded-Proto": "http", "Host": "localhost"}
    requests = [("GET", page, secure) for page in PAGES] + [("GET", "/docs/", plain), ("GET", "/health/live", {})]
    requests.append(("GET", "/docs/", {}))
    names = (*PAGES, "plain /docs/", "plain /health/live", "/docs/ through a silent proxy")
    return dict(zip(names, ask(*requests, **HTTPS), strict=True))


def test_behind_a_proxy_everything_is_https_and_stays_so(by_https: dict[str, Any]) -> None:
    docs, plain = by_https["/docs/"], by_https["plain /docs/"]
    assert docs["status"] == 200
    assert docs["headers"]["Strict-Transport-Security"] == "max-age=31536000"
    assert by_https["/console/login/"]["cookies"]["vestnik_csrf"] is True
    assert (plain["status"], plain["headers"]["Location"]) == (301, "https://vestnik.example.org/docs/")
    assert by_https["plain /health/live"]["status"] == 200, "a probe asks the process itself"


def test_a_proxy_that_does_not_say_https_is_a_sentence_and_no_circle_of_redirects(by_https: dict[str, Any]) -> None:
    silent = by_https["/docs/ through a silent proxy"]
    assert silent["status"] == 400
    assert "Location" not in silent["headers"]


def test_without_a_proxy_nobody_can_say_that_he_came_by_https() -> None:
    (docs,) = ask(("GET", "/docs/", {"X-Forwarded-Proto": "https"}), **{**HTTPS, "NUM_PROXIES": "0"})
    assert docs["status"] == 200, "no redirect that a proxy which is not declared would send in circles"
    assert "Strict-Transport-Security" not in docs["headers"]


def test_on_plain_http_nothing_asks_for_https() -> None:
    docs, login = ask(
        ("GET", "/docs/", {}), ("GET", "/console/login/", {}),
        PUBLIC_URL="http://vestnik.example.org", ALLOWED_HOSTS="vestnik.example.org",
    )  # fmt: skip
    assert "Strict-Transport-Security" not in docs["headers"]
    assert login["cookies"]["vestnik_csrf"] is False


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_says_what_browsers_may_do_with_it(page: str, by_https: dict[str, Any]) -> None:
    headers = by_https[page]["headers"]
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy, "a foreign host"
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


STRANGERS = [
    ("/client/", "https://shop.example.org.evil.example"), ("/client/", "null"), ("/console/login/", SHOP),
]  # fmt: skip


def test_who_is_named_may_call_the_api_with_a_token_and_never_with_cookies_and_nobody_else_may() -> None:
    local = "http://localhost:3000"
    requests: list[tuple[str, str, dict[str, str]]] = [
        ("OPTIONS", "/client/", PREFLIGHT),
        ("GET", "/client/", {"Origin": SHOP}),
        ("GET", "/client/", {"Origin": local}),
    ]
    for path, origin in STRANGERS:
        requests += [("GET", path, {"Origin": origin}), ("OPTIONS", path, {**PREFLIGHT, "Origin": origin})]
    answers = ask(*requests, CORS_ALLOWED_ORIGINS=f"{SHOP}, {local}", ALLOWED_HOSTS="vestnik.example.org")
    preflight, call, from_local, *others = answers
    assert preflight["status"] == 204
    assert "Authorization" in preflight["headers"]["Access-Control-Allow-Headers"]
    assert "POST" in preflight["headers"]["Access-Control-Allow-Methods"]
    assert call["status"] == 401
    for answer, origin in ((preflight, SHOP), (call, SHOP), (from_local, local)):
        assert answer["headers"]["Access-Control-Allow-Origin"] == origin
        assert "Access-Control-Allow-Credentials" not in answer["headers"]
        assert "Origin" in answer["headers"]["Vary"]
    assert len(others) == 6
    assert not any("Access-Control-Allow-Origin" in answer["headers"] for answer in others)


@pytest.mark.parametrize("wrong", ["*", "shop.example.org", "https://shop.example.org/", "https://*.example.org"])
def test_an_origin_is_written_as_browsers_write_it(wrong: str) -> None:
    assert read(CORS_ALLOWED_ORIGINS=f"{SHOP}, https://[::1]:3000").cors_allowed_origins == (SHOP, "https://[::1]:3000")
    with pytest.raises(SettingError, match=r"^CORS_ALLOWED_ORIGINS names .* use origins such as https://"):
        read(CORS_ALLOWED_ORIGINS=f"{SHOP},{wrong}")
