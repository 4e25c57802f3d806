"""Text is read in the encoding that it is in, or refused: a name in a wrong encoding would reach people."""

import io
import random
from itertools import pairwise

import pytest

from vestnik.clients.imports.encodings import encoding_of
from vestnik.clients.imports.reading import rows_of
from vestnik.clients.imports.russian_words import cost
from vestnik.errors import InvalidInput


def words(text: str) -> list[str]:
    return text.split()


NAMES = words("""Иванов Смирнова Кузнецов Фёдорова Щербакова Хабибуллин Оганесян Магомедов Юсупова Ким Цой Жуков
Ющенко Айгуль Эльвира Наталья Артём Сергей Ольга Ильдар""")
CITIES = words("""Москва Санкт-Петербург Екатеринбург Уфа Ижевск Улан-Удэ Йошкар-Ола Хабаровск Южно-Сахалинск Нью-Йорк
Чебоксары Щёлково Орёл""")
TAGS = words("""вип новый ВИП акция клиент опт «Ромашка» должник скидка №5 лояльность спящий Ёлка подписка ХМАО НДФЛ
тест-драйв АльфаБанк""")
WORDS = [*NAMES, *CITIES, *TAGS]
#: What else people's programs write.
WRONG = ["cp866", "koi8-r", "iso8859-5", "mac_cyrillic"]


def table(words: list[str], *, head: str = "phone;tag;timezone\n") -> str:
    return head + "".join(f"7911{n:07d};{word};Europe/Moscow\n" for n, word in enumerate(words))


def read(content: bytes) -> list[list[object]]:
    return [cells for _line, cells in rows_of(io.BytesIO(content))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "utf-32"])
@pytest.mark.parametrize("words", [NAMES, CITIES, TAGS, [word.upper() for word in NAMES], ["вип"], ["ВИП"], ["Ы"]])
def test_what_people_save_is_read(words: list[str], encoding: str) -> None:
    assert [cells[1] for cells in read(table(words).encode(encoding))[1:]] == words


@pytest.mark.parametrize(("mark", "encoding"), [("\ufeff", "utf-16-be"), ("\ufeff", "utf-32-be")])
def test_both_orders_of_bytes_are_read(mark: str, encoding: str) -> None:
    assert [cells[1] for cells in read((mark + table(CITIES)).encode(encoding))[1:]] == CITIES


@pytest.mark.parametrize("word", WORDS)
def test_a_file_with_one_russian_word_is_windows_1251(word: str) -> None:
    for spelling in (word, word.lower(), word.upper()):
        assert encoding_of(io.BytesIO(table([spelling]).encode("cp1251"))) == "cp1251"


UKRAINIAN = ["Олексій", "Київ", "Наталія", "Єва", "Їжакевич", "Ґудзь", "Сільпо"]
ODD = [
    "Cаша",
    "iPhone",
    "McДоналдс",
    "ООО «Рога и Копыта»",
    "VIPклиент",
    "ВкусВилл",
    "НомерТелефона",
    "Ъ",
    "ыыы",
    "50°",
]


def test_ukrainian_names_and_mixed_spellings_among_russian_ones_are_windows_1251() -> None:
    assert encoding_of(io.BytesIO(table([*UKRAINIAN, *NAMES]).encode("cp1251"))) == "cp1251"
    assert encoding_of(io.BytesIO(table([*ODD, *WORDS, *WORDS[::-1]]).encode("cp1251"))) == "cp1251"


@pytest.mark.parametrize("encoding", WRONG)
@pytest.mark.parametrize("words", [NAMES, CITIES, [word.lower() for word in NAMES], [word.upper() for word in NAMES]])
def test_another_encoding_is_refused_with_what_to_save(words: list[str], encoding: str) -> None:
    if encoding == "mac_cyrillic" and words[0].islower():
        words = [*words, "яна", "мария", "наталья", "юлия"]  # in lower case only "я" differs from Windows-1251
    with pytest.raises(InvalidInput, match="Save the file as CSV UTF-8"):
        encoding_of(io.BytesIO(table(words).encode(encoding, "ignore")))


def test_the_encoding_is_named() -> None:
    said = {"cp866": "cp866", "koi8-r": "KOI8-R", "iso8859-5": "ISO 8859-5", "mac_cyrillic": "Mac Cyrillic"}
    for encoding, name in said.items():
        with pytest.raises(InvalidInput, match=name):
            encoding_of(io.BytesIO(table(NAMES).encode(encoding)))


@pytest.mark.parametrize("encoding", WRONG)
def test_one_row_in_another_encoding_among_five_thousand_is_refused_with_its_line(encoding: str) -> None:
    chosen = random.Random(1)
    rows = [f"7911{n:07d};{chosen.choice(WORDS)};Europe/Moscow\n".encode("cp1251") for n in range(5_000)]
    rows[4_000] = "79110004000;Постоянный клиент;Europe/Moscow\n".encode(encoding)
    with pytest.raises(InvalidInput, match=r"line 4001 .*Save the file as CSV UTF-8"):
        encoding_of(io.BytesIO(b"".join(rows)))


@pytest.mark.parametrize("word", ["José", "Müller", "Zoë", "Société", "São Paulo", "café", "naïve", "Jürgen"])
def test_latin_letters_with_accents_are_no_russian(word: str) -> None:
    with pytest.raises(InvalidInput, match="Save the file as CSV UTF-8"):
        encoding_of(io.BytesIO(table([word]).encode("cp1252")))
    assert [cells[1] for cells in read(table([word]).encode())[1:]] == [word]


def test_rows_in_utf_8_among_rows_in_windows_1251_are_refused() -> None:
    for share in (2, 10, 1_000):
        rows = [f"79110000000;Иванова;{n}\n".encode("cp1251" if n % share else "utf-8") for n in range(1_001)]
        with pytest.raises(InvalidInput, match="some of its bytes are broken"):
            encoding_of(io.BytesIO(b"".join(rows)))


@pytest.mark.parametrize("encoding", ["cp1251", *WRONG, "cp1252"])
def test_the_whole_file_is_looked_at(encoding: str) -> None:
    content = table(["vip"] * 50_000).encode() + "79119999999;Müller;x\n".encode("cp1252")
    if encoding != "cp1252":
        content = table(["vip"] * 50_000).encode() + "79119999999;Постоянный клиент Юлия;x\n".encode(encoding)
    if encoding == "cp1251":
        assert encoding_of(io.BytesIO(content)) == "cp1251"
        return
    with pytest.raises(InvalidInput, match="line 50002 looks like"):
        encoding_of(io.BytesIO(content))


CONVERTED = [
    "Телефон;Постоянный клиент\n".encode().decode("cp1251", "replace").encode(),
    "Привет;Наталья\n".encode("cp1251").decode("latin-1").encode(),
]


@pytest.mark.parametrize("content", CONVERTED)
def test_text_that_was_converted_wrongly_before_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput, match="The text in line 1 was converted"):
        encoding_of(io.BytesIO(content))


@pytest.mark.parametrize("word", ["Рёбра", "Сёмга", "Résumé", "Ñandú", "Þórður", "Çağrı", "ԿԻՄ", "Қазақстан", "客户"])
def test_utf_8_of_any_language_is_read(word: str) -> None:
    assert encoding_of(io.BytesIO(table([word]).encode())) == "utf-8-sig"


CUT: list[bytes] = [
    table(NAMES).encode("utf-16")[:-1],
    b"\xff\xfe" + b"\x00\xd8" * 3,
    table(NAMES).encode("utf-32")[:-2],
    "\ufeffphone".encode("utf-16-le") + b"\x00\x00",
    b"\xef\xbb\xbf" + table(NAMES).encode("cp1251"),
]


@pytest.mark.parametrize("content", CUT)
def test_text_that_is_not_what_its_mark_says_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"broken|control characters"):
        encoding_of(io.BytesIO(content))


def test_words_are_judged_whole_where_a_piece_of_the_file_ends() -> None:
    from vestnik.clients.imports.packing import PIECE

    for shift in range(30):
        head = b"x" * (PIECE - 300 - shift) + b"\n"
        assert encoding_of(io.BytesIO(head + table(WORDS).encode("cp1251"))) == "cp1251"


def test_russian_words_cost_less_than_the_same_words_misread() -> None:
    for word in NAMES:
        for encoding in ("koi8-r", "cp866"):
            assert cost(word) < cost(word.encode(encoding).decode("cp1251"))


def test_the_fast_way_judges_words_as_the_slow_one_does() -> None:
    from vestnik.clients.imports.encodings import _check, _is_plainly_russian
    from vestnik.clients.imports.russian_words import pair_costs

    table = pair_costs("cp1251")
    for name in [*NAMES, *UKRAINIAN, *ODD, "рЕФТПЧ", "ЧЙР", "щъщъ"]:
        for spelling in (name, name.lower(), name.upper()):
            word = spelling.encode("cp1251", "ignore")
            if _is_plainly_russian(word):
                assert _check(word).margin == 0
                around = b"\0%b\0" % word
                assert cost(spelling) == sum(table[a][b] for a, b in pairwise(around))
    assert not _is_plainly_russian("щъщъ".encode("cp1251"))
