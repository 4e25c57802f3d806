"""The chaos suite's judge of single messages and webhooks sees where key, ledger and endpoint disagree."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest

from chaos.single_messages import repeated, untold
from chaos.verify import FAILED, SENT, UNKNOWN, Message
from harness.webhook_receiver import Receiver, Written

AT = datetime(2030, 1, 1, tzinfo=UTC)


def event(kind: str, *ids: int, number: int = 1) -> Written:
    return Written(UUID(int=number), kind, AT, {"messages": [{"id": message} for message in ids]})


@pytest.mark.parametrize(
    ("answers", "rows", "wrong"),
    [
        ({"a": {1}, "b": {2}}, [("a", 1), ("b", 2)], ""),
        ({"a": {1, 2}}, [("a", 1)], "answered with several"),
        ({"a": {1}}, [("a", 1), ("a", 2)], "have several"),
        ({"a": {1}}, [], "no message"),
        ({}, [("a", 1)], "not answered"),
        ({"a": {1}}, [("a", 2)], "another message"),
    ],
)
def test_a_key_has_one_message(answers: dict[str, set[int]], rows: list[tuple[str, int]], wrong: str) -> None:
    found = repeated(answers, rows)
    assert bool(found) == bool(wrong)
    assert wrong in "; ".join(found)


@pytest.mark.parametrize(
    ("state", "written", "wrong"),
    [
        (SENT, [event("message.sent", 1)], ""),
        (SENT, [event("message.unknown", 1), event("message.sent", 1, number=2)], ""),
        (UNKNOWN, [event("message.unknown", 1)], ""),
        (SENT, [], "no event"),
        (FAILED, [event("message.sent", 1)], "does not have"),
        (UNKNOWN, [event("message.unknown", 1), event("message.sent", 1, number=2)], "does not have"),
        (SENT, [event("message.sent", 1), event("message.sent", 1, number=2)], "several events"),
        (SENT, [event("message.sent", 1, 2)], "messages that the ledger does not have"),
    ],
)
def test_each_outcome_is_told_once(state: int, written: list[Written], wrong: str) -> None:
    found = untold([Message(id=1, state=state, answers=0)], written)
    assert bool(found) == bool(wrong)
    assert wrong in "; ".join(found)


def body(written: Written) -> bytes:
    told = {"type": written.type, "timestamp": written.at, "data": written.data}
    return orjson.dumps(told, option=orjson.OPT_UTC_Z)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("", ""),
        ("not answered with 2xx", "did not arrive"),
        ("another body", "another body"),
        ("two bodies", "another body"),
        ("a stranger", "the ledger does not have"),
        ("a wrong signature", "signatures"),
    ],
)
def test_what_an_endpoint_got_is_compared_with_the_ledger(change: str, wrong: str) -> None:
    written, receiver = event("message.sent", 1), Receiver(0)
    name = f"evt_{written.uid.hex}"
    receiver.bodies[name] = {body(written)}
    receiver.arrived[name] = 1.0
    if change == "not answered with 2xx":
        receiver.arrived.clear()
    elif change == "another body":
        receiver.bodies[name] = {body(event("message.sent", 2))}
    elif change == "two bodies":
        receiver.bodies[name].add(body(event("message.sent", 1, 2)))
    elif change == "a stranger":
        receiver.bodies["evt_0"] = {b"{}"}
    elif change == "a wrong signature":
        receiver.wrong = 1
    found = receiver.untrue([written])
    assert bool(found) == bool(wrong)
    assert wrong in "; ".join(found)
