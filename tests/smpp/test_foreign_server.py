"""Sessions with servers that were not written here: smpp34 (Rust)."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import smpp34

from tests.smpp.cast import PHONE, channel, sent, until
from tests.sockets import closed_port
from vestnik.gateways.adapter import Fate
from vestnik.gateways.outcome import Kind
from vestnik.gateways.smpp.arrivals import Arrival
from vestnik.smpp.fields import TAG_MESSAGE_PAYLOAD, TAG_MESSAGE_STATE, TAG_RECEIPTED_ID
from vestnik.smpp.texts import LongTexts

LONG = "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 20


@dataclass
class Rust:
    """A server of smpp34. ``submits``: what it got. ``refuse``: the status that it answers with, by text."""

    port: int
    refuse: dict[bytes, int] = field(default_factory=dict)
    submits: list[smpp34.SubmitSmEvent] = field(default_factory=list)
    acknowledged: list[bool] = field(default_factory=list)

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        server = smpp34.Server(host="127.0.0.1", port=self.port, system_id="rust")
        await server.start()
        ready.set()
        sessions: dict[str, smpp34.Esme] = {}
        tasks = set()
        stopping = asyncio.ensure_future(stop.wait())
        while not stop.is_set():
            following = asyncio.ensure_future(server.next())
            await asyncio.wait({following, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                break
            event = following.result()
            if isinstance(event, smpp34.Esme):
                sessions[event.session_id] = event
            elif isinstance(event, smpp34.SubmitSmEvent):
                task = asyncio.ensure_future(self.take(event, sessions[event.session_id]))
                tasks.add(task)
        await server.stop()

    async def take(self, event: smpp34.SubmitSmEvent, session: smpp34.Esme) -> None:
        self.submits.append(event)
        status = self.refuse.get(event.short_message)
        if status:
            event.reject(status)
            return
        name = f"{len(self.submits):08x}"
        event.accept(name)
        if event.registered_delivery:
            answer = await session.deliver_sm(
                source_addr=event.destination_addr, destination_addr=event.source_addr, esm_class=4,
                short_message=f"id:{int(name, 16):010} sub:001 dlvrd:001 stat:DELIVRD err:000 text:".encode(),
                tlvs=[smpp34.Tlv(TAG_RECEIPTED_ID, name.encode() + b"\0"), smpp34.Tlv(TAG_MESSAGE_STATE, b"\2")],
            )  # fmt: skip
            self.acknowledged.append(answer.is_success)


@contextmanager
def rust(**options: dict[bytes, int]) -> Iterator[Rust]:
    found = Rust(closed_port(), **options)
    ready, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(found.serve(ready, stop),))
    thread.start()
    assert ready.wait(20)
    try:
        yield found
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


def test_a_hundred_messages_and_their_receipts() -> None:
    with rust() as server, channel(server.port, window=20) as opened:
        answers = sent(opened, *(f"hello {number}" for number in range(100)))
        assert {answer.outcome.kind for answer in answers} == {Kind.SUCCESS}
        found: list[Arrival] = []
        until(opened, lambda: found.extend(opened.received()) or len(found) == 100)
        assert server.acknowledged == []
        assert {each.what.provider_id for each in found} == {
            identifier for answer in answers for identifier in answer.outcome.provider_ids
        }
        assert {each.what.fate for each in found} == {Fate.DELIVERED}
        opened.acknowledge(each.token for each in found)
        until(opened, lambda: len(server.acknowledged) == 100)
    assert all(server.acknowledged)
    assert {event.short_message for event in server.submits} == {b"hello %d" % number for number in range(100)}


@pytest.mark.parametrize("long_texts", LongTexts)
def test_a_long_cyrillic_text_arrives_whole(long_texts: LongTexts) -> None:
    with rust() as server, channel(server.port, long_texts=long_texts, registered_delivery=0) as opened:
        (answer,) = sent(opened, LONG)
        assert answer.outcome.kind is Kind.SUCCESS
    assert len(answer.outcome.provider_ids) == len(server.submits)
    if long_texts is LongTexts.UDH:
        assert all(event.esm_class == 0x40 for event in server.submits)
        whole = b"".join(event.short_message[6:] for event in sorted(server.submits, key=lambda e: e.short_message[5]))
    elif long_texts is LongTexts.SAR:
        tag = smpp34.TLV_SAR_SEGMENT_SEQNUM
        numbered = {next(tlv.as_int() for tlv in event.tlvs if tlv.tag == tag): event for event in server.submits}
        whole = b"".join(numbered[number].short_message for number in range(1, len(numbered) + 1))
    else:
        (event,) = server.submits
        whole = next(tlv.value for tlv in event.tlvs if tlv.tag == TAG_MESSAGE_PAYLOAD)
    assert whole.decode("utf-16-be") == LONG
    assert {event.destination_addr for event in server.submits} == {str(PHONE)}


def test_a_server_that_throttles_gets_everything_in_the_end() -> None:
    refuse = {b"throttled": smpp34.ESME_RTHROTTLED, b"wrong": smpp34.ESME_RINVDSTADR}
    with rust(refuse=refuse) as server, channel(server.port, registered_delivery=0) as opened:
        kinds = [answer.outcome.kind for answer in sent(opened, "wrong", "throttled", "good")]
        assert kinds == [Kind.REFUSED, Kind.THROTTLED, Kind.SUCCESS]
        server.refuse.clear()
        (again,) = sent(opened, "throttled")
        assert again.outcome.kind is Kind.SUCCESS
