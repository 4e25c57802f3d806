"""rediss:// and amqps:// check the broker's certificate and its name, unless the address says that they must not."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from kombu import Connection

from harness.servers import redis
from harness.simulator import TLS
from tests.programs import needed
from vestnik.broker.trial import Step, try_broker
from vestnik.broker_address import read_broker_address
from vestnik.cluster.plan import free_port
from vestnik.errors import SettingError

CERT, KEY, ELSEWHERE = TLS / "cert.pem", TLS / "key.pem", TLS / "elsewhere.pem"

#: Seconds that a client waits for a server.
LIMITS = {"socket_connect_timeout": 30, "socket_timeout": 30}


@contextmanager
def tls_server(certificate: Path = CERT, *, host: str = "127.0.0.1") -> Iterator[tuple[int, list[bool]]]:
    """Shakes hands and closes. Gives its port, and whether each client believed it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, KEY)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # in 1.3 a client may object after the server is done
    believed: list[bool] = []
    listener = socket.create_server((host, 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listener.accept()
                try:
                    context.wrap_socket(plain, server_side=True).close()
                    believed.append(True)
                except OSError:
                    believed.append(False)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], believed
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(30)


def shake_hands(connection: Connection) -> None:
    """Connect as Celery does, but without its two seconds before it tries once more."""
    connection.ensure_connection(max_retries=1, interval_start=0)


def believes(url: str) -> None:
    """Connect as Celery does with what we read, as far as the handshake."""
    address = read_broker_address(url)
    with (
        Connection(address.url, ssl=address.tls or False, transport_options=LIMITS) as connection,
        suppress(Exception),
    ):
        shake_hands(connection)


#: What the address says, and whether a client then believes a server with our certificate.
SAYS = {
    "": False,
    f"?ssl_ca_certs={CERT}": True,
    f"?cacertfile={CERT}": True,
    f"?ssl_ca_certs={ELSEWHERE}": False,
    f"?ssl_ca_certs={ELSEWHERE}&ssl_cert_reqs=required": False,
    "?ssl_cert_reqs=none": True,
    "?ssl_cert_reqs=CERT_NONE": True,
    "?verify=verify_none": True,
    "?ssl_cert_reqs=optional": False,
    "?verify=verify_peer": False,
    "?ssl_check_hostname=false": False,
}


@pytest.mark.parametrize("scheme", ["rediss", "amqps"])
@pytest.mark.parametrize("says", SAYS)
def test_a_certificate_is_checked_unless_the_address_says_otherwise(scheme: str, says: str) -> None:
    with tls_server() as (port, believed):
        believes(f"{scheme}://u:p@127.0.0.1:{port}/0{says}")
        assert believed, "nobody connected"
        assert set(believed) == {SAYS[says]}


@pytest.mark.parametrize("scheme", ["rediss", "amqps"])
@pytest.mark.parametrize(("more", "wanted"), [("", False), ("&ssl_check_hostname=false", True)])
def test_the_name_in_the_certificate_is_checked(scheme: str, more: str, wanted: bool) -> None:
    with tls_server(ELSEWHERE) as (port, believed):
        believes(f"{scheme}://u:p@127.0.0.1:{port}/0?ssl_ca_certs={ELSEWHERE}{more}")
        assert set(believed) == {wanted}


@pytest.mark.parametrize("scheme", ["rediss", "amqps"])
def test_of_several_brokers_each_is_checked_by_its_own_name(scheme: str) -> None:
    """The certificate is 127.0.0.1's: the second broker must not be believed under the name of the first."""
    with tls_server() as (right, first), tls_server(host="127.0.0.2") as (wrong, second):
        hosts = (f"127.0.0.1:{right}", f"127.0.0.2:{wrong}")
        address = read_broker_address(";".join(f"{scheme}://u:p@{host}/0?ssl_ca_certs={CERT}" for host in hosts))
        with Connection(address.url, ssl=address.tls, transport_options=LIMITS) as connection:
            for url in address.url.split(";"):
                connection.switch(url)
                with suppress(Exception):
                    shake_hands(connection)
        assert (set(first), set(second)) == ({True}, {False})


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("redis://u:s3cret@h/0?ssl_cert_reqs=none", "does not use TLS"),
        ("rediss://u:s3cret@h/0?ssl_cert_reqs=perhaps", "use one of required"),
        ("rediss://u:s3cret@h/0?ssl_ca_certs=/nowhere.pem", "not a readable file"),
        ("amqps://u:s3cret@h/0?verify=maybe", "use one of"),
        ("amqps://u:s3cret@h/0?keyfile=" + str(KEY), "without a certificate"),
        ("rediss://u:s3cret@h/0;redis://u:s3cret@g/0", "several brokers"),
        (f"rediss://u:s3cret@h/0;rediss://u:s3cret@g/0?ssl_ca_certs={CERT}", "several brokers"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence_without_the_password(url: str, words: str) -> None:
    with pytest.raises(SettingError, match=words) as raised:
        read_broker_address(url)
    assert "s3cret" not in str(raised.value)


def test_other_parameters_stay_and_plain_addresses_are_left_alone() -> None:
    assert read_broker_address("rediss://h/0?client_name=a&verify=verify_none").url == "rediss://h/0?client_name=a"
    for url in ("redis://:p@h:6379/0", "amqp://u:p@h//", "redis+socket://:p@/run/a.sock", "memory://"):
        address = read_broker_address(url)
        assert (address.url, address.tls) == (url, None)


def test_nudges_pass_through_a_real_redis_with_tls(tmp_path: Path) -> None:
    port = free_port("127.0.0.1")
    program = Path(needed("redis-server", package="redis-server"))
    files = ["--tls-cert-file", CERT, "--tls-key-file", KEY, "--tls-ca-cert-file", CERT, "--tls-auth-clients", "no"]
    with redis(tmp_path, program, "--tls-port", str(port), *map(str, files)):
        url = f"rediss://127.0.0.1:{port}/0"
        assert try_broker(url=f"{url}?ssl_ca_certs={CERT}") is None
        refusal = try_broker(url=url)
        assert refusal is not None
        assert (refusal.step, "CERTIFICATE_VERIFY_FAILED" in refusal.said) == (Step.CONNECT, True)
