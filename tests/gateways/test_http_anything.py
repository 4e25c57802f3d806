"""The kind ``http``, whatever is entered: refused by field, or a gateway that writes one request per message."""

import time
from collections.abc import Collection
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from vestnik.errors import InvalidInput
from vestnik.gateways.adapter import BadCallback, Callback, HttpAnswer
from vestnik.gateways.adapters import make_adapter
from vestnik.gateways.adapters.http import Http

FRAGMENTS = st.sampled_from(
    [
        "{{text}}", "{{phone}}", "{{id}}", "{{basic}}", "{{secret}}", "{{sender}}", "{{", "}}", "{", "}", '"', ":", ",",
        "<a>", "</a>", "<", "&", "=", "\n", "\r\n", "X-Key: y", "http_4xx", "/a", "/0", "/-1", "~", "(", ")", "*", "+",
        "[", "\\", "é", "\0", "https://a.example/", "?", "#", "%", "%41", "@", "1", " ", "\t", "2xx",
        "\ue000", "\u202e",
    ]
)  # fmt: skip
WRITTEN = st.lists(FRAGMENTS, max_size=8).map("".join) | st.text(max_size=20)
NAMES = [field.name for field in Http.fields if not field.choices]
BODIES = ['{"t": "{{text}}", "p": {{phone}}}', "t={{text}}&p={{phone}}", "<a p='{{phone}}'>{{text}}</a>"]


@settings(max_examples=500, deadline=None)
@given(
    start=st.sampled_from(list(zip(("json", "form", "xml"), BODIES, strict=True))),
    entered=st.dictionaries(st.sampled_from(NAMES), WRITTEN, max_size=2),
    status=st.integers(100, 599),
    body=st.binary(max_size=60),
)
def test_whatever_is_entered_and_answered(
    start: tuple[str, str], entered: dict[str, str], status: int, body: bytes
) -> None:
    form, usual = start
    given_settings = {
        "url": "https://a.example/x",
        "format": form,
        "body": usual,
        "login": "me",
        "secret": "hush",
        **entered,
    }
    wrong: Collection[str] = ()
    try:
        adapter = make_adapter("http", given_settings)
    except InvalidInput as error:
        wrong = error.fields.keys()
    assert {*wrong} <= {*NAMES}
    if wrong:
        return
    assert isinstance(adapter, Http)
    request = adapter.compose("x\r\nX-Evil: 1\0", expires_at=time.time())(5, 79110000001)
    head, _, rest = request.encode(adapter.authority).partition(b"\r\n\r\n")
    assert b"X-Evil" not in head
    assert head.count(b"\n") == head.count(b"\r") == head.count(b"\r\n")
    assert rest == request.body
    adapter.outcome(HttpAnswer(status, {}, body, 0.0))
    adapter.check_request()
    callback = Callback(
        method="POST", url="", headers={}, query=(), form=(), body=body, address="192.0.2.1", now=0.0
    )  # fmt: skip
    with suppress(BadCallback):
        adapter.received(callback)
