"""The commands of gateways and routes, on a real ledger and a real simulator."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.gateways import add_gateway
from harness.simulator_client import SimulatorClient
from tests.cluster.test_operator_commands import call
from tests.gateways.certificates import Authority
from tests.gateways.parts import parts
from vestnik.db.connection import Connection
from vestnik.encryption import decrypt
from vestnik.errors import ClusterError, InvalidInput, StateForbids
from vestnik.models import AuditEntry, Gateway

PHONE = "79111234567"


def add(simulator: SimulatorClient) -> str:
    settings = ("--kind", "probe", "--set", f"url={simulator.base_url}", "--rate", "50")
    return call("gateway", "add", "reserve", *settings, text=f"token={simulator.token}\n").output


def test_a_gateway_is_added_checked_tested_enabled_and_removed(ledger: Connection, simulator: SimulatorClient) -> None:
    del ledger
    assert "vestnik gateway check reserve" in add(simulator)
    assert decrypt(Gateway.objects.get(name="reserve").secrets) == {"token": simulator.token}
    with pytest.raises(StateForbids, match="Check the gateway first"):
        call("gateway", "enable", "reserve")
    assert call("gateway", "check", "reserve").exit_code == 0
    assert "The gateway accepted the message. (0" in call("gateway", "test", "reserve", PHONE).output
    assert len(list(simulator.ids())) == 1
    assert call("gateway", "enable", "reserve").output == "reserve is enabled\n"
    assert "reserve\tprobe\tworking\t50\t\n" in call("gateway", "list").output
    shown = call("gateway", "show", "reserve").output
    assert "token        is set" in shown
    assert "/gateways/reserve/receipts/" in shown
    assert simulator.token not in shown
    assert "taken from   any address" in shown
    call("gateway", "edit", "reserve", "--receipts-from", "192.0.2.7", "--receipts-from", "10.0.0.0/8")
    assert "taken from   192.0.2.7/32, 10.0.0.0/8" in call("gateway", "show", "reserve").output
    with pytest.raises(InvalidInput, match="neither an address nor a network"):
        call("gateway", "edit", "reserve", "--receipts-from", "example.org")
    assert "it is enabled" in call("gateway", "edit", "reserve", "--receipts-from", "any").output
    with pytest.raises(ClusterError, match="Nothing was changed"):
        call("gateway", "rotate-receipts", "reserve", text="n\n")
    rotated = call("gateway", "rotate-receipts", "reserve", "--yes").output.split()[-1]
    assert rotated not in shown
    assert rotated in (now := call("gateway", "show", "reserve").output)
    assert "the address before counts until" in now
    assert call("gateway", "edit", "reserve", "--timeout", "9").output == "reserve is changed; it is enabled\n"
    renewed = call("gateway", "edit", "reserve", "--secrets", "--same-account", text="token=new\n")
    assert renewed.output == "reserve is changed; it is disabled\n"
    assert AuditEntry.objects.latest("id").details["same_account"] is True
    call("gateway", "edit", "reserve", "--forget", "token")
    assert Gateway.objects.get(name="reserve").secrets == ""
    Gateway.objects.update(enabled=True)
    with pytest.raises(StateForbids, match="Disable it first"):
        call("gateway", "remove", "reserve", "--yes")
    call("gateway", "disable", "reserve")
    with pytest.raises(ClusterError, match="Nothing was removed"):
        call("gateway", "remove", "reserve", text="n\n")
    assert "secrets are erased" in call("gateway", "remove", "reserve", text="y\n").output
    assert "reserve" not in call("gateway", "list").output
    assert set(AuditEntry.objects.values_list("actor_name", flat=True)) == {"system"}


def test_a_secret_is_not_taken_from_the_command_line(ledger: Connection) -> None:
    del ledger
    with pytest.raises(InvalidInput, match="token is a secret"):
        call("gateway", "add", "reserve", "--kind", "probe", "--set", "url=http://127.0.0.1:9", "--set", "token=x")
    with pytest.raises(InvalidInput, match="Give lines NAME=VALUE"):
        call("gateway", "add", "reserve", "--kind", "probe", "--set", "url=http://127.0.0.1:9", text="hello\n")


@pytest.mark.parametrize("name", ["tokne", "max_rate"])
def test_a_mistyped_name_is_not_forgotten_in_silence(ledger: Connection, name: str) -> None:
    del ledger
    call("gateway", "add", "reserve", "--kind", "probe", "--set", "url=http://127.0.0.1:9", text="token=x\n")
    with pytest.raises(InvalidInput, match=f"settings.{name}.*It has: url, token"):
        call("gateway", "edit", "reserve", "--forget", name)
    assert decrypt(Gateway.objects.get(name="reserve").secrets) == {"token": "x"}


def test_an_edit_that_changes_nothing_says_so(ledger: Connection) -> None:
    del ledger
    call("gateway", "add", "reserve", "--kind", "probe", "--set", "url=http://127.0.0.1:9", text="token=x\n")
    assert call("gateway", "edit", "reserve", "--forget", "proxy").output == "reserve stays as it was; it is disabled\n"
    assert call("gateway", "edit", "reserve", "--forget", "token").output == "reserve is changed; it is disabled\n"


def test_secrets_are_encrypted_again_after_a_change_of_the_key(ledger: Connection, settings: Any) -> None:
    del ledger
    call("gateway", "add", "reserve", "--kind", "probe", "--set", "url=http://127.0.0.1:9", text="token=x\n")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new-" * 10, (settings.SECRET_KEY,)
    assert "SECRET_KEY_FALLBACKS is needed for the secrets of reserve" in call("doctor").output
    said = call("gateway", "reencrypt")
    assert (said.exit_code, said.output.splitlines()[-1]) == (0, "1 encrypted, 0 were already, 0 cannot be read")
    assert "no gateway's secrets need it" in call("doctor").output
    settings.SECRET_KEY_FALLBACKS = ()
    assert "SECRET_KEY_FALLBACKS" not in call("doctor").output
    assert decrypt(Gateway.objects.get(name="reserve").secrets) == {"token": "x"}
    assert call("gateway", "reencrypt").output == "0 encrypted, 1 were already, 0 cannot be read\n"
    settings.SECRET_KEY = "another-" * 10
    lost = call("gateway", "reencrypt")
    assert lost.exit_code == 1
    assert "reserve: no key reads its secrets" in lost.output


def test_a_gateway_that_does_not_answer_is_status_1(ledger: Connection) -> None:
    del ledger
    call("gateway", "add", "reserve", "--kind", "probe", "--set", "url=http://127.0.0.1:9", text="token=x\n")
    checked, tested = call("gateway", "check", "reserve"), call("gateway", "test", "reserve", PHONE)
    assert (checked.exit_code, tested.exit_code) == (1, 1)
    assert "127.0.0.1" in checked.output or "reached" in checked.output
    assert "nothing was sent" in tested.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "x", "--kind", "pigeon"], "Choose one of"),
        (["add", "default", "--kind", "probe"], "Choose another name"),
        (["add", "reserve", "--kind", "probe", "--set", "url"], "NAME=VALUE"),
        (["add", "reserve", "--kind", "probe", "--set", "url=nowhere"], "settings.url"),
        (["test", "default", "12"], "phone"),
        (["test", "default", PHONE, "--text", ""], "text"),
    ],
)
def test_what_is_wrong_is_said(ledger: Connection, words: list[str], said: str) -> None:
    del ledger
    with pytest.raises(InvalidInput, match=said):
        call("gateway", *words)


def test_the_kinds_are_listed_with_what_to_enter(ledger: Connection) -> None:
    del ledger
    assert "  token" in call("gateway", "kinds").output


def test_rules_are_added_listed_moved_previewed_and_removed(ledger: Connection, settings: Any) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, gateway_is_simulator=True)
    add_gateway(ledger, "reserve")
    made = call("route", "add", "--name", "MTS", "--code", "911", "--over", "reserve=70", "--over", "default=30").output
    assert "is added at place 1" in made
    assert "NOTHING IS DELIVERED" in made
    call("route", "add", "--name", "Megafon", "--code", "921", "--over", "default", "--fallback", "reserve")
    rows = [line.split("\t") for line in call("route", "list").output.splitlines()]
    assert [row[2:] for row in rows[:2]] == [
        ["MTS", "911", "reserve=70, default=30", "-"], ["Megafon", "921", "default=1", "reserve"],
    ]  # fmt: skip
    assert call("route", "move", rows[1][1], "1").output == f"rule {rows[1][1]} is at place 1\n"
    assert "over one of reserve 70%, default 30%" in call("route", "preview", PHONE).output
    call("route", "remove", rows[0][1])
    assert "No rule matches: over default." in call("route", "preview", PHONE).output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--over", "nowhere"], "There is no gateway"),
        (["--over", "default=x"], "GATEWAY=WEIGHT"),
        (["--over", "default=1001"], "weights"),
        (["--over", "default", "--code", "9"], "three digits"),
        (["--over", "default", "--mailing", "99"], "mailing"),
    ],
)
def test_a_rule_that_is_wrong_is_refused(ledger: Connection, words: list[str], said: str) -> None:
    del ledger
    with pytest.raises(InvalidInput, match=said):
        call("route", "add", *words)


def test_the_doctor_has_a_line_for_each_gateway(ledger: Connection) -> None:
    number = add_gateway(ledger, "reserve")
    assert "reserve: working" in call("doctor").output
    ledger.execute("UPDATE vestnik_gatewaystate SET out_at = now(), out_code = 'http_401' WHERE id = %s", [number])
    output = call("doctor").output
    assert "reserve: out http_401" in output
    assert "vestnik gateway put-back reserve" in output


def test_certificates_and_their_key_come_from_files(ledger: Connection, tmp_path: Path) -> None:
    del ledger
    files = dict(zip(("client_certificate", "client_key"), parts(Authority(tmp_path).certificate("us")), strict=True))
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    given = [word for name in files for word in ("--file", f"{name}={tmp_path / name}")]
    settings = ("--set", "url=https://127.0.0.1:9", "--set", "proxy=http://127.0.0.1:9", "--set", "proxy_login=me")
    call("gateway", "add", "bank", "--kind", "probe", *settings, *given, text="token=x\nproxy_password=y\n")
    stored = decrypt(Gateway.objects.get(name="bank").secrets)
    assert stored == {"token": "x", "client_key": files["client_key"], "proxy_password": "y"}
    assert "client_key   is set" in call("gateway", "show", "bank").output
    with pytest.raises(InvalidInput, match="--file client_key=PATH"):
        call("gateway", "edit", "bank", "--set", "client_key=x")
    for wrong, said in (("client_key", "NAME=PATH"), (f"client_key={tmp_path}/no", "cannot be read")):
        with pytest.raises(InvalidInput, match=said):
            call("gateway", "edit", "bank", "--file", wrong)
