"""The kind ``smpp`` as people set it up: what they enter, and what the check says."""

import ssl
import time
from pathlib import Path

import pytest

from tests.gateways.certificates import Authority, server
from tests.gateways.parts import parts
from tests.smpp.cast import PHONE, Client, smsc, until
from tests.sockets import closed_port
from vestnik.cluster.processes import wait_for
from vestnik.errors import InvalidInput
from vestnik.gateways.adapters import make_adapter
from vestnik.gateways.adapters.smpp import Smpp
from vestnik.gateways.channel import ConnectionOptions
from vestnik.gateways.outcome import Kind
from vestnik.smpp.fields import read_bind, read_message
from vestnik.smpp.pdu import Command

GIVEN = {"host": "127.0.0.1", "system_id": "vestnik", "password": "secret", "sender": "Vestnik"}


def adapter(**given: object) -> Smpp:
    made = make_adapter("smpp", {**GIVEN, **given})
    assert isinstance(made, Smpp)
    return made


@pytest.mark.parametrize(("given", "field"), [
    ({"host": ""}, "host"), ({"password": ""}, "password"), ({"sender": ""}, "sender"), ({"port": "0"}, "port"),
    ({"port": "65536"}, "port"), ({"system_id": "x" * 16}, "system_id"), ({"system_id": "логин"}, "system_id"),
    ({"password": "x" * 65}, "password"), ({"sender": "x" * 21}, "sender"), ({"sender": "Вестник"}, "sender"),
    ({"window": "0"}, "window"), ({"rate": "-1"}, "rate"), ({"encoding": "utf8"}, "encoding"),
    ({"long_texts": "csms"}, "long_texts"), ({"receipts": "maybe"}, "receipts"),
    ({"account_codes": "x"}, "account_codes"),
    ({"throttle_codes": "0x"}, "throttle_codes"), ({"refused_codes": "1;2"}, "refused_codes"),
    ({"what": "1"}, "what"),
])  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(given: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        adapter(**given)
    assert list(error.value.fields) == [field]
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(("sender", "given", "expected"), [
    ("Vestnik", {}, (5, 0, "Vestnik")), ("1234", {}, (0, 0, "1234")), ("79001234567", {}, (1, 1, "79001234567")),
    ("+79001234567", {}, (1, 1, "79001234567")), ("1234", {"sender_ton": "3", "sender_npi": "1"}, (3, 1, "1234")),
])  # fmt: skip
def test_the_kind_of_a_sender_is_seen_by_its_looks(sender: str, given: dict[str, str], expected: object) -> None:
    submits: list[object] = []

    def play(client: Client) -> None:
        client.bind()
        submits.append(read_message(client.expect(Command.SUBMIT_SM).body))

    with smsc(play) as port:
        opened = adapter(sender=sender, port=port, **given).open(
            concurrency=1, timeout=5, options=ConnectionOptions()
        )  # fmt: skip
        try:
            opened.hand_over(1, PHONE, opened.prepare("x", expires_at=time.time() + 60), 5)
            until(opened, lambda: submits)
        finally:
            opened.close()
    assert submits[0].source == expected  # type: ignore[attr-defined]


def test_the_settings_reach_the_session() -> None:
    binds: list[object] = []

    def play(client: Client) -> None:
        binds.append(read_bind(client.bind().body))
        client.send(
            Command.SUBMIT_SM_RESP, client.expect(Command.SUBMIT_SM).sequence, status=0x400
        )  # fmt: skip
        client.next()

    with smsc(play) as port:
        made = adapter(port=str(port), system_type="VMS", account_codes="0x400, 1025", window="7", binds="2", rate="9")
        opened = made.open(concurrency=100, timeout=5, options=ConnectionOptions())
        try:
            assert (opened.free, made.max_rate()) == (14, 9)
            opened.hand_over(1, PHONE, opened.prepare("x", expires_at=time.time() + 60), 5)
            (answer,) = until(opened, lambda: opened.in_flight == 0)
        finally:
            opened.close()
    assert answer.outcome.kind is Kind.UNAUTHORIZED
    assert binds[0] == ("vestnik", "secret", "VMS")


def test_the_check_opens_a_session_and_ends_it() -> None:
    ended: list[Client] = []

    def play(client: Client) -> None:
        client.bind()
        client.expect(Command.UNBIND)
        ended.append(client)

    with smsc(play) as port:
        assert adapter(port=port).check(ConnectionOptions()).good
    assert wait_for(lambda: len(ended) == 1, seconds=20)  # the SMSC reads in a thread of its own


def test_one_of_several_sessions_is_left_for_checks_and_a_check_takes_one() -> None:
    sessions: list[Client] = []

    def play(client: Client) -> None:
        sessions.append(client)
        wait_for(lambda: len(sessions) > 1, seconds=0.5)  # a second one would begin at the same time
        client.bind()
        client.expect(Command.UNBIND)

    assert [adapter(sessions=number).max_at_once() for number in ("", 1, 2, 5)] == [None, 1, 1, 4]
    with smsc(play) as port:
        assert adapter(port=port, binds=2).check(ConnectionOptions()).good
    assert len(sessions) == 1


def test_a_session_over_tls_with_a_certificate_of_ones_own(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = server(authority.certificate("127.0.0.1"), verify_mode=ssl.CERT_REQUIRED)
    context.load_verify_locations(authority.file)
    certificate, key = parts(authority.certificate("us"))
    trusting = {"tls": True, "ca_certificates": authority.file.read_text()}

    def play(client: Client) -> None:
        client.bind()
        client.expect(Command.UNBIND)

    with smsc(play, context) as port:
        own = adapter(port=port, **trusting, client_certificate=certificate, client_key=key)
        assert own.check(own.options).good
        without = adapter(port=port, **trusting)
        assert not without.check(without.options).good
        doubting = adapter(port=port, tls=True, client_certificate=certificate, client_key=key)
        assert "certificate" in doubting.check(doubting.options).words


def test_the_check_says_why_there_is_no_session() -> None:
    with smsc(lambda client: [client.bind(0x0E), client.next()]) as port:  # type: ignore[arg-type,func-returns-value]
        found = adapter(port=port).check(ConnectionOptions())
    assert (found.good, "ESME_RINVPASWD: invalid password" in found.words) == (False, True)
    found = adapter(port=closed_port()).check(ConnectionOptions())
    assert (found.good, "refused" in found.words) == (False, True)


def test_the_password_is_in_no_representation() -> None:
    assert "secret" not in repr(adapter(password="secret-word"))
