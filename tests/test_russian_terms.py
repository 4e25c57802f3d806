"""One Russian word for one thing: what the glossary's table says is said in every sentence of the catalogues."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
GLOSSARY = ROOT / "docs" / "reference" / "glossary.md"
CATALOGUES = [ROOT / "vestnik" / where / "ru" / "LC_MESSAGES" / "django.po" for where in ("locale", "console/locale")]
#: Each English term of the glossary's table as a sentence has it, and the stem of its Russian.
TERMS = {
    "account": (r"\baccounts?\b(?! SID)", r"уч[её]тн\w+ запис|аккаунт"),
    "API key": (r"\bAPI keys?\b", r"ключ\w* API"),
    "attribute": (r"\battributes?\b", r"\bпол(?:е|я|ю|ем|ей|ях|ям|ями)\b"),
    "audit log": (r"\baudit log\b", r"журнал\w* действий"),
    "client": (r"\bclients?\b(?! certificate)", r"клиент"),
    "daily report": (r"\bdaily reports?\b", r"ежедневн\w+ отч[её]т"),
    "dispatcher": (r"\bdispatchers?\b", r"процесс\w* отправки|отправк"),
    "draft": (r"\bdrafts?\b", r"черновик"),
    "fallback": (r"\bfallbacks?\b", r"запасн"),
    "gateway": (r"\bgateways?\b", r"шлюз"),
    "import": (r"\bimport(?:s|ed|ing)?\b", r"импорт"),
    "in doubt": (r"\bin doubt\b", r"под вопросом"),
    "mailing": (r"\bmailings?\b", r"рассыл(?:к|ок)"),
    "operator code": (r"\boperator codes?\b", r"код\w* оператор"),
    "personal text": (r"\bpersonal texts?\b", r"персональн"),
    "phone number": (r"\bphone numbers?\b", r"номер|телефон"),
    "placeholder": (r"\bplaceholders?\b", r"подстанов(?:к|ок)"),
    "rate limit": (r"\brate limit\b", r"лимит|предел"),
    "receipt": (r"\breceipts?\b", r"отч[её]т"),
    "rule": (r"\brules?\b", r"правил"),
    "segment": (r"\bsegments?\b", r"сегмент"),
    "send window": (r"\bsend windows?\b", r"час\w* отправки"),
    "simulator": (r"\bsimulator\b", r"симулятор"),
    "single message": (r"\bsingle messages?\b", r"отдельн\w+ сообщени"),
    "SMS part": (r"\bSMS parts?\b", r"част\w+"),
    "stop list": (r"\bstop list\b", r"стоп-лист"),
    "suspended": (r"\bsuspended\b", r"выведен\w* из работы"),
    "tag": (r"\btags?\b", r"тег"),
    "template": (r"\btemplates?\b", r"шаблон"),
    "test message": (r"\btest messages?\b", r"тестов\w+ сообщени"),
    "time zone": (r"\btime zones?\b", r"пояс|местному времени|времени клиента"),
    "totals": (r"\btotals\b", r"итог"),
    "unknown": (r"\bunknown\b", r"неизвестн"),
    "webhook": (r"\bwebhooks?\b", r"вебхук"),
}
#: Sentences that say it without the word, as a Russian would, or that mean something else.
EXCUSES = {
    ("account", "From the first page of Twilio's console, Account Info."),
    ("client", "Add new clients and update existing ones"),
    ("client", "As which client"),
    ("client", "No client matches all of it. Choose more tags or operators, or leave something out."),
    ("client", "No client matches: nobody would get this mailing."),
    ("client", "No clients found. Try fewer digits, or clear a filter."),
    ("client", "Only add new clients; refuse existing ones"),
    ("client", "Only update existing clients; refuse new ones"),
    ("import", "importing"),
    ("mailing", "If you changed anything, this creates a second mailing."),
    ("mailing", "Mailings started this week"),
    ("mailing", "Mailings started today"),
    ("mailing", "No mailings are running or scheduled."),
    ("mailing", "as of now: they are chosen when the mailing starts"),
    ("operator code", "Choose at least one operator code, or “Clients of any operator”."),
    ("rule", "Only if a Webhooks Rule signs the receipts: the secret of its shared key."),
    ("webhook", "Only if a Webhooks Rule signs the receipts: the secret of its shared key."),
}


class Entry(NamedTuple):
    """A sentence of a catalogue, with one form of its translation."""

    english: str
    russian: str


def entries(file: Path) -> Iterator[Entry]:
    """Each sentence and each of its translations; of plurals all forms."""
    for block in re.split(r"\n(?=msgctxt|msgid )", file.read_text(encoding="utf-8")):
        strings = {
            key: "".join(ast.literal_eval(part) for part in re.findall(r'^(".*")$', text, re.MULTILINE))
            for key, text in re.findall(r'^(msg\S+) ((?:".*"\n?)+)', block, re.MULTILINE)
        }
        for key, russian in strings.items():
            if key.startswith("msgstr") and strings["msgid"]:
                yield Entry(strings["msgid"], russian)


#: Names in a sentence, which are filled in or are JSON: no words of ours.
_NAMES = re.compile(r"%\(\w+\)\w|\{[^}]*\}")


def has(term: str, each: Entry) -> tuple[bool, bool]:
    """Whether the English sentence has the term, and the Russian one its word."""
    english, russian = TERMS[term]
    said = re.search(english, _NAMES.sub("", each.english), re.IGNORECASE)
    return said is not None, re.search(russian, each.russian, re.IGNORECASE) is not None


def table() -> dict[str, str]:
    section = GLOSSARY.read_text(encoding="utf-8").split("\n## In Russian\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {english: russian for english, russian, *_ in rows[2:]}


def test_the_glossarys_table_and_the_terms_are_the_same() -> None:
    assert list(table()) == sorted(TERMS, key=str.lower)
    for english, russian in table().items():
        assert re.search(TERMS[english][1], russian, re.IGNORECASE), english


@pytest.mark.parametrize("term", TERMS)
def test_a_term_has_one_russian_word_in_every_sentence(term: str) -> None:
    said = [each for file in CATALOGUES for each in entries(file) if has(term, each)[0]]
    assert said, "no sentence has this term"
    wrong = {each for each in said if not has(term, each)[1]}
    assert {each for each in wrong if (term, each.english) not in EXCUSES} == set()
    assert {english for known, english in EXCUSES if known == term} == {each.english for each in wrong}, "no excuse"
