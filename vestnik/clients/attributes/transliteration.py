"""Russian letters in Latin ones, for names that programs can use (ICAO Doc 9303, part 3, section 6; without signs)."""

_LETTERS = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщыэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "kh",
            "ts",
            "ch",
            "sh",
            "shch",
            "y",
            "e",
            "iu",
            "ia",
        ],
        strict=True,
    )
)
_TABLE = str.maketrans({**_LETTERS, "ъ": "", "ь": ""})


def latin(text: str) -> str:
    """``text`` in small letters, with Latin letters for Russian ones."""
    return text.casefold().translate(_TABLE)
