"""The default alphabet of GSM (3GPP TS 23.038, 6.2.1), one septet in each byte, as SMPP carries it."""

#: The septets 0 to 127 as characters. 27 is the escape to :data:`EXTENSION`, and no character.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = 0x1B
#: What the septet after an escape means (6.2.1.1).
EXTENSION = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip
#: Characters of the extension, which take two septets.
EXTENDED = frozenset(EXTENSION.values())

_ENCODED = {char: bytes((septet,)) for septet, char in enumerate(BASIC) if septet != _ESCAPE}
_ENCODED |= {char: bytes((_ESCAPE, septet)) for septet, char in EXTENSION.items()}


def encode(text: str) -> bytes | None:
    """The septets of a text; None if a character is not in the alphabet."""
    try:
        return b"".join([_ENCODED[char] for char in text])
    except KeyError:
        return None


def decode(data: bytes) -> str:
    """The text of septets. A byte above 127 is none; an escape before an unknown septet is a space (6.2.1.1)."""
    text: list[str] = []
    septets = iter(data)
    for septet in septets:
        if septet == _ESCAPE:
            following = next(septets, None)
            if following is not None:
                text.append(EXTENSION.get(following) or _basic(following))
        else:
            text.append(_basic(septet))
    return "".join(text)


def _basic(septet: int) -> str:
    if septet == _ESCAPE:
        return " "
    return BASIC[septet] if septet < len(BASIC) else "\N{REPLACEMENT CHARACTER}"
