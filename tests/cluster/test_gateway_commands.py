"""The commands of gateways and routes, on a real ledger and a real simulator."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.gateways import add_gateway
from harness.rows import add_mailing
from harness.simulator_client import SimulatorClient
from tests.cluster.test_operator_commands import call
from tests.gateways.certificates import Authority
from tests.gateways.parts import parts
from vestnik.db.connection import Connection
from vestnik.encryption import decrypt
from vestnik.errors import ClusterError, InvalidInput, StateForbids
from vestnik.models import AuditEntry, Gateway, Route
from vestnik.routing.check import request_to
from vestnik.routing.find import get_gateway

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
    assert re.search("^receipts url http.*/gateways/reserve/receipts/", shown, re.MULTILINE)
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
        (["test", "default", PHONE, "--text", "\u200b"], "text"),
        (["dry-run", "default", "--phone", "12"], "phone"),
        (["dry-run", "default", "--phone", PHONE, "--text", " "], "text"),
        (["dry-run", "default", "--phone", PHONE, "--text", "x" * 2_001], "text"),
    ],
)
def test_what_is_wrong_is_said(ledger: Connection, words: list[str], said: str) -> None:
    del ledger
    with pytest.raises(InvalidInput, match=said):
        call("gateway", *words)


def test_a_dry_run_shows_the_request_as_rest_does_and_sends_nothing(
    ledger: Connection, simulator: SimulatorClient
) -> None:
    del ledger
    add(simulator)
    shown = call("gateway", "dry-run", "reserve", "--phone", "+7 911 123-45-67", "--text", "Привет").output
    assert shown.startswith("POST /send/")
    assert shown.endswith('"text":"Привет"}\n')
    assert "Authorization: Bearer ********" in shown
    assert simulator.token not in shown
    assert simulator.totals()["requests"] == 0
    over_rest = request_to(get_gateway(name="reserve"), phone=int(PHONE), text="Привет")
    assert shown.splitlines() == over_rest.splitlines()


def test_a_dry_run_refuses_what_a_test_message_refuses(ledger: Connection) -> None:
    del ledger
    call("gateway", "add", "cheap", "--kind", "smsru", text="api_id=x\n")
    words = [["dry-run", "cheap", "--phone", PHONE], ["test", "cheap", PHONE]]
    for command in words:
        with pytest.raises(InvalidInput, match="“cheap” takes at most 8 SMS parts, and this text has 15"):
            call("gateway", *command, "--text", "ж" * 1_000)


def test_a_rate_limit_is_set_and_removed_again_on_record(ledger: Connection) -> None:
    del ledger
    call("gateway", "add", "reserve", "--kind", "probe", "--set", "url=http://127.0.0.1:9", text="token=x\n")
    Gateway.objects.filter(name="reserve").update(enabled=True)
    call("gateway", "edit", "reserve", "--rate", "20")
    assert Gateway.objects.get(name="reserve").max_rate == 20
    assert call("gateway", "edit", "reserve", "--no-rate").output == "reserve is changed; it is enabled\n"
    assert Gateway.objects.get(name="reserve").max_rate is None
    assert AuditEntry.objects.latest("id").details == {"name": "reserve", "changed": ["max_rate"]}
    with pytest.raises(InvalidInput, match="--rate or --no-rate, not both"):
        call("gateway", "edit", "reserve", "--no-rate", "--rate", "5")


def test_a_suspended_gateway_is_listed_with_the_word_that_people_use(ledger: Connection) -> None:
    number = add_gateway(ledger, "reserve")
    ledger.execute("UPDATE vestnik_gatewaystate SET out_at = now(), out_code = 'http_401' WHERE id = %s", [number])
    assert "\tout (suspended)\tno limit\thttp_401\n" in call("gateway", "list").output
    assert "state        out (suspended) http_401\n" in call("gateway", "show", "reserve").output


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


def rule(ledger: Connection) -> Route:
    """A rule in which everything is set, for a mailing that is there."""
    add_gateway(ledger, "reserve")
    mailing = add_mailing(ledger)
    made = (
        "--over",
        "reserve=70",
        "--fallback",
        "default",
        "--code",
        "911",
        "--mailing",
        str(mailing),
        "--name",
        "MTS",
    )
    call("route", "add", *made)
    return Route.objects.get(name="MTS")


#: What an edit is given, and what the rule has then.
EDITS: list[tuple[list[str], dict[str, Any]]] = [
    (["--name", "All"], {"name": "All"}),
    (["--name", ""], {"name": ""}),
    (["--code", "921", "--code", "920"], {"operator_codes": [920, 921]}),
    (["--all-codes"], {"operator_codes": None}),
    (["--all-mailings"], {"mailing_id": None}),
    (["--no-fallback"], {"fallbacks": []}),
    (["--over", "reserve=5"], {"weights": [5]}),
    (["--over", "default=3", "--fallback", "reserve"], {"gateways": [1], "weights": [3]}),
]


@pytest.mark.parametrize(("words", "changed"), EDITS)
def test_an_edit_changes_what_is_given_and_nothing_else_on_record(
    ledger: Connection, words: list[str], changed: dict[str, Any]
) -> None:
    before = rule(ledger)
    number = before.id
    assert call("route", "edit", str(number), *words).output.startswith(f"rule {number} is changed; it is at place 1\n")
    after = Route.objects.get(id=number)
    names = ["name", "operator_codes", "mailing_id", "gateways", "weights", "fallbacks"]
    if "--fallback" in words:
        names.remove("fallbacks")
        assert after.fallbacks == before.gateways
    assert {name: getattr(after, name) for name in names} == {
        **{name: getattr(before, name) for name in names}, **changed
    }  # fmt: skip
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.actor_name, entry.object_id) == ("route.edit", "system", number)


def test_an_edit_moves_a_rule_and_one_that_changes_nothing_says_so(ledger: Connection) -> None:
    number = rule(ledger).id
    call("route", "add", "--over", "default", "--code", "999")
    assert call("route", "edit", str(number), "--place", "2").output.startswith(
        f"rule {number} is changed; it is at place 2"
    )
    assert AuditEntry.objects.latest("id").action == "route.move"
    assert call("route", "edit", str(number), "--name", "MTS").output.startswith(f"rule {number} stays as it was")
    assert AuditEntry.objects.latest("id").action == "route.move"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Give at least one option"),
        (["--over", "nowhere"], "There is no gateway"),
        (["--over", "default=1001"], "weights"),
        (["--code", "9"], "three digits"),
        (["--mailing", "999999"], "mailing"),
        (["--fallback", "reserve"], "named twice"),
        (["--fallback", "default", "--no-fallback"], "--no-fallback"),
        (["--code", "911", "--all-codes"], "--all-codes"),
        (["--mailing", "1", "--all-mailings"], "--all-mailings"),
    ],
)
def test_an_edit_that_is_wrong_is_refused_and_changes_nothing(ledger: Connection, words: list[str], said: str) -> None:
    number = rule(ledger).id
    with pytest.raises(InvalidInput, match=said):
        call("route", "edit", str(number), *words)
    assert Route.objects.get(id=number).version == 1


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
