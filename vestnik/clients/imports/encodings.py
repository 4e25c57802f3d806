"""Finds the encoding of a text file from all of its bytes, and refuses text that would be imported as gibberish."""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import IO, NamedTuple

from django.utils.translation import gettext_noop as _noop

from vestnik.clients.imports import packing
from vestnik.clients.imports.limits import FileProblem
from vestnik.clients.imports.russian_words import cost, has_both_alphabets, has_capital_inside, pair_costs
from vestnik.clients.imports.unicode_marks import marked_encoding

#: Encodings that people's programs write beside UTF-8 and Windows-1251, by Python's name and by the one that is shown.
_OTHERS = {
    "utf-8": "UTF-8",
    "cp866": "DOS (cp866)",
    "koi8-r": "KOI8-R",
    "iso8859-5": "ISO 8859-5",
    "mac_cyrillic": "Mac Cyrillic",
    "cp1252": "Windows-1252 (Western European)",
}
#: A word with a byte beyond ASCII; and one of Russian letters in Windows-1251, with capitals where they belong.
_WORD = re.compile(rb"(?<![A-Za-z])[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*")
_PLAIN = re.compile("(?:[А-ЯЁ]?[а-яё]+|[А-ЯЁ]+)".encode("cp1251"))
_PAIR_COSTS = pair_costs("cp1251")
_NO_WORD_AT_END = re.compile(rb"[^A-Za-z\x80-\xff][A-Za-z\x80-\xff]*\Z")
#: Bytes of a word that are checked, and of a word that may be cut by the end of a piece.
_MAX_WORD, _MAX_CARRIED = 64, 4_096
#: Cost a letter up to which a word is Russian as it is. Measured on 8,000 words of Russian translations and place
#: names in three spellings: 1 % of them costs more.
_RUSSIAN = 3.3
#: By how much a word must read better in another encoding. Of the same 8,000 words none reached 11, while three
#: quarters of 720 names and tags that were saved in another encoding reached 15: one such word is enough.
_CERTAIN, _SUSPICIOUS = 15, 4
#: Together: sum of what words read better, and the share of all words that these are, in percent.
_ENOUGH = ((9, 25), (30, 10))
#: UTF-8 that was made from UTF-8 read as Windows-1251 ("РџСЂРё"), or from Windows-1251 read as Latin-1 ("Ïðè").
CONVERTED_TWICE = re.compile(
    "(?:[РС][\u0080-\u00bf\u0402-\u040f\u0451-\u045f\u0490\u0491\u2013-\u2122]){3}|[\u00c0-\u00ff]{5}"
)
_BROKEN = _noop("The text is neither UTF-8 nor Windows-1251: some of its bytes are broken. Save the file as CSV UTF-8.")
_LOOKS_LIKE = _noop(
    "The text is neither UTF-8 nor Windows-1251: line %(line)d looks like %(encoding)s. Save the file as CSV UTF-8."
)
_CONVERTED = _noop(
    "The text in line %(line)d was converted wrongly before. Open the original file and save it as CSV UTF-8."
)


class _Verdict(NamedTuple):
    """Better in which encoding, and by how much; 0: not at all."""

    margin: int
    encoding: str


def encoding_of(file: IO[bytes]) -> str:
    """``utf-8-sig``, ``utf-16``, ``utf-32`` (each with its mark) or ``cp1251``: a name that Python knows.

    Raises:
        FileProblem: it is no text, or in another encoding, or in several.
    """
    head = next(packing.pieces(file), b"")
    marked = marked_encoding(head)
    if marked is not None:
        _check_marked(file, marked)
        return marked
    if _is_utf_8(file):
        return "utf-8-sig"
    if head.startswith(codecs.BOM_UTF8):
        raise FileProblem(_BROKEN)
    _check_windows_1251(file)
    return "cp1251"


def decoded(file: IO[bytes], encoding: str) -> Iterator[str]:
    """The text of a file, a piece at a time, without its mark.

    Raises:
        FileProblem: some of its bytes are no text.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in packing.pieces(file):
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise FileProblem(_noop("The text is cut off, or some of its bytes are broken.")) from error


def _check_marked(file: IO[bytes], encoding: str) -> None:
    for text in decoded(file, encoding):
        packing.refuse_controls(text)


def _is_utf_8(file: IO[bytes]) -> bool:
    """Return whether all of it is UTF-8. UTF-8 that was made from misread text is refused."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    for piece in packing.pieces_without_end_mark(file):
        packing.refuse_binary(piece)
        if piece.isascii() and not decoder.getstate()[0]:
            line += piece.count(b"\n")
            continue
        try:
            text = decoder.decode(piece)
        except UnicodeDecodeError:
            return False
        found = CONVERTED_TWICE.search(text)
        if found is not None:
            raise FileProblem(_CONVERTED, line=line + text.count("\n", 0, found.start()))
        line += text.count("\n")
    return not decoder.getstate()[0]


def _check_windows_1251(file: IO[bytes]) -> None:
    """Look whether the words of a file read as Russian in Windows-1251, and in no other encoding much better."""
    seen = _Seen()
    line, carried = 1, b""
    for piece in packing.pieces_without_end_mark(file):
        packing.refuse_binary(piece)
        whole = carried + piece
        cut = _NO_WORD_AT_END.search(whole, max(0, len(whole) - _MAX_CARRIED))
        end = len(whole) if cut is None else cut.start() + 1
        seen.look_at(whole[:end], line)
        line += whole.count(b"\n", 0, end)
        carried = whole[end:]
    seen.look_at(carried, line)
    seen.decide()


@dataclass(slots=True)
class _Seen:
    """The words of a file so far: how many, how many read better in other encodings, and where the first of them is."""

    words: int = 0
    suspicious: int = 0
    margins: Counter[str] = field(default_factory=Counter)
    first: int = 0

    def look_at(self, piece: bytes, line: int) -> None:
        """Check each word of a piece once, however often it stands there.

        Raises:
            FileProblem: one is certainly in another encoding.
        """
        for word in dict.fromkeys(_WORD.findall(piece)):
            self.words += 1
            if _is_plainly_russian(word):
                continue
            verdict = _check(word[:_MAX_WORD])
            if verdict.margin < _SUSPICIOUS:
                continue
            at = line + piece.count(b"\n", 0, piece.find(word))
            self.first = self.first or at
            self.suspicious += 1
            self.margins[verdict.encoding] += verdict.margin
            if verdict.margin >= _CERTAIN:
                self.first = at
                self._refuse()

    def decide(self) -> None:
        """Look at all words together.

        Raises:
            FileProblem: too many are in another encoding.
        """
        total = self.margins.total()
        if any(total >= sum_ and 100 * self.suspicious >= share * self.words for sum_, share in _ENOUGH):
            self._refuse()

    def _refuse(self) -> None:
        encoding = self.margins.most_common(1)[0][0]
        if encoding not in _OTHERS or encoding == "utf-8":
            raise FileProblem(_BROKEN)
        raise FileProblem(_LOOKS_LIKE, line=self.first, encoding=_OTHERS[encoding])


def _is_plainly_russian(word: bytes) -> bool:
    """The usual case of :func:`_check`, and the same answer: a file has millions of words."""
    if _PLAIN.fullmatch(word) is None:
        return False
    return sum([_PAIR_COSTS[first][second] for first, second in pairwise(b"\0%b\0" % word)]) <= _RUSSIAN * (
        len(word) + 1
    )


@lru_cache(maxsize=65_536)
def _check(word: bytes) -> _Verdict:
    read = _read(word, "cp1251")
    if read is None:
        own = 9 * len(word)
    else:
        if len(read) == 1:
            return _Verdict(0, "")
        own = cost(read)
        odd = has_both_alphabets(read) or has_capital_inside(read)
        if own <= _RUSSIAN * (len(read) + 1) and not odd:
            return _Verdict(0, "")
    others = ((cost(text), name) for name in _OTHERS if (text := _read(word, name)) is not None)
    best, encoding = min(others, default=(own, ""))
    return _Verdict(own - best, encoding)


def _read(word: bytes, encoding: str) -> str | None:
    try:
        return word.decode(encoding)
    except UnicodeDecodeError:
        return None
