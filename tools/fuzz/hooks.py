"""Who the fuzzer is: loaded by schemathesis (see schemathesis.toml), in a process of its own for each role.

The fuzzer calls everything, so it also logs its account out, renames it and changes its password. It goes on all the
same: the account and its logins are made in the ledger, where no limit on tries stands in the way.
"""

import os
import time
from typing import Any
from uuid import uuid4

import django
import schemathesis

django.setup()

from tools.fuzz.lenient import is_taken  # noqa: E402 - Django's app registry must be there first
from vestnik.accounts.logins import log_in  # noqa: E402
from vestnik.models import Tries, User  # noqa: E402

#: Seconds after which the access token is replaced; it is good for thirty minutes.
FRESH = 1_200.0
ROLE = os.environ["FUZZ_ROLE"]
LIMITED = ("/auth/login/", "/auth/registration/", "/auth/token/refresh/", "/auth/token/verify/")


class _Account:
    """The account of this run, and its access token as long as that is good."""

    def __init__(self) -> None:
        name = f"fuzz-{ROLE}-{uuid4().hex[:8]}"
        self.id = User.objects.create(username=name, email=f"{name}@example.org", role=ROLE).id
        self.token, self.issued = "", 0.0

    def access(self) -> str:
        """A good access token."""
        if not self.token or time.monotonic() - self.issued > FRESH:
            self.token, self.issued = log_in(user=User.objects.get(id=self.id)).access, time.monotonic()
        return self.token


if ROLE != "anonymous":
    _account = _Account()

    @schemathesis.auth(refresh_interval=None)
    class Login:
        """The access token of the account on every call; the checks of authorization take it off."""

        def get(self, _case: Any, _context: Any) -> str:
            """The token."""
            return _account.access()

        def set(self, case: Any, data: str, _context: Any) -> None:
            """Into the header."""
            case.headers["Authorization"] = f"Bearer {data}"

    @schemathesis.hook
    def after_call(_context: Any, case: Any, response: Any) -> None:
        """A logout that was let in has ended the login."""
        if case.path == "/auth/logout/" and response.status_code == 200:
            _account.token = ""


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """The limits on tries would answer for nearly all bad logins and tokens; they have tests of their own."""
    if case.path in LIMITED:
        Tries.objects.all().delete()


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """What the API takes on purpose is no mistake of its own."""
    operation = case.operation.definition.raw.get("operationId", "")
    return not is_taken(operation, query=case.query or {}, body=case.body)
