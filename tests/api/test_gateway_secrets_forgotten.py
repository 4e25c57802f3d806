"""A stored secret can be taken out again, of every kind: null forgets it, an absent or empty one stays."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from harness.cast import as_user
from tests.gateways.certificates import Authority
from tests.gateways.parts import parts
from vestnik.encryption import decrypt
from vestnik.gateways.adapters.kinds import KINDS
from vestnik.models import Gateway

#: Of each kind, settings in which every secret is one that was entered.
WHOLE: dict[str, dict[str, Any]] = {
    "probe": {"url": "http://127.0.0.1:9", "token": "the-token"},
    "http": {"url": "http://127.0.0.1:9/{{phone}}/{{text}}", "secret": "the-secret"},
    "smsc": {"apikey": "the-key", "password": "the-password", "callback_secret": "the-word"},
    "smsru": {"api_id": "the-id"},
    "exolve": {"api_key": "the-key", "sender": "VESTNIK"},
    "twilio": {
        "account_sid": f"AC{'0' * 32}", "auth_token": "0" * 32, "sender": "+15005550006",
        "api_key_sid": f"SK{'0' * 32}", "api_key_secret": "the-secret", "shared_key": "1" * 64,
    },
    "smpp": {"host": "127.0.0.1", "system_id": "me", "password": "pass", "sender": "VESTNIK"},
}  # fmt: skip
PROXY = {"proxy": "http://proxy.example:3128", "proxy_login": "me", "proxy_password": "the-proxy-password"}
#: What is left out or entered together with a secret, since the kind is not whole otherwise.
TOGETHER: dict[tuple[str, str], dict[str, Any]] = {
    ("smsc", "apikey"): {"login": "me"},
    ("twilio", "api_key_secret"): {"api_key_sid": None},
}
SECRETS = [(kind, each.name) for kind, adapter in KINDS.items() for each in adapter.all_fields() if each.is_secret]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder: Path = tmp_path_factory.mktemp("authority")
    certificate, key = parts(Authority(folder).certificate("us"))
    return {"client_certificate": certificate, "client_key": key}


@pytest.fixture
def admin(person: Callable[..., Any]) -> APIClient:
    return as_user(person("anna", "administrator"))


def made(admin: APIClient, kind: str, own: dict[str, str]) -> dict[str, Any]:
    names = {field.name for field in KINDS[kind].all_fields()}
    settings = {**WHOLE[kind], **own, **(PROXY if "proxy" in names else {})}
    answer = admin.post("/gateways", {"name": "reserve", "kind": kind, "settings": settings})
    assert answer.status_code == 201, answer.json()
    return settings


def stored() -> dict[str, str]:
    row = Gateway.objects.get(name="reserve")
    return decrypt(row.secrets) if row.secrets else {}


def test_the_table_has_every_kind_with_all_its_secrets() -> None:
    assert WHOLE.keys() == KINDS.keys()
    for kind, name in SECRETS:
        assert name in {*WHOLE[kind], *PROXY, "client_key"}, (kind, name)


@pytest.mark.parametrize(("kind", "name"), SECRETS)
def test_null_forgets_a_stored_secret_and_nothing_else(
    admin: APIClient, own: dict[str, str], kind: str, name: str
) -> None:
    made(admin, kind, own)
    before = stored()
    together = {"client_certificate": None} if name == "client_key" else TOGETHER.get((kind, name), {})
    answer = admin.patch("/gateways/reserve", {"settings": {name: None, **together}})
    if next(each for each in KINDS[kind].fields + KINDS[kind].connection_fields if each.name == name).required:
        assert (answer.status_code, list(answer.json())) == (400, [f"settings.{name}"])
        assert stored() == before
        return
    assert answer.status_code == 200, answer.json()
    assert name not in answer.json()["secrets"]
    assert stored() == {each: value for each, value in before.items() if each != name}
    assert not set(answer.json()["settings"]) & {each for each, value in together.items() if value is None}


@pytest.mark.parametrize(("kind", "name"), SECRETS)
@pytest.mark.parametrize("given", ["absent", "empty"])
def test_an_absent_or_empty_secret_stays(
    admin: APIClient, own: dict[str, str], kind: str, name: str, given: str
) -> None:
    made(admin, kind, own)
    before = stored()
    settings = {"proxy": "http://proxy.example:3129"} if kind != "smpp" else {"system_type": "x"}
    assert (
        admin.patch(
            "/gateways/reserve", {"settings": {**settings, **({} if given == "absent" else {name: ""})}}
        ).status_code
        == 200
    )
    assert stored() == before


def test_all_secrets_go_at_once_even_unread_ones(admin: APIClient, settings: Any) -> None:
    admin.post("/gateways", {"name": "reserve", "kind": "probe", "settings": WHOLE["probe"]})
    settings.SECRET_KEY = "another key of more than 32 characters"
    answer = admin.patch("/gateways/reserve", {"settings": {"token": None, "client_key": None, "proxy_password": None}})
    assert (answer.status_code, Gateway.objects.get(name="reserve").secrets) == (200, "")


def test_a_forgotten_secret_disables_the_gateway_until_it_was_checked(admin: APIClient) -> None:
    admin.post("/gateways", {"name": "reserve", "kind": "probe", "settings": WHOLE["probe"]})
    Gateway.objects.filter(name="reserve").update(enabled=True)
    assert admin.patch("/gateways/reserve", {"settings": {"token": None}}).json()["state"] == "disabled"
