"""Keeps a check and a test message away from a provider whose sessions dispatchers hold."""

from django.db.models import Sum
from django.db.models.functions import Now
from django.utils.translation import ngettext

from vestnik.errors import StateForbids
from vestnik.gateways.adapter import Adapter
from vestnik.models import Gateway, GatewayPlaces


def refuse_without_session(gateway: Gateway, adapter: Adapter) -> None:
    """Refuse to open one more session than the provider allows.

    It would be refused, which says nothing about the settings; and some providers end the session that is open then.

    Args:
        gateway: whose dispatchers may hold sessions.
        adapter: with its settings of now.

    Raises:
        StateForbids: dispatchers hold all sessions. Says what to do.
    """
    most = adapter.max_sessions()
    if most is None:
        return
    held = GatewayPlaces.objects.filter(gateway_id=gateway.id, until__gt=Now()).aggregate(all=Sum("places"))["all"] or 0
    if held < most:
        return
    told = ngettext(
        "The provider allows %(count)s session, and our dispatchers use it: messages go over it, so nothing was"
        " checked or sent. To check the settings or to send a test message, disable the gateway and try again in a"
        " minute.",
        "The provider allows %(count)s sessions, and our dispatchers use all of them: messages go over them, so"
        " nothing was checked or sent. To check the settings or to send a test message, disable the gateway and try"
        " again in a minute.",
        most,
    )
    raise StateForbids(told % {"count": most})
