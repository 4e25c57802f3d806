"""What somebody enters for a gateway: what is taken, what is refused and why. Secrets are shown nowhere."""

import re
from typing import Any

import pytest

from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import ConnectionOptions, Field, Wanted
from vestnik.gateways.adapters import KINDS, make_adapter
from vestnik.gateways.fields import checked_settings
from vestnik.gateways.words import sentence, translated

FIELDS = (
    Field(name="url", label="", wanted=Wanted.URL, required=True, example="https://sms.example.org/api"),
    Field(name="token", label="", wanted=Wanted.SECRET, required=True),
    Field(name="sender", label=""),
    Field(name="port", label="", wanted=Wanted.NUMBER, default=2775, low=1, high=65_535),
    Field(name="on", label="", wanted=Wanted.FLAG, default=False),
    Field(name="way", label="", wanted=Wanted.CHOICE, choices=("get", "post"), default="post"),
    Field(name="body", label="", wanted=Wanted.LONG_TEXT),
)
NEEDED = {"url": "https://a.example", "token": "hush"}


def checked(**given: Any) -> dict[str, Any]:
    return checked_settings("Example", FIELDS, {**NEEDED, **given})


def wrong(**given: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        checked(**given)
    return {name: " ".join(texts) for name, texts in caught.value.fields.items()}


def test_every_setting_comes_back_with_its_default_where_it_is_empty() -> None:
    assert checked(sender="", port=None) == {
        **NEEDED, "sender": None, "port": 2775, "on": False, "way": "post", "body": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "entered", "kept"),
    [
        ("url", " http://a.example:8080/v1/ ", "http://a.example:8080/v1"),
        ("url", "https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("url", "https://шлюз.example", "https://шлюз.example"),
        ("token", " hush\n", "hush"),
        ("sender", " Вестник ", "Вестник"),
        ("port", "65535", 65_535), ("port", 1, 1), ("on", "yes", True), ("on", False, False), ("way", "get", "get"),
        ("body", '{\n\t"a": 1\r\n}\n', '{\n\t"a": 1\r\n}\n'),
    ],
)  # fmt: skip
def test_what_is_right_is_kept(name: str, entered: Any, kept: Any) -> None:
    assert checked(**{name: entered})[name] == kept


@pytest.mark.parametrize(
    ("name", "entered", "said"),
    [
        ("url", "", "needed"), ("url", None, "needed"), ("token", " ", "needed"),
        ("url", "ftp://a.example", "https://sms.example.org/api"), ("url", "a.example", "https://sms"),
        ("url", "https://", "https://sms"), ("url", "https://a.example:99999", "https://sms"),
        ("url", "https://[a", "https://sms"), ("url", 5, "text"),
        ("url", "https://me:hush@a.example", "without a login and a password"),
        ("url", "https://a.example/?key=hush", "path only"), ("url", "https://a.example/#x", "path only"),
        ("url", "https://a.example/a b", "path only"),
        ("token", "hush\r\nX-Evil: 1", "cannot be seen"), ("token", "hu\0sh", "cannot be seen"),
        ("sender", "a\u202eb", "cannot be seen"), ("sender", "x" * 501, "at most 500"), ("sender", 5, "text"),
        ("port", 0, "from 1 to 65535"), ("port", "65536", "from 1 to 65535"), ("port", "१२", "from 1"),
        ("port", "1_0", "from 1"), ("port", True, "from 1"), ("port", 1.5, "from 1"),
        ("on", "maybe", "true or false"), ("way", "put", "get, post"), ("way", ["get"], "get, post"),
        ("body", "a\0b", "cannot be seen"), ("body", "x" * 20_001, "at most 20000"),
        ("sned", "x", "url, token, sender, port, on, way, body"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_by_its_field_with_what_to_enter(name: str, entered: Any, said: str) -> None:
    found = wrong(**{name: entered})
    assert found.keys() == {name}
    assert said in found[name]
    assert "hush" not in found[name]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert wrong(url="x", port="x", nonsense="x").keys() == {"url", "port", "nonsense"}


def test_a_sentence_with_values_can_be_translated() -> None:
    russian = {"Enter %(low)s.": "Введите %(low)s.", "Right.": "Верно."}
    assert translated(sentence("Enter %(low)s.", low=5), russian.__getitem__) == "Введите 5."
    assert translated(sentence("Right."), russian.__getitem__) == "Верно."
    assert translated("Right.", russian.__getitem__) == "Верно."
    assert translated("", russian.__getitem__) == ""


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidInput, match="probe"):
        make_adapter("smtp", {})


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_describes_itself(kind: str) -> None:
    adapter = KINDS[kind]
    names = [field.name for field in adapter.fields]
    assert adapter.kind == kind
    assert len(set(names)) == len(names)
    assert adapter.facts.max_text >= 70
    assert all(re.fullmatch(r"https://\S+", page) for page in adapter.facts.documented_at)
    for field in adapter.fields:
        assert re.fullmatch("[a-z][a-z0-9_]{0,39}", field.name)
        assert field.label
        assert field.help, f"{kind}: {field.name} has no help"
        assert bool(field.choices) == (field.wanted is Wanted.CHOICE)
        assert field.default is None or checked_settings("", (field,), {}) == {field.name: field.default}


def test_secrets_are_in_no_text_that_describes_a_gateway() -> None:
    adapter = make_adapter("probe", NEEDED)
    options = ConnectionOptions(proxy="http://me:hush@proxy.example:3128")
    assert "hush" not in f"{adapter!r} {adapter} {options!r}"
