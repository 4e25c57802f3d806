"""The bytes of the simulator's answers."""

import gzip
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

import orjson

from vestnik.simulator.behaviour import Behaviour


def answer(status: int, body: bytes, *, content_type: str = "application/json", headers: str = "") -> bytes:
    """Return an HTTP/1.1 answer. ``headers`` are complete lines, each with its CRLF."""
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        f"Content-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body


def json_answer(status: int, body: Any) -> bytes:
    """Return an HTTP/1.1 answer with JSON."""
    return answer(status, orjson.dumps(body))


#: The contract's answer to an accepted message.
OK_BODY = b'{"code":0,"message":"OK"}'
OK = answer(200, OK_BODY)
#: The contract's refusals, with our own messages.
WRONG_BODY = json_answer(400, {"code": 400, "message": "the body is wrong, or its id is not the path's"})
NO_TOKEN = json_answer(401, {"code": 401, "message": "no valid token"})
NOT_FOUND = json_answer(404, {"code": 404, "message": "POST /send/{msgId}"})
NOT_ALLOWED = answer(405, b'{"code":405,"message":"POST only"}', headers="Allow: POST\r\n")
TOO_LARGE = answer(413, b'{"code":413,"message":"too large"}', headers="Connection: close\r\n")

_FIXED = {
    "500": json_answer(500, {"code": 500, "message": "simulated failure"}),
    "400": json_answer(400, {"code": 400, "message": "simulated refusal"}),
    "401": json_answer(401, {"code": 401, "message": "simulated: no valid token"}),
    "403": json_answer(403, {"code": 403, "message": "simulated: forbidden"}),
    "funds": json_answer(403, {"code": 403, "message": "simulated: no money in the account"}),
    "garbage": answer(200, b"<html>\x00\xff maintenance, 503 </html>", content_type="text/html"),
    "empty": answer(200, b""),
    # Answers of a wrong base address: not found, a login page, a redirect, another service's success, another protocol.
    "404": answer(404, b"<html>404 Not Found</html>", content_type="text/html"),
    "html": answer(200, b"<!doctype html><title>Log in</title>", content_type="text/html"),
    "308": answer(308, b"", headers="Location: /v1/\r\n"),
    "202": json_answer(202, {"status": "queued"}),
    "wrong_json": json_answer(200, {"status": "ok"}),
    "banner": b"SSH-2.0-OpenSSH_9.2\r\n",
}


def fault_answer(fault: str, behaviour: Behaviour) -> bytes | None:
    """Return the answer for a fault, or None if there is no answer."""
    if fault == "code":
        return json_answer(200, {"code": behaviour.code, "message": "simulated refusal"})
    if fault in {"429", "503"}:
        body = orjson.dumps({"code": int(fault), "message": "simulated: come back later"})
        return answer(int(fault), body, headers=_retry_after(behaviour))
    return _FIXED.get(fault) or odd_answer(fault, 200, OK_BODY)


def odd_answer(fault: str, status: int, body: bytes) -> bytes | None:
    """Return a success in the unusual form that a fault names, or None if it names none."""
    match fault:
        case "gzip":  # compressed without being asked for
            return answer(status, gzip.compress(body, mtime=0), headers="Content-Encoding: gzip\r\n")
        case "bom":
            return answer(status, b"\xef\xbb\xbf" + body)
        case "content_type":
            return answer(status, body, content_type="text/html")
        case "drip":
            return answer(status, body)
        case "reset_mid":  # cut off in the middle of the body, so the client gets fewer bytes than announced
            return answer(status, body)[:-10]
    return None


def closing(data: bytes) -> bytes:
    """Return the same answer with a header that closes the connection."""
    return data.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)


def _retry_after(behaviour: Behaviour) -> str:
    if behaviour.retry_after is None:
        return ""
    if behaviour.retry_after_as == "date":
        return f"Retry-After: {formatdate(time.time() + behaviour.retry_after, usegmt=True)}\r\n"
    return f"Retry-After: {int(behaviour.retry_after)}\r\n"
