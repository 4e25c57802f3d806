"""A success is recognised in every wrapping that may come unasked, and what is not whole or too big is no success."""

import gzip
import sys
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.gateways.test_outcome import answer
from vestnik.gateways.outcome import SUCCESS, Kind

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def gzipped(body: bytes, level: int = 9) -> bytes:
    """Without the time of packing: the names of the tests, made of the bytes, are the same in every process."""
    return gzip.compress(body, level, mtime=0)


OK = b'{"code":0,"message":"OK"}'
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzipped, "deflate": zlib.compress, "raw deflate": raw_deflate, "br": brotli.compress,
    "zstd": zstd.compress,
}  # fmt: skip
packers = pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)


@packers
@pytest.mark.parametrize("around", PACKERS.values(), ids=PACKERS)
def test_a_success_is_one_also_packed_unasked_once_or_twice(
    pack: Callable[[bytes], bytes], around: Callable[[bytes], bytes]
) -> None:
    assert answer(200, pack(OK)) is SUCCESS
    assert answer(200, around(pack(b"\xef\xbb\xbf" + OK))) is SUCCESS
    refused = answer(200, pack(b'{"code":7,"message":"no route"}'))
    assert (refused.kind, refused.code, refused.detail) == (Kind.REFUSED, "7", "no route")


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + OK, b"\xef\xbb\xbf \r\n" + OK + b"\r\n", b"\t\n " + OK + b" \n",
        OK.decode().encode("utf-16"), OK.decode().encode("utf-16-le"), OK.decode().encode("utf-16-be"),
        b"\xfe\xff" + OK.decode().encode("utf-16-be"), OK.decode().encode("utf-32"),
        '{"code":0,"message":"ОК"}'.encode("cp1251"), '{"code":0,"message":"ОК"}'.encode("koi8-r"),
        b'{"code":0,"details":{"code":"x"}}', b'{"code":0,"code":0}', b'{"\\u0063ode":0}',
        gzipped(OK[:10]) + gzipped(OK[10:]), gzipped(OK) + b"\x00" * 8, gzipped(OK, 0),
        zstd.compress(OK[:10]) + zstd.compress(OK[10:]),
    ],
)  # fmt: skip
def test_a_success_is_one_below_marks_encodings_whitespace_and_members(body: bytes) -> None:
    assert answer(200, body) is SUCCESS


@packers
def test_a_broken_or_cut_or_lengthened_stream_is_ambiguous(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(OK)
    for cut in range(len(packed)):
        assert answer(200, packed[:cut]).kind is Kind.AMBIGUOUS, cut
    assert answer(200, packed + b"tail").kind is Kind.AMBIGUOUS
    assert answer(200, pack(pack(pack(OK)))).kind is Kind.AMBIGUOUS


def test_a_checksum_that_is_wrong_is_ambiguous() -> None:
    for packed, place in ((gzipped(OK), -8), (zlib.compress(OK), -1)):
        broken = bytearray(packed)
        broken[place] ^= 1
        assert answer(200, bytes(broken)).kind is Kind.AMBIGUOUS


@packers
def test_a_bomb_is_ambiguous_and_takes_little_memory(pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(b"[" + b" " * 50_000_000)
    for body in (bomb, pack(bomb), OK + bomb):
        tracemalloc.start()
        outcome = answer(200, body)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (outcome.kind, outcome.code) == (Kind.AMBIGUOUS, "garbage")
        assert peak < 2_000_000
        assert len(body) < 65_536, "the transport takes no longer ones"


@pytest.mark.parametrize(
    "body", [b'{"code":0,"code":7}', b'{"code":7,"code":0}', b'{"code":7,"\\u0063ode":0}', b'{"code":0,"code":0.0}']
)
def test_an_answer_that_names_two_codes_is_ambiguous(body: bytes) -> None:
    assert (answer(200, body).kind, answer(200, body).code) == (Kind.AMBIGUOUS, "garbage")


def test_the_words_of_a_packed_error_are_readable() -> None:
    assert answer(404, gzipped(b"<html>no such page</html>")).detail == "<html>no such page</html>"
    assert answer(400, zlib.compress(b'{"message":"bad id"}')).detail == "bad id"
    assert answer(200, gzipped(b"<html>log in</html>")).detail == "not an answer: <html>log in</html>"


@given(
    body=st.binary(max_size=200), head=st.sampled_from([b"", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x78\x9c", b"{"])
)
def test_no_garbage_is_a_success_and_none_breaks_the_reading(body: bytes, head: bytes) -> None:
    assume(b"code" not in body)  # Hypothesis finds real answers, too
    assert answer(200, head + body).kind is Kind.AMBIGUOUS
