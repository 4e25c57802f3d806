"""A look at all texts of a personal mailing: the same figures as a plain loop over the clients finds, in any slices."""

import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from django.core import signing
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.fake_transport import REFUSED, SUCCESS
from harness.rows import add_clients
from harness.stepping import answered
from vestnik.audience import preflight, preflight_token
from vestnik.audience.preflight import EXAMPLES, Figures, look_further
from vestnik.audience.preflight_token import figures_of, token_of
from vestnik.clients.stop_list import stop_phones
from vestnik.errors import InvalidInput
from vestnik.mailings import personal
from vestnik.mailings.fields import Earlier, MailingFields, Personal
from vestnik.mailings.personal import read_personal
from vestnik.mailings.sms import count_sms, measure, parts_of, parts_of_units
from vestnik.models import Client, OnMissing
from vestnik.texts.formats import number_writer, write_plain
from vestnik.texts.grammar import read_text
from vestnik.texts.render import Renderer

NAMES = ("first_name", "balance", "note")
FIRST_NAMES = ("Anna", "Ян", "Zoë", "👨‍👩‍👧", "x" * 150, "~" * 80, "", "  ", "Ω€[]", "n" * 2_500)
NOTES = ("", "ok", "да", "y" * 160, "€" * 76, "🌷" * 34)
TEXTS = (
    ("Hello {{first_name|friend}}, {{balance|number:2}} {{note|}}!", "en"),
    ("Здравствуйте, {{first_name}}: {{balance|number|0}} {{note|}} {{first_name}}", "ru"),
    ("{{note|}}{{first_name|}}", "en"),
    ("{{first_name|друг}} {{note|}}", "en"),
    ("A text of 60 letters or so, as it is usual: {{first_name|}} and {{note|}} and {{balance|}}.", "en"),
)


def fields_of(text: str, locale: str, **changes: Any) -> MailingFields:
    now = datetime.now(tz=UTC)
    given = {
        "name": "", "message_text": text, "filter_tags": None, "filter_codes": None, "start_time": now,
        "end_time": now + timedelta(days=1), "personal": Personal(on_missing=OnMissing.SKIP, locale=locale),
    }  # fmt: skip
    return MailingFields(**{**given, **changes})


@pytest.fixture
def directory(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> list[Client]:
    """Some clients with values of all kinds, in random turn; one is on the stop list."""
    monkeypatch.setattr(personal, "known_types", lambda: {"first_name": "", "balance": "number", "note": ""})
    monkeypatch.setattr(preflight, "_CHUNK", 17)
    add_clients(ledger, 120, codes=(911, 921, 999), tag=("vip", "new"))
    draw = random.Random(7)
    for client in Client.objects.order_by("id"):
        values = {
            "first_name": draw.choice(FIRST_NAMES), "balance": draw.choice((0, 5.5, -1234567.891)),
            "note": draw.choice(NOTES),
        }  # fmt: skip
        kept = {name: value for name, value in values.items() if draw.random() < 0.9}
        ledger.execute(
            "UPDATE vestnik_client SET attributes = %s WHERE id = %s", [orjson.dumps(kept).decode(), client.id]
        )
    stop_phones(phones=[Client.objects.order_by("id")[3].phone_number], reason="", actor=None)
    return list(Client.objects.order_by("id"))


def plain_loop(fields: MailingFields, clients: list[Client], ledger: Any) -> dict[str, Any]:
    """The figures as one would write them without a thought for speed."""
    said = fields.personal
    assert said is not None
    renderer = read_personal(fields.message_text, said)
    texts: list[tuple[Client, str]] = []
    missing: dict[str, list[int]] = {}
    out: dict[str, int] = {}
    longer: dict[str, int] = {}
    bare_is_ucs2 = said.locale == "ru"
    forcing: dict[str, list[int]] = {}
    stopped = {row[0] for row in ledger.execute("SELECT phone_number FROM vestnik_stoppedphone").fetchall()}
    for client in clients:
        if client.phone_number in stopped:
            continue
        values = "SELECT key, value FROM vestnik_client, jsonb_each_text(attributes) WHERE id = %s"
        has = dict(ledger.execute(values, [client.id]).fetchall())
        rendered = renderer.render([has.get(name) for name in renderer.names])
        for name in renderer.names:
            if not has.get(name, "").strip():
                missing.setdefault(name, []).append(client.id)
        if rendered.text is None:
            out[str(rendered.refusal)] = out.get(str(rendered.refusal), 0) + 1
            continue
        texts.append((client, rendered.text))
        count = count_sms(rendered.text)
        there = [name for name in renderer.names if has.get(name, "").strip()]
        blamed = [
            name
            for name in there
            if count_sms(_without(fields.message_text, [name], said.locale, has)).parts < count.parts
        ]
        if count.forcing and not bare_is_ucs2:
            odd = [name for name in there if count_sms(_as_written(name, has, said.locale)).forcing]
            without = count_sms(_without(fields.message_text, odd, said.locale, has))
            if not without.forcing:
                for name in odd:
                    forcing.setdefault(name, []).append(client.id)
                if without.parts < count.parts:
                    blamed += [name for name in odd if name not in blamed]
        for name in blamed:
            longer[name] = longer.get(name, 0) + 1
    return {"texts": texts, "missing": missing, "out": out, "longer": longer, "forcing": forcing}


def _without(text: str, gone: list[str], locale: str, has: dict[str, str]) -> str:
    """The text with nothing in the places of some attributes."""
    for name in gone:
        text = re.sub(rf"\{{\{{{name}(\|[^}}]*)?\}}\}}", "", text)
    renderer = Renderer(read_text(text, locale=locale))
    return renderer.fill(renderer.render([has.get(name) for name in renderer.names]).frozen)


def _as_written(name: str, has: dict[str, str], locale: str) -> str:
    write = number_writer(locale) if name == "balance" else write_plain
    return write(has[name]) or ""


@pytest.mark.parametrize(("text", "locale"), TEXTS)
@pytest.mark.parametrize("slices", [1, 100])
def test_it_finds_what_a_plain_loop_finds(
    directory: list[Client], ledger: Any, text: str, locale: str, slices: int
) -> None:
    fields = fields_of(text, locale)
    truth = plain_loop(fields, directory, ledger)
    found = look_further(fields, seconds=1e9 if slices == 1 else 0)
    rounds = 1
    while not found.complete:
        found = look_further(fields, figures_of(fields, token_of(fields, found)), seconds=0)
        rounds += 1
    assert (rounds == 1) is (slices == 1)
    texts = truth["texts"]
    assert found.looked_at == len(directory) - 1
    assert found.messages == len(texts)
    assert found.parts == sum(count_sms(each).parts for _, each in texts)
    assert found.left_out == truth["out"]
    assert {code: tuple(counts) for code, counts in found.by_code.items()} == {
        code: (
            sum(client.mobile_operator_code == code for client, _ in texts),
            sum(count_sms(each).parts for client, each in texts if client.mobile_operator_code == code),
        )
        for code in {client.mobile_operator_code for client, _ in texts}
    }
    for notable, best in (
        (found.shortest, min(texts, key=lambda pair: len(pair[1]))),
        (found.longest, max(texts, key=lambda pair: len(pair[1]))),
        (found.most_parts, max(texts, key=lambda pair: count_sms(pair[1]).parts)),
    ):
        assert notable is not None
        client, each = best
        assert (notable.client, notable.phone, notable.text) == (client.id, client.phone_number, each)
        assert (notable.characters, notable.parts) == (len(each), count_sms(each).parts)
    assert {name: (tally.count, tally.clients) for name, tally in found.missing.items()} == {
        name: (len(ids), ids[:EXAMPLES]) for name, ids in truth["missing"].items()
    }
    assert found.a_part_longer == truth["longer"]
    assert {name: (tally.count, tally.clients) for name, tally in found.forcing_ucs2.items()} == {
        name: (len(ids), ids[:EXAMPLES]) for name, ids in truth["forcing"].items()
    }


def test_filters_the_stop_list_and_the_greatest_id_limit_it(directory: list[Client], ledger: Any) -> None:
    text, locale = TEXTS[0]
    fields = fields_of(text, locale, filter_tags=["vip"], filter_codes=[911, 921])
    first = look_further(fields, seconds=0)
    add_clients(ledger, 50)
    found = look_further(fields, first, seconds=1e9)
    wanted = [client for client in directory if client.tag == "vip" and client.mobile_operator_code != 999]
    on_stop_list = directory[3] in wanted
    assert found.looked_at == len(wanted) - on_stop_list


def test_an_earlier_mailing_limits_it(ledger: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "_CHUNK", 7)
    earlier = int(answered(ledger, {SUCCESS: 30, REFUSED: 25}).id)
    fields = fields_of("{{phone_number}}", "en", earlier=Earlier(mailing=earlier, states=["failed"]))
    found = look_further(fields, seconds=0)
    while not found.complete:
        found = look_further(fields, found, seconds=0)
    assert (found.looked_at, found.messages, found.parts) == (25, 25, 25)


def test_a_token_is_good_for_its_own_text_and_filter_only(directory: list[Client]) -> None:
    del directory
    fields = fields_of(*TEXTS[0])
    token = token_of(fields, look_further(fields, seconds=0))
    assert figures_of(fields, token).looked_at > 0
    for other in (
        fields_of(TEXTS[0][0] + "!", "en"), fields_of(TEXTS[0][0], "ru"), fields_of(*TEXTS[0], filter_tags=["vip"]),
        fields_of(*TEXTS[0], filter_codes=[911]),
    ):  # fmt: skip
        with pytest.raises(InvalidInput, match="next"):
            figures_of(other, token)
    other_release = signing.dumps(
        {"of": preflight_token._digest(fields), "figures": {"after": 1}}, salt=preflight_token._SALT
    )
    for broken in (token[:-1], "x", token.replace(":", ";"), "", other_release):
        with pytest.raises(InvalidInput, match="next"):
            figures_of(fields, broken)


def test_an_empty_audience_is_complete_at_once(ledger: Any) -> None:
    del ledger
    found = look_further(fields_of("{{tag}}", "en"), seconds=0)
    assert (found.complete, found.looked_at, found.parts, found.shortest) == (True, 0, 0, None)


def test_a_plain_text_and_a_wrong_one_are_refused(ledger: Any) -> None:
    del ledger
    with pytest.raises(InvalidInput, match="personal"):
        look_further(fields_of("x", "en", personal=None), seconds=0)
    with pytest.raises(InvalidInput, match="message_text"):
        look_further(fields_of("{{tag", "en"), seconds=0)


def test_figures_survive_json() -> None:
    figures = Figures(by_code={911: [2, 3]}, a_part_longer={"note": 1})
    assert Figures.of_plain(orjson.loads(orjson.dumps(figures.as_plain(), option=orjson.OPT_NON_STR_KEYS))) == figures
    assert figures.warned_of == ["note"]


@given(st.text(alphabet=st.sampled_from("aя€[~🌷\n@"), max_size=400))
@settings(max_examples=300, deadline=None)
def test_a_quick_measure_is_the_count(text: str) -> None:
    count = count_sms(text)
    assert tuple(measure(text)) == (bool(count.forcing), count.units, count.parts)
    assert parts_of(text) == count.parts
    if count.units == len(text):
        assert parts_of_units(count.units, is_ucs2=bool(count.forcing)) == count.parts
