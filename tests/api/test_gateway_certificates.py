"""Certificates and a proxy of a gateway, over REST and in the doctor: keys go in and never out."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.gateways.certificates import Authority
from tests.gateways.parts import parts
from vestnik.cli.doctor import examine
from vestnik.encryption import decrypt
from vestnik.models import AuditEntry, Gateway

DAY = timedelta(days=1)
TOKEN, PASSWORD = "a-very-secret-token", "a-password-at-the-proxy"
PROXY = {"proxy": "http://proxy.example:3128", "proxy_login": "me", "proxy_password": PASSWORD}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, ends=365 * DAY)


def own(authority: Authority, ends: timedelta = 90 * DAY, name: str = "vestnik") -> dict[str, str]:
    certificate, key = parts(authority.certificate(name, ends=ends))
    return {"ca_certificates": authority.file.read_text(), "client_certificate": certificate, "client_key": key}


def made(admin: APIClient, **settings: str) -> dict[str, Any]:
    given = {"url": "https://127.0.0.1:9", "token": TOKEN, **settings}
    answer = admin.post("/gateways", {"name": "bank", "kind": "probe", "settings": given})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def secrets() -> dict[str, str]:
    return decrypt(Gateway.objects.get(name="bank").secrets)


def change(admin: APIClient, **settings: str | None) -> Any:
    return admin.patch("/gateways/bank", {"settings": settings})


def test_key_and_password_go_in_and_never_come_out(admin: APIClient, authority: Authority) -> None:
    given = own(authority)
    shown = made(admin, **given, **PROXY)
    assert shown["secrets"] == ["token", "client_key", "proxy_password"]
    assert shown["settings"]["client_certificate"] == given["client_certificate"]
    assert shown["warnings"][:-1] == []  # the last says what is to be done next
    texts = [shown, admin.get("/gateways").json(), admin.get("/gateways/bank").json()]
    texts += [entry.details for entry in AuditEntry.objects.all()]
    lines = given["client_key"].splitlines()[1:-1]
    assert not any(secret in str(texts) for secret in (*lines, PASSWORD, TOKEN))
    stored = secrets()
    assert (stored["client_key"], stored["proxy_password"]) == (given["client_key"], PASSWORD)
    assert lines[0] not in Gateway.objects.get(name="bank").secrets


def test_a_key_stays_until_its_certificate_goes(admin: APIClient, authority: Authority) -> None:
    given = own(authority)
    made(admin, **given, **PROXY)
    assert change(admin, url="https://127.0.0.1:10").json()["secrets"] == ["token", "client_key", "proxy_password"]
    new = own(authority)
    wrong = change(admin, client_certificate=new["client_certificate"])
    assert (wrong.status_code, list(wrong.json())) == (400, ["settings.client_key"])
    assert secrets()["client_key"] == given["client_key"]
    assert change(admin, **new).status_code == 200
    assert secrets()["client_key"] == new["client_key"]
    left = change(admin, client_certificate=None, proxy=None, proxy_login=None).json()
    assert (left["secrets"], sorted(left["settings"])) == (["token"], ["ca_certificates", "url"])
    assert secrets() == {"token": TOKEN}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"ca_certificates": "nothing"}, "settings.ca_certificates"),
        ({"client_certificate": 5}, "settings.client_certificate"),
        ({"client_key": "nothing"}, "settings.client_key"),
        ({"proxy": "nowhere"}, "settings.proxy"),
        ({"proxy_password": "x"}, "settings.proxy"),
    ],
)
def test_what_is_wrong_stands_at_its_field(admin: APIClient, given: dict[str, Any], field: str) -> None:
    settings = {"url": "https://127.0.0.1:9", "token": TOKEN, **given}
    answer = admin.post("/gateways", {"name": "bank", "kind": "probe", "settings": settings})
    assert (answer.status_code, list(answer.json())) == (400, [field]), answer.json()


def doctor() -> list[tuple[str, bool]]:
    return [
        (each.words, each.needs_a_hand)
        for each in examine(repair=False, everything=False)
        if each.about == "gateways"
    ]  # fmt: skip


def test_the_end_of_a_certificate_is_told_of(admin: APIClient, authority: Authority) -> None:
    shown = made(admin, **own(authority, ends=20 * DAY))
    assert "“vestnik” expires on" in shown["warnings"][0]
    assert "“vestnik” expires on" in admin.post("/gateways/bank/check").json()["warnings"][0]
    Gateway.objects.filter(name="bank").update(enabled=True)
    assert any("“vestnik” expires on" in words and wants for words, wants in doctor())
    expired = change(admin, **own(authority, ends=-DAY / 2)).json()
    assert "“vestnik” expired on" in expired["warnings"][0]
    russian = admin.get("/gateways/bank", HTTP_ACCEPT_LANGUAGE="ru").json()["warnings"][0]
    assert "«vestnik»" in russian


def test_certificates_that_nobody_looks_at_are_a_warning(admin: APIClient, authority: Authority) -> None:
    shown = made(admin, url="http://127.0.0.1:9", **own(authority))
    assert "without TLS" in shown["warnings"][0]
    assert not any("without TLS" in each for each in change(admin, url="https://127.0.0.1:9").json()["warnings"])


def test_the_certificate_of_the_environment_is_looked_at_too(
    admin: APIClient, authority: Authority, settings: Any
) -> None:
    path = authority.certificate("of the environment", ends=3 * DAY)
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, gateway_certificate=str(path))
    said = "“of the environment” expires on"
    assert any(said in each for each in admin.get("/gateways/default").json()["warnings"])
    assert any(said in words and wants for words, wants in doctor())
    path.unlink()
    assert not any("certificate" in each for each in admin.get("/gateways/default").json()["warnings"])
