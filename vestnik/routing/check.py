"""Asks a gateway whether our settings are right, and shows the request that would leave. Nobody is sent anything."""

import time
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.errors import InvalidInput, StateForbids
from vestnik.gateways.adapter import Adapter, Checked, HttpAdapter
from vestnik.gateways.check import check
from vestnik.gateways.dry_run import dry_run
from vestnik.gateways.words import translated
from vestnik.models import Gateway, StoppedPhone, User
from vestnik.routing.certificates import certificate_warnings
from vestnik.routing.connections import way_to
from vestnik.routing.sessions import refuse_without_session
from vestnik.routing.text_limits import TextLimit, refuse_text_beyond

#: Seconds that a person waits in front of a page, at most.
MAX_SECONDS = 15.0
#: The id of the message in a request that is only shown, and seconds until it would expire.
SAMPLE_MESSAGE, SAMPLE_SECONDS = 70_000_000_001, 3_600.0


def check_gateway(*, gateway: Gateway, actor: User | None) -> Checked:
    """Connect to a gateway and ask what it says about our account. The row keeps when that last succeeded.

    Certificates that end soon are among the warnings, in the reader's language.

    Raises:
        StateForbids: dispatchers hold all sessions that the provider allows.
        WrongKey: its secrets cannot be read.
    """
    way = way_to(gateway)
    refuse_without_session(gateway, way.adapter)
    # No transaction is open across the network call.
    found = check(way.adapter, timeout=min(MAX_SECONDS, way.timeout), options=way.options)
    found = replace(found, warnings=certificate_warnings(gateway))
    with transaction.atomic():
        note_success(gateway, "checked_at", timezone.now() if found.good else None)
        details = {"name": gateway.name, "good": found.good}
        record(actor=actor, action="gateway.check", object_type="gateway", object_id=gateway.id, details=details)
    return found


def request_to(gateway: Gateway, *, phone: int, text: str) -> str:
    """The whole request that a message would be, with secrets masked. Nothing is sent.

    Args:
        gateway: of a kind that speaks HTTP.
        phone: eleven digits.
        text: 1 to 2,000 characters.

    Raises:
        InvalidInput: as :func:`refuse_unsendable`: what a test message would not send is not shown either.
        StateForbids: it makes no HTTP requests.
        WrongKey: its secrets cannot be read.
    """
    adapter = way_to(gateway).adapter
    refuse_unsendable(gateway.name, adapter, phone=phone, text=text)
    if not isinstance(adapter, HttpAdapter):
        raise StateForbids(_("This kind of gateway makes no HTTP requests: there is none to show."))
    ends = time.time() + SAMPLE_SECONDS
    return dry_run(adapter, message_id=SAMPLE_MESSAGE, phone=phone, text=text, expires_at=ends)


def refuse_unsendable(name: str, adapter: Adapter, *, phone: int, text: str) -> None:
    """Refuse a message that is not sent over a gateway, not even as a test.

    Raises:
        InvalidInput: ``phone``: it is on the stop list; ``text``: the provider does not take so long a text.
    """
    if StoppedPhone.objects.filter(phone_number=phone).exists():
        sentence = _("This number is on the stop list: nothing is sent to it. Take it off the list first.")
        raise InvalidInput({"phone": [sentence]})
    refuse_text_beyond(TextLimit(name, adapter.facts.max_text, adapter.facts.max_parts), text)


def note_success(gateway: Gateway, column: str, at: datetime | None) -> None:
    """Keep when a check or a test message succeeded, unless somebody has changed the gateway meanwhile.

    ``at``: None: it failed. That is forgotten only of a gateway that is yet to be enabled: of one that works it says
    little, as when the provider allows no more sessions than are open.
    """
    if at is None and gateway.enabled:
        return
    if Gateway.objects.filter(id=gateway.id, version=gateway.version).update(**{column: at}):
        setattr(gateway, column, at)


def words_of(found: Checked) -> str:
    """What a check found, in the reader's language."""
    return translated(found.words, _)
