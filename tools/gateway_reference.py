"""``make schema``: writes docs/reference/gateways.md from the adapters: facts, fields, and what each code means.

``python -m tools.gateway_reference`` prints it.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vestnik.gateways.adapter import Adapter, Fate, Field, HttpAdapter, HttpAnswer, ReceiptsBy, Wanted
from vestnik.gateways.adapters import (
    KINDS,
    exolve,
    make_adapter,
    plain_receipts,
    smsc,
    smsru_codes,
    twilio,
    twilio_codes,
)
from vestnik.gateways.outcome import Kind
from vestnik.gateways.own_connection import HTTP_FIELDS
from vestnik.gateways.smpp import deliveries, statuses
from vestnik.gateways.states import MEANINGS

_HEAD = """# Gateways

This page lists each kind of gateway: what the provider can do, the settings, and what each code of the provider means
for a message. It is made from the code: `make schema` writes it, and a test compares it. How to set a gateway up is in
[connect-your-provider](../how-to/connect-your-provider.md), what is behind it in [gateways](../decisions/gateways.md).

## States

What a gateway does just now, as `state` over REST and in `vestnik gateway list`. The console says it in words.

{states}
## Outcomes

{outcomes}
A code that is in no table is in doubt, unless the provider says in another way that it refuses the message.

## Certificates and proxy

Every kind takes these settings beside its own. None of them is needed. Kinds that speak no HTTP have no proxy.

{connection}
How to use them is in [connect-your-provider](../how-to/connect-your-provider.md#certificates-and-a-proxy-of-its-own).

## Statuses of HTTP

What a status means when the body says nothing better:

{statuses}"""
_MEANINGS = (
    ("success", "the provider has taken it"),
    ("refused", "it was not sent, and is not tried again: `failed`"),
    ("throttled", "it was not sent; it is tried again later, and may go over another gateway"),
    (
        "account",
        (
            "it was not sent: the provider rejects our account (no money, a wrong key, a block). The gateway is "
            "suspended until somebody puts it back. The message may go over another gateway"
        ),
    ),
    (
        "in doubt",
        (
            "it may have been sent. It goes to the same gateway again if that recognises a repeated id, else it is "
            "`unknown`. It never goes over another gateway"
        ),
    ),
)
_OUTCOMES: Mapping[Kind, str] = {
    Kind.SUCCESS: "success",
    Kind.NOT_SENT: "not sent",
    Kind.THROTTLED: "throttled",
    Kind.AMBIGUOUS: "in doubt",
    Kind.REFUSED: "refused",
    Kind.UNAUTHORIZED: "account",
}
_FATES: Mapping[Fate | None, str] = {
    Fate.ACCEPTED: "accepted",
    Fate.ON_ITS_WAY: "on its way",
    Fate.DELIVERED: "delivered",
    Fate.UNDELIVERED: "undelivered",
    None: "says nothing",
}
_RECEIPTS: Mapping[ReceiptsBy, str] = {
    ReceiptsBy.CALLBACK: "the provider calls us",
    ReceiptsBy.POLLING: "we ask the provider",
    ReceiptsBy.SESSION: "over the open session",
    ReceiptsBy.NONE: "none",
}
_TAKES: Mapping[Wanted, str] = {
    Wanted.TEXT: "text",
    Wanted.URL: "address",
    Wanted.SECRET: "secret",
    Wanted.NUMBER: "number",
    Wanted.FLAG: "true or false",
    Wanted.CHOICE: "choice",
    Wanted.LONG_TEXT: "text of several lines",
    Wanted.CERTIFICATES: "certificates, PEM",
    Wanted.PRIVATE_KEY: "secret: private key, PEM",
}
#: Statuses of HTTP whose meaning is shown, each with an empty body.
_STATUSES = (301, 400, 401, 402, 403, 404, 408, 409, 413, 429, 500, 502, 503)
#: Settings with which an adapter can be made that needs some.
_SAMPLES: Mapping[str, Mapping[str, str]] = {
    "probe": {"url": "https://gateway.example.org"},
    "http": {"url": "https://api.example.org/{{phone}}/{{text}}"},
    "smsc": {"apikey": "key"},
    "smsru": {"api_id": "key"},
    "exolve": {"api_key": "key", "sender": "79110000000"},
    "twilio": {"account_sid": f"AC{'0' * 32}", "auth_token": "0" * 32, "sender": "+15005550006"},
}


def main() -> None:
    """Print the page."""
    sys.stdout.write(page())


def page() -> str:
    """The whole page, Markdown."""
    head = _HEAD.replace("{outcomes}", _table(("outcome", "what it means for the message"), _MEANINGS))
    head = head.replace("{states}", _table(("state", "what it means"), ((f"`{s}`", m) for s, m in MEANINGS.items())))
    head = head.replace("{statuses}", _statuses()).replace("{connection}", _fields(HTTP_FIELDS))
    parts = [head, *(part for kind in KINDS for part in _kind(KINDS[kind]))]
    return "\n".join(parts).rstrip() + "\n"


def _kind(adapter: type[Adapter]) -> list[str]:
    parts = [f"## {adapter.title}\n", f"Kind `{adapter.kind}`. {_sources(adapter)}\n", _facts(adapter)]
    parts += ["### Settings of `" + adapter.kind + "`\n", _fields(adapter.fields)]
    for title, head, rows in _TABLES[adapter.kind]():
        parts += [f"### {title}, `{adapter.kind}`\n", _table(head, rows)]
    return parts


def _sources(adapter: type[Adapter]) -> str:
    pages = ", ".join(f"<{address}>" for address in adapter.facts.documented_at)
    return f"From {pages}." if pages else "The protocol is our own." if adapter.kind == "probe" else "By configuration."


def _facts(adapter: type[Adapter]) -> str:
    facts = adapter.facts
    repeated = {True: "yes", False: "no", None: "you say so"}[facts.knows_repeated_ids]
    receipts = _RECEIPTS[facts.receipts_by] + (", signed" if facts.signed else "")
    return _table(
        ("fact", "value"),
        (
            ("recognises a repeated id", repeated), ("receipts", receipts),
            ("receipts carry our id", _yes(facts.receipts_carry_our_id)), ("a sender can be set", _yes(facts.sender)),
            ("is told when a message expires", _yes(facts.validity)),
            ("longest text, in characters", str(facts.max_text)),
            *([("longest text, in SMS parts", str(facts.max_parts))] if facts.max_parts else []),
        ),
    )  # fmt: skip


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _fields(fields: Iterable[Field]) -> str:
    return _table(
        ("setting", "takes", "what it is"), ((f"`{each.name}`", _takes(each), _help(each)) for each in fields)
    )


def _takes(field: Field) -> str:
    takes = f"{field.low or 0} to {field.high}" if field.high is not None else _TAKES[field.wanted]
    if field.choices:
        takes = ", ".join(f"`{each}`" for each in field.choices)
    default = (
        ""
        if field.default is None
        else f"; if empty `{str(field.default).lower() if field.wanted is Wanted.FLAG else field.default}`"
    )
    return takes + ("; needed" if field.required else "") + default


def _help(field: Field) -> str:
    example = f" Example: `{field.example}`." if field.example else ""
    return f"{field.label}. {field.help}{example}"


def _statuses() -> str:
    """What a status of HTTP means to each kind that speaks it, when the body says nothing."""
    made = [make_adapter(kind, _SAMPLES[kind]) for kind in KINDS if kind in _SAMPLES]
    adapters = [adapter for adapter in made if isinstance(adapter, HttpAdapter)]
    assert {adapter.kind for adapter in adapters} == {k for k, kind in KINDS.items() if issubclass(kind, HttpAdapter)}
    rows = (
        (str(status), *(_OUTCOMES[each.outcome(HttpAnswer(status, {}, b"", 0.0)).kind] for each in adapters))
        for status in _STATUSES
    )
    return _table(("status", *(f"`{adapter.kind}`" for adapter in adapters)), rows)


_Table = tuple[str, tuple[str, ...], list[tuple[str, ...]]]


def _codes(codes: Mapping[int, tuple[Kind, str]]) -> _Table:
    rows: list[tuple[str, ...]] = [(str(code), _OUTCOMES[kind], words) for code, (kind, words) in codes.items()]
    return "Codes of answers", ("code", "outcome", "the provider's words"), rows


def _receipts(statuses_: Mapping[Any, tuple[Fate | None, str]]) -> _Table:
    rows: list[tuple[str, ...]] = [(str(status), _FATES[fate], words) for status, (fate, words) in statuses_.items()]
    return "Statuses of receipts", ("status", "meaning", "words"), rows


def _named(statuses_: Mapping[str, Fate]) -> _Table:
    rows: list[tuple[str, ...]] = [(f"`{status}`", _FATES[fate]) for status, fate in statuses_.items()]
    return "Statuses of receipts", ("status", "meaning"), rows


def _smsc() -> list[_Table]:
    reasons: _Table = (
        "Reasons of receipts",
        ("err", "words"),
        [(str(code), said) for code, said in smsc.REASONS.items()],
    )
    return [_codes(smsc.ERRORS), _receipts(smsc.STATUSES), reasons]


def _smsru() -> list[_Table]:
    receipts = {code: (fate, smsru_codes.CODES[code][1]) for code, fate in smsru_codes.STATUSES.items()}
    return [_codes(smsru_codes.CODES), _receipts(receipts)]


def _smpp() -> list[_Table]:
    rows: list[tuple[str, ...]] = [
        (f"`{code:#05x}`", _OUTCOMES[each.kind], f"{each.name}: {each.words}")
        for code, each in sorted(statuses.STATUSES.items())
    ]
    states = {f"{number} ({name})": (fate, "") for number, (name, fate) in deliveries.STATES.items()}
    title, head, found = _receipts(states)
    return [
        ("Statuses of submit_sm", ("command_status", "outcome", "name and words"), rows),
        (title, head[:2], [row[:2] for row in found]),
    ]


#: The tables of each kind.
_TABLES: Mapping[str, Callable[[], list[_Table]]] = {
    "smsc": _smsc,
    "smsru": _smsru,
    "exolve": lambda: [_named(dict(exolve.WORDS))],
    "twilio": lambda: [_codes(twilio_codes.CODES), _named(twilio.STATUSES)],
    "smpp": _smpp,
    "http": lambda: [_named(plain_receipts.STATES)],
    "probe": lambda: [_named(plain_receipts.STATES)],
}


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    lines += [f"| {' | '.join(cell.replace('|', '&#124;').replace(chr(10), ' ') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
