"""The WSGI application that the web server runs."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

#: Bytes read at once.
_PIECE = 2**16

_django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django's answer, after the rest of the body was read.

    A refusal (401, 404) does not look at the body. A server that closes a connection with unread bytes resets it, and
    the answer is lost on its way (RFC 9112, 9.6): one in three such requests was told "the request was broken off".
    """
    answer: Iterable[bytes] = _django(environ, start_response)
    body = environ["wsgi.input"]
    while body.read(_PIECE):
        pass
    return answer
