"""TLS: who is trusted, what is written before the handshake is over, and where an answer ends."""

import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.gateways.certificates import Authority, server
from tests.gateways.peer import Peer
from tests.gateways.stage import OK, OK_BODY, SEVEN, Stage, stage
from vestnik.gateways.channel import ConnectionOptions
from vestnik.gateways.outcome import SUCCESS, Kind
from vestnik.gateways.transport.tls import make_context

UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + OK_BODY
CLOSING = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 25\r\n\r\n" + OK_BODY
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}

versions = pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS.keys())


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that nobody trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"), "a stranger")


@pytest.fixture(scope="module")
def namesake(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """One that is called as the right one is, and has another key."""
    return Authority(tmp_path_factory.mktemp("namesake"))


@pytest.fixture(scope="module")
def trusted(authority: Authority) -> Path:
    return authority.certificate("localhost", "127.0.0.1")


def only(version: ssl.TLSVersion, certificate: Path, **changes: object) -> ssl.SSLContext:
    return server(certificate, minimum_version=version, maximum_version=version, **changes)


def asked(scene: Stage) -> Peer:
    scene.hand_over()
    return scene.request()


def assert_success(scene: Stage, count: int = 2) -> None:
    for _ in range(count):
        scene.send(asked(scene), OK)
        assert scene.outcome() is SUCCESS


def assert_nothing_sent(scene: Stage, code: str = "tls") -> None:
    outcome = scene.outcome_of_new()
    assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, code)
    assert all(not peer.plain for peer in scene.peers)


# -- whom it trusts


def test_an_authority_of_ones_own_is_trusted_by_name_and_by_address(authority: Authority, trusted: Path) -> None:
    for host in ("localhost", "127.0.0.1"):
        with stage(tls=server(trusted), url=f"https://{host}:{{port}}", verify_file=str(authority.file)) as scene:
            assert_success(scene)


def test_authorities_of_a_gateway_are_trusted_instead_of_the_machines(
    authority: Authority, stranger: Authority, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gets a certificate of an authority that the machine knows is no reason to tell them our messages."""
    monkeypatch.setenv("SSL_CERT_FILE", str(stranger.file))
    own = authority.file.read_text()
    with stage(tls=server(stranger.certificate("localhost")), url="https://localhost:{port}") as scene:
        assert_success(scene)  # the machine's
    with stage(tls=server(stranger.certificate("localhost")), url="https://localhost:{port}", authorities=own) as scene:
        assert_nothing_sent(scene)
    with stage(tls=server(trusted), url="https://localhost:{port}", authorities=own) as scene:
        assert_success(scene)
    options = ConnectionOptions(authorities=own)
    for protocol in ("http/1.1", None):  # None: SMPP's
        names = [each["subject"] for each in make_context(options, protocol=protocol).get_ca_certs()]
        assert len(names) == 1, names


def test_certificates_that_are_not_right_get_nothing(
    authority: Authority, stranger: Authority, namesake: Authority
) -> None:
    day = timedelta(days=1)
    for certificate in (
        authority.certificate("gateway.example"),
        authority.certificate("127.0.0.1"),
        authority.certificate("*.localhost"),
        authority.certificate("localhost", begins=-2 * day, ends=-day),
        authority.certificate("localhost", begins=day, ends=2 * day),
        authority.certificate("localhost", self_signed=True),
        stranger.certificate("localhost"),
        namesake.certificate("localhost"),
    ):
        with stage(tls=server(certificate), verify_file=str(authority.file)) as scene:
            assert_nothing_sent(scene)


def test_the_machines_authorities_do_not_know_ours(trusted: Path) -> None:
    with stage(tls=server(trusted)) as scene:
        assert_nothing_sent(scene)


# -- versions


@versions
def test_servers_of_one_version_only_are_served(authority: Authority, trusted: Path, version: ssl.TLSVersion) -> None:
    with stage(tls=only(version, trusted), verify_file=str(authority.file)) as scene:
        assert_success(scene)
        assert scene.peers[0].tls is not None
        assert scene.peers[0].tls.version() == f"TLSv1.{version - 0x0301}"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_tls_1_1_is_refused(authority: Authority, trusted: Path) -> None:
    old = only(ssl.TLSVersion.TLSv1_1, trusted)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with stage(tls=old, verify_file=str(authority.file)) as scene:
        assert_nothing_sent(scene)
        assert scene.peers[0].mistake is not None
        assert "UNSUPPORTED_PROTOCOL" in str(scene.peers[0].mistake)


def test_a_server_that_speaks_plain_http_or_noise_gets_nothing(authority: Authority) -> None:
    for data in (b"HTTP/1.1 400 Bad Request\r\n\r\n", OK, b"\x15\x03\x03\x00\x02\x02\x28", b"\x00" * 100):
        with stage(url="https://localhost:{port}", verify_file=str(authority.file)) as scene:
            scene.hand_over()
            peer = scene.peer()
            peer.push(data)
            outcome = scene.outcome()
            assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "tls")
            assert b"POST" not in peer.plain


# -- our own certificate


@versions
@pytest.mark.parametrize("close", [Peer.finish, Peer.close], ids=["half-closes", "closes unread"])
def test_a_certificate_of_our_own_is_shown_and_without_the_right_one_nothing_was_sent(
    authority: Authority,
    stranger: Authority,
    namesake: Authority,
    trusted: Path,
    version: ssl.TLSVersion,
    close: Callable[[Peer], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In TLS 1.3 the refusal comes when the request is written already; the server has not read it."""
    monkeypatch.setattr(Peer, "finish", close)  # what it does after the alert
    picky = only(version, trusted, verify_mode=ssl.CERT_REQUIRED)
    picky.load_verify_locations(authority.file)
    right = authority.certificate("vestnik")
    with stage(tls=picky, verify_file=str(authority.file), client_certificate=str(right)) as scene:
        assert_success(scene)
        assert scene.peers[0].tls is not None
        subject = (scene.peers[0].tls.getpeercert() or {})["subject"]
        assert subject == ((("commonName", "vestnik"),),)
    wrong = [{"client_certificate": str(other.certificate("vestnik"))} for other in (stranger, namesake)]
    for options in ({}, *wrong):
        with stage(tls=picky, verify_file=str(authority.file), **options) as scene:
            for _ in range(3):
                assert_nothing_sent(scene)


# -- where an answer ends


@versions
def test_the_end_of_tls_in_the_flight_of_the_answer_ends_it(
    authority: Authority, trusted: Path, version: ssl.TLSVersion
) -> None:
    with stage(tls=only(version, trusted), verify_file=str(authority.file)) as scene:
        for answer in (OK, CLOSING, UNTIL_CLOSE, OK):
            peer = asked(scene)
            peer.push(peer.sealed(answer) + peer.farewell())
            assert scene.outcome() is SUCCESS
        assert len(scene.peers) == 4


@versions
def test_an_answer_without_a_length_and_without_the_end_of_tls_may_be_cut(
    authority: Authority, trusted: Path, version: ssl.TLSVersion
) -> None:
    """Whoever can cut the connection could cut the answer; with its length known it is whole."""
    with stage(tls=only(version, trusted), verify_file=str(authority.file)) as scene:
        for answer, end, code in (
            (UNTIL_CLOSE, Peer.finish, "reset"),
            (UNTIL_CLOSE, Peer.reset, "reset"),
            (CLOSING, Peer.finish, "0"),
            (OK, Peer.finish, "0"),
        ):
            peer = asked(scene)
            peer.push(peer.sealed(answer))
            end(peer)
            assert scene.outcome().code == code
        assert {answer.outcome.kind for answer in scene.all_answers} == {Kind.AMBIGUOUS, Kind.SUCCESS}


@versions
def test_an_encrypted_answer_may_pause_anywhere_and_is_in_doubt_where_it_ends(
    authority: Authority, trusted: Path, version: ssl.TLSVersion
) -> None:
    with stage(tls=only(version, trusted), verify_file=str(authority.file)) as scene:
        peer = asked(scene)
        length = len(OK) + 22 + (version is VERSIONS["1.2"]) * 7
        for cut in range(1, length):
            sealed = peer.sealed(OK)
            assert abs(len(sealed) - length) < 10
            peer.push(sealed[:cut])
            scene.turn()
            assert scene.answers == []
            peer.push(sealed[cut:])
            assert scene.outcome() is SUCCESS
            assert asked(scene) is peer
        for cut in range(0, length, 5):
            peer.push(peer.sealed(OK)[:cut])
            peer.finish()
            outcome = scene.outcome()
            assert (outcome.kind, outcome.code) == (Kind.AMBIGUOUS, "reset")
            peer = asked(scene)


@versions
def test_bytes_that_were_changed_on_the_way_are_in_doubt(
    authority: Authority, trusted: Path, version: ssl.TLSVersion
) -> None:
    with stage(tls=only(version, trusted), verify_file=str(authority.file)) as scene:
        peer = asked(scene)
        sealed = bytearray(peer.sealed(OK))
        sealed[-1] ^= 1
        peer.push(bytes(sealed))
        outcome = scene.outcome()
        assert (outcome.kind, outcome.code) == (Kind.AMBIGUOUS, "reset")
        assert_success(scene)


@versions
def test_a_kept_connection_that_ends_or_talks_unasked_is_replaced(
    authority: Authority, trusted: Path, version: ssl.TLSVersion
) -> None:
    def farewell(peer: Peer) -> None:
        peer.push(peer.farewell())

    def unasked(peer: Peer) -> None:
        peer.push(peer.sealed(OK))

    with stage(tls=only(version, trusted), verify_file=str(authority.file)) as scene:
        for end in (farewell, unasked, Peer.finish, Peer.reset, unasked):
            assert_success(scene)
            end(scene.peers[-1])
            peer = asked(scene)
            scene.send(peer, SEVEN)
            assert scene.outcome().code == "7"
        assert len(scene.peers) == 6


# -- the handshake


@versions
def test_a_handshake_that_breaks_off_sent_nothing(authority: Authority, trusted: Path, version: ssl.TLSVersion) -> None:
    """The server reads so many bytes of it, and is gone; from its half on it goes on and is a success."""
    for read in (0, 1, 5, 100):
        with stage(tls=only(version, trusted), verify_file=str(authority.file), read_at_most=read) as scene:
            scene.hand_over()
            peer = scene.peer()
            peer.finish()
            outcome = scene.outcome()
            assert (outcome.kind, outcome.code) == (Kind.NOT_SENT, "tls")


@versions
def test_the_second_connection_resumes_the_session_of_the_first(
    authority: Authority, trusted: Path, version: ssl.TLSVersion
) -> None:
    with stage(tls=only(version, trusted), verify_file=str(authority.file)) as scene:
        for answer in (CLOSING, CLOSING, OK):
            peer = asked(scene)
            peer.push(peer.sealed(answer))
            assert scene.outcome() is SUCCESS
        reused = [peer.tls.session_reused for peer in scene.peers if peer.tls is not None]
        assert reused == [False, True, True]


def test_a_server_that_has_forgotten_the_session_is_served_all_the_same(authority: Authority, trusted: Path) -> None:
    with stage(tls=server(trusted), verify_file=str(authority.file)) as scene:
        assert_success(scene)
        scene.peers[-1].reset()
        scene.tls = server(trusted)  # other keys
        assert_success(scene)
        peer = scene.peers[-1]
        assert peer.tls is not None
        assert peer.tls.session_reused is False
