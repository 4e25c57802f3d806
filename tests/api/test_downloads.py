"""All downloads go one way, which lets go of what it reads from however it ends, and are few at once."""

import ast
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from rest_framework.test import APIClient

import vestnik
from vestnik.clients.directory import find_clients
from vestnik.clients.export import export_lines
from vestnik.db.connection import Connection
from vestnik.errors import Busy
from vestnik.models import Client
from vestnik.web.downloads import MAX_AT_ONCE, csv_download

ROOT = Path(vestnik.__file__).parent


def test_nothing_else_streams() -> None:
    streaming = {
        file.relative_to(ROOT).as_posix()
        for file in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("StreamingHttpResponse", "FileResponse")
    }
    assert streaming == {"web/downloads.py"}


class Source:
    """Lines whose end is seen."""

    def __init__(self, *, fails_at: int = 10) -> None:
        self.closed = False
        self._fails_at = fails_at

    def lines(self) -> Generator[bytes]:
        try:
            for number in range(10):
                if number == self._fails_at:
                    raise OSError("the ledger is down")
                yield b"%d\n" % number
        finally:
            self.closed = True


def taken(answer: object, count: int) -> Iterator[bytes]:
    blocks = iter(answer)  # type: ignore[call-overload]
    for _ in range(count):
        yield next(blocks)


# The end of an answer looks at connections, also at one that another test left open.
@pytest.mark.django_db
@pytest.mark.parametrize("blocks", [0, 1, 2, 10])
def test_what_it_reads_from_is_closed_whenever_the_reader_goes(blocks: int) -> None:
    for _ in range(MAX_AT_ONCE + 1):
        source = Source()
        answer = csv_download(source.lines(), "x.csv")
        assert b"".join(taken(answer, blocks)) == b"".join(b"%d\n" % number for number in range(blocks))
        answer.close()
        assert source.closed
        answer.close()


@pytest.mark.django_db
@pytest.mark.parametrize("fails_at", [0, 3])
def test_what_it_reads_from_is_closed_when_that_fails(fails_at: int) -> None:
    for _ in range(MAX_AT_ONCE + 1):
        source = Source(fails_at=fails_at)
        with pytest.raises(OSError, match="down"):  # noqa: PT012 - it fails at once, or on the way
            answer = csv_download(source.lines(), "x.csv")
            with closing(answer):
                list(answer)
        assert source.closed


def test_more_at_once_are_told_to_come_again(db: None, operator: APIClient) -> None:
    del db
    with ExitStack() as stack:
        for _ in range(MAX_AT_ONCE):
            stack.enter_context(closing(csv_download(Source().lines(), "x.csv")))
        source = Source()
        with pytest.raises(Busy):
            csv_download(source.lines(), "x.csv")
        answer = operator.get("/client/export", headers={"Accept-Language": "ru"})
        assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "busy", "5")
        assert "повторите попытку" in answer.json()["detail"]
    csv_download(Source().lines(), "x.csv").close()


def test_a_copy_that_is_broken_off_leaves_its_connection_to_the_next(ledger: Connection) -> None:
    del ledger
    Client.objects.bulk_create(
        Client(phone_number=79_110_000_000 + number, mobile_operator_code=911, tag="x" * 60, timezone="Europe/Moscow")
        for number in range(2_000)
    )
    answer = csv_download(export_lines(find_clients()), "clients.csv")
    assert len(next(iter(answer))) > 60_000
    answer.close()
    assert Client.objects.count() == 2_000
