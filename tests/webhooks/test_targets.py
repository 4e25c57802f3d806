"""No webhook reaches a private network, however its address is written, and a name that changes does not help."""

import socket
from typing import Any

import pytest

from harness.webhook_receiver import receiving
from vestnik.errors import InvalidInput
from vestnik.webhooks import targets
from vestnik.webhooks.post import post
from vestnik.webhooks.targets import NoTarget, addresses_of, read_target


def words(text: str) -> list[str]:
    return text.split()


#: Addresses that are ours, a machine's own, a cloud's metadata, or nobody's.
PRIVATE_4 = words("""
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.254 127.0.0.1 127.1.2.3
    127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.254 192.0.0.1
    192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.168.255.254 192.175.48.1 198.18.0.1
    198.19.255.254 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
""")
PRIVATE_6 = words("""
    :: ::1 ::127.0.0.1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:8.8.8.8
    ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1
    2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a00:1::1 2002:c0a8:101::
    2620:4f:8000::1 3ffe::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fd12:3456::1 fe80::1 fec0::1 ff02::1 ff05::1 4000::1
""")
#: Other ways to write 127.0.0.1, 10.0.0.1 and 169.254.169.254 that some resolvers take.
NUMBERS = words("""
    2130706433 017700000001 0x7f000001 0x7f.0.0.1 0x7f.0x0.0x0.0x1 0177.0.0.1 0177.0.0.01 127.1 127.0.1 127.0.0.1.
    127.0.0.0x1 127.00.00.01 127.0.0.001 0 00 0x0 1 10.1 167772161 0xa000001 012.0.0.1 2852039166 0xa9fea9fe
    0xA9FEA9FE 0xa9.0xfe.0xa9.0xfe 169.254.43518 0251.0376.0251.0376 425.510.425.510 256.256.256.256 127.0.0.1.1
    4294967296 00000177.0.0.1 0x07f.1 127.0x000001 example.0x1 example.1 1.2.3 0x
""")
#: Ways to confuse the reading of an address.
CONFUSING = [
    "https://example.org@127.0.0.1/",
    "https://127.0.0.1@example.org/",
    "https://user:password@example.org/",
    "https://@example.org/",
    "https://example.org#@127.0.0.1/",
    "https://example.org/#part",
    "https://example.org\\@127.0.0.1/",
    "https:\\\\127.0.0.1/",
    "https:/\\127.0.0.1",
    "https:example.org",
    "https:/example.org",
    "https:///example.org",
    "https://",
    "https:// example.org",
    "https://example.org/a b",
    " https://example.org",
    "https://example.org\t",
    "https://exam\nple.org",
    "https://example.org/\r\nHost: 127.0.0.1",
    "https://example.org%00.evil.org/",
    "https://127.0.0.1%2f@example.org/",
    "https://%31%32%37.0.0.1/",
    "https://127%2e0.0.1/",
    "https://exa%6dple.org",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://１２７.0.0.1/",
    "https://пример.рф/",
    "https://exämple.org",
    "https://[::1",
    "https://::1/",
    "https://::1]/",
    "https://[::1]example.org/",
    "https://[127.0.0.1]/",
    "https://[fe80::1%25eth0]/",
    "https://[::1%eth0]/",
    "https://[v1.fe80::1]/",
    "https://[example.org]/",
    "https://example.org:99999/",
    "https://example.org:-1/",
    "https://example.org:abc/",
    "https://example.org:0x50/",
    "https://exam_ple..org/",
    "https://-example.org/",
    "https://example-.org/",
    "https://.example.org/",
    "https://./",
    "https://example.org,127.0.0.1/",
    "https://example.org;127.0.0.1/",
    "https://exa$mple.org/",
    "https://*.example.org/",
    "https://" + "a" * 64 + ".org/",
    "https://" + "a." * 127 + "org/",
    "https://example.org/" + "a" * 2_000,
]
INSIDE = words("""
    localhost localhost. LOCALHOST foo.localhost foo.localhost. localhost.localdomain printer.local
    metadata.google.internal METADATA.GOOGLE.INTERNAL db.internal intranet www.intranet router.lan nas.home.arpa
    postgres vestnik-db
""")
SCHEMES = words("""
    http://example.org ftp://example.org file:///etc/passwd gopher://127.0.0.1:6379/_x dict://127.0.0.1:11211/
    ldap://example.org javascript:alert(1) data:text/plain,x //example.org example.org /etc/passwd ws://example.org
    unix:///run/docker.sock httpss://example.org
""")
PORTS = [
    f"https://example.org:{port}/"
    for port in (1, 21, 22, 23, 25, 53, 110, 111, 135, 139, 143, 389, 445, 465, 587, 993, 1023)
]
EVERY = [
    *(f"https://{host}/" for host in (*PRIVATE_4, *NUMBERS, *INSIDE)),
    *(f"https://[{host}]/" for host in PRIVATE_6),
    *CONFUSING,
    *SCHEMES,
    *PORTS,
]
GOOD = [
    ("https://example.org", "example.org", 443, "/"),
    ("HTTPS://Example.ORG./Hook", "example.org", 443, "/Hook"),
    ("https://example.org:443/a?b=c", "example.org", 443, "/a?b=c"),
    ("https://example.org:8443/", "example.org", 8443, "/"),
    ("https://8.8.8.8/", "8.8.8.8", 443, "/"),
    ("https://[2606:4700::6810:84e5]/", "2606:4700::6810:84e5", 443, "/"),
    ("https://[2606:4700:0::6810:84e5]:8080/", "2606:4700::6810:84e5", 8080, "/"),
    ("https://xn--e1afmkfd.xn--p1ai/", "xn--e1afmkfd.xn--p1ai", 443, "/"),
    ("https://a-b_c.example.org/@x", "a-b_c.example.org", 443, "/@x"),
    ("https://example.org?x=1", "example.org", 443, "/?x=1"),
]


def test_there_are_two_hundred_cases() -> None:
    assert len(EVERY) == len(set(EVERY)) >= 200


@pytest.mark.parametrize("url", EVERY)
def test_an_address_that_is_not_plainly_public_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        read_target(url, allow_private=False)


@pytest.mark.parametrize(("url", "host", "port", "path"), GOOD)
def test_a_public_address_is_read(url: str, host: str, port: int, path: str) -> None:
    target = read_target(url, allow_private=False)
    assert (target.host, target.port, target.path) == (host, port, path)


@pytest.mark.parametrize("address", [*PRIVATE_4, *PRIVATE_6])
def test_a_name_that_stands_for_a_private_address_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it is one of several: each of them might be tried."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443)),
        (family, socket.SOCK_STREAM, 6, "", (address, 443)),
    ]
    monkeypatch.setattr(targets.socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(NoTarget, match="private"):
        addresses_of(read_target("https://example.org", allow_private=False), allow_private=False)


def test_an_address_with_a_zone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2606:4700::1%lo", 443, 0, 1))]
    monkeypatch.setattr(targets.socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(NoTarget):
        addresses_of(read_target("https://example.org", allow_private=False), allow_private=False)


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name changes after the check (DNS rebinding): nobody looks it up again."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def changing(host: str, *rest: Any, **more: Any) -> Any:
        if host != "hook.example.org":
            return real(host, *rest, **more)
        asked.append(host)
        # First the checked one, where nobody listens, then the one that an attacker wants us to reach.
        address = "127.0.0.2" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, rest[0]))]

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    with receiving() as inside:
        target = read_target(f"http://hook.example.org:{inside.port}/", allow_private=True)
        answer = post(target, headers={"webhook-id": "a"}, body=b"{}", allow_private=True)
        assert (answer.status, answer.error) == (None, "No connection could be made.")
        assert (asked, inside.paths) == (["hook.example.org"], [])


def test_a_private_address_is_refused_at_the_time_of_the_attempt_too() -> None:
    """The setting may have been another one when it was entered, and names change."""
    with receiving() as inside:
        target = read_target(inside.url, allow_private=True)
        answer = post(target, headers={}, body=b"{}", allow_private=False)
        assert answer.status is None
        assert "private" in answer.error
        assert inside.paths == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with receiving() as inside, receiving() as outside:
        outside.status, outside.headers = status, {"Location": inside.url}
        answer = post(
            read_target(outside.url, allow_private=True), headers={"webhook-id": "a"}, body=b"{}", allow_private=True
        )
        assert (answer.status, answer.is_good) == (status, False)
        assert inside.paths == []
