"""Reads the byte order mark at the beginning of a text file (Unicode Standard, section 23.8)."""

#: Marks and Python's names of the encodings, longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
#: High bytes of the characters that such tables hold: ASCII and Latin, Cyrillic, punctuation.
_HIGH = (0x00, 0x04, 0x20, 0x21)


def marked_encoding(head: bytes) -> str | None:
    """``utf-16`` or ``utf-32`` when the mark says so; None: there is no mark, or that of UTF-8."""
    return next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)


def has_mark(head: bytes) -> bool:
    """Return whether it begins with a mark of UTF-16 or UTF-32."""
    return marked_encoding(head) is not None


def looks_like_unmarked_utf_16(head: bytes) -> bool:
    """Return whether the bytes look like UTF-16 without a mark: every second byte is one of a few."""
    head = head[: len(head) // 2 * 2]
    return bool(head) and any(_is_high(head[start::2]) and not _is_high(head[1 - start :: 2]) for start in (0, 1))


def _is_high(part: bytes) -> bool:
    # A line feed's high byte is NUL, so a text of more than one line has some.
    return 0 in part and sum(part.count(high) for high in _HIGH) >= 0.95 * len(part)
