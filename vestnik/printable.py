"""Makes other people's text harmless where it is shown: in a terminal, in a log.

A terminal obeys control characters (ECMA-48): a name could clear the screen, change the title, or forge a line.
Unicode's bidirectional controls (UAX #9) turn what follows round. Both are shown as escapes: a backslash and a code.
"""

_CONTROLS = [*range(0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, 0x2028, 0x2029]
_CONTROLS += [*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)]
_ESCAPES = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _CONTROLS}
_ESCAPES |= {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
_BUT_LINES = {code: shown for code, shown in _ESCAPES.items() if code not in {ord("\n"), ord("\t")}}


def one_line(text: str) -> str:
    """``text`` on one line: whatever a terminal would obey, line breaks and tabs too, is shown as an escape."""
    return text if text.isprintable() else text.translate(_ESCAPES)


def lines(text: str) -> str:
    """``text`` with its line breaks and tabs; whatever else a terminal would obey is shown as an escape."""
    return text if text.isprintable() else text.translate(_BUT_LINES)
