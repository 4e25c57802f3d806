"""Our own client of the REST API: what it makes of answers, of none, and of a token that ran out."""

import json
import socket
from collections.abc import Callable

import pytest

from tests.sockets import closed_port, raw_server, read_request
from vestnik.cluster.rest import Rest, Unavailable
from vestnik.errors import ClusterError


def answering(*answers: bytes) -> Callable[[socket.socket], None]:
    """Plays one answer on each connection, in turn."""
    left = list(answers)

    def play(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(left.pop(0))

    return play


def answer(status: str, body: object) -> bytes:
    text = json.dumps(body).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n".encode() + text


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{",
        answer("503 Service Unavailable", {"detail": "busy"}),
    ],
    ids=["closed at once", "half a status line", "half a body", "503"],
)
def test_a_server_that_cannot_answer_now_is_unavailable(said: bytes) -> None:
    with raw_server(answering(said)) as url, pytest.raises(Unavailable):
        Rest(url).get("/client/")


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        Rest(f"http://127.0.0.1:{closed_port()}").get("/client/")


def test_a_refusal_is_an_error_that_names_it_and_nothing_to_try_again() -> None:
    refused = answering(answer("400 Bad Request", {"detail": "no"}))
    with raw_server(refused) as url, pytest.raises(ClusterError, match="refused with 400") as caught:
        Rest(url).get("/client/")
    assert not isinstance(caught.value, Unavailable)


def test_a_token_that_ran_out_is_replaced_once() -> None:
    ended, token = answer("401 Unauthorized", {"detail": "ended"}), answer("200 OK", {"access": "a"})
    with raw_server(answering(token, ended, token, answer("200 OK", [1]), ended, token, ended)) as url:
        rest = Rest(url)
        rest.log_in(username="admin", password="a-long-Passphrase-7")
        assert rest.get("/client/") == [1]
        with pytest.raises(ClusterError, match="401"):
            rest.get("/client/")
