"""The parts of texts, as Twilio's calculator counts them (npm: ``sms-segments-calculator``). ``make test-clients``.

Where it disagrees with 3GPP TS 23.038 and 23.040, and with us:

- an empty text has one part for it; nothing is sent of an empty text;
- it keeps what a reader sees as one character in one part: an emoji that is joined of several, a flag, a letter with an
  accent of its own. The standard splits between any two characters of UCS-2 and keeps only the two halves of one
  together, which is what operators charge for. So it may count more parts.
"""

import json
import shutil
import subprocess
import unicodedata
from pathlib import Path
from random import Random

import pytest

from tests.generators.registries import fetch
from tests.programs import needed
from vestnik.mailings.sms import count_sms, parts_of

pytestmark = [pytest.mark.clients, pytest.mark.timeout(600)]

HERE = Path(__file__).parent
#: Characters of both alphabets, of one unit and of two.
CHARACTERS = [*"abZ09 .,!@£Ñ\n\r{}[]~^|\\€\f", *"бёЯ№«»“”—’`ç\u00a0", "👋", "𝒳"]
#: What a reader sees as one character, and UCS-2 has as several.
CLUSTERS = ["👨\u200d👩\u200d👧", "🇷🇺", "❤\ufe0f", "e\u0301", "И\u0306"]
#: Around the ends of parts.
LENGTHS = [1, 5, 66, 67, 68, 69, 70, 71, 133, 134, 135, 152, 153, 154, 159, 160, 161, 200, 306, 307, 459, 1_000]


def texts_of(characters: list[str], count: int) -> list[str]:
    draw = Random(2_026)
    found = []
    for _ in range(count):
        chosen = draw.sample(characters, draw.randint(1, 4))
        found.append("".join(draw.choices(chosen, k=draw.choice(LENGTHS))))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    npm = needed("npm", package="npm")
    folder = tmp_path_factory.mktemp("segments")
    shutil.copytree(HERE / "segments", folder, dirs_exist_ok=True)
    fetch(npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", folder=folder)
    return folder


def counted(folder: Path, texts: list[str]) -> list[tuple[str, int]]:
    node = needed("node", package="nodejs")
    done = subprocess.run(
        [node, "count.js"], input=json.dumps(texts), cwd=folder, capture_output=True, text=True, check=True, timeout=120
    )
    return [(alphabet, parts) for alphabet, parts in json.loads(done.stdout)]


def test_it_counts_as_we_do(folder: Path) -> None:
    # A carriage return and a line feed are one cluster for it.
    texts = [text.replace("\r\n", "\n\r") for text in texts_of(CHARACTERS, 5_000)]
    ours = [(str(count_sms(text).alphabet), parts_of(text)) for text in texts]
    assert counted(folder, texts) == ours
    assert {parts for _, parts in ours} >= {1, 2, 3, 4, 7}


def test_it_may_count_more_parts_where_a_reader_sees_one_character_and_ucs2_has_several(folder: Path) -> None:
    texts = texts_of([*CLUSTERS, *"aб"], 2_000)
    differ = 0
    for text, (alphabet, parts) in zip(texts, counted(folder, texts), strict=True):
        assert (str(count_sms(text).alphabet), parts) >= (alphabet, parts_of(text))
        if parts != parts_of(text):
            differ += 1
            assert parts > parts_of(text)
            assert any(unicodedata.category(char) in {"Mn", "Cf", "So"} for char in text)
    assert differ > 50
    assert counted(folder, [""]) == [("GSM-7", 1)]
