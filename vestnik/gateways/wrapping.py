"""Unwraps a gateway's answer: compression (Content-Encoding), a byte order mark, UTF-16. Pure.

A server may pack an answer that nobody asked to be packed (RFC 9110, 12.5.3: without ``Accept-Encoding`` any coding is
acceptable), and a proxy may pack it without saying so. So the bytes decide, not the header: gzip, zlib and Zstandard
begin with a mark of their own, raw deflate and Brotli are tried last, and only a stream that is whole counts.
"""

import json
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import brotli
import orjson

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: Bytes of an unpacked answer, at most; a bigger one is no answer, and is not unpacked further.
MAX_UNPACKED = 65_536
#: Codings one around the other that are taken off, at most: "gzip, gzip" is seen where two proxies pack.
MAX_LAYERS = 2
#: How a text in another form of Unicode begins: its byte order mark, or the brace of a JSON object.
_BEGINNINGS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
    (b"{\x00\x00\x00", "utf-32-le"), (b"\x00\x00\x00{", "utf-32-be"),
    (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
    (b"{\x00", "utf-16-le"), (b"\x00{", "utf-16-be"),
)  # fmt: skip
_GZIP, _ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
#: RFC 9659, 3: the window of a Zstandard content coding is at most 8 MiB.
_ZSTD_WINDOW_LOG = 23


def json_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object that ``body`` is, below all wrappings; None when it is none.

    An object with two codes that differ is none: each reader takes another one of them (RFC 8259, section 4).
    """
    for plain in unwrapped(body):
        for text in (plain, _text(plain)):
            try:
                found = orjson.loads(text)
            except orjson.JSONDecodeError:
                continue
            return found if isinstance(found, dict) and not _contradicts_itself(text) else None
    return None


def plain_text(body: bytes) -> str:
    """The text of an answer for a person to read; what cannot be read is replaced."""
    plain = list(unwrapped(body))
    return _text(plain[1] if len(plain) > 1 else body)


def unwrapped(body: bytes, layers: int = MAX_LAYERS) -> Iterator[bytes]:
    """The body as it is, and then everything that it may be when it is unpacked, whole and within the limit."""
    yield body
    if layers:
        for unpack in _unpackers(body):
            inner = unpack(body)
            if inner is not None:
                yield from unwrapped(inner, layers - 1)


def _unpackers(body: bytes) -> Iterator[Callable[[bytes], bytes | None]]:
    if body.startswith(_GZIP):
        yield _gunzip
    elif body.startswith(_ZSTD):
        yield _unzstd
    elif body:
        yield _inflate_zlib
        yield _inflate_raw
        yield _unbrotli


def _gunzip(body: bytes) -> bytes | None:
    """Gzip, in as many members as there are (RFC 1952, 2.2); zeros may follow, as gzip(1) allows."""
    whole = b""
    while body:
        member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        piece = _inflate(member, body, MAX_UNPACKED - len(whole))
        if piece is None:
            return None
        whole += piece
        body = member.unused_data.lstrip(b"\x00")
    return whole


def _inflate_zlib(body: bytes) -> bytes | None:
    """The coding "deflate" as it is meant (RFC 9110, 8.4.1.2)."""
    return _inflate_whole(body, zlib.MAX_WBITS)


def _inflate_raw(body: bytes) -> bytes | None:
    """The same as some servers send it, without its head (the note in RFC 9110, 8.4.1.2)."""
    return _inflate_whole(body, -zlib.MAX_WBITS)


def _inflate_whole(body: bytes, bits: int) -> bytes | None:
    stream = zlib.decompressobj(bits)
    piece = _inflate(stream, body, MAX_UNPACKED)
    return None if stream.unused_data else piece


def _inflate(stream: "zlib._Decompress", body: bytes, room: int) -> bytes | None:
    """One stream, if it is whole and gives at most ``room`` bytes; never more than that is unpacked."""
    try:
        piece = stream.decompress(body, room + 1)
    except zlib.error:
        return None
    return piece if stream.eof and len(piece) <= room else None


def _unzstd(body: bytes) -> bytes | None:
    whole = b""
    options = {int(zstd.DecompressionParameter.window_log_max): _ZSTD_WINDOW_LOG}
    while body:
        frame = zstd.ZstdDecompressor(options=options)
        try:
            whole += frame.decompress(body, MAX_UNPACKED + 1 - len(whole))
        except zstd.ZstdError:
            return None
        if not frame.eof or len(whole) > MAX_UNPACKED:
            return None
        body = frame.unused_data
    return whole


def _unbrotli(body: bytes) -> bytes | None:
    stream = brotli.Decompressor()
    try:
        whole: bytes = stream.process(body, output_buffer_limit=MAX_UNPACKED + 1)
    except brotli.error:
        return None
    return whole if stream.is_finished() and len(whole) <= MAX_UNPACKED else None


def _text(body: bytes) -> str:
    """Unicode of any kind, without its mark. What is no UTF-8 is replaced: JSON's own signs are ASCII everywhere."""
    encoding = next((name for beginning, name in _BEGINNINGS if body.startswith(beginning)), "utf-8")
    return body.decode(encoding, errors="replace")


def _contradicts_itself(text: bytes | str) -> bool:
    """Does the object have two codes that differ? Looked at only where that can be."""
    plain = text if isinstance(text, str) else text.decode()
    if plain.count('"code"') < 2 and "\\u" not in plain:
        return False
    try:
        pairs = json.loads(plain, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return True
    return len({f"{type(value).__name__} {value}" for name, value in pairs if name == "code"}) > 1
